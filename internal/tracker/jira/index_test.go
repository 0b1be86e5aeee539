package jira

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

func TestManyTickets(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on, _ := l.covered(head)
		for range 4 {
			var do []incident.Action
			for n := range 50 {
				do = append(do, incident.Create{Slot: incident.Slot(fmt.Sprintf("check/%d-%d", len(on.Tickets), n)), Place: ops, Title: "x", Body: "x", Parent: head})
			}
			l.do(on, do...)
			l.clock.Advance(time.Minute)
			on = l.patiently(head)
		}
		l.restart()
		if on = l.patiently(head); len(on.Tickets) != 201 {
			t.Errorf("%d tickets", len(on.Tickets))
		}
	})
}

// patiently looks until our own pacing lets it be done: Data Center is asked for
// each ticket of ours once, and each go begins where the one before ended.
func (l *lab) patiently(head incident.Ref) incident.Snapshot {
	l.t.Helper()
	var wait *incident.NotYet
	on, err := l.look(head)
	for n := 0; errors.As(err, &wait) && n < 10; n++ {
		l.clock.Advance(wait.Until.Sub(l.clock.Now()))
		on, err = l.look(head)
	}
	l.ok(err)
	return on
}

// Whoever begins to watch reads Data Center's tickets as they are: what the
// index shows of before would be taken for what people did.
func TestNothingOldIsBelieved(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: time.Minute})
		head := l.open("down", "x")
		role := l.do(l.see(head), incident.Create{Slot: "role/command", Place: ops, Title: "Command", Body: "x", Parent: head, Assignees: []incident.Person{l.person("alice")}})[0].Ref
		l.clock.Advance(2 * time.Minute)
		l.do(l.see(head), incident.Assign{Ref: role, People: []incident.Person{l.person("bob")}})
		l.restart()
		if got := ticket(t, l.see(head).Tickets, role).Assignees; len(got) != 1 || got[0] != l.person("bob") {
			t.Errorf("the role is still assigned to %v", got)
		}
	})
}

// What we just created is seen at once, although the index does not know it,
// and what the index hides is never taken for gone.
func TestTheIndexLags(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: 4 * time.Minute})
		head := l.open("down", "x")
		on := l.see(head)
		rs := l.do(on,
			incident.Create{Slot: "role/command", Place: ops, Title: "c", Body: "x", Parent: head},
			incident.Create{Slot: "follow/1.0", Place: "WEB", Title: "f", Body: "x"})
		if e == sandbox.Cloud {
			on = l.see(head)
			for _, r := range rs {
				ticket(t, on.Tickets, r.Ref)
			}
		}
		l.restart()
		on = l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{rs[0].Ref, rs[1].Ref} })
		for _, r := range rs {
			if got := ticket(t, on.Tickets, r.Ref); got.Gone || got.Unreadable || got.Slot == "" {
				t.Errorf("%+v", got)
			}
		}
		l.do(on, incident.Close{Ref: rs[0].Ref, As: incident.Done})
		on = l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{rs[0].Ref, rs[1].Ref} })
		if got := ticket(t, on.Tickets, rs[0].Ref); e == sandbox.Cloud && got.State != incident.Done {
			t.Errorf("what we closed reads %s", got.State)
		}
	})
}
