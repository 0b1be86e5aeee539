package jira

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/render"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/templates"
)

// Two replicas on one store, each with a memory of its own, on a Data Center
// whose index lags for longer than people need: tickets are closed, the close is
// ordered at once, and neither refused by the one nor undone by the other.
func TestTwoReplicasAndALaggingIndex(t *testing.T) {
	l := newLab(t, sandbox.Options{Edition: sandbox.DataCenter, Lag: 3 * time.Minute})
	texts := must(render.Load(templates.FS, nil, time.UTC))
	st := must(bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{Clock: l.clock.Now}))
	t.Cleanup(func() { st.Close() })
	policy := &plan.Policy{Label: "incident", Adopt: 24 * time.Hour, Staffing: 10 * time.Minute, ReviewEvery: 720 * time.Hour, Zone: time.UTC, Texts: texts}
	var replicas []*reconcile.Reconciler
	for range 2 {
		replicas = append(replicas, reconcile.New(reconcile.Options{
			Store: st, Trackers: map[string]reconcile.Tracker{Name: must(New(l.opt))}, Clock: l.clock.Now,
			Policy: func(string) *plan.Policy { return policy },
		}))
	}
	head := l.open("Checkout is down", "I hereby declare this an incident")
	key := incident.KeyOf(Name, head)
	next := 0
	// works lets the replicas take turns for a while.
	works := func(d time.Duration) {
		t.Helper()
		for until := l.clock.Now().Add(d); l.clock.Now().Before(until); l.clock.Advance(10 * time.Second) {
			l.ok(st.Touch(t.Context(), time.Time{}, key))
			worked, _, err := replicas[next%2].Step(t.Context())
			l.ok(err)
			if next++; !worked {
				t.Fatal("nothing was due")
			}
		}
	}
	works(6 * time.Minute)
	for who, text := range map[string]string{"bob": "/ops", "mia": "/comms"} {
		l.say(who, head, text)
	}
	works(time.Minute)
	l.say("mia", head, "/planning")
	l.say("alice", head, "/restored")
	works(6 * time.Minute)
	for _, i := range l.Issues() {
		if i.Key != string(head) && i.Type != "Epic" && i.Status != "Done" {
			l.ok(l.As("bob").Close(i.Key, "Done"))
		}
	}
	l.say("alice", head, "/review done")
	l.clock.Advance(time.Second)
	l.say("alice", head, "/close")
	works(6 * time.Minute)
	i := l.issue(head)
	moved := 0
	for _, h := range i.History {
		if len(h) > 6 && h[:6] == "status" {
			moved++
		}
	}
	if i.Status != "Done" || moved != 1 {
		t.Errorf("the head is %s: %q", i.Status, i.History)
	}
}
