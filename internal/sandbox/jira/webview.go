package jira

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// frame is what every page has.
type frame struct {
	Heading string
	Product string
	Watch   bool // the page reloads itself and has no forms
	Refresh bool // the page reloads itself once more
	Again   int
}

func (s *Server) frame(heading string) frame {
	product := "Jira Cloud"
	if !s.cloud() {
		product = "Jira Data Center"
	}
	return frame{Heading: heading, Product: product}
}

type errorPage struct {
	frame
	Message string
	Back    string
}

type homePage struct {
	frame
	Projects []projectRow
}

type projectRow struct {
	Key, Name, Kind string
	Team            bool
	Open, Total     int
}

type projectPage struct {
	frame
	Key        string
	People     []choice
	Open, Done []issueRow
}

type issueRow struct {
	Key, Title, Type   string
	Status, Resolution string
	Dot                string // open or closed
	Labels             []string
	Assignee, Author   string
	At                 string
	Comments           int
}

// choice is whom to act as.
type choice struct {
	Name   string
	Chosen bool
}

type issuePage struct {
	frame
	issueRow
	Project      string
	Body         string
	Parent       *issueRow
	Children     []issueRow
	ChildrenAre  string
	DoneChildren int
	Links        []linkRow
	Entries      []entryView
	Ways         []way
	People       []choice
	Names        names
}

type linkRow struct {
	issueRow
	Says string
}

// entryView is a comment, or a change told in a line.
type entryView struct {
	Author, At string
	ID         string
	Body       string
	Only       string // to whom the comment is restricted
	Edited     bool
	Event      string
}

// way is a transition that a visitor can take.
type way struct {
	Name        string
	Resolutions []string
}

func (s *Server) hasProject(key string) bool {
	defer s.lock()()
	return s.projects[key] != nil
}

func (s *Server) hasUser(name string) bool {
	defer s.lock()()
	return s.users[strings.ToLower(name)] != nil
}

func (s *Server) hasIssue(key string) bool {
	defer s.lock()()
	return s.keys[key] != nil && !s.keys[key].deleted
}

func (s *Server) homePage() homePage {
	defer s.lock()()
	v := homePage{frame: s.frame("Projects")}
	for _, p := range s.sortedProjects() {
		row := projectRow{Key: p.key, Name: p.name, Kind: p.kind, Team: p.team}
		for _, i := range s.ordered {
			if i.project == p && !i.deleted {
				row.Total++
				if !i.status.done() {
					row.Open++
				}
			}
		}
		v.Projects = append(v.Projects, row)
	}
	return v
}

func (s *Server) projectPage(key, as string) (projectPage, bool) {
	defer s.lock()()
	p := s.projects[key]
	if p == nil {
		return projectPage{}, false
	}
	v := projectPage{frame: s.frame(p.name), Key: p.key, People: s.people(as)}
	for _, i := range slices.Backward(s.ordered) {
		switch {
		case i.project != p || i.deleted:
		case i.status.done():
			v.Done = append(v.Done, s.row(i))
		default:
			v.Open = append(v.Open, s.row(i))
		}
	}
	return v, true
}

// people lists whom a visitor can act as; the chosen one stays chosen.
func (s *Server) people(as string) []choice {
	var out []choice
	for _, name := range sortedKeys(s.users) {
		if u := s.users[name]; u.active {
			out = append(out, choice{u.name, strings.EqualFold(u.name, as)})
		}
	}
	return out
}

func (s *Server) row(i *issue) issueRow {
	v := issueRow{Key: i.key, Title: i.summary, Type: i.kind.name, Status: i.status.name, Dot: "open", Labels: i.labels,
		Author: i.creator.name, At: when(i.created), Comments: len(i.comments)}
	if i.status.done() {
		v.Dot = "closed"
		if i.resolution != nil {
			v.Resolution = i.resolution.name
		}
	}
	if i.assignee != nil {
		v.Assignee = i.assignee.name
	}
	return v
}

func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func (s *Server) issuePage(key, as string) (issuePage, bool) {
	defer s.lock()()
	i := s.keys[key]
	if i == nil || i.deleted {
		return issuePage{}, false
	}
	v := issuePage{frame: s.frame(i.summary), issueRow: s.row(i), Project: i.project.key, Body: i.description, People: s.people(as),
		ChildrenAre: "Sub-tasks", Names: s.names()}
	if i.kind.level > 0 {
		v.ChildrenAre = "Issues in this epic"
	}
	if p := i.above(); p != nil && !p.deleted {
		row := s.row(p)
		v.Parent = &row
	}
	for _, c := range s.ordered {
		if c.above() == i && !c.deleted {
			v.Children = append(v.Children, s.row(c))
			if c.status.done() {
				v.DoneChildren++
			}
		}
	}
	for _, l := range i.links {
		switch {
		case l.kind.subtask:
		case l.from == i:
			v.Links = append(v.Links, linkRow{s.row(l.to), l.kind.outward})
		default:
			v.Links = append(v.Links, linkRow{s.row(l.from), l.kind.inward})
		}
	}
	for _, t := range s.open(i) {
		w := way{Name: t.Name}
		if slices.Contains(t.Screen, "resolution") {
			for _, r := range s.resolved {
				w.Resolutions = append(w.Resolutions, r.name)
			}
		}
		v.Ways = append(v.Ways, w)
	}
	v.Entries = s.entries(i)
	return v, true
}

// entries tells an issue's history, oldest first.
func (s *Server) entries(i *issue) []entryView {
	type dated struct {
		at time.Time
		entryView
	}
	var all []dated
	for _, m := range i.comments {
		e := entryView{Author: m.author.name, At: when(m.created), ID: text(m.id), Body: m.body, Edited: !m.updated.Equal(m.created)}
		if m.visible != nil {
			e.Only = m.visible.Value
		} else if i.project.kind == "service_desk" && !m.public() {
			e.Only = "internal"
		}
		all = append(all, dated{m.created, e})
	}
	for _, r := range i.history {
		for _, it := range r.items {
			if told := tellItem(it); told != "" && r.by != nil {
				all = append(all, dated{r.at, entryView{Author: r.by.name, At: when(r.at), Event: told}})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b dated) int { return a.at.Compare(b.at) })
	out := make([]entryView, len(all))
	for n, d := range all {
		out[n] = d.entryView
	}
	return out
}

// tellItem tells a change in words.
func tellItem(it item) string {
	none := func(s string) string {
		if s == "" {
			return "none"
		}
		return s
	}
	switch it.field {
	case "description":
		return "edited the description"
	case "Link":
		if it.toString != "" {
			return "linked: " + strings.TrimPrefix(it.toString, "This issue ")
		}
		return "unlinked: " + strings.TrimPrefix(it.fromString, "This issue ")
	case "IssueParentAssociation", "Epic Link":
		return fmt.Sprintf("changed the parent from %s to %s", none(it.fromString), none(it.toString))
	}
	return fmt.Sprintf("changed %s from “%s” to “%s”", it.field, none(it.fromString), none(it.toString))
}
