package github

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestConditionalReads(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 1)
	paths := []string{"/repos/acme/shop/issues/1", "/repos/acme/shop/issues", "/repos/acme/shop/issues/1/comments", "/repos/acme/shop",
		"/repos/acme/shop/issues/1/timeline", "/repos/acme/shop/collaborators/mia/permission"}
	for _, path := range paths {
		first := l.do("alice", "GET", path, nil).want(200)
		tag, left := first.Header.Get("ETag"), first.Header.Get("X-RateLimit-Remaining")
		same := l.do("alice", "GET", path, nil, "If-None-Match", tag).want(304)
		if same.Raw != "" || same.Header.Get("ETag") != tag {
			t.Errorf("%s: 304 with body %q and tag %q", path, same.Raw, same.Header.Get("ETag"))
		}
		if got := same.Header.Get("X-RateLimit-Remaining"); got != left {
			t.Errorf("%s: a 304 was counted: %s, then %s left", path, left, got)
		}
		l.do("alice", "GET", path, nil, "If-None-Match", `"other", `+strings.TrimPrefix(tag, "W/")).want(304)
		l.do("alice", "GET", path, nil, "If-None-Match", `W/"other"`).want(200)
	}
	tag := l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).Header.Get("ETag")
	must(l.As("mia").Comment("acme/shop", 1, "news"))
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil, "If-None-Match", tag).want(200)
	// Another page beyond a full one changes the tag of the full one.
	must(l.As("mia").OpenIssue("acme/shop", "two", ""))
	tag = l.do("alice", "GET", "/repos/acme/shop/issues?direction=asc&per_page=2", nil).Header.Get("ETag")
	must(l.As("mia").OpenIssue("acme/shop", "three", ""))
	l.do("alice", "GET", "/repos/acme/shop/issues?direction=asc&per_page=2", nil, "If-None-Match", tag).want(200)
}

func TestPrimaryLimit(t *testing.T) {
	l := newLab(t, Options{Limits: Limits{Primary: 3}})
	l.open("acme/shop", 1)
	for left := 2; left >= 0; left-- {
		r := l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200)
		if got := r.Header.Get("X-RateLimit-Remaining"); got != fmt.Sprint(left) {
			t.Errorf("%s left, want %d", got, left)
		}
	}
	r := l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(403)
	if r.Header.Get("X-RateLimit-Remaining") != "0" || r.Header.Get("X-RateLimit-Reset") != fmt.Sprint(l.clock.Now().Add(time.Hour).Unix()) {
		t.Errorf("headers %v", r.Header)
	}
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(403)
	l.do("alice", "GET", "/rate_limit", nil).want(200).is("rate.remaining", 0).is("resources.core.limit", 3)
	l.do("mia", "GET", "/repos/acme/shop/issues/1", nil).want(200)
	l.clock.Advance(time.Hour)
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200)
	if n := len(l.Issues()); n != 1 {
		t.Errorf("%d issues: a limited request had an effect", n)
	}
}

