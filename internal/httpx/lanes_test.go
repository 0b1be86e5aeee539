package httpx

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// track is a server of lanes: each path is a lane of ten per second.
func track(answer func(*http.Request) *http.Response) (*Lanes, *time.Time) {
	now := time.Unix(1000, 0)
	return &Lanes{
		Next:  RoundTripperFunc(func(r *http.Request) (*http.Response, error) { return answer(r), nil }),
		Clock: func() time.Time { return now },
		Of: func(r *http.Request) []Lane {
			return []Lane{{r.URL.Path, []Rate{{10, time.Second}, {40, time.Minute}}}}
		},
		Blame: func(r *http.Request, resp *http.Response) string {
			if resp.Header.Get("Everybody") != "" {
				return ""
			}
			return r.URL.Path
		},
	}, &now
}

func answering(status int, header ...string) func(*http.Request) *http.Response {
	return func(*http.Request) *http.Response {
		h := http.Header{}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: h, Body: io.NopCloser(strings.NewReader(""))}
	}
}

func drive(t *testing.T, l *Lanes, path string) (*http.Response, *incident.NotYet) {
	t.Helper()
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://jira.example"+path, nil)
	resp, err := l.RoundTrip(req)
	var later *incident.NotYet
	if err != nil && !errors.As(err, &later) {
		t.Fatal(err)
	}
	return resp, later
}

func TestLanesStayBelowEveryRate(t *testing.T) {
	l, now := track(answering(200))
	var sent []time.Time
	for range 3000 {
		if _, later := drive(t, l, "/a"); later == nil {
			sent = append(sent, *now)
		} else if !later.Until.After(*now) {
			t.Fatalf("asked to come back at %v, now is %v", later.Until, *now)
		}
		*now = now.Add(50 * time.Millisecond)
	}
	for _, r := range []struct {
		n   int
		per time.Duration
	}{{10, time.Second}, {40, time.Minute}} {
		for i := range sent {
			if j := i + r.n; j < len(sent) && sent[j].Sub(sent[i]) < r.per {
				t.Fatalf("%d requests within %v", r.n+1, sent[j].Sub(sent[i]))
			}
		}
	}
	if len(sent) < 50 {
		t.Errorf("only %d requests in 150 s", len(sent))
	}
}

// Who comes back when told to can send several.
func TestLanesLeaveRoom(t *testing.T) {
	l, now := track(answering(200))
	for range 3 {
		n := 0
		for {
			_, later := drive(t, l, "/a")
			if later != nil {
				*now = later.Until
				break
			}
			n++
		}
		if n < 2 {
			t.Errorf("%d requests went through", n)
		}
	}
}

func TestLanesAreApart(t *testing.T) {
	l, _ := track(answering(200))
	for {
		if _, later := drive(t, l, "/a"); later != nil {
			break
		}
	}
	if _, later := drive(t, l, "/b"); later != nil {
		t.Errorf("a full lane holds up another: %v", later)
	}
}

func TestLanesHeedTheServer(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(*http.Request) *http.Response
		wait   time.Duration
		others bool // are held too
	}{
		"named":           {answering(429, "Retry-After", "7"), 7 * time.Second, false},
		"unnamed":         {answering(429), 30 * time.Second, false},
		"everybody":       {answering(429, "Retry-After", "7", "Everybody", "1"), 7 * time.Second, true},
		"503 with a time": {answering(503, "Retry-After", "9"), 9 * time.Second, false},
		"503 without":     {answering(503), 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			l, now := track(c.answer)
			resp, _ := drive(t, l, "/a")
			if got, ok := RetryAfter(resp.Header, *now); got != c.wait || ok != (c.wait > 0) {
				t.Errorf("the caller reads Retry-After %v %v, want %v", got, ok, c.wait)
			}
			_, later := drive(t, l, "/a")
			if c.wait == 0 {
				if later != nil {
					t.Errorf("held back by an answer that asks for nothing: %v", later)
				}
				return
			}
			if later == nil || !later.Until.Equal(now.Add(c.wait)) {
				t.Errorf("held until %v, want %v from now", later, c.wait)
			}
			if _, later := drive(t, l, "/b"); (later != nil) != c.others {
				t.Errorf("another lane: %v, want held %v", later, c.others)
			}
			*now = now.Add(c.wait)
			if _, later := drive(t, l, "/a"); later != nil {
				t.Errorf("held beyond the time: %v", later)
			}
		})
	}
}

func TestLanesSleepMoments(t *testing.T) {
	l, now := track(answering(200))
	slept := 0
	l.Moment = 2 * time.Second
	l.Sleep = func(_ context.Context, d time.Duration) error {
		slept++
		*now = now.Add(d)
		return nil
	}
	for range 12 {
		if _, later := drive(t, l, "/a"); later != nil {
			t.Fatalf("refused what a moment would have let through: %v", later)
		}
	}
	if slept == 0 {
		t.Error("never slept")
	}
}

func TestOnlyOneHost(t *testing.T) {
	sent := 0
	o := &Only{Host: "jira.example", Next: RoundTripperFunc(func(*http.Request) (*http.Response, error) { sent++; return nil, nil })}
	for host, want := range map[string]int{"http://evil.example/": 0, "http://jira.example.evil/": 0, "http://jira.example:81/": 0, "http://jira.example/x": 1} {
		sent = 0
		req, _ := http.NewRequest(http.MethodGet, host, nil)
		_, err := o.RoundTrip(req)
		var notSent *NotSent
		if sent != want || (want == 0) != errors.As(err, &notSent) {
			t.Errorf("%s: sent %d, %v", host, sent, err)
		}
	}
}
