package jira

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// An index that says that all is done is not believed: what was reopened a
// moment ago is open, on both editions.
func TestAllDoneIsLookedAtTwice(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: time.Minute})
		head := l.open("down", "x")
		var refs []incident.Ref
		for _, slot := range []incident.Slot{"follow/1.0", "follow/2.0"} {
			refs = append(refs, l.do(l.see(head), incident.Create{Slot: slot, Place: ops, Title: string(slot), Body: "x", Parent: head})[0].Ref)
		}
		for _, ref := range refs {
			l.ok(l.As("bob").Close(string(ref), "Done"))
		}
		l.clock.advance(2 * time.Minute)
		for _, ref := range refs {
			if got := ticket(t, l.see(head).Tickets, ref); got.State != incident.Done {
				t.Fatalf("%s is %s", ref, got.State)
			}
		}
		l.ok(l.As("bob").Reopen(string(refs[1])))
		if got := ticket(t, l.see(head).Tickets, refs[1]); got.State != incident.Open {
			t.Errorf("%s is %s, which it was before", refs[1], got.State)
		}
	})
}
