package plan_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// At the close it is said how well each audience was informed while service was
// not back (O76).
func TestWhatEachAudienceHeard(t *testing.T) {
	w := newWorld(t).staffed()
	w.after(10*time.Minute).say("carol", "/update customers We know.")
	w.after(20*time.Minute).say("carol", "/update all A fix is on its way.")
	w.after(45*time.Minute).say("alice", "/restored")
	w.finish().review("alice").after(3 * time.Hour)
	w.say("carol", "/update customers All is well again.")
	w.say("alice", "/close")
	contains(t, w.closing(),
		"| told the service owner | 1 time, the longest silence until service was back 45 min |",
		"| told the customers | 3 times, the longest silence until service was back 45 min |",
		"| told the teams | 1 time, the longest silence until service was back 45 min |")
	w = gated(t)
	w.after(2*time.Hour).say("alice", "/close")
	contains(t, w.closing(), "| told the customers | never |")
}

// After the end nobody has anything left to do for the incident: no ticket of a
// role, of a duty or of a review is open, and nothing reminds or mentions
// anybody (O67).
func TestAfterTheEndPeopleAreFree(t *testing.T) {
	for how, end := range map[string]func(*world){
		"closed":    func(w *world) { w.say("alice", "/close") },
		"retracted": func(w *world) { w.say("alice", "/retract it was the cat"); w.say("bob", "/retract so it was") },
	} {
		t.Run(how, func(t *testing.T) {
			w := gated(t)
			if how == "retracted" {
				w = newWorld(t).staffed()
			}
			end(w)
			if w.ended() != how {
				t.Fatalf("%q", w.ended())
			}
			for _, x := range w.s.Tickets {
				if x.State == incident.Open {
					t.Errorf("%s is open", x.Slot)
				}
			}
			said, sent := len(w.s.Comments), len(w.sent)
			w.run(60 * 24 * time.Hour)
			if len(w.s.Comments) != said || len(w.sent) != sent {
				t.Errorf("%d comments and %d messages since the end", len(w.s.Comments)-said, len(w.sent)-sent)
			}
			id := w.say("dave", "/ops")
			contains(t, w.reply(id), "the incident is "+how)
		})
	}
	w := gated(t)
	w.say("alice", "/close")
	contains(t, w.closing(), "go back to your projects")
}
