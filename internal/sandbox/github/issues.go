package github

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// What GitHub accepts at most.
const (
	maxTitle     = 256
	maxText      = 65536
	maxAssignees = 10
)

type issue struct {
	id         int64
	repo       *repo
	number     int
	title      string
	body       string
	author     *user
	app        *app
	state      string // open or closed
	reason     string // completed, not_planned, duplicate, reopened or ""
	duplicate  *issue
	labels     []*label
	assignees  []*user
	milestone  *milestone
	locked     bool
	lockReason string
	created    time.Time
	updated    time.Time
	closed     time.Time
	closedBy   *user

	comments  []*comment
	events    []*event
	crossRefs []*crossRef
	reactions []*reaction
	parent    *issue
	children  []*issue
	blockedBy []*issue
	blocking  []*issue
	pull      *pull

	deleted bool
	moved   *issue          // where it was transferred to
	talked  bool            // converted to a discussion
	past    host.Lag[issue] // what lists still show
}

// draft is what an issue is created from.
type draft struct {
	title, body string
	labels      []string
	assignees   []string
	milestone   *milestone
	pull        *pull
}

// createIssue opens an issue. Labels and assignees are dropped silently where
// the author may not set them.
func (s *Server) createIssue(by *identity, r *repo, d draft) (*issue, error) {
	if !r.hasIssues && d.pull == nil {
		return nil, gone("Issues are disabled for this repo")
	}
	if err := s.mayWrite(by, r, Read); err != nil {
		return nil, err
	}
	if err := checkIssue(d.title, d.body); err != nil {
		return nil, err
	}
	now := s.now()
	i := &issue{id: s.id(), repo: r, number: len(r.issues) + 1, title: d.title, body: d.body, author: by.user, app: by.app,
		state: "open", created: now, updated: now, pull: d.pull}
	s.hide(i, nil)
	r.issues = append(r.issues, i)
	s.issues[i.id] = i
	s.tellIssue("opened", i, by, nil)
	if s.mayWrite(by, r, Triage) == nil {
		for _, name := range d.labels {
			if l := s.labelFor(by, r, name); l != nil {
				s.attach(by, i, l)
			}
		}
		s.assign(by, i, d.assignees)
		s.plan(by, i, d.milestone)
	}
	s.crossReference(by, i, i.body)
	return i, nil
}

func checkIssue(title, body string) error {
	switch {
	case strings.TrimSpace(title) == "":
		return invalid("Issue", "title", "missing_field", nil)
	case utf8.RuneCountInString(title) > maxTitle:
		return unprocessable("Issue", "title", "title is too long (maximum is 256 characters)")
	case utf8.RuneCountInString(body) > maxText:
		return unprocessable("Issue", "body", "body is too long (maximum is 65536 characters)")
	}
	return nil
}

// edit is what is to change of an issue; nil leaves a thing as it is.
type edit struct {
	title, body   *string
	state, reason *string
	duplicateOf   *issue
	labels        *[]string
	assignees     *[]string
	milestone     **milestone
}

// editIssue changes an issue, in the order of GitHub's events.
func (s *Server) editIssue(by *identity, i *issue, e edit) error {
	if i.talked {
		return forbidden("This issue has been converted to a discussion.")
	}
	triage := s.mayWrite(by, i.repo, Triage) == nil
	if err := s.mayEdit(by, i, e, triage); err != nil {
		return err
	}
	title, body := i.title, i.body
	if e.title != nil {
		title = *e.title
	}
	if e.body != nil {
		body = *e.body
	}
	if err := checkIssue(title, body); err != nil {
		return err
	}
	if err := checkState(e); err != nil {
		return err
	}
	s.rewrite(by, i, title, body)
	if e.labels != nil && triage {
		if err := s.setLabels(by, i, *e.labels); err != nil {
			return err
		}
	}
	if e.assignees != nil && triage {
		s.setAssignees(by, i, *e.assignees)
	}
	if e.milestone != nil && triage {
		s.plan(by, i, *e.milestone)
	}
	if e.state != nil && *e.state != i.state {
		if *e.state == "closed" {
			reason := "completed"
			if e.reason != nil && *e.reason != "reopened" {
				reason = *e.reason
			}
			s.closeIssue(by, i, reason, e.duplicateOf, cause{})
		} else {
			s.reopenIssue(by, i)
		}
	}
	return nil
}

