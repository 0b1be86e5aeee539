package reconcile_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/templates"
)

// scripted is a tracker that shows one snapshot and answers as it is told.
type scripted struct {
	s        incident.Snapshot
	err      error
	panics   bool
	answer   func(incident.Action) incident.Result
	got      []incident.Action
	sighting incident.Sighting
	since    time.Time
	look     incident.Look
}

func (x *scripted) Observe(_ context.Context, look incident.Look) (incident.Snapshot, error) {
	if x.panics {
		panic("a defect")
	}
	x.look = look
	return x.s, x.err
}

func (x *scripted) Apply(_ context.Context, _ incident.Snapshot, do []incident.Action) []incident.Result {
	results := make([]incident.Result, len(do))
	for i, a := range do {
		x.got = append(x.got, a)
		results[i] = x.answer(a)
		if o := results[i].Outcome; o == incident.Unknown || o == incident.Deferred {
			break
		}
	}
	return results
}

func (x *scripted) List(_ context.Context, _ string, since time.Time) (incident.Sighting, error) {
	x.since = since
	return x.sighting, x.err
}

func applied(a incident.Action) incident.Result {
	switch a := a.(type) {
	case incident.Create:
		return incident.Result{Outcome: incident.Applied, Ref: incident.Ref("acme/shop#7" + string(a.Slot[len(a.Slot)-1]))}
	case incident.Say:
		return incident.Result{Outcome: incident.Applied, Comment: "c" + string(a.Slot)}
	}
	return incident.Result{Outcome: incident.Applied}
}

const key = incident.Key("tracker:acme/shop#12")

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

type rig struct {
	*reconcile.Reconciler
	t       *testing.T
	tracker *scripted
	store   store.Store
	now     time.Time
	log     bytes.Buffer
}

func newRig(t *testing.T, change ...func(*reconcile.Options)) *rig {
	t.Helper()
	texts, err := render.Load(templates.FS, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, now: start}
	clock := func() time.Time { return r.now }
	st, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	r.store = st
	r.tracker = &scripted{answer: applied, s: incident.Snapshot{
		Key: key, ID: "9012", Settling: incident.Settling{Comments: time.Minute, Duties: time.Minute, Tickets: time.Minute}, Caps: incident.Caps{Parents: true, Acks: true, Boxes: true},
		Head:   incident.Ticket{Ref: "acme/shop#12", Author: "alice", Title: "Checkout is down", State: incident.Open, Opened: start, Labels: []string{"incident"}},
		Events: []incident.Event{{At: start, By: "alice", Kind: "labeled", Label: "incident"}},
		People: map[incident.Person]incident.Standing{"alice": {Known: true, Trusted: true, Assignable: true}},
	}}
	o := reconcile.Options{
		Store: st, Trackers: map[string]reconcile.Tracker{"tracker": r.tracker}, Clock: clock,
		Log: slog.New(slog.NewTextHandler(&r.log, nil)),
		Policy: func(string) *plan.Policy {
			return &plan.Policy{Label: "incident", Adopt: 24 * time.Hour, Staffing: 10 * time.Minute, ReviewEvery: 720 * time.Hour, Zone: time.UTC, Texts: texts}
		},
	}
	for _, c := range change {
		c(&o)
	}
	r.Reconciler = reconcile.New(o)
	return r
}

func (r *rig) touch(k incident.Key) {
	r.t.Helper()
	if err := r.store.Touch(r.t.Context(), time.Time{}, k); err != nil {
		r.t.Fatal(err)
	}
}

// step expects that there was something to do, and returns when it is to be
// done again.
func (r *rig) step() time.Time {
	r.t.Helper()
	worked, _, err := r.Step(r.t.Context())
	if err != nil || !worked {
		r.t.Fatalf("worked %v, err %v", worked, err)
	}
	_, next, err := r.Step(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return next
}

func (r *rig) state(k incident.Key) store.State {
	r.t.Helper()
	s, err := r.store.Load(r.t.Context(), k)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}
