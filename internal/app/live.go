package app

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/webhooks"
)

// live is the settings in use. Each call goes to those in place when it
// began, so that a reload disturbs nothing that is under way.
type live struct{ atomic.Pointer[settings] }

// policy is what holds for the whole team, whatever the tracker.
func (l *live) policy() *plan.Policy { return l.Load().policy }

func (l *live) policyOn(tracker string) *plan.Policy { return l.Load().policyOn(tracker) }

func (l *live) feedSecret() string { return l.Load().config.FeedSecret }

func (l *live) adminToken() string { return l.Load().config.AdminToken }

// trackers returns every tracker there can be, by name: a reload may add one
// or take one away.
func (l *live) trackers() map[string]reconcile.Tracker {
	all := map[string]reconcile.Tracker{}
	for _, name := range trackerNames {
		all[name] = liveTracker{l, name}
	}
	return all
}

func (l *live) wikis() map[string]reconcile.Wiki {
	all := map[string]reconcile.Wiki{}
	for _, name := range trackerNames {
		all[name] = liveWiki{l, name}
	}
	return all
}

// liveTracker is one tracker of the settings in use.
type liveTracker struct {
	*live
	name string
}

// gone says that a tracker is not in the configuration any more.
func (t liveTracker) gone() error {
	return fmt.Errorf("%s is not in the configuration any more: incidents there are not looked after; `hereby check` lists them", t.name)
}

func (t liveTracker) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	if tr := t.Load().trackers[t.name]; tr != nil {
		return tr.Observe(ctx, look)
	}
	return incident.Snapshot{}, t.gone()
}

func (t liveTracker) Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result {
	if tr := t.Load().trackers[t.name]; tr != nil {
		return tr.Apply(ctx, on, do)
	}
	return notRun(do, t.gone())
}

func (t liveTracker) List(ctx context.Context, place string, since time.Time) (incident.Sighting, error) {
	if tr := t.Load().trackers[t.name]; tr != nil {
		return tr.List(ctx, place, since)
	}
	return incident.Sighting{}, t.gone()
}

// Find implements reconcile.Finder for trackers that can.
func (t liveTracker) Find(ctx context.Context, id string) (incident.Hint, error) {
	if f, ok := t.Load().finders[t.name]; ok {
		return f.Find(ctx, id)
	}
	return incident.Hint{}, nil
}

func notRun(do []incident.Action, why error) []incident.Result {
	results := make([]incident.Result, len(do))
	for i := range results {
		results[i] = incident.Result{Outcome: incident.NotRun, Err: why}
	}
	return results
}

// liveWiki is the wiki of one tracker's incidents by the settings in use.
type liveWiki struct {
	*live
	name string
}

func (w liveWiki) Read(ctx context.Context, place string, names []string) (incident.Shelf, error) {
	if wiki := w.Load().wikis[w.name]; wiki != nil {
		return wiki.Read(ctx, place, names)
	}
	return incident.Shelf{}, nil
}

func (w liveWiki) Revision(ctx context.Context, place string) (string, error) {
	if wiki := w.Load().wikis[w.name]; wiki != nil {
		return wiki.Revision(ctx, place)
	}
	return "", nil
}

func (w liveWiki) Put(ctx context.Context, pages incident.PutPages) incident.Result {
	if wiki := w.Load().wikis[w.name]; wiki != nil {
		return wiki.Put(ctx, pages)
	}
	return incident.Result{Outcome: incident.Refused, Err: fmt.Errorf("the wiki of %s is not in the configuration any more", w.name)}
}

// liveSource is one tracker's way of delivering, by the settings in use.
type liveSource struct {
	*live
	name, path string
}

func (s liveSource) Tracker() string { return s.name }
func (s liveSource) Path() string    { return s.path }

// polling says that webhooks are not taken.
func (s liveSource) polling() error {
	return fmt.Errorf("this service polls and takes no webhooks of %s; give the section %s of its configuration what they are known by", s.name, s.name)
}

func (s liveSource) Verify(r *http.Request, body []byte) error {
	source := s.Load().sources[s.name]
	if source == nil {
		return s.polling()
	}
	return source.Verify(r, body)
}

func (s liveSource) Read(r *http.Request, body []byte) (webhooks.News, error) {
	source := s.Load().sources[s.name]
	if source == nil {
		return webhooks.News{}, s.polling() // unreachable but for a reload since Verify
	}
	return source.Read(r, body)
}

// readOnly is a tracker that is never written to, whoever asks.
type readOnly struct{ reconcile.Tracker }

var errDry = fmt.Errorf("dry run: nothing is written")

func (readOnly) Apply(_ context.Context, _ incident.Snapshot, do []incident.Action) []incident.Result {
	return notRun(do, errDry)
}

// Find implements reconcile.Finder for trackers that can.
func (t readOnly) Find(ctx context.Context, id string) (incident.Hint, error) {
	if f, ok := t.Tracker.(reconcile.Finder); ok {
		return f.Find(ctx, id)
	}
	return incident.Hint{}, nil
}

// readingOnly makes trackers read-only.
func readingOnly(all map[string]reconcile.Tracker) map[string]reconcile.Tracker {
	for name, t := range all {
		all[name] = readOnly{t}
	}
	return all
}
