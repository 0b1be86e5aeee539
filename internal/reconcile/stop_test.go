package reconcile_test

import (
	"context"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// A stop lets the request under way finish, begins nothing more, and gives the
// lease back so that the next process goes on at once.
func TestAStopFinishesWhatIsUnderWayAndGivesTheLeaseBack(t *testing.T) {
	r := newRig(t)
	ctx, stop := context.WithCancel(t.Context())
	r.tracker.answer = func(a incident.Action) incident.Result {
		stop() // while the first request is under way
		return applied(a)
	}
	r.touch(key)
	if worked, _, err := r.Step(ctx); !worked || err != nil {
		t.Fatal(worked, err)
	}
	if len(r.tracker.got) != 1 {
		t.Errorf("after the stop it went on: %v", r.tracker.got)
	}
	if a := r.state(key).Journal.Slots[incident.Board]; a.Open() {
		t.Error("what the finished request brought was not kept")
	}
	if d, _ := r.store.Depth(t.Context()); d.Due != 1 {
		t.Error("the lease was not given back")
	}
}
