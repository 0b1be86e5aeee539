package reconcile_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
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
