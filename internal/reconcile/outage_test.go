package reconcile_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hereby/hereby/internal/store"
)

// gone is a store that does not answer for a while.
type gone struct {
	store.Store
	down atomic.Bool
	asks atomic.Int64
}

func (g *gone) Lease(ctx context.Context, ttl time.Duration) (store.Lease, time.Time, bool, error) {
	if g.down.Load() {
		g.asks.Add(1)
		return store.Lease{}, time.Time{}, false, errors.New("connection refused")
	}
	return g.Store.Lease(ctx, ttl)
}

// However long the store is gone and however many workers ask, the log says so
// once, and once that it is back.
func TestAnOutageOfTheStoreIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := wikiRig(t)
		var log strings.Builder
		g := &gone{Store: r.store}
		r.Reconciler.Store, r.Reconciler.Log = g, slog.New(slog.NewTextHandler(&log, nil))
		r.Reconciler.Clock = time.Now
		g.down.Store(true)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		time.Sleep(time.Minute)
		g.down.Store(false)
		time.Sleep(5 * time.Second)
		g.down.Store(true)
		time.Sleep(2 * time.Minute)
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		away, back := strings.Count(log.String(), "the store does not answer"), strings.Count(log.String(), "the store answers again")
		if away != 2 || back != 1 || g.asks.Load() < 150 {
			t.Errorf("%d times away, %d times back, asked %d times in\n%s", away, back, g.asks.Load(), &log)
		}
	})
}
