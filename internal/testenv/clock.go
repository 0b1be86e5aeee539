package testenv

import (
	"sync/atomic"
	"time"
)

// Clock is a time that stands still until a test moves it. It is safe for
// goroutines.
type Clock struct{ ns atomic.Int64 }

// NewClock returns a clock that shows a time.
func NewClock(at time.Time) *Clock {
	c := &Clock{}
	c.ns.Store(at.UnixNano())
	return c
}

// Now returns the time, in UTC.
func (c *Clock) Now() time.Time { return time.Unix(0, c.ns.Load()).UTC() }

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) { c.ns.Add(int64(d)) }

// Set moves the clock to a time.
func (c *Clock) Set(at time.Time) { c.ns.Store(at.UnixNano()) }
