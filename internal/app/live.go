package app

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/tracker/github"
	"github.com/hereby/hereby/webhooks"
)

// live is the settings in use. Each call goes to those in place when it
// began, so that a reload disturbs nothing that is under way.
type live struct{ atomic.Pointer[settings] }

func (l *live) policy() *plan.Policy { return l.Load().policy }

func (l *live) feedSecret() string { return l.Load().config.FeedSecret }

func (l *live) adminToken() string { return l.Load().config.AdminToken }

// liveTracker is the GitHub tracker of the settings in use.
type liveTracker struct{ *live }

var errNoGitHub = errors.New("github is not in the configuration any more: incidents there are not looked after; `hereby check` lists them")

func (t liveTracker) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	gh := t.Load().github
	if gh == nil {
		return incident.Snapshot{}, errNoGitHub
	}
	return gh.Observe(ctx, look)
}

func (t liveTracker) Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result {
	gh := t.Load().github
	if gh == nil {
		return notRun(do, errNoGitHub)
	}
	return gh.Apply(ctx, on, do)
}

func (t liveTracker) List(ctx context.Context, place string, since time.Time) (incident.Sighting, error) {
	gh := t.Load().github
	if gh == nil {
		return incident.Sighting{}, errNoGitHub
	}
	return gh.List(ctx, place, since)
}

func notRun(do []incident.Action, why error) []incident.Result {
	results := make([]incident.Result, len(do))
	for i := range results {
		results[i] = incident.Result{Outcome: incident.NotRun, Err: why}
	}
	return results
}

// liveWiki is the wiki of the settings in use.
type liveWiki struct{ *live }

var errNoWiki = errors.New("the wiki is not in the configuration any more")

func (w liveWiki) Read(ctx context.Context, place string, names []string) (incident.Shelf, error) {
	wiki := w.Load().wiki
	if wiki == nil {
		return incident.Shelf{}, nil
	}
	return wiki.Read(ctx, place, names)
}

func (w liveWiki) Revision(ctx context.Context, place string) (string, error) {
	wiki := w.Load().wiki
	if wiki == nil {
		return "", nil
	}
	return wiki.Revision(ctx, place)
}

func (w liveWiki) Put(ctx context.Context, pages incident.PutPages) incident.Result {
	wiki := w.Load().wiki
	if wiki == nil {
		return incident.Result{Outcome: incident.Refused, Err: errNoWiki}
	}
	return wiki.Put(ctx, pages)
}

// liveSource is GitHub's way of delivering, by the settings in use.
type liveSource struct{ *live }

func (liveSource) Tracker() string { return github.Name }
func (liveSource) Path() string    { return "/webhooks/github" }

var errPolling = errors.New("this service polls and takes no webhooks; set github.webhook_secrets to take them")

func (s liveSource) Verify(r *http.Request, body []byte) error {
	source := s.Load().source
	if source == nil {
		return errPolling
	}
	return source.Verify(r, body)
}

func (s liveSource) Read(r *http.Request, body []byte) (webhooks.News, error) {
	source := s.Load().source
	if source == nil {
		return webhooks.News{}, errPolling // unreachable but for a reload since Verify
	}
	return source.Read(r, body)
}

// readOnly is a tracker that is never written to, whoever asks.
type readOnly struct{ liveTracker }

var errDry = errors.New("dry run: nothing is written")

func (readOnly) Apply(_ context.Context, _ incident.Snapshot, do []incident.Action) []incident.Result {
	return notRun(do, errDry)
}

// sleep waits unless the context ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
