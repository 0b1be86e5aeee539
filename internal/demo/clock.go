package demo

import (
	"context"
	"sync"
	"time"
)

// Clock is a virtual clock that the story moves. It can be set free, and then
// runs with real time.
type Clock struct {
	mu    sync.Mutex
	at    time.Time
	free  time.Time                 // zero: it stands still
	Pause func(moved time.Duration) // called after each move; may be nil
}

// NewClock returns a clock that stands at a moment.
func NewClock(at time.Time) *Clock { return &Clock{at: at} }

// Now returns the virtual time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.free.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.free))
}

// Move lets time pass.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	c.at = c.at.Add(d)
	pause := c.Pause
	c.mu.Unlock()
	if pause != nil {
		pause(d)
	}
}

// Sleep waits: as long as the clock stands, by moving it.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	free := !c.free.IsZero()
	c.mu.Unlock()
	if !free {
		c.Move(d)
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// Free lets the clock run on with real time.
func (c *Clock) Free() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = time.Now()
}
