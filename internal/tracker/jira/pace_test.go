package jira

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// Many writes to one issue stay below Cloud's limits of a burst and of half a
// minute, so that it need not refuse any; those to another issue do not wait.
func TestWritesToOneIssue(t *testing.T) {
	refusals := 0
	l := newLab(t, sandbox.Options{Limits: sandbox.CloudLimits}, func(o *Options) {
		o.Transport = httpx.RoundTripperFunc(func(r *http.Request) (*http.Response, error) {
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err == nil && resp.StatusCode == http.StatusTooManyRequests {
				refusals++
			}
			return resp, err
		})
	})
	busy, quiet := l.open("busy", "x"), l.open("quiet", "x")
	write := func(key string) error {
		return l.send(t.Context(), http.MethodPut, "issue/"+key+"/properties/note", map[string]int{"n": 1}, nil)
	}
	waited := 0
	for done := 0; done < 200; {
		err := write(string(busy))
		if later := new(incident.NotYet); errors.As(err, &later) {
			if waited++; waited == 1 {
				l.ok(write(string(quiet)))
			}
			l.clock.Advance(100 * time.Millisecond)
			continue
		}
		l.ok(err)
		done++
	}
	if waited == 0 || refusals > 0 {
		t.Errorf("%d waits, %d refusals", waited, refusals)
	}
}
