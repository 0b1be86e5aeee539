package plan_test

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// Whoever orders what somebody's hand did a moment ago could not know; later it
// is said that it was so already.
func TestAnOrderBesideAHand(t *testing.T) {
	w := newWorld(t).staffed()
	w.slot("role/communications").Assignees = []incident.Person{"dave"}
	same := w.say("alice", "/comms @dave")
	later := w.say("alice", "/comms @dave")
	if w.reply(same) != "" || w.crewText() != "[alice] [bob] [dave] []" {
		t.Errorf("%q, %s", w.reply(same), w.crewText())
	}
	contains(t, w.reply(later), "@\u2060dave already has it")
}
