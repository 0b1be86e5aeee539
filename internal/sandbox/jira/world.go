package jira

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// WorldIssue is an issue in the JSON of [Server.World]: GitHub's fields, with
// the project's key as the repository and people by their names, and Jira's.
type WorldIssue struct {
	Repo        string         `json:"repo"`
	Number      int            `json:"number"`
	Title       string         `json:"title"`
	State       string         `json:"state"`        // open, or closed: the status is of the category done
	StateReason *string        `json:"state_reason"` // null while open; completed, not_planned or duplicate, read from the resolution
	Labels      []string       `json:"labels"`
	Assignees   []string       `json:"assignees"`
	Parent      any            `json:"parent"` // null, or a key: the parent, or Data Center's epic
	Body        string         `json:"body"`
	Comments    []WorldComment `json:"comments"`
	Key         string         `json:"key"`
	Type        string         `json:"type"`
	Status      string         `json:"status"`
	Resolution  *string        `json:"resolution"`
	Links       []WorldLink    `json:"links"`
}

// WorldComment is a comment in the JSON of [Server.World].
type WorldComment struct {
	Author    string   `json:"author"`
	Body      string   `json:"body"`
	Reactions []string `json:"reactions"` // Jira has none: always empty
}

// WorldLink is a link as one of its issues reads it.
type WorldLink struct {
	Type string `json:"type"` // such as "duplicates"
	Key  string `json:"key"`
}

// WorldPage is a page of a wiki in the JSON of [Server.World].
type WorldPage = host.WorldPage

// Issues returns the final state of all issues, by project and number; labels
// and links are sorted.
func (s *Server) Issues() []WorldIssue {
	defer s.lock()()
	out := []WorldIssue{}
	for _, i := range s.ordered {
		if !i.deleted {
			out = append(out, s.worldIssue(i))
		}
	}
	slices.SortStableFunc(out, func(a, b WorldIssue) int { return cmp.Or(cmp.Compare(a.Repo, b.Repo), a.Number-b.Number) })
	return out
}

func (s *Server) worldIssue(i *issue) WorldIssue {
	v := WorldIssue{Repo: i.project.key, Number: numberOf(i.key), Title: i.summary, State: "open", Body: i.description, Labels: slices.Clone(i.labels),
		Assignees: []string{}, Comments: []WorldComment{}, Key: i.key, Type: i.kind.name, Status: i.status.name, Links: []WorldLink{}}
	if i.resolution != nil {
		v.Resolution = &i.resolution.name
	}
	if i.status.done() {
		v.State, v.StateReason = "closed", reason(i)
	}
	if i.assignee != nil {
		v.Assignees = append(v.Assignees, i.assignee.name)
	}
	if p := i.above(); p != nil && !p.deleted {
		v.Parent = p.key
	}
	for _, l := range i.links {
		switch {
		case l.kind.subtask:
		case l.from == i:
			v.Links = append(v.Links, WorldLink{l.kind.outward, l.to.key})
		default:
			v.Links = append(v.Links, WorldLink{l.kind.inward, l.from.key})
		}
	}
	slices.SortFunc(v.Links, func(a, b WorldLink) int { return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Key, b.Key)) })
	for _, m := range i.comments {
		v.Comments = append(v.Comments, WorldComment{Author: m.author.name, Body: m.body, Reactions: []string{}})
	}
	return v
}

// reason reads a done issue's resolution as GitHub would say it.
func reason(i *issue) *string {
	said := "completed"
	if i.resolution != nil {
		switch name := strings.ToLower(i.resolution.name); {
		case strings.HasPrefix(name, "duplicate"):
			said = "duplicate"
		case slices.Contains([]string{"won't do", "won't fix", "declined", "cannot reproduce", "rejected", "obsolete"}, name):
			said = "not_planned"
		}
	}
	return &said
}

// numberOf is the 12 of OPS-12.
func numberOf(key string) int { return number(key[strings.LastIndex(key, "-")+1:], 0) }

// World returns the state as the JSON of "hereby demo --world": see
// [host.World].
func (s *Server) World(pages ...WorldPage) []byte { return host.World(s.Issues(), pages) }