// mayEdit returns nil where the caller may make the edit: the author and who
// may write change texts, who may triage changes the state.
func (s *Server) mayEdit(by *identity, i *issue, e edit, triage bool) error {
	if by.user != nil && by.user == i.author {
		return s.mayWrite(by, i.repo, Read)
	}
	if e.title != nil || e.body != nil || !triage {
		return s.mayWrite(by, i.repo, Write)
	}
	return nil
}

func checkState(e edit) error {
	if e.state != nil && *e.state != "open" && *e.state != "closed" {
		return invalid("Issue", "state", "invalid", *e.state)
	}
	if e.reason != nil && !slices.Contains([]string{"completed", "not_planned", "duplicate", "reopened"}, *e.reason) {
		return invalid("Issue", "state_reason", "invalid", *e.reason)
	}
	return nil
}

func (s *Server) rewrite(by *identity, i *issue, title, body string) {
	if title == i.title && body == i.body {
		return
	}
	oldTitle, oldBody := i.title, i.body
	changes := map[string]any{}
	s.change(i, func() {
		i.title, i.body, i.updated = title, body, s.now()
	})
	if title != oldTitle {
		changes["title"] = from(oldTitle)
		s.record(i, by, "renamed", func(e *event) { e.from, e.to = oldTitle, title })
	}
	if body != oldBody {
		changes["body"] = from(oldBody)
		s.crossReference(by, i, body)
	}
	s.tellIssue("edited", i, by, map[string]any{"changes": changes})
}

func from(old string) map[string]string { return map[string]string{"from": old} }

// cause is what closed an issue when no person did it directly.
type cause struct {
	commit string // the commit whose message said so
}

func (s *Server) closeIssue(by *identity, i *issue, reason string, duplicateOf *issue, why cause) {
	s.change(i, func() {
		i.state, i.reason, i.duplicate = "closed", reason, duplicateOf
		i.closed, i.closedBy, i.updated = s.now(), by.user, s.now()
	})
	s.record(i, by, "closed", func(e *event) { e.commit, e.reason = why.commit, reason })
	s.tellIssue("closed", i, by, nil)
}

func (s *Server) reopenIssue(by *identity, i *issue) {
	s.change(i, func() {
		i.state, i.reason, i.duplicate = "open", "reopened", nil
		i.closed, i.closedBy, i.updated = time.Time{}, nil, s.now()
	})
	s.record(i, by, "reopened", nil)
	s.tellIssue("reopened", i, by, nil)
}

// lockIssue locks or unlocks the conversation.
func (s *Server) lockIssue(by *identity, i *issue, on bool, reason string) error {
	if err := s.mayWrite(by, i.repo, Write); err != nil {
		return err
	}
	if i.locked == on {
		return nil
	}
	s.change(i, func() { i.locked, i.lockReason, i.updated = on, reason, s.now() })
	kind := "unlocked"
	if on {
		kind = "locked"
	}
	s.record(i, by, kind, func(e *event) { e.lockReason = reason })
	s.tellIssue(kind, i, by, nil)
	return nil
}

// deleteIssue removes an issue for good: 410 from then on.
func (s *Server) deleteIssue(by *identity, i *issue) error {
	if err := s.mayWrite(by, i.repo, Admin); err != nil {
		return err
	}
	s.tellIssue("deleted", i, by, nil)
	s.unlink(i)
	s.change(i, func() { i.deleted = true })
	delete(s.issues, i.id)
	return nil
}

// unlink takes an issue out of all its relations without a word, as happens
// when it goes away.
func (s *Server) unlink(i *issue) {
	drop := func(list []*issue) []*issue {
		return slices.DeleteFunc(slices.Clone(list), func(x *issue) bool { return x == i })
	}
	if p := i.parent; p != nil {
		s.change(p, func() { p.children = drop(p.children) })
		i.parent = nil
	}
	for _, c := range i.children {
		c.parent = nil
	}
	for _, b := range i.blockedBy {
		b.blocking = drop(b.blocking)
	}
	for _, b := range i.blocking {
		b.blockedBy = drop(b.blockedBy)
	}
	i.children, i.blockedBy, i.blocking = nil, nil, nil
}
