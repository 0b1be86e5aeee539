package plan_test

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// A process that dies between creating a ticket and attaching it leaves it
// loose; the next pass attaches it.
func TestALooseTicketIsAttachedOnce(t *testing.T) {
	w := newWorld(t).staffed()
	loose := w.slot("role/communications")
	loose.Linked = false
	w.settle()
	if !w.slot("role/communications").Linked {
		t.Error("the loose ticket was not attached")
	}
	w.slot("role/communications").Linked = false // a person takes it off
	w.settle()
	if w.slot("role/communications").Linked {
		t.Error("what a person took off was attached again")
	}
	contains(t, w.board(), string(w.slot("role/communications").Ref.Near(w.s.Head.Ref)))
}

func TestATicketOnAServerWithoutParentsStaysLoose(t *testing.T) {
	w := newWorld(t)
	w.s.Caps.Parents = false
	w.staffed()
	for i := range w.s.Tickets {
		w.s.Tickets[i].Linked = false
	}
	for _, a := range w.pass().Do {
		if _, ok := a.(incident.Link); ok {
			t.Errorf("the plan would %s", a)
		}
	}
}
