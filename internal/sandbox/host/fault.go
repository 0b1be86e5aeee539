package host

import (
	"cmp"
	"net/http"
	"time"
)

// Kind is how a request goes wrong.
type Kind int

// The kinds of faults.
const (
	NoFault      Kind = iota
	DropBefore        // the connection closes, nothing happened
	LostReply         // it happened, then the connection closes
	ErrorBefore       // an error is answered, nothing happened
	ErrorAfter        // an error is answered, though it happened
	TooMany           // an error with Retry-After is answered, nothing happened
	DelayedAfter      // the connection closes, and it happens Fault.Delay later
)

func (k Kind) String() string {
	return [...]string{"nothing", "dropped before", "lost reply", "error before", "error after", "too many", "late"}[k]
}

// Fault is what goes wrong with one request; the zero value is nothing.
type Fault struct {
	Kind Kind
	// Status is that of the error; zero means 502, and 429 for TooMany.
	Status int
	// Message is what the error says; empty: something.
	Message string
	// RetryAfter is told by TooMany, in whole seconds; zero means a minute.
	RetryAfter time.Duration
	// Delay is how long a DelayedAfter request takes to have its effect.
	Delay time.Duration
}

// Disturb returns what a request is answered as the fault wants, or closes the
// connection: it panics with [http.ErrAbortHandler], of which net/http makes
// just that. answer carries the request out at once and later after a while;
// failed makes the answer of an error, whose status and message are filled in.
func Disturb[A any](f Fault, answer func() A, later func(time.Duration), failed func(Fault) A) A {
	status := http.StatusBadGateway
	if f.Kind == TooMany {
		status = http.StatusTooManyRequests
	}
	f.Status, f.Message = cmp.Or(f.Status, status), cmp.Or(f.Message, "Server Error")
	switch f.Kind {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case LostReply:
		answer()
		panic(http.ErrAbortHandler)
	case ErrorBefore, TooMany:
		return failed(f)
	case ErrorAfter:
		answer()
		return failed(f)
	case DelayedAfter:
		later(f.Delay)
		panic(http.ErrAbortHandler)
	}
	return answer()
}
