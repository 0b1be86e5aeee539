package httpx

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestPaceLetsABurstThroughAndThenStaysBelowTheLimits(t *testing.T) {
	now := noon
	p := &Pacer{Next: answer(201), Clock: func() time.Time { return now }}
	burst := 0
	for p.try(t) == nil {
		burst++
	}
	if burst < 30 || burst > 80 {
		t.Fatalf("%d writes at once, want 30 to 80", burst)
	}
	// From here on, write whenever allowed, for three hours.
	var sent []time.Time
	for range burst {
		sent = append(sent, now)
	}
	for now.Before(noon.Add(3 * time.Hour)) {
		err := p.try(t)
		var later *incident.NotYet
		switch {
		case err == nil:
			sent = append(sent, now)
		case errors.As(err, &later) && later.Until.After(now):
			now = later.Until
		default:
			t.Fatal(err)
		}
	}
	for i := range sent {
		for window, limit := range map[time.Duration]int{time.Minute: 80, time.Hour: 500} {
			n := 0
			for j := i; j < len(sent) && sent[j].Sub(sent[i]) < window; j++ {
				n++
			}
			if n > limit {
				t.Fatalf("%d creations in %v from %v", n, window, sent[i])
			}
		}
	}
	if len(sent) < 1000 {
		t.Errorf("only %d writes in three hours", len(sent))
	}
}

func (p *Pacer) try(t *testing.T) error {
	t.Helper()
	_, err := p.RoundTrip(request("POST", "http://api.example/"))
	return err
}

func TestPaceReadsStayBelow900PointsAMinute(t *testing.T) {
	now := noon
	p := &Pacer{Next: answer(200), Clock: func() time.Time { return now }}
	n := 0
	for now.Before(noon.Add(time.Minute)) {
		_, err := p.RoundTrip(request("GET", "http://api.example/"))
		var later *incident.NotYet
		if errors.As(err, &later) {
			now = later.Until
			continue
		}
		n++
	}
	if n > 900 || n < 600 {
		t.Errorf("%d reads in a minute", n)
	}
}

// However much is read in the background, an incident's burst finds room.
func TestPaceKeepsABurstForWhatCannotWait(t *testing.T) {
	now := noon
	p := &Pacer{Next: answer(200), Clock: func() time.Time { return now }}
	get := func(ctx context.Context) error {
		_, err := p.RoundTrip(request("GET", "http://api.example/").WithContext(ctx))
		return err
	}
	var later *incident.NotYet
	for range 1000 {
		if errors.As(get(Background(t.Context())), &later) {
			now = later.Until
		}
	}
	if now.Sub(noon) > 2*time.Minute {
		t.Errorf("1,000 reads in the background took %v", now.Sub(noon))
	}
	for n := range 100 {
		if err := get(t.Context()); err != nil {
			t.Fatalf("read %d: %v", n, err)
		}
	}
}

// Callers that need several requests, and begin anew when they are held back,
// get on all the same.
func TestPaceLetsCallersGetOn(t *testing.T) {
	now := noon
	p := &Pacer{Next: answer(200), Clock: func() time.Time { return now }}
	for _, ctx := range []context.Context{t.Context(), Background(t.Context())} {
		for done, tries := 0, 0; done < 100; tries++ {
			if tries > 1000 {
				t.Fatalf("%d of 100 passes came to their end", done)
			}
			var later *incident.NotYet
			for range 8 {
				if _, err := p.RoundTrip(request("GET", "http://api.example/").WithContext(ctx)); errors.As(err, &later) {
					break
				}
			}
			if later != nil {
				now = later.Until
			} else {
				done++
			}
		}
	}
}

func TestPaceHeedsTheServer(t *testing.T) {
	reset := strconv.FormatInt(noon.Add(17*time.Minute).Unix(), 10)
	for name, c := range map[string]struct {
		status int
		header []string
		until  time.Duration // 0: nothing is held back
		code   int
	}{
		"429":                       {429, []string{"Retry-After", "30"}, 30 * time.Second, 429},
		"429 without a time":        {429, nil, time.Minute, 429},
		"secondary":                 {403, []string{"Retry-After", "45"}, 45 * time.Second, 429},
		"primary":                   {403, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset}, 17 * time.Minute, 429},
		"the last one":              {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset}, 17 * time.Minute, 200},
		"the last one of search":    {200, []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", reset, "X-RateLimit-Resource", "search"}, 0, 200},
		"forbidden":                 {403, []string{"X-RateLimit-Remaining", "10"}, 0, 403},
		"a server with wild wishes": {429, []string{"Retry-After", "1000000000"}, 2 * time.Hour, 429},
	} {
		t.Run(name, func(t *testing.T) {
			now, sent := noon, 0
			p := &Pacer{Clock: func() time.Time { return now }, Next: RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
				sent++
				return reply(req, c.status, "{}", c.header...), nil
			})}
			resp, err := p.RoundTrip(request("GET", "http://api.example/"))
			if err != nil || resp.StatusCode != c.code {
				t.Fatalf("%v %v, want %d", resp, err, c.code)
			}
			if resp.Header.Get("X-RateLimit-Remaining") != "" {
				t.Error("the client library sees the rate headers")
			}
			if c.code == 429 {
				if v := Judge(resp, errors.New("429"), now); v.Kind != Wait || !v.Until.Equal(now.Add(c.until)) {
					t.Errorf("judged %v until %v", v.Kind, v.Until)
				}
			}
			_, err = p.RoundTrip(request("GET", "http://api.example/"))
			var later *incident.NotYet
			if held := errors.As(err, &later); held != (c.until > 0) || held && !later.Until.Equal(noon.Add(c.until)) {
				t.Fatalf("the next request: %v, want it held until %v", err, c.until)
			}
			if c.until == 0 {
				return
			}
			if sent != 1 {
				t.Error("a request went out while we were asked to wait")
			}
			now = noon.Add(c.until)
			if p.RoundTrip(request("GET", "http://api.example/")); sent != 2 {
				t.Error("no request goes out after the wait")
			}
		})
	}
}

