package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Cost is what a request takes from the budgets of a [Pacer].
type Cost struct {
	Points  float64 // of the general budget
	Creates float64 // of the budgets for what creates content
}

// Pacer keeps one account's requests below the limits of a server. It lets a
// burst through, because an incident begins with one, and refuses with [incident.NotYet]
// what would have to wait for longer than a moment. Requests that change
// something go out one at a time.
//
// An answer that says "limit reached" holds back every request of the account
// until the time it names. It reaches the caller as 429 with Retry-After,
// whatever form the server gave it, and no answer shows its rate headers:
// client libraries draw conclusions from them by the wall clock, and would
// refuse on their own account.
type Pacer struct {
	Next  http.RoundTripper
	Clock func() time.Time
	Cost  func(*http.Request) Cost // nil: 1 point to read, 5 to change
	// Limited recognises what only this server's answers say: whether a limit
	// was reached. It is asked for 403 without the usual headers. May be nil.
	Limited func(*http.Response, []byte) bool
	// Sleep waits out a moment of at most Moment. Without it nothing waits.
	Sleep  func(context.Context, time.Duration) error
	Moment time.Duration
	// Remaining is told what is left of the server's budget. May be nil.
	Remaining func(int)

	once    sync.Once
	turn    chan struct{} // held by the request that changes something
	mu      sync.Mutex
	points  bucket
	minute  bucket // creates, by the minute
	hour    bucket // creates, by the hour
	hold    time.Time
	why     string
	strikes int // limits in a row that named no time
}

// The bounds that a server's limits leave us: 900 points and 80 creations a
// minute, 500 creations an hour. In any window a bucket lets through its
// capacity and what flows in meanwhile.
func (p *Pacer) init() {
	p.turn = make(chan struct{}, 1)
	p.points = bucket{cap: 300, perSec: 590. / 60}
	p.minute = bucket{cap: 32, perSec: 46. / 60}
	p.hour = bucket{cap: 150, perSec: 340. / 3600}
}

// reserve is what requests in the background leave of the general budget to
// the others. room is what there is again when a caller is told to come back:
// enough for several requests, for one alone would bring it no further.
const (
	reserve = 200
	room    = 20
)

type background struct{}

// Background marks the requests of a context as ones that can wait: they leave
// most of the burst to those that cannot.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, background{}, true)
}

// RoundTrip implements http.RoundTripper.
func (p *Pacer) RoundTrip(req *http.Request) (*http.Response, error) {
	p.once.Do(p.init)
	if err := req.Context().Err(); err != nil {
		return nil, &NotSent{err}
	}
	if mutates(req) {
		select {
		case p.turn <- struct{}{}:
			defer func() { <-p.turn }()
		case <-req.Context().Done():
			return nil, &NotSent{req.Context().Err()}
		}
	}
	if err := p.admit(req); err != nil {
		return nil, err
	}
	resp, err := p.Next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	return p.heed(req, resp)
}

// admit takes the request's cost, or says when there will be enough.
func (p *Pacer) admit(req *http.Request) error {
	cost, spare := p.cost(req), 0.
	if req.Context().Value(background{}) != nil {
		spare = reserve
	}
	for {
		wait, later, why := p.take(cost, spare)
		if wait <= 0 {
			return nil
		}
		if p.Sleep == nil || wait > p.Moment {
			return &incident.NotYet{Until: p.Clock().Add(later), Err: errors.New(why)}
		}
		if err := p.Sleep(req.Context(), wait); err != nil {
			return &NotSent{err}
		}
	}
}

func (p *Pacer) cost(req *http.Request) Cost {
	switch {
	case p.Cost != nil:
		return p.Cost(req)
	case mutates(req):
		return Cost{Points: 5, Creates: 1}
	}
	return Cost{Points: 1}
}

