package reconcile

import (
	"context"
	"errors"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

// observe returns a snapshot as of at: the incident as the tracker has it, and
// its pages. They are read first, because people who are named there matter too.
func (r *Reconciler) observe(ctx context.Context, tracker Tracker, policy *plan.Policy, key incident.Key, j incident.Journal, record incident.Record, at time.Time) (incident.Snapshot, error) {
	shelf, err := r.shelf(ctx, key, plan.Pages(policy, record, key))
	if err != nil {
		return incident.Snapshot{}, err
	}
	look := plan.Look(key, j, record, shelf, at, r.Settle)
	s, err := tracker.Observe(ctx, look)
	s.At, s.Wiki, s.Places = at, shelf, look.Places
	return s, err
}

func (r *Reconciler) shelf(ctx context.Context, key incident.Key, names []string) (incident.Shelf, error) {
	wiki := r.Wikis[key.Tracker()]
	if wiki == nil || len(names) == 0 {
		return incident.Shelf{}, nil
	}
	return wiki.Read(ctx, key.Ref().Place(), names)
}

var errNoWiki = errors.New("no wiki is configured for this tracker any more")

// put writes pages, and notes when, so that people have them to themselves
// for a while.
func (p *pass) put(ctx context.Context, run []incident.Action) []incident.Result {
	results := make([]incident.Result, len(run))
	wiki := p.r.Wikis[p.lease.Key.Tracker()]
	for i, a := range run {
		if wiki == nil {
			results[i] = incident.Result{Outcome: incident.Refused, Err: errNoWiki}
			continue
		}
		results[i] = wiki.Put(ctx, a.(incident.PutPages))
		if results[i].Outcome != incident.Applied {
			continue
		}
		p.journal.Wrote = p.now()
	}
	return results
}
