package reconcile_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

func issue(n int) incident.Key {
	return incident.KeyOf("tracker", incident.PathRef("acme/shop", strconv.Itoa(n)))
}

// A first sweep finds hundreds of old issues. An incident is looked at first
// all the same, a fresh declaration does not wait for them all, and each has
// its turn.
func TestAFreshDeclarationDoesNotWaitForACrowd(t *testing.T) {
	r := newRig(t)
	r.touch(key) // #12 is an incident
	r.step()
	r.now = start.Add(time.Hour)
	r.touch(key)
	for worked := true; worked; worked, _, _ = r.Step(t.Context()) {
	}

	for n := range 300 {
		r.tracker.sighting.Hints = append(r.tracker.sighting.Hints, incident.Hint{Key: issue(n + 1), Labels: []string{"incident"}})
	}
	r.touch(incident.SweepOf("tracker", "acme/shop"))
	r.Step(t.Context())
	r.tracker.err = &incident.NotServed{Reason: "too old"}
	var looks []incident.Key
	look := func() bool {
		worked, _, err := r.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if worked {
			looks = append(looks, r.tracker.look.Key)
		}
		return worked
	}
	look()
	r.now = r.now.Add(100 * time.Millisecond) // sooner than #12 is due by itself
	r.touch(issue(301))
	for look() {
	}
	if i := slices.Index(looks, issue(301)); i < 0 || i > 12 || !slices.Contains(looks[:i], key) || !slices.Contains(looks[:i], issue(300)) {
		t.Errorf("the fresh declaration is number %d in %v", i, looks)
	}
	for range 60 {
		r.now = r.now.Add(10 * time.Second)
		for look() {
		}
	}
	for n := range 301 {
		if !slices.Contains(looks, issue(n+1)) {
			t.Errorf("#%d was never looked at", n+1)
		}
	}
}
