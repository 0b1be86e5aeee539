package reconcile_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// A board by an account that is not ours stops the passes (design, section 5).
// The operator is warned when that begins, again if it begins again, and not
// at every pass; meanwhile the pages show it.
func TestWhatOnlyTheOperatorCanMendIsToldOnce(t *testing.T) {
	r := newRig(t)
	r.touch(key)
	r.step()
	board := incident.Comment{ID: "csay/board", Author: "former-token", Slot: incident.Board, At: start}
	warned := func() int { return strings.Count(r.log.String(), "level=WARN") }
	look := func(ours bool) {
		t.Helper()
		board.Ours = ours
		r.tracker.s.Comments, r.tracker.got = []incident.Comment{board}, nil
		r.now = r.now.Add(time.Minute)
		r.touch(key)
		r.step()
		known, err := r.Known(t.Context(), key)
		if err != nil || known.Plan.Alarm != "" == ours {
			t.Errorf("ours %v, alarm %q, err %v", ours, known.Plan.Alarm, err)
		}
	}
	for range 3 {
		look(false)
		if len(r.tracker.got) != 0 {
			t.Errorf("it did %v", r.tracker.got)
		}
	}
	if n := warned(); n != 1 || !strings.Contains(r.log.String(), "add that account to `authors`") {
		t.Errorf("the operator was warned %d times:\n%s", n, r.log.String())
	}
	look(true)
	look(false)
	if n := warned(); n != 2 {
		t.Errorf("the operator was warned %d times:\n%s", n, r.log.String())
	}
}
