package jira

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

func TestLimits(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		l.opt.Limits = Limits{Get: 3, Post: 100, Put: 100, GetIssue: 5, Issue2s: 2, Issue30s: 3}
		for range 3 {
			l.want(200, "GET", "/myself", nil)
		}
		resp, _ := l.raw("GET", "/myself", nil)
		l.equal(resp.StatusCode, 429)
		l.equal(resp.Header.Get("Retry-After"), "1")
		l.equal(resp.Header.Get("RateLimit-Reason"), map[bool]string{true: "jira-burst-based", false: ""}[l.cloud()])
		l.want(200, "GET", "/field", nil) // of another endpoint
		l.clock.Advance(time.Second)
		l.want(200, "GET", "/myself", nil)

		key, other := must(l.As("alice").OpenIssue("OPS", "x", "")), must(l.As("alice").OpenIssue("OPS", "y", ""))
		write := func(key string) (*http.Response, []byte) {
			return l.raw("PUT", "/issue/"+key+"/properties/p", 1)
		}
		for range 2 {
			if resp, _ := write(key); resp.StatusCode >= 300 {
				t.Fatal(resp.Status)
			}
		}
		resp, _ = write(key)
		l.equal(resp.StatusCode, 429)
		l.equal(resp.Header.Get("Retry-After"), "2")
		l.equal(resp.Header.Get("RateLimit-Reason"), map[bool]string{true: "jira-per-issue-on-write", false: ""}[l.cloud()])
		resp, _ = write(other)
		l.equal(resp.StatusCode, 201)
		l.clock.Advance(2 * time.Second)
		resp, _ = write(key)
		l.equal(resp.StatusCode, 200)
		l.clock.Advance(2 * time.Second)
		resp, _ = write(key)
		l.equal(resp.StatusCode, 429)
		l.equal(resp.Header.Get("Retry-After"), "26")
		l.clock.Advance(26 * time.Second)
		resp, _ = write(key)
		l.equal(resp.StatusCode, 200)
		for range 5 {
			l.want(200, "GET", "/issue/"+key, nil)
		}
		l.want(429, "GET", "/issue/"+key, nil)
	})
}

func TestFaults(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		var next atomic.Pointer[Fault] // of the next request; nil: none
		l.SetFault(func(r *http.Request, n int) Fault {
			if n < 1 {
				t.Error("requests are counted from 1")
			}
			if f := next.Swap(nil); f != nil {
				return *f
			}
			return Fault{}
		})
		post := func() int {
			req, err := http.NewRequest("POST", l.url+"/rest/api/2/issue", strings.NewReader(string(host.JSON(obj{"fields": task("OPS", "x")}))))
			l.ok(err)
			req.Header.Set("Content-Type", "application/json")
			if l.cloud() {
				req.SetBasicAuth(l.Email("hereby"), l.token)
			} else {
				req.Header.Set("Authorization", "Bearer "+l.token)
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				return 0
			}
			defer resp.Body.Close()
			return resp.StatusCode
		}
		for _, x := range []struct {
			f              Fault
			status, issues int
		}{
			{Fault{}, 201, 1}, {Fault{Kind: DropBefore}, 0, 1}, {Fault{Kind: LostReply}, 0, 2}, {Fault{Kind: ErrorBefore, Status: 500}, 500, 2},
			{Fault{Kind: ErrorAfter}, 502, 3}, {Fault{Kind: TooMany}, 429, 3}, {Fault{Kind: TooMany, Status: 503}, 503, 3},
			{Fault{Kind: DelayedAfter, Delay: time.Minute}, 0, 3},
		} {
			next.Store(&x.f)
			l.equal(post(), x.status)
			l.equal(len(l.Issues()), x.issues)
		}
		l.equal(l.Waiting(), 1)
		l.clock.Advance(time.Hour)
		l.Settle()
		l.equal(len(l.Issues()), 4)
		l.equal(l.Issue("OPS-4").Created.Format("15:04"), "09:01") // when it was due
		next.Store(&Fault{Kind: ErrorBefore, Status: 409})
		l.want(409, "PUT", "/issue/OPS-1", obj{"fields": obj{"summary": "y"}})
		next.Store(&Fault{Kind: TooMany, RetryAfter: 1500 * time.Millisecond})
		resp, _ := l.raw("GET", "/myself", nil)
		l.equal(resp.Header.Get("Retry-After"), "2")
		l.equal(l.Requests()["POST /rest/api/2/issue"], 8)
		l.want(404, "GET", "/rest/webhooks/1.0/nothing", nil)
		l.equal(l.Requests()["other"], 1)
		l.equal(l.Answers()[201], 1)
		l.ResetRequests()
		l.equal(len(l.Requests()), 0)
	})
}

func TestInProcess(t *testing.T) {
	s := New(Options{Edition: DataCenter, Deliver: Manual, Fault: func(_ *http.Request, n int) Fault {
		return []Fault{{}, {Kind: DropBefore}}[n-1]
	}})
	defer s.Close()
	client := http.Client{Transport: host.InProcess(s.Handler())}
	resp, err := client.Get("http://jira.test/rest/api/2/serverInfo")
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v %v", resp, err)
	}
	if _, err := client.Get("http://jira.test/rest/api/2/serverInfo"); !errors.Is(err, host.ErrAborted) {
		t.Errorf("a closed connection reads %v", err)
	}
}

func TestOneAtATime(t *testing.T) {
	l := newLab(t, Options{Limits: CloudLimits})
	done := make(chan bool)
	for range 8 {
		go func() {
			for range 5 {
				l.do("POST", "/issue", obj{"fields": task("OPS", "x")})
			}
			done <- true
		}()
	}
	for range 8 {
		<-done
	}
	l.equal(len(l.Issues()), 40)
}
