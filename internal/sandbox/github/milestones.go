package github

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // milestones are due at midnight of a zone that the system may lack
)

// milestone is what issues of a repository are planned for.
type milestone struct {
	id      int64
	repo    *repo
	number  int
	title   string
	due     time.Time // as GitHub keeps it; zero: none
	creator *user
	created time.Time
	updated time.Time
}

// milestone returns the one with a number; nil if there is none.
func (r *repo) milestone(number string) *milestone {
	if n := atoi(number, 0); n >= 1 && n <= len(r.milestones) {
		return r.milestones[n-1]
	}
	return nil
}

// namesake returns the milestone of the same title, as a transfer looks for it.
func (r *repo) namesake(of *milestone) *milestone {
	for _, m := range r.milestones {
		if of != nil && strings.EqualFold(m.title, of.title) {
			return m
		}
	}
	return nil
}

// homeZone is where GitHub's days begin.
var homeZone = func() *time.Location {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		panic(err) // unreachable: the zones are part of the program
	}
	return zone
}()

// AddMilestone adds a milestone that is due on a day, such as "2026-12-24" ("":
// none), and returns its number. GitHub keeps the day as the midnight with which
// it begins where GitHub is: 07:00 or 08:00 UTC.
func (a Actor) AddMilestone(full, title, day string) (int, error) {
	defer a.s.lock()()
	r := a.s.mustRepo(full)
	if err := a.s.mayWrite(a.by, r, Write); err != nil {
		return 0, err
	}
	m := &milestone{id: a.s.id(), repo: r, number: len(r.milestones) + 1, title: title, creator: a.by.user, created: a.s.now(), updated: a.s.now()}
	if day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, homeZone)
		if err != nil {
			return 0, invalid("Milestone", "due_on", "invalid", day)
		}
		m.due = at
	}
	r.milestones = append(r.milestones, m)
	return m.number, nil
}

// SetMilestone plans an issue for a milestone of its repository; 0: for none.
func (a Actor) SetMilestone(full string, number, to int) error {
	return a.on(full, number, func(i *issue) error {
		m := i.repo.milestone(fmt.Sprint(to))
		if m == nil && to != 0 {
			return invalid("Issue", "milestone", "invalid", to)
		}
		return a.s.editIssue(a.by, i, edit{milestone: &m})
	})
}

// milestone reads which one a request names, by its number; nil: none.
func (b issueBody) milestone(r *repo) (*milestone, error) {
	if b.Milestone == nil || string(b.Milestone) == "null" {
		return nil, nil
	}
	m := r.milestone(strings.Trim(string(b.Milestone), `"`))
	if m == nil {
		return nil, invalid("Issue", "milestone", "invalid", json.RawMessage(b.Milestone))
	}
	return m, nil
}

// plan puts an issue into a milestone or takes it out of its own.
func (s *Server) plan(by *identity, i *issue, to *milestone) {
	from := i.milestone
	if from == to {
		return
	}
	s.change(i, func() { i.milestone, i.updated = to, s.now() })
	for _, x := range []struct {
		kind string
		m    *milestone
	}{{"demilestoned", from}, {"milestoned", to}} {
		if x.m != nil {
			s.record(i, by, x.kind, func(e *event) { e.milestone = x.m.title })
			s.tellIssue(x.kind, i, by, map[string]any{"milestone": s.milestoneView(x.m)})
		}
	}
}

func (s *Server) milestoneView(m *milestone) map[string]any {
	api := fmt.Sprintf("%s/milestones/%d", s.apiRepo(m.repo), m.number)
	open, closed := 0, 0
	for _, i := range m.repo.issues {
		switch {
		case i == nil || i.milestone != m || i.deleted || i.moved != nil:
		case i.state == "open":
			open++
		default:
			closed++
		}
	}
	return map[string]any{"url": api, "html_url": fmt.Sprintf("%s/%s/milestone/%d", s.web, m.repo.full(), m.number), "labels_url": api + "/labels",
		"id": m.id, "node_id": nodeID("MI", m.id), "number": m.number, "state": "open", "title": m.title, "description": "", "creator": s.maybeUser(m.creator),
		"open_issues": open, "closed_issues": closed, "created_at": jsonTime(m.created), "updated_at": jsonTime(m.updated), "closed_at": nil, "due_on": jsonTime(m.due)}
}
