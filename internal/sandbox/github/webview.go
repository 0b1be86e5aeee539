package github

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// frame is what every page has.
type frame struct {
	Heading string
	Watch   bool // the page reloads itself and has no forms
	Refresh bool // the page reloads itself once more
	Again   int
}

type errorPage struct {
	frame
	Message string
	Back    string
}

type homePage struct {
	frame
	Repos []repoRow
}

type repoRow struct {
	Full    string
	Private bool
	Open    int
	Total   int
}

type repoPageView struct {
	frame
	Full   string
	Wiki   bool
	People []person
	Open   []issueRow
	Closed []issueRow
}

type issueRow struct {
	Path      string
	Ref       string
	Title     string
	State     string
	Reason    string
	Pull      bool
	Labels    []labelChip
	Assignees []string
	Author    string
	At        string
	Comments  int
	Done, Of  int
}

type labelChip struct{ Name, Color string }

// person is a choice of whom to act as.
type person struct {
	Login  string
	Chosen bool
}

type issuePage struct {
	frame
	issueRow
	Full     string
	Body     string
	HasBoxes bool
	Parent   *issueRow
	Children []issueRow
	Entries  []entryView
	People   []person
	Locked   bool
	Assigned string // as a list to edit
}

// entryView is a comment, or an event told in a line.
type entryView struct {
	Author    string
	At        string
	ID        int64
	Body      string
	Edited    bool
	Bot       bool
	Reactions []reactionChip
	Event     string
}

type reactionChip struct {
	Sign string
	Who  string
}

var signs = map[string]string{"+1": "👍", "-1": "👎", "laugh": "😄", "confused": "😕", "heart": "❤️", "hooray": "🎉", "rocket": "🚀", "eyes": "👀"}

func (s *Server) hasRepo(full string) bool {
	defer s.lock()()
	return s.repos[strings.ToLower(full)] != nil
}

func (s *Server) hasIssue(full string, n int) bool {
	defer s.lock()()
	r := s.repos[strings.ToLower(full)]
	return r != nil && n >= 1 && n <= len(r.issues) && !r.issues[n-1].deleted
}

func (s *Server) homePage() homePage {
	defer s.lock()()
	v := homePage{frame: frame{Heading: "Repositories"}}
	for _, r := range s.sortedRepos() {
		row := repoRow{Full: r.full(), Private: r.private}
		for _, i := range r.issues {
			if !i.deleted && i.moved == nil {
				row.Total++
				if i.state == "open" {
					row.Open++
				}
			}
		}
		v.Repos = append(v.Repos, row)
	}
	return v
}

func (s *Server) repoPage(full, as string) (repoPageView, bool) {
	defer s.lock()()
	r := s.repos[strings.ToLower(full)]
	if r == nil {
		return repoPageView{}, false
	}
	v := repoPageView{frame: frame{Heading: r.full()}, Full: r.full(), Wiki: s.opt.Wiki != nil, People: s.people(as)}
	for _, i := range slices.Backward(r.issues) {
		switch {
		case i.deleted || i.moved != nil:
		case i.state == "open":
			v.Open = append(v.Open, s.row(i))
		default:
			v.Closed = append(v.Closed, s.row(i))
		}
	}
	return v, true
}

// people lists whom a visitor can act as; the chosen one stays chosen.
func (s *Server) people(as string) []person {
	var out []person
	for _, u := range s.sortedUsers() {
		if u.kind == "User" {
			out = append(out, person{u.login, strings.EqualFold(u.login, as)})
		}
	}
	return out
}

func (s *Server) row(i *issue) issueRow {
	sum := i.subSummary()
	v := issueRow{Path: pagePath(i.repo.full(), i.number), Ref: "#" + strconv.Itoa(i.number), Title: i.title, State: i.state,
		Reason: strings.ReplaceAll(i.reason, "_", " "), Pull: i.pull != nil, Author: i.author.login, At: when(i.created),
		Comments: len(i.comments), Done: sum.Completed, Of: sum.Total}
	for _, l := range i.labels {
		v.Labels = append(v.Labels, labelChip{l.name, l.color})
	}
	for _, u := range i.assignees {
		v.Assignees = append(v.Assignees, u.login)
	}
	return v
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func (s *Server) issuePage(full, number, as string) (issuePage, bool) {
	defer s.lock()()
	r := s.repos[strings.ToLower(full)]
	n, err := strconv.Atoi(number)
	if r == nil || err != nil || n < 1 || n > len(r.issues) {
		return issuePage{}, false
	}
	i := s.mustIssue(full, n)
	if i.deleted {
		return issuePage{}, false
	}
	v := issuePage{frame: frame{Heading: i.title}, issueRow: s.row(i), Full: i.repo.full(), Body: i.body, People: s.people(as), Locked: i.locked}
	_, v.HasBoxes = tick(i.body, 1, true)
	v.Assigned = strings.Join(v.Assignees, ", ")
	if i.parent != nil {
		p := s.row(i.parent)
		v.Parent = &p
	}
	for _, c := range i.children {
		v.Children = append(v.Children, s.row(c))
	}
	v.Entries = s.entries(i)
	return v, true
}

// entries tells an issue's history, oldest first.
func (s *Server) entries(i *issue) []entryView {
	type dated struct {
		id int64
		entryView
	}
	var all []dated
	for _, c := range i.comments {
		all = append(all, dated{c.id, entryView{Author: c.author.login, At: when(c.created), ID: c.id, Body: c.body,
			Edited: !c.updated.Equal(c.created), Bot: c.author.kind == "Bot", Reactions: chips(c.reactions)}})
	}
	for _, e := range i.events {
		if told := tellEvent(e); told != "" {
			all = append(all, dated{e.id, entryView{Author: e.actor.login, At: when(e.at), Event: told}})
		}
	}
	slices.SortFunc(all, func(a, b dated) int { return int(a.id - b.id) })
	out := make([]entryView, len(all))
	for n, d := range all {
		out[n] = d.entryView
	}
	return out
}

func chips(rs []*reaction) []reactionChip {
	var out []reactionChip
	for _, r := range rs {
		out = append(out, reactionChip{signs[r.content], r.user.login})
	}
	return out
}

// tellEvent tells an event in words; "" where it is not worth a line.
func tellEvent(e *event) string {
	other := ""
	if e.other != nil {
		other = fmt.Sprintf("#%d %s", e.other.number, e.other.title)
	}
	switch e.kind {
	case "labeled":
		return "added the label " + e.label.name
	case "unlabeled":
		return "removed the label " + e.label.name
	case "assigned", "unassigned":
		return e.kind + " " + e.assignee.login
	case "closed":
		return strings.TrimSpace("closed this " + strings.ReplaceAll("as "+e.reason, "_", " "))
	case "reopened":
		return "reopened this"
	case "renamed":
		return fmt.Sprintf("renamed this from “%s”", e.from)
	case "locked", "unlocked", "merged", "transferred":
		return e.kind + " this"
	case "sub_issue_added":
		return "added the sub-issue " + other
	case "sub_issue_removed":
		return "removed the sub-issue " + other
	case "parent_issue_added":
		return "made this a sub-issue of " + other
	case "blocked_by_added":
		return "marked this as blocked by " + other
	case "blocked_by_removed":
		return "no longer marks this as blocked by " + other
	}
	return ""
}
