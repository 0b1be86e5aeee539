package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
)

// The board shows the ledger's head as of the moments people look back to, and
// is not written for every entry that follows (O46).
func TestTheBoardShowsTheHeadOfTheLedger(t *testing.T) {
	w := newWorld(t).staffed()
	if strings.Contains(w.board(), "Ledger:") {
		t.Errorf("before anything is over:\n%s", w.board())
	}
	w.say("alice", "/restored")
	m := w.r.Marks["restored"]
	if e := w.entries[m.Seq-1]; e.Order == nil || e.Order.Command.Word != "restored" || e.Hash != m.Head {
		t.Fatalf("the mark %+v is of %+v", m, e)
	}
	line := fmt.Sprintf("Ledger: restored at entry %d, `%s`", m.Seq, ledger.Short(m.Head))
	contains(t, w.board(), line)
	board := w.board()
	w.say("bob", "/note the ledger goes on")
	if w.board() != board {
		t.Errorf("the board follows the ledger:\n%s", w.board())
	}
	shown, ok := plan.Shown(w.observe())
	if lost, err := ledger.Compare(w.entries, shown); !ok || len(shown) != 1 || lost != nil || err != nil {
		t.Errorf("%+v, %v, %q, %v", shown, ok, lost, err)
	}
	w.finish().review("alice")
	w.say("alice", "/close")
	contains(t, w.board(), line+"; closed at entry ")
	w.reopenHead("bob")
	w.settle()
	w.say("alice", "/unrestored")
	w.say("alice", "/restored")
	if again := w.r.Marks["restored"]; again.Seq <= m.Seq || strings.Contains(w.board(), line) {
		t.Errorf("the second recovery has the mark %+v\n%s", again, w.board())
	}
}

// Who writes the ledger anew finds the board against him: it does not follow.
func TestTheBoardKeepsWhatItHasShown(t *testing.T) {
	w := newWorld(t).staffed()
	w.say("alice", "/restored")
	board := w.board()
	w.entries[0].By = "mallory"
	w.entries = ledger.Chain(incident.Record{}, w.entries, start)
	forged := ledger.Fold(incident.Record{}, w.entries)
	forged.ID, forged.Key, forged.Last = w.r.ID, w.r.Key, w.r.Last
	w.r = forged
	if err := ledger.Audit(w.r, w.entries); err != nil {
		t.Fatalf("it is not sound in itself: %v", err)
	}
	w.after(time.Minute).settle()
	if w.board() != board {
		t.Errorf("the board follows:\n%s", w.board())
	}
	shown, _ := plan.Shown(w.observe())
	if _, err := ledger.Compare(w.entries, shown); err == nil || !strings.Contains(err.Error(), "written anew") {
		t.Errorf("not found: %v", err)
	}
}

// A ledger that begins again says that it does, and when (O46).
func TestALostStoreIsAGapOnTheLedger(t *testing.T) {
	gaps := func(w *world) (all []ledger.Entry) {
		for _, e := range w.entries {
			if e.Kind == ledger.Gap {
				all = append(all, e)
			}
		}
		return all
	}
	w := newWorld(t).staffed()
	w.say("alice", "/restored")
	if got := gaps(w); got != nil {
		t.Fatalf("a gap where nothing was lost: %+v", got)
	}
	board, before := w.board(), len(w.entries)
	w.forget()
	w.entries = nil
	w.after(time.Hour)
	found := w.s.At
	w.settle()
	got := gaps(w)
	if len(got) != 1 || !got[0].At.Equal(w.r.Declared.At) || !got[0].Seen.Equal(found) || !strings.Contains(got[0].Text, "the ledger before had at least") {
		t.Fatalf("the gap is %+v", got)
	}
	if err := ledger.Audit(w.r, w.entries); err != nil {
		t.Error(err)
	}
	if w.board() != board {
		t.Errorf("the board changed:\n%s", w.board())
	}
	shown, _ := plan.Shown(w.observe())
	if lost, err := ledger.Compare(w.entries, shown); err != nil || len(lost) != 1 || shown["restored"].Seq > before {
		t.Errorf("%q, %v", lost, err)
	}
	w.after(time.Hour).settle()
	if got := gaps(w); len(got) != 1 {
		t.Errorf("%d gaps", len(got))
	}
}