// take takes a cost if that leaves spare points. Otherwise wait is how long
// until it would, and later how long until there is room besides.
func (p *Pacer) take(c Cost, spare float64) (wait, later time.Duration, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Clock()
	if now.Before(p.hold) {
		wait = p.hold.Sub(now)
		return wait, wait, p.why
	}
	creates := max(p.minute.wait(now, c.Creates), p.hour.wait(now, c.Creates))
	wait = max(p.points.wait(now, c.Points+spare), creates)
	if wait > 0 {
		return wait, max(p.points.wait(now, c.Points+spare+room), creates), "our own pacing, which stays below the server's limits"
	}
	p.points.level -= c.Points
	p.minute.level -= c.Creates
	p.hour.level -= c.Creates
	return 0, 0, ""
}

// heed reads what an answer says about limits.
func (p *Pacer) heed(req *http.Request, resp *http.Response) (*http.Response, error) {
	limited, err := p.limited(resp)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.Clock()
	remaining, counted := remainingRate(resp.Header)
	if counted && p.Remaining != nil {
		p.Remaining(remaining)
	}
	reset := resetAt(resp.Header)
	shared := resp.Header.Get("X-RateLimit-Resource") == "" || resp.Header.Get("X-RateLimit-Resource") == "core"
	switch {
	case limited:
		wait := p.wish(resp.Header, now)
		p.holdUntil(now.Add(wait), fmt.Sprintf("the server's limit was reached (%s)", resp.Status))
		resp.StatusCode, resp.Status = http.StatusTooManyRequests, "429 Too Many Requests"
		resp.Header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	case counted && remaining == 0 && shared && reset.After(now):
		p.holdUntil(now.Add(min(reset.Sub(now), maxWait*time.Second)), "the server's hourly budget is used up")
	case mutates(req):
		p.strikes = 0
	}
	for _, h := range []string{"Limit", "Remaining", "Reset", "Used", "Resource"} {
		resp.Header.Del("X-RateLimit-" + h)
	}
	return resp, nil
}

// limited reports whether an answer says that a limit was reached.
func (p *Pacer) limited(resp *http.Response) (bool, error) {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true, nil
	case http.StatusForbidden:
	default:
		return false, nil
	}
	if n, ok := remainingRate(resp.Header); ok && n == 0 || resp.Header.Get("Retry-After") != "" {
		return true, nil
	}
	if p.Limited == nil {
		return false, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	resp.Body.Close()
	if err != nil {
		return false, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return p.Limited(resp, body), nil
}

// wish returns how long the server wants us to stay away: what it says, else a
// minute, doubled for each time in a row.
func (p *Pacer) wish(h http.Header, now time.Time) time.Duration {
	if wait, ok := RetryAfter(h, now); ok {
		return max(wait, time.Second)
	}
	if n, ok := remainingRate(h); ok && n == 0 {
		if reset := resetAt(h); reset.After(now) {
			return min(reset.Sub(now), maxWait*time.Second)
		}
	}
	wait := time.Minute << min(p.strikes, 4)
	p.strikes++
	return wait
}

func (p *Pacer) holdUntil(t time.Time, why string) {
	if t.After(p.hold) {
		p.hold, p.why = t, why
	}
}

func remainingRate(h http.Header) (int, bool) {
	n, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	return n, err == nil
}

func resetAt(h http.Header) time.Time {
	secs, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(secs, 0)
}

// bucket is a token bucket: it starts full and fills by perSec up to cap.
type bucket struct {
	cap, perSec, level float64
	at                 time.Time
}

// wait fills the bucket and returns how long until it holds need.
func (b *bucket) wait(now time.Time, need float64) time.Duration {
	switch {
	case b.at.IsZero():
		b.level = b.cap
	case now.After(b.at):
		b.level = min(b.cap, b.level+b.perSec*now.Sub(b.at).Seconds())
	}
	if b.at.IsZero() || now.After(b.at) {
		b.at = now
	}
	if need = min(need, b.cap); b.level >= need {
		return 0
	}
	return time.Duration((need-b.level)/b.perSec*float64(time.Second)) + time.Millisecond
}
