package reconcile_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// While another tracker does not answer, a ticket there that was done does not
// stand against closing, nothing is on the ledger about it, and no review is
// resumed for it.
func TestATicketDoneOnATrackerThatDoesNotAnswer(t *testing.T) {
	r := newRig(t)
	done := incident.Ticket{Ref: "OPS-1", ID: "10001", Title: "Pool", State: incident.Done, Linked: true, Opened: start, Closed: incident.Closed{By: "bob", At: start}}
	r.tracker.s.Foreign = []incident.Ticket{done}
	tickets := func() (kinds []ledger.Kind) {
		entries, err := r.store.Entries(t.Context(), key, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Ref == done.Ref {
				kinds = append(kinds, e.Kind)
			}
		}
		return kinds
	}
	look := func() {
		t.Helper()
		r.now = r.now.Add(time.Minute)
		r.touch(key)
		r.step()
	}
	look()
	before := len(tickets())
	r.tracker.s.Missed = map[string]string{"OPS": "down"}
	r.tracker.s.Foreign = []incident.Ticket{{Ref: "OPS-1", State: incident.Open, Unreadable: true}}
	look()
	look()
	if got := r.state(key).Record.Last.Foreign[0]; got.State != incident.Done || !got.Unreadable {
		t.Errorf("it counts as %+v", got)
	}
	r.tracker.s.Missed, r.tracker.s.Foreign = nil, []incident.Ticket{done}
	look()
	if list := tickets(); before == 0 || len(list) != before {
		t.Errorf("at first %d entries told of it, and now there are %v", before, list)
	}
}
