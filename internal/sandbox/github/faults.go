package github

import (
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Fault is what goes wrong with one request.
type Fault = host.Fault

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
func (s *Server) disturb(w http.ResponseWriter, f Fault, q request) {
	later := func(d time.Duration) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.clock.Later(d, func() { s.carryOut(q) })
	}
	s.finish(w, host.Disturb(f, func() answer { return s.answer(q) }, later, s.failed))
}

// failed is the answer of a server that failed, or of the secondary rate limit.
func (s *Server) failed(f Fault) answer {
	if f.Kind == TooMany {
		return encode(secondary(f.Status, f.RetryAfter))
	}
	return encode(&apiError{status: f.Status, message: f.Message})
}

func secondary(status int, after time.Duration) error {
	return &apiError{status: status,
		message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
		docs:    "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
		header:  host.Wait(after),
	}
}

// Settle applies the effects of delayed requests that have fallen due. Every
// other method does so too; on a virtual clock call it after moving the time
// if webhooks are awaited.
func (s *Server) Settle() { s.lock()() }

// Waiting returns how much has not had its effect yet.
func (s *Server) Waiting() int {
	defer s.lock()()
	return s.clock.Waiting()
}
