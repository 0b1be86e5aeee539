package reconcile

import (
	"context"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
)

// Preview is what would be done about an incident now, and why.
type Preview struct {
	Plan     plan.Plan
	Record   incident.Record // with what this snapshot means folded in
	Snapshot incident.Snapshot
}

// Plan observes an incident and plans, and changes nothing, neither in the
// tracker nor in the store. It needs no lease.
func (r *Reconciler) Plan(ctx context.Context, key incident.Key) (Preview, error) {
	tracker, ok := r.Trackers[key.Tracker()]
	if !ok {
		return Preview{}, fmt.Errorf("%s: no tracker %q is configured", key, key.Tracker())
	}
	state, err := r.Store.Load(ctx, key)
	if err != nil {
		return Preview{}, err
	}
	s, err := r.observe(ctx, tracker, r.Policy(key.Tracker()), key, state.Journal, state.Record, r.Clock())
	if err != nil {
		return Preview{}, err
	}
	s.Others = r.open(ctx, s.Key)
	return r.preview(state.Journal, state.Record, s), nil
}

// Known returns what was last seen of an incident, without asking the tracker.
func (r *Reconciler) Known(ctx context.Context, key incident.Key) (Preview, error) {
	state, err := r.Store.Load(ctx, key)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{Record: state.Record, Snapshot: state.Record.Last}
	if !state.Record.Declared.IsZero() {
		p.Plan = plan.Make(r.Policy(key.Tracker()), state.Journal, state.Record, state.Record.Last)
		p.Plan.Alarm = state.Journal.Alarm
	}
	return p, nil
}

func (r *Reconciler) preview(j incident.Journal, record incident.Record, s incident.Snapshot) Preview {
	policy := r.Policy(s.Key.Tracker())
	record = ledger.Fold(record, ledger.Diff(record.Last, s))
	record = ledger.Fold(record, plan.Decide(policy, j, record, s))
	record = ledger.Seen(record, s)
	j, _ = plan.Adopt(j, s)
	return Preview{Plan: plan.Make(policy, j, record, s), Record: record, Snapshot: s}
}
