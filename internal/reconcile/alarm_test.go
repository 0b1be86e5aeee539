package reconcile_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
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

// An open incident whose head somebody moves to where we may not look does not
// end in silence: the operator is warned once, it stands on the ledger, and it is
// looked for each day. What is no incident is left alone.
func TestAnIncidentOutOfReachIsNotForgotten(t *testing.T) {
	r := newRig(t)
	away := &incident.NotServed{Reason: "SECRET is not among the projects of the configuration"}
	r.tracker.err = away
	r.touch(key)
	if next := r.step(); !next.IsZero() || strings.Contains(r.log.String(), "level=WARN") {
		t.Fatalf("an issue that is no incident is looked at again at %v:\n%s", next, r.log.String())
	}
	r.tracker.err = nil
	r.touch(key)
	r.step()
	r.tracker.err = away
	for range 3 {
		r.now = r.now.Add(time.Minute)
		r.touch(key)
		if next := r.step(); next.Before(r.now.Add(time.Hour)) || next.After(r.now.Add(24*time.Hour)) {
			t.Errorf("at %v it is to be looked for at %v", r.now, next)
		}
	}
	if n := strings.Count(r.log.String(), "level=WARN"); n != 1 || !strings.Contains(r.log.String(), "SECRET is not among") {
		t.Errorf("the operator was warned %d times:\n%s", n, r.log.String())
	}
	entries, err := r.store.Entries(t.Context(), key, 1)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(slices.DeleteFunc(entries, func(e ledger.Entry) bool { return !strings.Contains(e.Text, "out of our reach") })); n != 1 {
		t.Errorf("it is on the ledger %d times", n)
	}
	r.tracker.err = nil
	r.now = r.now.Add(time.Hour)
	r.touch(key)
	r.step()
	if known, err := r.Known(t.Context(), key); err != nil || known.Plan.Alarm != "" {
		t.Errorf("there again, alarm %q, err %v", known.Plan.Alarm, err)
	}
}
