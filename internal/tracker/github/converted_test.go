package github

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// A ticket that was made a discussion is closed and was not done: it is gone,
// which one request tells, once. One that was done before is done, and a lock
// alone says nothing.
func TestATicketBecomesADiscussion(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	on := l.see(head)
	ours := l.do(on, incident.Create{Slot: "follow/1.0", Place: shop, Title: "Ours", Body: "x", Parent: head})[0].Ref
	theirs, done, locked := l.open("theirs", ""), l.open("done", ""), l.open("locked", "")
	a := l.As("alice")
	for _, r := range []incident.Ref{theirs, done, locked} {
		l.ok(a.AddSubIssue(shop, number(head), shop, number(r)))
	}
	for _, r := range []incident.Ref{done, locked} {
		l.ok(a.Close(shop, number(r), ""))
	}
	l.clock.Advance(time.Hour)
	for _, r := range []incident.Ref{ours, theirs, done} {
		l.ok(a.Converse(shop, number(r)))
	}
	l.ok(a.Lock(shop, number(locked)))
	for n := range 2 {
		l.clock.Advance(2 * time.Minute)
		on = l.see(head)
		for _, x := range []incident.Ticket{ticket(t, on.Tickets, ours), ticket(t, on.Foreign, theirs)} {
			if !x.Gone || x.State != incident.Open || !x.Closed.At.IsZero() {
				t.Errorf("%s: %+v", x.Ref, x)
			}
		}
		if x := ticket(t, on.Tickets, ours); x.Slot != "follow/1.0" {
			t.Errorf("%+v", x)
		}
		if x := ticket(t, on.Foreign, locked); x.Gone || x.State != incident.Done {
			t.Errorf("locked: %+v", x)
		}
		if x := ticket(t, on.Foreign, done); x.Gone || x.State != incident.Done {
			t.Errorf("done before: %+v", x)
		}
		asked := l.Requests()["GET /repos/{owner}/{repo}/issues/{number}/events"]
		if want := []int{6, 1}[n]; asked != want { // the head's, four tickets', and the head's before
			t.Errorf("look %d: %d lists of events, want %d", n, asked, want)
		}
		l.ResetRequests()
	}
}

// A head that was made a discussion is gone, unless it was closed before.
func TestAHeadBecomesADiscussion(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "I hereby declare this an incident")
	l.ok(l.As("alice").Converse(shop, number(head)))
	if on := l.see(head); !on.Gone {
		t.Errorf("%+v", on)
	}
	other := l.open("over", "x")
	l.ok(l.As("alice").Close(shop, number(other), ""))
	l.clock.Advance(time.Hour)
	l.ok(l.As("alice").Converse(shop, number(other)))
	if on := l.see(other); on.Gone || on.Head.State != incident.Done {
		t.Errorf("%+v", on)
	}
}

// A follow-up that was transferred to where we may not read counts as open.
func TestATicketTransferredOutOfSight(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	was := l.do(l.see(head), incident.Create{Slot: "follow/1.0", Place: shop, Title: "Ours", Body: "x", Parent: head})[0].Ref
	must(l.As("alice").Transfer(shop, number(was), "acme/secret"))
	for range 2 {
		l.clock.Advance(2 * time.Minute)
		on := l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{was} })
		if x := ticket(t, on.Foreign, was); !x.Unreadable || x.Gone || x.State != incident.Open {
			t.Errorf("%+v", x)
		}
		l.restart()
	}
}
