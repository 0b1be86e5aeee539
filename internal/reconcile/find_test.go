package reconcile_test

import (
	"context"
	"errors"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
)

// finding is a tracker that finds issues by their ids.
type finding struct {
	*scripted
	hints map[string]incident.Hint
	err   error
}

func (f finding) Find(_ context.Context, id string) (incident.Hint, error) { return f.hints[id], f.err }

// News may carry an id alone: the issue is looked for, and whom it concerns is
// touched; an issue that concerns no incident costs that one look.
func TestAnIssueIsFoundByItsID(t *testing.T) {
	f := finding{hints: map[string]incident.Hint{
		"1": {Key: "tracker:acme/shop#12", Texts: []string{"I hereby declare this an incident"}},
		"2": {Key: "tracker:acme/shop#13", Texts: []string{"Nothing of the kind"}},
	}}
	r := newRig(t, func(o *reconcile.Options) {
		f.scripted = o.Trackers["tracker"].(*scripted)
		o.Trackers["tracker"] = &f
	})
	due := func(id string) int {
		t.Helper()
		r.touch(incident.AliasOf("tracker", id))
		if worked, _, err := r.Step(t.Context()); !worked || err != nil {
			t.Fatal(worked, err)
		}
		d, err := r.store.Depth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Due
	}
	for id, want := range map[string]int{"2": 0, "3": 0} {
		if n := due(id); n != want {
			t.Errorf("%s: %d keys are due", id, n)
		}
	}
	if n := due("1"); n != 1 {
		t.Errorf("the declaration touched %d keys", n)
	}
	r.step()
	if r.tracker.look.Key != "tracker:acme/shop#12" {
		t.Errorf("looked at %s", r.tracker.look.Key)
	}
	f.err = errors.New("down")
	r.touch(incident.AliasOf("tracker", "3"))
	if next := r.step(); next.IsZero() {
		t.Error("what could not be looked for is not looked for again")
	}
}
