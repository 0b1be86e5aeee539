package jira

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/contract"
	"github.com/hereby/hereby/internal/sandbox/host"
	"github.com/hereby/hereby/internal/testenv"
)

// lab is a sandbox with the projects OPS and WEB, where hereby and alice are
// developers, and a client of hereby's account.
type lab struct {
	*Server
	t     testing.TB
	clock *testenv.Clock
	url   string
	token string
	who   string
}

func newLab(t testing.TB, opt Options) *lab {
	l := &lab{t: t, clock: testenv.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 123e6, time.UTC)), who: "hereby"}
	opt.Clock, opt.Deliver = l.clock.Now, Manual
	if opt.Edition == Cloud && opt.Wrap == nil {
		opt.Wrap = contract.Jira(t)
	}
	l.Server = New(opt)
	t.Cleanup(l.Close)
	server := httptest.NewServer(l.Handler())
	t.Cleanup(server.Close)
	l.SetURL(server.URL)
	l.url = server.URL
	for _, p := range []string{"OPS", "WEB"} {
		l.AddProject(p)
		l.SetRole(p, Developers, "hereby", "alice", "bob")
	}
	l.token = l.Token("hereby")
	return l
}

// editions runs a test on both.
func editions(t *testing.T, f func(t *testing.T, l *lab)) {
	for name, e := range map[string]Edition{"cloud": Cloud, "datacenter": DataCenter} {
		t.Run(name, func(t *testing.T) { f(t, newLab(t, Options{Edition: e})) })
	}
}

// as returns the lab with another person's token.
func (l *lab) as(name string) *lab {
	other := *l
	other.who, other.token = name, l.Token(name)
	return &other
}

// do makes a request of version 2 of the API, or of a path of its own:
// /rest… or /_…, and returns status and answer.
func (l *lab) do(method, path string, body any) (int, any) {
	l.t.Helper()
	resp, raw := l.raw(method, path, body)
	var v any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &v); err != nil {
			l.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return resp.StatusCode, v
}

func (l *lab) raw(method, path string, body any) (*http.Response, []byte) {
	l.t.Helper()
	if !strings.HasPrefix(path, "/rest") && !strings.HasPrefix(path, "/_") {
		path = "/rest/api/2" + path
	}
	var in io.Reader
	if body != nil {
		in = bytes.NewReader(host.JSON(body))
	}
	req, err := http.NewRequest(method, l.url+path, in)
	if err != nil {
		l.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch {
	case l.token == "":
	case l.cloud():
		req.SetBasicAuth(l.Email(l.who), l.token)
	default:
		req.Header.Set("Authorization", "Bearer "+l.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return resp, raw
}

// want makes a request that must be answered with a status.
func (l *lab) want(status int, method, path string, body any) any {
	l.t.Helper()
	got, v := l.do(method, path, body)
	if got != status {
		l.t.Fatalf("%s %s: %d %v, want %d", method, path, got, v, status)
	}
	return v
}

type obj = map[string]any

// at walks into an answer: names, and numbers for lists.
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func (l *lab) equal(got, want any) {
	l.t.Helper()
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		l.t.Errorf("got %s, want %s", g, w)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (l *lab) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

func task(project, summary string) obj {
	return obj{"project": obj{"key": project}, "issuetype": obj{"name": "Task"}, "summary": summary}
}

func TestAnIssueOfItsOwn(t *testing.T) {
	editions(t, func(t *testing.T, l *lab) {
		fields := task("OPS", "Shop is down")
		fields["description"] = "h1. Help\n\nIt *burns*."
		fields["labels"] = []string{"incident", "50%"}
		v := l.want(201, "POST", "/issue", obj{"fields": fields, "properties": []any{obj{"key": "hereby", "value": obj{"v": 1}}}})
		l.equal(at(v, "key"), "OPS-1")
		got := l.want(200, "GET", "/issue/OPS-1?properties=hereby&expand=changelog,transitions", nil)
		l.equal(at(got, "fields", "summary"), "Shop is down")
		l.equal(at(got, "fields", "description"), "h1. Help\n\nIt *burns*.")
		l.equal(at(got, "fields", "labels"), "[50% incident]")
		l.equal(at(got, "fields", "created"), "2026-03-02T09:00:00.123+0000")
		l.equal(at(got, "fields", "status", "statusCategory", "key"), "new")
		l.equal(at(got, "properties", "hereby", "v"), 1)
		l.equal(at(got, "transitions", 0, "name"), "Start Progress")
		l.equal(at(got, "changelog", "total"), 0)
		l.want(204, "PUT", "/issue/10001", obj{"fields": obj{"summary": "Shop burns"}, "update": obj{"labels": []any{obj{"add": "hereby"}, obj{"remove": "50%"}}}})
		i := l.Issue("OPS-1")
		l.equal(i.Title, "Shop burns")
		l.equal(i.Labels, "[hereby incident]")
		l.equal(len(i.History), 2)
	})
}

// noContract is for requests that are wrong on purpose.
func noContract(h http.Handler) http.Handler { return h }
