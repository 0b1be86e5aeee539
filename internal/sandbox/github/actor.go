package github

import (
	"fmt"
	"strings"
	"time"
)

// Actor acts as a person, in the web pages' stead. What GitHub refuses comes
// back as an error; naming what does not exist panics, since that is a mistake
// in the program that says it.
type Actor struct {
	s  *Server
	by *identity
}

// As returns the actor of a person, who is added where unknown.
func (s *Server) As(login string) Actor {
	defer s.lock()()
	kind := "User"
	if strings.HasSuffix(login, "[bot]") {
		kind = "Bot"
	}
	u := s.addUser(login, kind)
	return Actor{s, &identity{name: "user " + login, user: u, scopes: []string{"repo", "read:org"}}}
}

// on runs f on an issue of "owner/name".
func (a Actor) on(full string, number int, f func(*issue) error) error {
	defer a.s.lock()()
	return f(a.s.mustIssue(full, number))
}

// mustIssue follows a transfer to where the issue is now.
func (s *Server) mustIssue(full string, number int) *issue {
	r := s.mustRepo(full)
	if number < 1 || number > len(r.issues) {
		panic(fmt.Sprintf("sandbox: no issue %s#%d", full, number))
	}
	i := r.issues[number-1]
	for i.moved != nil {
		i = i.moved
	}
	return i
}

// OpenIssue opens an issue and returns its number.
func (a Actor) OpenIssue(full, title, body string, labels ...string) (int, error) {
	return a.open(full, draft{title: title, body: body, labels: labels})
}

// OpenPR opens a pull request and returns its number.
func (a Actor) OpenPR(full, title, body string) (int, error) {
	return a.open(full, draft{title: title, body: body, pull: &pull{}})
}

func (a Actor) open(full string, d draft) (int, error) {
	defer a.s.lock()()
	i, err := a.s.createIssue(a.by, a.s.mustRepo(full), d)
	if err != nil {
		return 0, err
	}
	return i.number, nil
}

// MergePR merges a pull request, which closes what its text says it fixes.
func (a Actor) MergePR(full string, number int) error {
	return a.on(full, number, func(i *issue) error { return a.s.mergePull(a.by, i) })
}

// Push pushes a commit to the default branch, whose message closes what it
// says it fixes, and returns its hash.
func (a Actor) Push(full, message string) (string, error) {
	defer a.s.lock()()
	return a.s.pushCommit(a.by, a.s.mustRepo(full), message)
}

// WritePage tells that somebody saved a page of the wiki, which is kept
// elsewhere: see Options.Wiki.
func (a Actor) WritePage(full, name string) error {
	defer a.s.lock()()
	r := a.s.mustRepo(full)
	if err := a.s.mayWrite(a.by, r, Write); err != nil {
		return err
	}
	a.s.toldPage(a.by, r, name)
	return nil
}

// Comment comments and returns the comment's id.
func (a Actor) Comment(full string, number int, body string) (id int64, err error) {
	err = a.on(full, number, func(i *issue) error {
		c, err := a.s.addComment(a.by, i, body)
		if err == nil {
			id = c.id
		}
		return err
	})
	return id, err
}

// EditComment rewrites a comment.
func (a Actor) EditComment(id int64, body string) error {
	return a.onComment(id, func(c *comment) error { return a.s.editComment(a.by, c, body) })
}

// DeleteComment deletes a comment.
func (a Actor) DeleteComment(id int64) error {
	return a.onComment(id, func(c *comment) error { return a.s.deleteComment(a.by, c) })
}

// ReactTo reacts to a comment; the contents are GitHub's, such as "+1".
func (a Actor) ReactTo(id int64, content string) error {
	return a.onComment(id, func(c *comment) error {
		_, _, err := a.s.react(a.by, c.issue, &c.reactions, content)
		return err
	})
}

func (a Actor) onComment(id int64, f func(*comment) error) error {
	defer a.s.lock()()
	c := a.s.comment[id]
	if c == nil {
		return notFound()
	}
	return f(c)
}

// SetTitle renames an issue.
func (a Actor) SetTitle(full string, number int, title string) error {
	return a.edit(full, number, edit{title: &title})
}

// SetBody rewrites an issue's text.
func (a Actor) SetBody(full string, number int, body string) error {
	return a.edit(full, number, edit{body: &body})
}

// Close closes an issue as completed, not_planned or duplicate; "" means
// completed.
func (a Actor) Close(full string, number int, reason string) error {
	state := "closed"
	e := edit{state: &state}
	if reason != "" {
		e.reason = &reason
	}
	return a.edit(full, number, e)
}

// CloseAsDuplicate closes an issue as a duplicate of another.
func (a Actor) CloseAsDuplicate(full string, number int, ofRepo string, ofNumber int) error {
	state, reason := "closed", "duplicate"
	return a.on(full, number, func(i *issue) error {
		return a.s.editIssue(a.by, i, edit{state: &state, reason: &reason, duplicateOf: a.s.mustIssue(ofRepo, ofNumber)})
	})
}

// Reopen opens a closed issue again.
func (a Actor) Reopen(full string, number int) error {
	state := "open"
	return a.edit(full, number, edit{state: &state})
}

func (a Actor) edit(full string, number int, e edit) error {
	return a.on(full, number, func(i *issue) error { return a.s.editIssue(a.by, i, e) })
}

