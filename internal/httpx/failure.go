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

// Judge tells what became of a request from the answer, which may be nil, and
// the error of the client library, which may be one for an answer of 400 and
// above. For Wait, until says when to come back. What cannot be told is Lost.
func Judge(resp *http.Response, err error, now time.Time) (kind Kind, until time.Time) {
	var notYet *incident.NotYet
	if errors.As(err, &notYet) {
		return Wait, notYet.Until
	}
	if unsent(err) {
		return Unsent, time.Time{}
	}
	if resp == nil {
		if err == nil {
			return Fine, time.Time{}
		}
		return Lost, time.Time{}
	}
	switch code := resp.StatusCode; {
	case code < 300 && err != nil: // carried out, but the answer is unreadable
		return Lost, time.Time{}
	case code < 300:
		return Fine, time.Time{}
	case code == http.StatusTooManyRequests:
		wait, ok := RetryAfter(resp.Header, now)
		if !ok {
			wait = time.Minute
		}
		return Wait, now.Add(wait)
	case code == http.StatusRequestTimeout, code >= 500:
		return Lost, time.Time{}
	}
	return Refusal, time.Time{}
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
