package confluence

import (
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Kind is how a request goes wrong.
type Kind int

// The kinds of faults.
const (
	NoFault      Kind = iota
	DropBefore        // the connection closes, nothing happened
	LostReply         // it happened, then the connection closes
	ErrorBefore       // 5xx, nothing happened
	ErrorAfter        // 5xx, though it happened
	TooMany           // 429 with Retry-After, nothing happened
	Conflict          // 409, as of an edit made at the same time; nothing happened
	DelayedAfter      // the connection closes, and it happens Fault.Delay later
)

// Fault is what goes wrong with one request; the zero value is nothing.
type Fault struct {
	Kind Kind
	// Status is that of ErrorBefore and ErrorAfter; zero means 502.
	Status int
	// Message is what the answer says.
	Message string
	// RetryAfter is told by TooMany, in whole seconds; zero means a minute.
	RetryAfter time.Duration
	// Delay is how long a DelayedAfter request takes to have its effect.
	Delay time.Duration
}

// disturb answers a request as the fault wants. A closed connection is
// [http.ErrAbortHandler], which net/http turns into one.
func (c *call) disturb(f Fault, answer func() reply) reply {
	status := f.Status
	if status == 0 {
		status = http.StatusBadGateway
	}
	message := f.Message
	if message == "" {
		message = "Server Error"
	}
	switch f.Kind {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case LostReply:
		answer()
		panic(http.ErrAbortHandler)
	case ErrorBefore:
		return c.failed(refuse(status, "%s", message))
	case ErrorAfter:
		answer()
		return c.failed(refuse(status, "%s", message))
	case TooMany:
		return c.failed(&refusal{status: http.StatusTooManyRequests, message: "Rate limit exceeded.", header: host.Wait(f.RetryAfter)})
	case DelayedAfter:
		c.s.later(f.Delay, func() { answer() })
		panic(http.ErrAbortHandler)
	case Conflict:
		return c.failed(refuse(http.StatusConflict, "Version must be incremented on update. Current version is: somebody else's"))
	}
	return answer()
}

// later schedules what a request does.
func (s *Server) later(d time.Duration, effect func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delayed.Add(s.opt.Clock().Add(d), effect)
}

// Settle has delayed requests that have fallen due take effect. Every API
// request does so first.
func (s *Server) Settle() {
	for {
		s.mu.Lock()
		_, effect, ok := s.delayed.Next(s.opt.Clock())
		s.mu.Unlock()
		if !ok {
			return
		}
		effect()
	}
}
