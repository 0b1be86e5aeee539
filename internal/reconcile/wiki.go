package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
)

// observe returns a snapshot as of at: the incident as the tracker has it, and
// its pages. They are read first, because people who are named there matter too;
// and once more if somebody spoke meanwhile, for what he says may be about what
// he wrote there right before.
func (r *Reconciler) observe(ctx context.Context, tracker Tracker, policy *plan.Policy, key incident.Key, j incident.Journal, record incident.Record, at time.Time) (incident.Snapshot, error) {
	names := plan.Pages(policy, record, key)
	shelf, err := r.shelf(ctx, key, names)
	if err != nil {
		return incident.Snapshot{}, err
	}
	s, err := r.look(ctx, tracker, plan.Look(key, j, record, shelf, at, r.Settle), shelf, record.Last, at)
	if err != nil || shelf.Pages == nil || !spoken(s, at) {
		return s, err
	}
	newer, err := r.shelf(ctx, key, names)
	if err != nil || newer.Pages == nil || maps.Equal(newer.Pages, shelf.Pages) {
		return s, err
	}
	return r.look(ctx, tracker, plan.Look(key, j, record, newer, at, r.Settle), newer, record.Last, at)
}

func (r *Reconciler) look(ctx context.Context, tracker Tracker, look incident.Look, shelf incident.Shelf, last incident.Snapshot, at time.Time) (incident.Snapshot, error) {
	s, err := tracker.Observe(ctx, look)
	s.At, s.Wiki, s.Places = at, shelf, look.Places
	return incident.Missing(s, last), err
}

// spoken reports whether people commented since at. A tracker's times may be
// whole seconds.
func spoken(s incident.Snapshot, at time.Time) bool {
	at = at.Truncate(time.Second)
	return slices.ContainsFunc(s.Comments, func(c incident.Comment) bool { return !c.Ours && !c.At.Before(at) })
}

func (r *Reconciler) shelf(ctx context.Context, key incident.Key, names []string) (incident.Shelf, error) {
	wiki := r.Wikis[key.Tracker()]
	if wiki == nil || len(names) == 0 {
		return incident.Shelf{}, nil
	}
	place := key.Ref().Place()
	within, cancel := context.WithTimeout(ctx, wikiTakes)
	defer cancel()
	s, err := wiki.Read(within, place, names)
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		return incident.Shelf{Place: place, Problem: fmt.Sprintf("it did not answer within %s.", wikiTakes), Passing: true}, nil
	}
	return s, err
}

// wikiTakes is how long a pass waits for a wiki: so short that the incident is
// looked after all the same.
const wikiTakes = 10 * time.Second

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
		pages := a.(incident.PutPages)
		if err := p.mirror(ctx, &pages); err != nil {
			results[i] = incident.Result{Outcome: incident.NotRun, Err: err}
			continue
		}
		within, cancel := context.WithTimeout(ctx, 2*wikiTakes)
		results[i] = wiki.Put(within, pages)
		cancel()
		if results[i].Outcome == incident.Applied {
			p.journal.Wrote = p.now()
		}
	}
	return results
}

// mirror puts the ledger's mirror among the pages, if it is asked for.
func (p *pass) mirror(ctx context.Context, pages *incident.PutPages) error {
	m := pages.Mirror
	if m == nil {
		return nil
	}
	entries, err := p.r.Store.Entries(ctx, p.lease.Key, 0)
	if err != nil {
		return err
	}
	pages.Pages = append(slices.Clone(pages.Pages), incident.Draft{Name: m.Name, Was: m.Was, Text: ledger.Mirror(m.Was.Text, entries, m.As)})
	return nil
}
