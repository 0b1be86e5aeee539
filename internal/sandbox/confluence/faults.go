package confluence

import (
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Fault is what goes wrong with one request, and Kind how.
type (
	Fault = host.Fault
	Kind  = host.Kind
)

// The kinds of faults: see [host.Kind].
const (
	DropBefore   = host.DropBefore
	LostReply    = host.LostReply
	ErrorBefore  = host.ErrorBefore
	ErrorAfter   = host.ErrorAfter
	TooMany      = host.TooMany
	DelayedAfter = host.DelayedAfter
)

// disturb answers a request as the fault wants.
func (c *call) disturb(f Fault, h handler) reply {
	later := func(d time.Duration) {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		c.s.clock.Later(d, func() { c.carryOut(h) })
	}
	return host.Disturb(f, func() reply { return c.answer(h) }, later, c.wrong)
}

// wrong is the answer of a server that failed, or that asks to be left alone.
func (c *call) wrong(f Fault) reply {
	no := &refusal{status: f.Status, message: f.Message}
	if f.Kind == TooMany {
		no.header = host.Wait(f.RetryAfter)
	}
	return c.failed(no)
}

// Settle has delayed requests that have fallen due take effect. Every API
// request does so first.
func (s *Server) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.CatchUp()
}
