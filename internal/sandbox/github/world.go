package github

import (
	"fmt"
	"slices"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// WorldIssue is an issue in the JSON of [Server.World].
type WorldIssue struct {
	Repo        string         `json:"repo"`
	Number      int            `json:"number"`
	Title       string         `json:"title"`
	State       string         `json:"state"`
	StateReason *string        `json:"state_reason"` // null, completed, not_planned or duplicate
	Labels      []string       `json:"labels"`
	Assignees   []string       `json:"assignees"`
	Parent      any            `json:"parent"` // null, a number, or "owner/repo#n" in another repository
	Body        string         `json:"body"`
	Comments    []WorldComment `json:"comments"`
}

// WorldComment is a comment in the JSON of [Server.World].
type WorldComment struct {
	Author    string   `json:"author"`
	Body      string   `json:"body"`
	Reactions []string `json:"reactions"` // contents, one for each reaction
}

// WorldPage is a page of a wiki in the JSON of [Server.World].
type WorldPage = host.WorldPage

// Issues returns the final state of all issues and no pull requests, by
// repository and number; labels, assignees and reactions are sorted.
func (s *Server) Issues() []WorldIssue {
	defer s.lock()()
	out := []WorldIssue{}
	for _, r := range s.sortedRepos() {
		for _, i := range r.issues {
			if i.pull == nil && !i.deleted && i.moved == nil {
				out = append(out, worldIssue(i))
			}
		}
	}
	return out
}

func worldIssue(i *issue) WorldIssue {
	v := WorldIssue{Repo: i.repo.full(), Number: i.number, Title: i.title, State: i.state, Body: i.body,
		Labels: []string{}, Assignees: []string{}, Comments: []WorldComment{}}
	if i.reason != "reopened" {
		v.StateReason = textOrNull(i.reason)
	}
	for _, l := range i.labels {
		v.Labels = append(v.Labels, l.name)
	}
	for _, u := range i.assignees {
		v.Assignees = append(v.Assignees, u.login)
	}
	slices.Sort(v.Labels)
	slices.Sort(v.Assignees)
	if p := i.parent; p != nil {
		v.Parent = p.number
		if p.repo != i.repo {
			v.Parent = fmt.Sprintf("%s#%d", p.repo.full(), p.number)
		}
	}
	for _, c := range i.comments {
		w := WorldComment{Author: c.author.login, Body: c.body, Reactions: []string{}}
		for _, r := range c.reactions {
			w.Reactions = append(w.Reactions, r.content)
		}
		slices.Sort(w.Reactions)
		v.Comments = append(v.Comments, w)
	}
	return v
}

// World returns the state as the JSON of "hereby demo --world": see
// [host.World].
func (s *Server) World(pages ...WorldPage) []byte { return host.World(s.Issues(), pages) }
