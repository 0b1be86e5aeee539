package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
)

// fakeQueue remembers for when each key was touched last.
type fakeQueue struct {
	err     error
	touched map[incident.Key]time.Time
}

func (q *fakeQueue) Touch(_ context.Context, at time.Time, keys ...incident.Key) error {
	if q.err != nil {
		return q.err
	}
	for _, k := range keys {
		q.touched[k] = at
	}
	return nil
}

func TestPlacesAreSweptAtOnceAndThenByTheInterval(t *testing.T) {
	q := &fakeQueue{touched: map[incident.Key]time.Time{}}
	s := &sweeper{queue: q, clock: func() time.Time { return three }, log: slog.New(slog.DiscardHandler), placed: map[incident.Key]bool{}}
	now := &settings{config: &config.Config{GitHub: &config.GitHub{Repos: []string{"acme/Shop", "acme/*"}}, Policy: config.Policy{SweepEvery: 15 * time.Minute}}}

	q.err = errors.New("gone")
	if wait := s.round(t.Context(), now); wait != touchAgain {
		t.Errorf("waits %s for a store that does not answer", wait)
	}
	q.err = nil
	s.round(t.Context(), now)
	if got := slices.Collect(maps.Keys(q.touched)); len(got) != 1 || got[0] != "sweep:github:acme/shop" || !q.touched[got[0]].IsZero() {
		t.Errorf("touched %v, expected the place that is named, at once", q.touched)
	}
	s.round(t.Context(), now)
	if got := q.touched["sweep:github:acme/shop"]; !got.Equal(three.Add(time.Minute)) {
		t.Errorf("touched for %v, expected a minute later: there are no webhooks", got)
	}
}

func TestNoPlaceWithoutATracker(t *testing.T) {
	q := &fakeQueue{touched: map[incident.Key]time.Time{}}
	s := &sweeper{queue: q, clock: time.Now, log: slog.New(slog.DiscardHandler), placed: map[incident.Key]bool{}}
	if wait := s.round(t.Context(), &settings{config: &config.Config{}}); wait != expandEvery || len(q.touched) != 0 {
		t.Errorf("waits %s, touched %v", wait, q.touched)
	}
}
