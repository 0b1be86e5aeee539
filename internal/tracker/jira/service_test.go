package jira

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// A service project that does not keep a comment internal mails it to the
// customer: it is tried once, and not for every pass.
func TestInternalIsDroppedOnce(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ChangeProject(ops, sandbox.ServiceDesk, sandbox.DropsInternal)
		head := l.open("down", "x")
		on := l.see(head)
		mails := l.issue(head).Mails
		for range 3 {
			l.refused(on, incident.Say{Slot: incident.Board, Text: "secret"}, "customers", "agent")
		}
		if n := l.issue(head).Mails - mails; n != 1 {
			t.Errorf("%d mails", n)
		}
		if n := len(l.issue(head).Comments); n != 0 {
			t.Errorf("%d comments are left", n)
		}
	})
}

// A comment of ours that customers may read by now is none of ours: it is not
// written to again.
func TestOpenCommentIsNotOurs(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		id := l.do(on, incident.Say{Slot: incident.Board, Text: "/ops"})[0].Comment
		l.ChangeProject(ops, sandbox.ServiceDesk)
		l.restart()
		now := l.see(head)
		if c := said(t, now, id); c.Ours || len(c.Said) > 0 || !c.Exposed {
			t.Errorf("%+v", c)
		}
		// One that was decided before is made internal, or it would be told.
		l.do(on, incident.Say{Slot: incident.Board, Comment: id, Text: "two"})
		if c := l.issue(head).Comments[0]; !c.Internal || c.Body != "two" {
			t.Errorf("%+v", c)
		}
		if c := said(t, l.see(head), id); c.Exposed || !c.Ours {
			t.Errorf("%+v", c)
		}
	})
}

// A comment whose creation nobody confirmed may be open to customers: seen so,
// it is deleted. What is said by people is left alone.
func TestExposedCommentIsTakenBack(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ChangeProject(ops, sandbox.ServiceDesk, sandbox.DropsInternal)
		head := l.open("down", "x")
		theirs := l.say("alice", head, "all may read this")
		on := l.see(head)
		l.SetFault(onWrite(1, sandbox.Fault{Kind: sandbox.ErrorAfter}))
		if r := l.one(on, incident.Say{Slot: incident.Board, Text: "secret"}); r.Outcome != incident.Unknown {
			t.Fatalf("%v %v", r.Outcome, r.Err)
		}
		l.SetFault(nil)
		on = l.see(head)
		if said(t, on, theirs).Exposed || len(on.Comments) != 2 || !on.Comments[1].Exposed {
			t.Fatalf("%+v", on.Comments)
		}
		back := incident.Unsay{Comment: on.Comments[1].ID}
		l.do(on, back, back) // the second finds nothing left to do
		if all := l.issue(head).Comments; len(all) != 1 || all[0].ID != theirs {
			t.Errorf("%+v", all)
		}
	})
}

// Where a comment may not be deleted, customers read nothing in it any more, and
// it stays to be deleted.
func TestExposedCommentCannotBeDeleted(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		var told []string
		l := newLab(t, sandbox.Options{Edition: e}, func(o *Options) {
			o.Metrics.TookBack = func(outcome string) { told = append(told, outcome) }
		})
		l.ChangeProject(ops, sandbox.ServiceDesk, sandbox.DropsInternal)
		l.Revoke(ops, "hereby", sandbox.DeleteOwnComments, sandbox.DeleteAllComments)
		head := l.open("down", "x")
		on := l.see(head)
		l.refused(on, incident.Say{Slot: incident.Board, Text: "secret"}, "customers", "Delete Own Comments")
		all := l.issue(head).Comments
		if len(all) != 1 || strings.Contains(all[0].Body, "secret") {
			t.Fatalf("customers read %+v", all)
		}
		on = l.see(head)
		if c := said(t, on, all[0].ID); !c.Exposed {
			t.Errorf("%+v", c)
		}
		back := incident.Unsay{Comment: all[0].ID}
		l.refused(on, back, "Delete Own Comments")
		l.Grant(ops, "hereby", sandbox.DeleteOwnComments)
		l.do(on, back)
		if n := len(l.issue(head).Comments); n != 0 {
			t.Errorf("%d comments are left", n)
		}
		l.restart()
		l.refused(on, incident.Say{Slot: incident.Board, Text: "secret"}, "customers", "agent")
		if !slices.Equal(told, []string{"refused", "applied"}) {
			t.Errorf("counted %v", told)
		}
	})
}

// To edit an issue without a mail is for administrators of its project: Jira
// ignores the whole request of another. A comment's edit asks for nothing.
func TestQuietEditsOfNoAdministrator(t *testing.T) {
	for _, admin := range []bool{true, false} {
		l := newLab(t, sandbox.Options{})
		head := l.open("down", "x")
		on := l.see(head)
		board := l.do(on, incident.Say{Slot: incident.Board, Text: "one"})[0].Comment
		if !admin {
			l.Revoke(ops, "hereby", sandbox.AdministerProject)
		}
		l.restart()
		quiet := map[string]bool{}
		l.SetFault(func(r *http.Request, _ int) sandbox.Fault {
			if r.Method == http.MethodPut {
				quiet[r.URL.Path[strings.LastIndex(r.URL.Path, "/OPS-"):]] = r.URL.Query().Get("notifyUsers") == "false"
			}
			return sandbox.Fault{}
		})
		l.do(on, incident.Say{Slot: incident.Board, Comment: board, Text: "two"}, incident.Tag{Ref: head, Label: "x", On: true})
		l.SetFault(nil)
		if quiet["/"+string(head)] != admin || !quiet["/"+string(head)+"/comment/"+board] {
			t.Errorf("administrator %v: %v", admin, quiet)
		}
		found, _ := l.check()
		told := false
		for _, f := range found {
			told = told || strings.Contains(f.What, "Administer Projects in OPS")
		}
		if told == admin {
			t.Errorf("administrator %v: %q", admin, found)
		}
	}
}
