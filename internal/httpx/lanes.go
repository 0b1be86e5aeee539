package httpx

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Rate bounds how often something may be done in any stretch of time.
type Rate struct {
	N   float64
	Per time.Duration
}

// Lane is one of the limits that a request counts against, such as "writes to
// this issue". Lanes of one name are one lane.
type Lane struct {
	Name  string
	Rates []Rate
}

// Lanes keeps requests below limits that a server counts apart from each
// other. What would have to wait for longer than a moment is refused with
// [incident.NotYet].
//
// An answer of 429, or of 503 that names a time, holds back its lane, or where
// Blame does not know one, every request. It reaches the caller with a
// Retry-After of its own.
type Lanes struct {
	Next  http.RoundTripper
	Clock func() time.Time
	Of    func(*http.Request) []Lane
	// Blame names the lane whose limit an answer says was reached; "": all.
	Blame func(*http.Request, *http.Response) string
	// Sleep waits out a moment of at most Moment. Without it nothing waits.
	Sleep  func(context.Context, time.Duration) error
	Moment time.Duration

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is what is remembered of one.
type lane struct {
	buckets []bucket
	hold    time.Time
	why     string
	strikes int // limits in a row that named no time
}

// maxLanes bounds how many lanes are remembered. Idle ones are dropped first.
const maxLanes = 20_000

// RoundTrip implements http.RoundTripper.
func (l *Lanes) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, &NotSent{err}
	}
	for {
		wait, later, why := l.take(l.Of(req))
		if wait <= 0 {
			break
		}
		if l.Sleep == nil || wait > l.Moment {
			return nil, &incident.NotYet{Until: l.Clock().Add(later), Err: errors.New(why)}
		}
		if err := l.Sleep(req.Context(), wait); err != nil {
			return nil, &NotSent{err}
		}
	}
	resp, err := l.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	l.heed(req, resp)
	return resp, nil
}

// take takes one from every lane. Otherwise wait is how long until it could,
// and later how long until there is room for several: for one alone would bring
// a caller that comes back no further.
func (l *Lanes) take(of []Lane) (wait, later time.Duration, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Clock()
	lanes := []*lane{l.lane(Lane{}, now)}
	for _, one := range of {
		lanes = append(lanes, l.lane(one, now))
	}
	for _, ln := range lanes {
		if held := ln.hold.Sub(now); held > wait {
			wait, later, why = held, max(later, held), ln.why
		}
		for i := range ln.buckets {
			b := &ln.buckets[i]
			if w := b.wait(now, 1); w > wait {
				wait, why = w, "our own pacing, which stays below the server's limits"
			}
			if wait > 0 {
				later = max(later, b.wait(now, b.cap/2))
			}
		}
	}
	if wait > 0 {
		return wait, max(wait, later), why
	}
	for _, ln := range lanes {
		for i := range ln.buckets {
			ln.buckets[i].level--
		}
	}
	return 0, 0, ""
}

// lane returns what is remembered of a lane; the one without a name is that of
// every request.
func (l *Lanes) lane(of Lane, now time.Time) *lane {
	if ln := l.lanes[of.Name]; ln != nil {
		return ln
	}
	if l.lanes == nil || len(l.lanes) >= maxLanes {
		l.shrink(now)
	}
	ln := &lane{}
	for _, r := range of.Rates {
		// A bucket lets through its capacity and what flows in meanwhile: half each.
		half := max(r.N/2, 1)
		ln.buckets = append(ln.buckets, bucket{cap: half, perSec: half / r.Per.Seconds()})
	}
	l.lanes[of.Name] = ln
	return ln
}

func (l *Lanes) shrink(now time.Time) {
	kept := map[string]*lane{}
	for name, ln := range l.lanes {
		if name == "" || now.Before(ln.hold) {
			kept[name] = ln
		}
	}
	l.lanes = kept
}

// heed reads what an answer says about limits.
func (l *Lanes) heed(req *http.Request, resp *http.Response) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Clock()
	wait, named := RetryAfter(resp.Header, now)
	name := ""
	if l.Blame != nil {
		name = l.Blame(req, resp)
	}
	ln := l.lane(Lane{Name: name}, now)
	switch {
	case resp.StatusCode == http.StatusServiceUnavailable && named, resp.StatusCode == http.StatusTooManyRequests && named:
		wait = max(wait, time.Second)
	case resp.StatusCode == http.StatusTooManyRequests:
		wait = 30 * time.Second << min(ln.strikes, 5)
		ln.strikes++
	default:
		if resp.StatusCode < 400 {
			ln.strikes = 0
		}
		return
	}
	if until := now.Add(wait); until.After(ln.hold) {
		ln.hold, ln.why = until, fmt.Sprintf("the server's limit was reached (%s)", resp.Status)
	}
	resp.Header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// Only lets requests to one host through and refuses every other: a redirect
// or a link in an answer must not carry credentials off.
type Only struct {
	Next http.RoundTripper
	Host string // host, or host:port
}

// RoundTrip implements http.RoundTripper.
func (o *Only) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != o.Host {
		return nil, &NotSent{fmt.Errorf("%s is not %s, the only host these credentials are for", req.URL.Host, o.Host)}
	}
	return o.Next.RoundTrip(req)
}