func TestSecondaryLimits(t *testing.T) {
	for _, x := range []struct {
		limits Limits
		path   string
		wait   time.Duration
		status int
	}{
		{Limits{Content: 2}, "/repos/acme/shop/issues", time.Minute, 403},
		{Limits{Content: 2, TooMany: true}, "/repos/acme/shop/issues/1/comments", time.Minute, 429},
		{Limits{ContentHour: 2}, "/repos/acme/shop/issues", time.Hour, 403},
		{Limits{Points: 10}, "/repos/acme/shop/issues/1/labels", time.Minute, 403},
	} {
		l := newLab(t, Options{Limits: x.limits})
		l.open("acme/shop", 1)
		body := map[string]any{"title": "t", "body": "b", "labels": []string{"bug"}}
		for range 2 {
			if r := l.do("alice", "POST", x.path, body); r.Status >= 300 {
				t.Fatalf("%+v: %d", x, r.Status)
			}
		}
		l.clock.Advance(time.Second)
		r := l.do("alice", "POST", x.path, body).want(x.status)
		if got, want := r.Header.Get("Retry-After"), fmt.Sprint(int(x.wait.Seconds())-1); got != want {
			t.Errorf("%+v: Retry-After %s, want %s", x, got, want)
		}
		if doc := r.at("documentation_url").(string); !strings.HasSuffix(doc, "secondary-rate-limits") {
			t.Errorf("documentation_url %s", doc)
		}
		l.clock.Advance(x.wait)
		if r := l.do("alice", "POST", x.path, body); r.Status >= 300 {
			t.Errorf("%+v: still %d after the wait", x, r.Status)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, x := range []struct {
		fault   Fault
		status  int // 0: no answer
		applied bool
	}{
		{Fault{}, 201, true},
		{Fault{Kind: DropBefore}, 0, false},
		{Fault{Kind: LostReply}, 0, true},
		{Fault{Kind: ErrorBefore}, 502, false},
		{Fault{Kind: ErrorBefore, Status: 503}, 503, false},
		{Fault{Kind: ErrorAfter, Status: 500}, 500, true},
		{Fault{Kind: TooMany, RetryAfter: 90 * time.Second}, 429, false},
		{Fault{Kind: TooMany, Status: 403}, 403, false},
		{Fault{Kind: DelayedAfter, Delay: time.Minute}, 0, false},
	} {
		l := newLab(t, Options{})
		heard := make(chan int, 3)
		l.SetFault(func(r *http.Request, n int) Fault {
			heard <- n
			if r.Method == "POST" {
				return x.fault
			}
			return Fault{}
		})
		l.do("alice", "GET", "/repos/acme/shop", nil).want(200)
		r, err := l.try("alice", "POST", l.url+"/repos/acme/shop/issues", map[string]any{"title": "t"})
		if (err != nil) != (x.status == 0) || r.Status != x.status {
			t.Errorf("%+v: status %d, error %v", x.fault, r.Status, err)
		}
		if got := len(l.Issues()) == 1; got != x.applied {
			t.Errorf("%+v: applied %v", x.fault, got)
		}
		if x.fault.RetryAfter > 0 && r.Header.Get("Retry-After") != "90" {
			t.Errorf("%+v: Retry-After %q", x.fault, r.Header.Get("Retry-After"))
		}
		if a, b := <-heard, <-heard; a != 1 || b != 2 {
			t.Errorf("the fault was asked about requests %d, %d", a, b)
		}
		if got := l.Requests(); got["POST /repos/{owner}/{repo}/issues"] != 1 || got["GET /repos/{owner}/{repo}"] != 1 {
			t.Errorf("counted %v", got)
		}
		l.ResetRequests()
		if len(l.Requests())+len(l.Answers()) != 0 {
			t.Error("counters go on after a reset")
		}
		l.do("alice", "GET", "/repos/acme/shop", nil).want(200)
		if n := <-heard; n != 3 {
			t.Errorf("after a reset the fault was asked about request %d, want 3", n)
		}
	}
}

func TestADelayedEffectComesWhenItIsDue(t *testing.T) {
	l := newLab(t, Options{Deliver: Manual})
	l.AddHook("acme/shop", "http://127.0.0.1:1/", "s")
	l.SetFault(func(*http.Request, int) Fault { return Fault{Kind: DelayedAfter, Delay: 90 * time.Second} })
	if _, err := l.try("alice", "POST", l.url+"/repos/acme/shop/issues", map[string]any{"title": "late"}); err == nil {
		t.Fatal("answered")
	}
	l.SetFault(nil)
	l.clock.Advance(89 * time.Second)
	if l.Waiting() != 1 || len(l.Issues()) != 0 {
		t.Error("too early")
	}
	l.clock.Advance(time.Hour)
	if p := l.Pending(); len(p) != 1 || p[0].Action != "opened" {
		t.Errorf("pending %v", p)
	}
	if got := l.Issue("acme/shop", 1).Created; !got.Equal(l.clock.Now().Add(-time.Hour + time.Second)) {
		t.Errorf("created at %v", got)
	}
	if l.Waiting() != 0 {
		t.Error("still waiting")
	}
}

func TestMovedAndGone(t *testing.T) {
	l := newLab(t, Options{})
	l.open("acme/shop", 3)
	a := l.As("alice")
	comment := must(a.Comment("acme/shop", 1, "hello"))
	repo := l.RepoID("acme/shop")

	l.RenameRepo("acme/shop", "acme/store")
	want := fmt.Sprintf("%s/repositories/%d/issues/1?x=1", l.url, repo)
	for _, method := range []string{"GET", "PATCH"} {
		r := l.do("alice", method, "/repos/acme/shop/issues/1?x=1", map[string]any{}).want(301)
		if got := r.Header.Get("Location"); got != want {
			t.Errorf("%s leads to %s, want %s", method, got, want)
		}
	}
	l.do("stan", "GET", "/repos/acme/shop/issues/1", nil).want(404)
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(301)
	if r, err := l.try("alice", "GET", want, nil); err != nil || r.want(200).at("repository_url") != "https://api.github.com/repos/acme/store" {
		t.Error("the redirect leads astray")
	}
	l.do("alice", "GET", fmt.Sprintf("/repositories/%d", repo), nil).want(200).is("full_name", "acme/store")
	l.do("alice", "GET", "/repositories/7", nil).want(404)
	// A new repository by the former name ends the redirect.
	l.AddRepo("acme/shop")
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(404)

	id := l.Issue("acme/store", 1).ID
	if err := a.Label("acme/store", 1, "bug", "only here"); err != nil {
		t.Fatal(err)
	}
	if err := a.AddSubIssue("acme/store", 1, "acme/store", 2); err != nil {
		t.Fatal(err)
	}
	number := must(a.Transfer("acme/store", 1, "acme/other"))
	for _, method := range []string{"GET", "PATCH"} {
		r := l.do("alice", method, "/repos/acme/store/issues/1", map[string]any{"title": "x"}).want(301)
		if got, want := r.Header.Get("Location"), fmt.Sprintf("%s/repositories/%d/issues/%d", l.url, l.RepoID("acme/other"), number); got != want {
			t.Errorf("%s leads to %s, want %s", method, got, want)
		}
	}
	moved := l.do("alice", "GET", fmt.Sprintf("/repos/acme/other/issues/%d", number), nil).want(200).is("comments", 1).is("labels.0.name", "bug").is("labels.1", nil)
	if moved.at("id") == float64(id) {
		t.Error("a transferred issue kept its database id")
	}
	l.do("alice", "GET", fmt.Sprintf("/repos/acme/other/issues/comments/%d", comment), nil).want(200).is("issue_url", moved.at("url"))
	l.do("alice", "GET", "/repos/acme/store/issues/2/parent", nil).want(200).is("number", number)
	if got := l.do("alice", "GET", "/repos/acme/store/issues", nil).want(200).numbers(); got != "3 2" {
		t.Errorf("left behind: %s", got)
	}

	if err := a.Delete("acme/store", 3); err != nil {
		t.Fatal(err)
	}
	l.do("alice", "GET", "/repos/acme/store/issues/3", nil).want(410)
	l.do("alice", "PATCH", "/repos/acme/store/issues/3", map[string]any{"title": "x"}).want(410)
	l.do("alice", "GET", "/repos/acme/store/issues/99", nil).want(404)
	l.do("alice", "GET", "raw:/repos/acme/store/issues/x", nil).want(404)

	l.ChangeRepo("acme/store", NoIssues)
	l.do("alice", "GET", "/repos/acme/store/issues/2", nil).want(410)
	l.do("alice", "GET", "raw:/repos/acme/store/issues", nil).want(410)
	l.do("alice", "GET", "raw:/no/such/route", nil).want(404)
}
