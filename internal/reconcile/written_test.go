package reconcile_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

// While lists lag, the board looks as if its last edit were still to be made.
// It is not made again before the settle window is over, unless the board shows
// something else: then somebody edited it, and it is put right at once.
func TestAnEditThatIsNotYetShownIsNotRepeated(t *testing.T) {
	r := newRig(t)
	r.touch(key)
	r.step()
	board := &incident.Comment{ID: "csay/board", Author: "hereby", Ours: true, Slot: incident.Board, At: start, Hash: "old"}
	edits := func(after time.Duration) (n int) {
		t.Helper()
		r.now = r.now.Add(after)
		r.tracker.s.Comments, r.tracker.got = []incident.Comment{*board}, nil
		r.touch(key)
		r.step()
		for _, a := range r.tracker.got {
			if say, ok := a.(incident.Say); ok && say.Comment == board.ID {
				n++
				if w := r.state(key).Journal.Slots[incident.Board].Written; !w.At.Equal(r.now) {
					t.Errorf("written at %v, by the journal at %v", r.now, w.At)
				}
			}
		}
		return n
	}
	for i, x := range []struct {
		after time.Duration
		shows string
		want  int
	}{
		{10 * time.Second, "old", 1},
		{2 * time.Second, "old", 0},
		{30 * time.Second, "old", 0},
		{time.Second, "somebody's words", 1},
		{2 * time.Second, "somebody's words", 0},
		{2 * time.Second, "more of them", 1},
		{59 * time.Second, "more of them", 0},
		{time.Second, "more of them", 1}, // a minute: it was lost after all
	} {
		board.Hash = x.shows
		if n := edits(x.after); n != x.want {
			t.Errorf("step %d: %d edits, want %d", i, n, x.want)
		}
	}
	board.Hash, board.Data = "old", "{}" // an edit of what only the marker holds
	if n := edits(time.Second); n != 1 {
		t.Errorf("another marker: %d edits", n)
	}
}

// What was changed of a ticket is remembered with when it had changed before, so
// that the next look, by whichever process, knows an index that lags behind it.
func TestAChangeIsRemembered(t *testing.T) {
	r := newRig(t)
	r.touch(key)
	r.step()
	ticket := incident.Ticket{Ref: "acme/shop#50", Author: "hereby", Slot: incident.RoleSlot(incident.CommandRole, ""), Assignees: []incident.Person{"bob"}, State: incident.Open, Linked: true, Changed: start}
	r.tracker.s.Tickets = []incident.Ticket{ticket}
	r.now = r.now.Add(time.Minute)
	r.touch(key)
	r.step() // assigns it to alice
	j := r.state(key).Journal
	if got := j.Touched[ticket.Ref]; got != (incident.Touch{At: r.now, Over: start}) {
		t.Fatalf("remembers %+v", j.Touched)
	}
	for after, want := range map[time.Duration]time.Time{0: start.Add(time.Millisecond), r.Settle - 1: start.Add(time.Millisecond), r.Settle: start} {
		look := plan.Look(key, j, r.state(key).Record, incident.Shelf{}, r.now.Add(after), r.Settle)
		if got := look.AsOf[ticket.Ref]; !got.Equal(want) {
			t.Errorf("after %v it looks for what changed since %v, want %v", after, got, want)
		}
	}
	r.tracker.s.Tickets[0].Assignees = []incident.Person{"alice"}
	r.now = r.now.Add(2 * time.Hour)
	r.touch(key)
	r.step()
	if j := r.state(key).Journal; len(j.Touched) != 0 {
		t.Errorf("remembers %+v for ever", j.Touched)
	}
}