func TestPaceDoublesUnnamedWaits(t *testing.T) {
	now := noon
	p := &Pacer{Clock: func() time.Time { return now }, Next: answer(403), Limited: func(*http.Response, []byte) bool { return true }}
	var waits []time.Duration
	for range 6 {
		p.try(t)
		var later *incident.NotYet
		if !errors.As(p.try(t), &later) {
			t.Fatal("not held")
		}
		waits = append(waits, later.Until.Sub(now))
		now = later.Until
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 16} {
		if waits[i] != want*time.Minute {
			t.Errorf("waits %v", waits)
			break
		}
	}
}

func TestPaceSleepsMomentsOnly(t *testing.T) {
	now := noon
	var slept time.Duration
	p := &Pacer{Next: answer(201), Clock: func() time.Time { return now }, Moment: 2 * time.Second,
		Sleep: func(_ context.Context, d time.Duration) error {
			if d > 2*time.Second {
				t.Errorf("slept for %v", d)
			}
			slept += d
			now = now.Add(d)
			return nil
		}}
	for range 60 {
		if err := p.try(t); err != nil {
			t.Fatal(err)
		}
	}
	if slept == 0 {
		t.Error("60 writes needed no wait")
	}
}

func TestPaceChangesOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside, most, release := 0, 0, make(chan struct{})
		p := &Pacer{Clock: time.Now, Next: RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
			inside++
			most = max(most, inside)
			<-release
			inside--
			return reply(req, 201, "{}"), nil
		})}
		for range 4 {
			go p.try(t)
		}
		synctest.Wait() // all of them are where they cannot go on
		if inside != 1 {
			t.Errorf("%d changes are under way at once", inside)
		}
		// One that may not wait for its turn was not sent.
		ctx, cancel := context.WithCancel(context.Background())
		refused := make(chan error)
		go func() {
			_, err := p.RoundTrip(request("POST", "http://api.example/").WithContext(ctx))
			refused <- err
		}()
		synctest.Wait()
		cancel()
		if kind := Judge(nil, <-refused, noon).Kind; kind != Unsent {
			t.Errorf("%v", kind)
		}
		close(release)
		synctest.Wait()
		if most != 1 || inside != 0 {
			t.Errorf("%d changes were under way at once, %d still are", most, inside)
		}
	})
}

func TestPaceDoesNotBeginWhatIsOver(t *testing.T) {
	p := &Pacer{Clock: time.Now, Next: RoundTripperFunc(func(req *http.Request) (*http.Response, error) {
		t.Error("a request went out after its time")
		return nil, req.Context().Err()
	})}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := p.RoundTrip(request("GET", "http://api.example/").WithContext(ctx))
	if kind := Judge(nil, err, noon).Kind; kind != Unsent {
		t.Errorf("%v: %v", err, kind)
	}
}

// A bucket never lets more through in a window than it holds and gains in it.
func TestBucket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := bucket{cap: float64(rapid.IntRange(1, 50).Draw(t, "cap")), perSec: rapid.Float64Range(0.01, 10).Draw(t, "rate")}
		now := noon
		type taken struct {
			at time.Time
			n  float64
		}
		var all []taken
		for range 100 {
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			need := min(float64(rapid.IntRange(1, 5).Draw(t, "need")), b.cap)
			wait := b.wait(now, need)
			if wait > 0 {
				if later := b; later.wait(now.Add(wait), need) > 0 {
					t.Fatalf("after %v it is still not enough", wait)
				}
				continue
			}
			b.level -= need
			all = append(all, taken{now, need})
		}
		for i := range all {
			sum := 0.0
			for j := i; j < len(all); j++ {
				sum += all[j].n
				if most := b.cap + b.perSec*all[j].at.Sub(all[i].at).Seconds(); sum > most+1e-6 {
					t.Fatalf("%v taken within %v, at most %v may be", sum, all[j].at.Sub(all[i].at), most)
				}
			}
		}
	})
}
