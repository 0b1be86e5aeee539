package plan_test

import (
	"testing"
	"time"

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

// A follow-up that was filed before there was an epic goes under it once there
// is one, and once only.
func TestALooseFollowUpGoesUnderTheEpic(t *testing.T) {
	w := newWorld(t).epics().staffed()
	id := w.say("alice", "/followup Bound the pool")
	w.settle()
	var under []incident.Action
	for range 3 {
		for i := range w.s.Tickets {
			w.s.Tickets[i].Loose = w.s.Tickets[i].Slot == incident.Slot("follow/"+id+".0")
		}
		for _, a := range w.after(time.Minute).pass().Do {
			if l, ok := a.(incident.Link); ok {
				under = append(under, l)
			}
		}
	}
	if len(under) != 1 || under[0].(incident.Link).Ref != w.slot(incident.Slot("follow/"+id+".0")).Ref {
		t.Errorf("the plan would %v", under)
	}
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
