package incident_test

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// What was done in a place that does not answer stays done, for as long as it
// does not; what is hidden in one that answers does not.
func TestMissing(t *testing.T) {
	done := incident.Ticket{Ref: "OPS-1", State: incident.Done, Linked: true, Title: "Pool"}
	open := incident.Ticket{Ref: "OPS-2", State: incident.Open, Linked: true}
	hidden := incident.Ticket{Ref: "NET-1", State: incident.Done, Linked: true}
	last := incident.Snapshot{Tickets: []incident.Ticket{done}, Foreign: []incident.Ticket{open, hidden}}
	now := func() incident.Snapshot {
		s := incident.Snapshot{Missed: map[string]string{"OPS": "down"}}
		for _, ref := range []incident.Ref{"OPS-1", "OPS-2", "OPS-3", "NET-1"} {
			s.Foreign = append(s.Foreign, incident.Ticket{Ref: ref, State: incident.Open, Unreadable: true})
		}
		return s
	}
	for range 3 {
		got := incident.Missing(now(), last)
		for i, want := range []incident.State{incident.Done, incident.Open, incident.Open, incident.Open} {
			if x := got.Foreign[i]; x.State != want || !x.Unreadable || x.Linked != (i < 2) {
				t.Errorf("got %+v, want it %s", x, want)
			}
		}
		last = got
	}
}
