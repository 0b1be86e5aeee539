package httpx

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// NotSent is the error of a request that never reached the server, so that it
// definitely had no effect: no token, no route, a foreign host.
type NotSent struct{ Err error }

func (e *NotSent) Error() string { return "not sent: " + e.Err.Error() }

func (e *NotSent) Unwrap() error { return e.Err }

// Refused is an adapter's own definite no, before or after asking the server.
type Refused struct{ Text string }

func (e *Refused) Error() string { return e.Text }

// Kind is what became of a request.
type Kind int

const (
	Fine    Kind = iota // the server said yes
	Refusal             // the server said no, definitely: it had no effect
	Wait                // the server or our pacing asks us to come back: no effect
	Unsent              // it never reached the server: no effect
	Lost                // it may or may not have been carried out
)

func (k Kind) String() string {
	return [...]string{"fine", "refused", "wait", "not sent", "lost"}[k]
}

// Verdict is what became of a request. For Wait and Unsent, Until says when to
// come back.
type Verdict struct {
	Kind  Kind
	Until time.Time
}

// soon is when to come back after what did not even reach the server.
const soon = 10 * time.Second

// Judge tells what became of a request from the answer, which may be nil, and
// the error of the client library, which may be one for an answer of 400 and
// above. What cannot be told is Lost.
func Judge(resp *http.Response, err error, now time.Time) Verdict {
	var notYet *incident.NotYet
	var refused *Refused
	switch {
	case errors.As(err, &notYet):
		return Verdict{Wait, notYet.Until}
	case errors.As(err, &refused):
		return Verdict{Kind: Refusal}
	case unsent(err):
		return Verdict{Unsent, now.Add(soon)}
	case resp == nil && err == nil:
		return Verdict{Kind: Fine}
	case resp == nil:
		return Verdict{Kind: Lost}
	}
	switch code := resp.StatusCode; {
	case code < 300 && err != nil: // carried out, but the answer is unreadable
		return Verdict{Kind: Lost}
	case code < 300:
		return Verdict{Kind: Fine}
	case code == http.StatusTooManyRequests:
		wait, ok := RetryAfter(resp.Header, now)
		if !ok {
			wait = time.Minute
		}
		return Verdict{Wait, now.Add(wait)}
	case code == http.StatusRequestTimeout, code >= 500:
		return Verdict{Kind: Lost}
	}
	return Verdict{Kind: Refusal}
}

// Reading returns the error of a reading that ended so; err is what to say.
func (v Verdict) Reading(err error) error {
	if v.Kind == Wait || v.Kind == Unsent {
		return &incident.NotYet{Until: v.Until, Err: err}
	}
	return err
}

// Change returns the result of a change that ended so; err is what to say.
func (v Verdict) Change(err error) incident.Result {
	switch v.Kind {
	case Fine:
		return incident.Result{Outcome: incident.Applied}
	case Refusal:
		return incident.Result{Outcome: incident.Refused, Err: err}
	case Wait, Unsent:
		return incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: v.Until, Err: err}}
	}
	return incident.Result{Outcome: incident.Unknown, Err: err}
}

// unsent reports whether an error proves that nothing reached the server.
func unsent(err error) bool {
	var notSent *NotSent
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	if errors.As(err, &notSent) || errors.As(err, &dns) || errors.As(err, &cert) {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// RetryAfter reads the header of that name: seconds, or a date.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	v := h.Get("Retry-After")
	if secs, err := strconv.Atoi(v); err == nil && secs >= 0 {
		return time.Duration(min(secs, maxWait)) * time.Second, true
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(at.Sub(now), 0), maxWait*time.Second), true
	}
	return 0, false
}

// maxWait bounds what we believe of a server's wish, in seconds: limits are
// counted by the hour, and a wrong clock must not stop us for a year.
const maxWait = 2 * 60 * 60
