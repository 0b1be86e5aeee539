package sim

import (
	"context"
	"sync/atomic"
	"time"
)

// clock stands still unless it is moved. The store's writer reads it too.
type clock struct{ ns atomic.Int64 }

func newClock(at time.Time) *clock {
	c := &clock{}
	c.ns.Store(at.UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) move(d time.Duration) { c.ns.Add(int64(d)) }
func (c *clock) sleep(_ context.Context, d time.Duration) error {
	c.move(d)
	return nil
}

func (c *clock) reach(t time.Time) { c.ns.Store(max(c.ns.Load(), t.UnixNano())) }
