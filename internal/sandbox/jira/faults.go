package jira

import (
	"net/http"
	"slices"
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
	Unavailable       // 503 with Retry-After, nothing happened
	DelayedAfter      // the connection closes, and it happens Fault.Delay later
	Conflict          // 409, as of an edit made at the same time; nothing happened
)

// Fault is what goes wrong with one request; the zero value is nothing.
type Fault struct {
	Kind Kind
	// Status is that of ErrorBefore and ErrorAfter; zero means 502.
	Status int
	// RetryAfter is told by TooMany and Unavailable, in whole seconds; zero
	// means a minute.
	RetryAfter time.Duration
	// Delay is how long a DelayedAfter request takes to have its effect.
	Delay time.Duration
}

// disturb answers a request as the fault wants. A closed connection is
// [http.ErrAbortHandler], which net/http turns into one.
func (s *Server) disturb(w http.ResponseWriter, f Fault, q request) {
	switch f.Kind {
	case NoFault:
		s.finish(w, s.answer(q))
	case DropBefore:
		panic(http.ErrAbortHandler)
	case LostReply:
		s.answer(q)
		panic(http.ErrAbortHandler)
	case ErrorBefore:
		s.finish(w, broken(f.Status))
	case ErrorAfter:
		s.answer(q)
		s.finish(w, broken(f.Status))
	case TooMany:
		s.finish(w, encode(s.slowDown("jira-burst-based", f.RetryAfter)))
	case Unavailable:
		e := refused(http.StatusServiceUnavailable, "Service Unavailable")
		e.header = host.Wait(f.RetryAfter)
		s.finish(w, encode(e))
	case DelayedAfter:
		s.later(f.Delay, q)
		panic(http.ErrAbortHandler)
	case Conflict:
		s.finish(w, encode(refused(http.StatusConflict, "There was a conflict when performing this operation. Please try again.")))
	}
}

func broken(status int) answer {
	if status == 0 {
		status = http.StatusBadGateway
	}
	return encode(refused(status, "Server Error"))
}

// later schedules a request. On a virtual clock it has its effect when the
// server is next asked anything after that time, dated when it was due.
func (s *Server) later(d time.Duration, q request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delayed.Add(s.opt.Clock().UTC().Add(d), q)
	if s.real {
		time.AfterFunc(d, s.Settle)
	}
}

// Settle applies the effects of delayed requests that have fallen due. Every
// other method does so too; on a virtual clock call it after moving the time
// if webhooks are awaited.
func (s *Server) Settle() { s.lock()() }

// applyDue applies due effects, and hands webhooks out that are to be repeated.
// The mutex is held.
func (s *Server) applyDue() {
	s.retries = slices.DeleteFunc(s.retries, func(d *delivery) bool {
		due := !d.due.After(s.opt.Clock())
		if due {
			s.Add(d)
		}
		return due
	})
	for {
		at, q, ok := s.delayed.Next(s.opt.Clock())
		if !ok {
			return
		}
		s.at = at.Truncate(time.Millisecond)
		s.carryOut(q)
		s.at = time.Time{}
	}
}

// Waiting returns how many delayed requests have not had their effect yet.
func (s *Server) Waiting() int {
	defer s.lock()()
	return len(s.delayed)
}