// TickBox ticks or unticks the n-th task box of an issue's text, counted from 1.
func (a Actor) TickBox(full string, number, n int, done bool) error {
	return a.on(full, number, func(i *issue) error {
		body, ok := tick(i.body, n, done)
		if !ok {
			return fmt.Errorf("%s#%d has no task box %d", full, number, n)
		}
		return a.s.editIssue(a.by, i, edit{body: &body})
	})
}

// Label puts labels on an issue, creating them where the person may.
func (a Actor) Label(full string, number int, labels ...string) error {
	return a.on(full, number, func(i *issue) error { return a.s.addLabels(a.by, i, labels) })
}

// Unlabel takes a label off an issue.
func (a Actor) Unlabel(full string, number int, label string) error {
	return a.on(full, number, func(i *issue) error { return a.s.removeLabel(a.by, i, label) })
}

// Assign makes these people the assignees; who cannot be assigned is dropped
// silently.
func (a Actor) Assign(full string, number int, logins ...string) error {
	if logins == nil {
		logins = []string{}
	}
	return a.edit(full, number, edit{assignees: &logins})
}

// AddSubIssue puts an issue under a parent.
func (a Actor) AddSubIssue(full string, parent int, childRepo string, child int) error {
	return a.on(full, parent, func(i *issue) error { return a.s.addSubIssue(a.by, i, a.s.mustIssue(childRepo, child), false) })
}

// RemoveSubIssue takes an issue from under its parent.
func (a Actor) RemoveSubIssue(full string, parent int, childRepo string, child int) error {
	return a.on(full, parent, func(i *issue) error {
		c := a.s.mustIssue(childRepo, child)
		if c.parent != i {
			return notFound()
		}
		if err := a.s.mayWrite(a.by, i.repo, Triage); err != nil {
			return err
		}
		a.s.detachChild(a.by, i, c)
		return nil
	})
}

// BlockedBy notes that an issue is blocked by another.
func (a Actor) BlockedBy(full string, number int, byRepo string, by int) error {
	return a.on(full, number, func(i *issue) error { return a.s.addBlocker(a.by, i, a.s.mustIssue(byRepo, by)) })
}

// Unblock takes such a note back.
func (a Actor) Unblock(full string, number int, byRepo string, by int) error {
	return a.on(full, number, func(i *issue) error { return a.s.removeBlocker(a.by, i, a.s.mustIssue(byRepo, by)) })
}

// Lock locks the conversation, Unlock unlocks it.
func (a Actor) Lock(full string, number int) error {
	return a.on(full, number, func(i *issue) error { return a.s.lockIssue(a.by, i, true, "") })
}

// Unlock unlocks the conversation.
func (a Actor) Unlock(full string, number int) error {
	return a.on(full, number, func(i *issue) error { return a.s.lockIssue(a.by, i, false, "") })
}

// Delete deletes an issue.
func (a Actor) Delete(full string, number int) error {
	return a.on(full, number, func(i *issue) error { return a.s.deleteIssue(a.by, i) })
}

// Transfer moves an issue to another repository of the owner and returns its
// new number.
func (a Actor) Transfer(full string, number int, to string) (n int, err error) {
	err = a.on(full, number, func(i *issue) error {
		moved, err := a.s.transfer(a.by, i, a.s.mustRepo(to))
		if err == nil {
			n = moved.number
		}
		return err
	})
	return n, err
}

// Issue is an issue as it is now, lag or no lag.
type Issue struct {
	WorldIssue
	ID        int64
	Author    string
	Locked    bool
	Deleted   bool
	ClosedBy  string
	Created   time.Time
	Updated   time.Time
	Closed    time.Time
	Children  []string // "owner/name#n"
	BlockedBy []string
	Comments  []Comment
}

// Comment is a comment as it is now.
type Comment struct {
	ID        int64
	Author    string
	Body      string
	Created   time.Time
	Updated   time.Time
	Reactions []Reaction
}

// Reaction is a reaction to a comment.
type Reaction struct {
	User, Content string
	Created       time.Time
}

// Issue returns an issue; a transferred one as it is where it is now.
func (s *Server) Issue(full string, number int) Issue {
	defer s.lock()()
	i := s.mustIssue(full, number)
	v := Issue{WorldIssue: worldIssue(i), ID: i.id, Author: i.author.login, Locked: i.locked, Deleted: i.deleted,
		Created: i.created, Updated: i.updated, Closed: i.closed, Children: names(i.children), BlockedBy: names(i.blockedBy)}
	if i.closedBy != nil {
		v.ClosedBy = i.closedBy.login
	}
	for _, c := range i.comments {
		x := Comment{ID: c.id, Author: c.author.login, Body: c.body, Created: c.created, Updated: c.updated}
		for _, r := range c.reactions {
			x.Reactions = append(x.Reactions, Reaction{r.user.login, r.content, r.created})
		}
		v.Comments = append(v.Comments, x)
	}
	return v
}

// Comments returns the comments on an issue, oldest first.
func (s *Server) Comments(full string, number int) []Comment { return s.Issue(full, number).Comments }

func names(is []*issue) []string {
	var out []string
	for _, i := range is {
		out = append(out, fmt.Sprintf("%s#%d", i.repo.full(), i.number))
	}
	return out
}
