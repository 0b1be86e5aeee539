package jira

import (
	"net/http"
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
func (s *Server) disturb(w http.ResponseWriter, f Fault, q request) {
	later := func(d time.Duration) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.clock.Later(d, func() { s.carryOut(q) })
	}
	s.finish(w, host.Disturb(f, func() answer { return s.answer(q) }, later, s.failed))
}

// failed is the answer of a server that failed, or that asks to be left alone.
func (s *Server) failed(f Fault) answer {
	if f.Kind == TooMany && f.Status == http.StatusTooManyRequests {
		return encode(s.slowDown("jira-burst-based", f.RetryAfter))
	}
	e := refused(f.Status, "%s", f.Message)
	if f.Kind == TooMany {
		e.header = host.Wait(f.RetryAfter)
	}
	return encode(e)
}

// Settle applies the effects of delayed requests that have fallen due, and hands
// webhooks out that are to be repeated. Every other method does so too; on a
// virtual clock call it after moving the time if webhooks are awaited.
func (s *Server) Settle() { s.lock()() }

// Waiting returns how much has not had its effect yet.
func (s *Server) Waiting() int {
	defer s.lock()()
	return s.clock.Waiting()
}
