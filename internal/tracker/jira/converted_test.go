package jira

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// Whatever people convert a follow-up into, or a sub-task that they linked, it
// stays part of the incident, under its key.
func TestAConvertedFollowUp(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head, over := l.open("down", "x"), l.open("over", "x")
		on := l.see(head)
		l.do(on, incident.Create{Slot: incident.Epic, Place: ops, Title: "Epic", Body: "x", Parent: head})
		on = l.see(head)
		ours := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "Ours", Body: "x", Parent: head})[0].Ref
		theirs := incident.Ref(must(l.As("alice").OpenSubtask(string(over), "Theirs")))
		l.do(l.see(head), incident.Link{Ref: theirs, On: true})
		below := incident.Ref(must(l.As("alice").OpenSubtask(string(head), "Below")))
		checks := func(when string) {
			t.Helper()
			on := l.see(head)
			if x := ticket(t, on.Tickets, ours); x.Slot != "follow/1.0" || !x.Linked || x.State != incident.Open || x.Gone {
				t.Errorf("%s: ours: %+v", when, x)
			}
			if x := ticket(t, on.Foreign, theirs); !x.Linked || x.State != incident.Open || x.Gone {
				t.Errorf("%s: theirs: %+v", when, x)
			}
		}
		checks("before")
		if x := ticket(t, l.see(head).Foreign, below); !x.Linked {
			t.Errorf("%+v", x)
		}
		l.ok(l.As("alice").Convert(string(ours), "Sub-task", string(over)))
		l.ok(l.As("alice").Convert(string(theirs), "Task", ""))
		l.ok(l.As("alice").Convert(string(below), "Bug", ""))
		checks("converted")
		l.restart()
		checks("after a restart")
		// What hung under the head alone no longer does. It was counted: it is read by its key.
		counted := func(k *incident.Look) { k.Tickets = []incident.Ref{below} }
		if x := ticket(t, l.see(head, counted).Foreign, below); x.Linked || x.Gone || x.State != incident.Open {
			t.Errorf("%+v", x)
		}
		// As a sub-task it is closed and reopened as before.
		l.do(l.see(head), incident.Close{Ref: ours, As: incident.Done})
		if x := ticket(t, l.see(head).Tickets, ours); x.State != incident.Done {
			t.Errorf("%+v", x)
		}
		l.ok(l.As("alice").Convert(string(ours), "Bug", ""))
		if x := ticket(t, l.see(head).Tickets, ours); x.State != incident.Done || x.Slot != "follow/1.0" {
			t.Errorf("%+v", x)
		}
	})
}

// A follow-up that people took to a project which we do not serve is still read
// where we may read it; where we may not, it counts as gone, which is open.
func TestAFollowUpMovedOutOfSight(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		for _, p := range []string{"SEEN", "HID"} {
			l.AddProject(p)
			l.SetRole(p, sandbox.Administrators, "alice")
		}
		l.SetRole("SEEN", sandbox.Users, "hereby")
		l.Grant(ops, "alice", sandbox.MoveIssues)
		head := l.open("down", "x")
		on := l.see(head)
		var was []incident.Ref
		for _, slot := range []incident.Slot{"follow/1.0", "follow/2.0"} {
			was = append(was, l.do(on, incident.Create{Slot: slot, Place: ops, Title: "x", Body: "x", Parent: head})[0].Ref)
		}
		now := incident.Ref(must(l.As("alice").Move(string(was[0]), "SEEN")))
		must(l.As("alice").Move(string(was[1]), "HID"))
		for range 2 {
			on = l.see(head, func(k *incident.Look) { k.Tickets = was })
			if x := ticket(t, on.Tickets, now); x.Slot != "follow/1.0" || !x.Linked || x.State != incident.Open {
				t.Errorf("%+v", x)
			}
			if x := ticket(t, on.Foreign, was[1]); !x.Gone || x.State != incident.Open {
				t.Errorf("%+v", x)
			}
			l.restart()
		}
	})
}
