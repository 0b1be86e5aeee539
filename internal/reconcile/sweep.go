package reconcile

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/route"
	"github.com/hereby/hereby/internal/store"
)

// sweep reads what changed in a place since the cursor and touches whom it
// concerns: what webhooks missed, or, without webhooks, everything. The cursor
// moves only after the touches are durable.
func (p *pass) sweep(ctx context.Context, tracker Tracker) ending {
	ctx, cancel := p.within(ctx)
	defer cancel()
	if err := p.load(ctx); err != nil {
		return ending{err: err}
	}
	sighting, err := tracker.List(ctx, p.lease.Key.Place(), p.journal.Cursor)
	if err != nil {
		return ending{err: err}
	}
	keys, err := p.concerned(ctx, sighting)
	if err == nil {
		err = p.spread(ctx, keys)
	}
	revision := p.journal.Wiki
	if err == nil {
		revision, err = p.sweepWiki(ctx)
	}
	if err == nil && (!sighting.Cursor.Equal(p.journal.Cursor) || revision != p.journal.Wiki) {
		p.journal.Cursor, p.journal.Wiki = sighting.Cursor, revision
		err = p.r.Store.Save(ctx, p.lease, p.journal)
	}
	if err != nil {
		return p.unlessLost(ending{err: err})
	}
	return ending{next: p.now().Add(p.r.Sweep(p.lease.Key.Tracker()))}
}

// sweepWiki touches a place's open incidents if anything in its wiki changed
// since the last sweep, and returns the revision read. Not every wiki tells
// when it is written to.
func (p *pass) sweepWiki(ctx context.Context) (string, error) {
	wiki, place := p.r.Wikis[p.lease.Key.Tracker()], p.lease.Key.Place()
	var open []incident.Key
	for _, s := range p.r.summaries(ctx) {
		if !s.Closed && strings.EqualFold(s.Key.Ref().Place(), place) {
			open = append(open, s.Key)
		}
	}
	if wiki == nil || len(open) == 0 {
		return p.journal.Wiki, nil
	}
	within, cancel := context.WithTimeout(ctx, wikiTakes)
	defer cancel()
	now, err := wiki.Revision(within, place)
	if err != nil && ctx.Err() == nil {
		return p.journal.Wiki, nil // at the next sweep
	}
	if err != nil || now == "" || now == p.journal.Wiki {
		return p.journal.Wiki, err
	}
	return now, p.r.Store.Touch(ctx, time.Time{}, open...)
}

// A first start may find hundreds of old issues. So many of those that are no
// incident yet are looked at at once, and as many more each time: what somebody
// declares meanwhile waits for a handful and not for all.
const (
	crowd = 10
	apart = 10 * time.Second
)

// spread touches what a sweep found: incidents at once, then the other issues
// a crowd at a time, the newest first.
func (p *pass) spread(ctx context.Context, keys []incident.Key) error {
	incidents := map[incident.Key]bool{}
	for _, s := range p.r.summaries(ctx) {
		incidents[s.Key] = true
	}
	var now, others []incident.Key
	for _, k := range keys {
		if incidents[k] || k.Ref() == "" {
			now = append(now, k)
		} else {
			others = append(others, k)
		}
	}
	slices.SortStableFunc(others, func(a, b incident.Key) int {
		x, y := a.Ref().Number(), b.Ref().Number()
		return cmp.Or(cmp.Compare(len(y), len(x)), strings.Compare(y, x))
	})
	first := min(crowd, len(others))
	now, others = append(now, others[:first]...), others[first:]
	if len(now) > 0 {
		if err := p.r.Store.Touch(ctx, time.Time{}, now...); err != nil {
			return err
		}
	}
	at := p.now()
	for some := range slices.Chunk(others, crowd) {
		at = at.Add(apart)
		if err := p.r.Store.Touch(ctx, at, some...); err != nil {
			return err
		}
	}
	return nil
}

// concerned returns the keys of everything that the changes may concern: by
// what they say themselves, and by which incidents count them.
func (p *pass) concerned(ctx context.Context, sighting incident.Sighting) ([]incident.Key, error) {
	seen := map[incident.Key]bool{}
	var keys []incident.Key
	add := func(list []incident.Key) {
		for _, k := range list {
			if !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	label := p.r.Policy(p.lease.Key.Tracker()).Label
	for _, h := range sighting.Hints {
		add(route.Keys(h, label))
		heads, err := p.r.Store.Heads(ctx, string(h.Key.Ref()))
		if err != nil {
			return nil, err
		}
		add(heads)
	}
	return keys, nil
}

// fresh is how long the list of incidents serves.
const fresh = 15 * time.Second

// maxOthers bounds how many other incidents a snapshot carries.
const maxOthers = 50

// open returns the other open incidents, the latest first. It is a courtesy
// ("same outage?"), so a store that does not answer gives none.
func (r *Reconciler) open(ctx context.Context, but incident.Key) []incident.Other {
	var list []incident.Other
	for _, s := range r.summaries(ctx) {
		if !s.Closed && s.Key != but && len(list) < maxOthers {
			list = append(list, incident.Other{Key: s.Key, URL: s.URL, Title: s.Title, Since: s.Declared})
		}
	}
	return list
}

func (r *Reconciler) summaries(ctx context.Context) []store.Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.others == nil || r.Clock().Sub(r.asOf) > fresh {
		list, err := r.Store.Incidents(ctx)
		if err != nil {
			return r.others
		}
		latestFirst(list)
		r.others, r.asOf = list, r.Clock()
	}
	return r.others
}

// forget makes the next pass ask for the incidents again: one began, ended, was
// renamed or restricted.
func (r *Reconciler) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asOf = time.Time{}
}

func latestFirst(list []store.Summary) {
	slices.SortFunc(list, func(a, b store.Summary) int {
		if x := b.Declared.Compare(a.Declared); x != 0 {
			return x
		}
		return strings.Compare(string(a.Key), string(b.Key))
	})
}
