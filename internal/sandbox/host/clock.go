package host

import (
	"slices"
	"time"
)

// Clock is a server's time, and what is to happen later: requests that have
// their effect late, webhooks that are repeated. The server's mutex guards it.
type Clock struct {
	tell func() time.Time
	unit time.Duration
	wake func()    // nil: the clock is virtual
	at   time.Time // while something late happens: when it was due
	late []late
}

type late struct {
	at time.Time
	do func()
}

// NewClock returns a clock of whole units. tell tells the time; nil means the
// real one, on which wake is called, without the mutex, when something falls
// due. On a virtual clock it happens when the server next catches up.
func NewClock(tell func() time.Time, unit time.Duration, wake func()) *Clock {
	if tell == nil {
		return &Clock{tell: time.Now, unit: unit, wake: wake}
	}
	return &Clock{tell: tell, unit: unit}
}

// Real reports whether the clock is the real one.
func (c *Clock) Real() bool { return c.wake != nil }

// Now returns the time at which what happens now happens.
func (c *Clock) Now() time.Time {
	if !c.at.IsZero() {
		return c.at
	}
	return c.tell().UTC().Truncate(c.unit)
}

// Later has something happen after a while, under the mutex, dated when it was
// due.
func (c *Clock) Later(d time.Duration, do func()) {
	c.late = append(c.late, late{c.tell().UTC().Add(d), do})
	slices.SortStableFunc(c.late, func(a, b late) int { return a.at.Compare(b.at) })
	if c.wake != nil {
		time.AfterFunc(d, c.wake)
	}
}

// CatchUp has happen what is due, the earliest first, and what is due at one
// time in the order in which it came.
func (c *Clock) CatchUp() {
	for len(c.late) > 0 && !c.late[0].at.After(c.tell()) {
		next := c.late[0]
		c.late = c.late[1:]
		c.at = next.at.Truncate(c.unit)
		next.do()
		c.at = time.Time{}
	}
}

// Waiting returns how much has not happened yet.
func (c *Clock) Waiting() int { return len(c.late) }
