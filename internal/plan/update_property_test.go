package plan_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// Whatever is told and whenever it is looked: nobody is reminded within a
// period after the last word, nobody twice in one, and nobody while service is
// back.
func TestTheUpdateClockAtAnyTime(t *testing.T) {
	const every = 30 * time.Minute
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.p.UpdateEvery = every
		w.staffed()
		word, back := w.r.Tenures[len(w.r.Tenures)-1].From, false
		last := map[string]time.Time{} // by whom it mentions
		seen := 0
		look := func() {
			list := w.spokenReminders()
			for _, c := range list[seen:] {
				who, _, _ := strings.Cut(c.Raw, ":")
				period := func(at time.Time) time.Duration { return at.Sub(word) / every }
				if back || period(c.At) < 1 || last[who].After(word) && period(last[who]) == period(c.At) {
					t.Fatalf("%s is reminded at %s; the last word was at %s, the last reminder at %s; service is back: %v", who, c.At, word, last[who], back)
				}
				last[who] = c.At
			}
			seen = len(list)
		}
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				id := w.say("carol", "/update "+rapid.SampledFrom([]string{"internal", "customers", "all"}).Draw(t, "audience")+" x")
				word = w.comment(id).At
			case 1:
				w.say("carol", "/update owner x")
			case 2:
				w.say("alice", "/restored")
				back = true
			case 3:
				id := w.say("alice", "/unrestored")
				if back {
					word, back = w.comment(id).At, false
				}
			default:
				w.after(time.Duration(rapid.IntRange(1, 3000).Draw(t, "seconds")) * time.Second)
				w.settle()
			}
			look()
		}
	})
}

// spokenReminders are our comments that stakeholders wait, oldest first.
func (w *world) spokenReminders() (list []incident.Comment) {
	for _, c := range w.s.Comments {
		if c.Slot.Under("say/update") {
			list = append(list, c)
		}
	}
	return list
}
