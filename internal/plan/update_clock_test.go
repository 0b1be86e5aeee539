package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// reminders are when and to whom we said that stakeholders wait, oldest first.
func (w *world) reminders() (list []string) {
	for _, c := range w.spokenReminders() {
		list = append(list, fmt.Sprintf("%s %s", c.At.Format("15:04"), strings.Fields(c.Raw)[0]))
	}
	return list
}

// run lets time pass, looking at no other times than were asked for.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	until := w.s.At.Add(d)
	for {
		w.settle()
		next := w.pass().Next
		if next.IsZero() || next.After(until) {
			w.s.At = until
			return
		}
		w.s.At = next
	}
}

// Stakeholders hear until service is back; overdue goes from communications to
// command (O33), and only who must act is mentioned (O69).
func TestTheUpdateClock(t *testing.T) {
	w := newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.s.At = start.Add(-time.Second)
	w.declare()
	w.run(20 * time.Minute)
	if got := w.reminders(); len(got) != 0 {
		t.Errorf("before staffing: %q", got)
	}
	w.s.At = start.Add(30*time.Minute - time.Second)
	w.say("alice", "/ops @bob", "/comms @carol") // 14:30
	w.run(100 * time.Minute)
	want := []string{"15:00 @carol:", "15:15 @alice:", "15:30 @carol:", "15:45 @alice:", "16:00 @carol:"}
	if got := w.reminders(); !slices.Equal(got, want) {
		t.Errorf("said %q, expected %q", got, want)
	}
	w.s.At = start.Add(130*time.Minute - time.Second)
	w.say("carol", "/update owner x") // 16:10, which does not stop it
	w.run(9 * time.Minute)
	w.say("carol", "/update customers x") // 16:19
	writes := w.writes
	w.run(29 * time.Minute)
	if want = append(want, "16:15 @alice:"); !slices.Equal(w.reminders(), want) || w.writes != writes {
		t.Errorf("said %q, expected %q; %d writes while nothing happened", w.reminders(), want, w.writes-writes)
	}
	w.run(2 * time.Minute)
	if got := w.reminders(); len(got) != len(want)+1 || !strings.HasSuffix(got[len(want)], "@carol:") {
		t.Errorf("after an update: %q", got)
	}
	said := len(w.reminders())
	w.say("alice", "/restored")
	w.run(5 * time.Hour)
	if got := w.reminders(); len(got) != said {
		t.Errorf("after service was back: %q", got)
	}
	w.say("alice", "/unrestored")
	w.run(29 * time.Minute)
	if got := w.reminders(); len(got) != said {
		t.Errorf("at once when it broke again: %q", got)
	}
	w.run(2 * time.Minute)
	if got := w.reminders(); len(got) != said+1 {
		t.Errorf("half an hour after it broke again: %q", got)
	}
}

// After an outage of ours only the latest is said; and what is said is not
// said again by a store that reckons otherwise.
func TestTheUpdateClockAfterAnOutage(t *testing.T) {
	w := newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	w.after(4*time.Hour + 5*time.Minute).settle()
	if got := w.reminders(); len(got) != 1 {
		t.Errorf("after four hours: %q", got)
	}
	w.forget()
	w.settle()
	w.after(2 * time.Minute).settle()
	if got := w.reminders(); len(got) != 1 {
		t.Errorf("after the store was lost: %q", got)
	}
	w.run(time.Hour)
	if got := w.reminders(); len(got) != 5 {
		t.Errorf("within the next hour: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	w.after(10 * time.Minute)
	id := w.say("carol", "/update internal x")
	w.run(31 * time.Minute)
	w.deleteComment(id)
	w.forget()
	w.settle()
	w.after(2 * time.Minute).settle()
	if got := w.reminders(); len(got) != 1 {
		t.Errorf("after the store was lost, and the update deleted: %q", got)
	}
}

func TestTheUpdateClockMentionsWhoIsThere(t *testing.T) {
	w := newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	w.say("carol", "/release @carol")
	w.run(47 * time.Minute)
	w.settle() // somebody says something
	if got := w.reminders(); len(got) != 1 || !strings.HasSuffix(got[0], "@alice:") {
		t.Errorf("without communications: %q", got)
	}
	w = newWorld(t)
	w.staffed()
	w.run(10 * time.Hour)
	if got := w.reminders(); len(got) != 0 {
		t.Errorf("without a clock: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = 10 * time.Minute
	w.staffed()
	w.run(17 * time.Minute)
	if got := w.reminders(); len(got) != 2 || !strings.HasSuffix(got[1], "@alice:") {
		t.Errorf("with a clock of ten minutes: %q", got)
	}
	w.say("bob", "/note x")
	w.say("alice", "/retract it was a test")
	w.say("bob", "/retract it was a test")
	w.run(5 * time.Hour)
	if got := w.reminders(); len(got) != 2 {
		t.Errorf("after a false alarm: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.declare()
	w.say("carol", "/comms")
	w.say("carol", "/update internal x")
	w.after(20 * time.Minute)
	w.say("bob", "/ops")
	w.run(25 * time.Minute)
	if got := w.reminders(); len(got) != 0 {
		t.Errorf("before half an hour after staffing: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = time.Minute
	w.staffed()
	w.run(5 * time.Minute)
	if got := w.reminders(); len(got) > 10 {
		t.Errorf("with a clock of a minute: %q", got)
	}
}
