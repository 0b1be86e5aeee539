package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// testWorkers has touchers and workers at once. After the last touch of a key
// a pass must begin, and no two passes may hold one key.
func testWorkers(t *testing.T, h *Harness) {
	const touchers, workers, rounds = 4, 3, 25
	keys := []incident.Key{"github:acme/shop#1", "github:acme/shop#2", "github:acme/shop#3"}
	type news struct {
		sent, seen atomic.Int64
		held       atomic.Int32
	}
	boxes := map[incident.Key]*news{}
	for _, key := range keys {
		boxes[key] = &news{}
	}
	ctx := context.Background()
	var sending, working sync.WaitGroup
	for i := range touchers {
		sending.Go(func() {
			for n := range rounds {
				key := keys[(i+n)%len(keys)]
				boxes[key].sent.Add(1)
				if err := h.Store.Touch(ctx, time.Time{}, key); err != nil {
					t.Errorf("touch: %v", err)
				}
			}
		})
	}
	var sent atomic.Bool
	for range workers {
		working.Go(func() {
			for {
				last := sent.Load()
				l, next, ok, err := h.Store.Lease(ctx, time.Hour)
				if err != nil {
					t.Errorf("lease: %v", err)
					return
				}
				if !ok {
					if last && next.IsZero() {
						return
					}
					h.Store.Wait(ctx, 10*time.Millisecond)
					continue
				}
				box := boxes[l.Key]
				if n := box.held.Add(1); n != 1 {
					t.Errorf("%d hold %s at once", n, l.Key)
				}
				box.seen.Store(box.sent.Load())
				box.held.Add(-1)
				if err := h.Store.Release(ctx, l, time.Time{}, true); err != nil {
					t.Errorf("release: %v", err)
				}
			}
		})
	}
	sending.Wait()
	sent.Store(true)
	working.Wait()
	for key, box := range boxes {
		if box.seen.Load() != box.sent.Load() {
			t.Errorf("of %s %d news came and the last pass saw %d", key, box.sent.Load(), box.seen.Load())
		}
	}
}

// testMany touches more keys than one transaction may want to take, some in
// one call and some at once, and then reopens: what was acknowledged is there.
func testMany(t *testing.T, h *Harness) {
	ctx := context.Background()
	var keys []incident.Key
	for i := range 1200 {
		keys = append(keys, incident.Key(fmt.Sprintf("github:acme/shop#%d", i+1)))
	}
	touch(t, h, time.Time{}, keys...)
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if err := h.Store.Touch(ctx, time.Time{}, incident.Key(fmt.Sprintf("jira:OPS-%d", i+1))); err != nil {
				t.Errorf("touch: %v", err)
			}
		})
	}
	wg.Wait()
	if err := h.Store.Touch(ctx, time.Time{}); err != nil {
		t.Errorf("a touch of nothing: %v", err)
	}
	h.Store = h.Reopen()
	h.Advance(h.Unit)
	d, err := h.Store.Depth(ctx)
	must(t, err)
	if d.Keys != 1300 || d.Due != 1300 || d.Oldest.IsZero() {
		t.Errorf("after 1300 touches the depth is %+v", d)
	}
}
