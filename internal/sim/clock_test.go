package sim

import (
	"context"
	"time"

	"github.com/hereby/hereby/internal/testenv"
)

// clock stands still unless it is moved. The store's writer reads it too.
type clock struct{ *testenv.Clock }

func newClock(at time.Time) *clock { return &clock{testenv.NewClock(at)} }

func (c *clock) sleep(_ context.Context, d time.Duration) error {
	c.Advance(d)
	return nil
}

// reach moves it to a time, unless that is over.
func (c *clock) reach(t time.Time) {
	if t.After(c.Now()) {
		c.Set(t)
	}
}
