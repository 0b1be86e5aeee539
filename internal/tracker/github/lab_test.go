package github

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/testenv"

	"github.com/hereby/hereby/internal/sandbox/contract"
)

// lab is a tracker on a sandbox behind real HTTP. alice and bob write, mia is
// a member of the organisation, tia triages, rita only reads, stan is a
// stranger; hereby is our own account.
type lab struct {
	*sandbox.Server
	*Tracker
	t     *testing.T
	url   string
	clock *testenv.Clock
	opt   Options
}

const shop = "acme/shop"

func newLab(t *testing.T, opt sandbox.Options, change ...func(*Options)) *lab {
	t.Helper()
	c := testenv.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	opt.Clock = c.Now
	if opt.Wrap == nil {
		opt.Wrap = contract.GitHub(t)
	}
	s := sandbox.New(opt)
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(func() { srv.Close(); s.Close() })
	s.SetURL(srv.URL)
	s.AddOrg("acme", "alice", "bob", "mia")
	s.AddUser("stan", "tia", "rita", "hereby")
	for _, r := range []string{shop, "acme/web", "acme/secret"} {
		s.AddRepo(r)
		for _, who := range []string{"alice", "bob", "hereby"} {
			s.SetRole(r, who, sandbox.Write)
		}
	}
	for _, r := range []string{shop, "acme/web", "acme/secret"} {
		s.SetRole(r, "alice", sandbox.Admin)
	}
	s.SetRole("acme/secret", "hereby", sandbox.None)
	s.SetRole(shop, "tia", sandbox.Triage)
	s.SetRole(shop, "rita", sandbox.Read)
	s.AddRepo("other/place")
	s.SetRole("other/place", "hereby", sandbox.Write)
	s.SetRole("other/place", "alice", sandbox.Write)
	l := &lab{Server: s, t: t, url: srv.URL + "/api/v3", clock: c}
	l.opt = Options{
		BaseURL: l.url, Token: Static(s.Token("hereby")), Clock: c.Now,
		Repos: []string{shop, "acme/web", "other/*"}, Timeout: 10 * time.Second,
	}
	for _, f := range change {
		f(&l.opt)
	}
	l.restart()
	return l
}

// restart makes a new tracker, which remembers nothing.
func (l *lab) restart() {
	l.t.Helper()
	var err error
	if l.Tracker, err = New(l.opt); err != nil {
		l.t.Fatal(err)
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

// open opens an issue as alice.
func (l *lab) open(title, body string, labels ...string) incident.Ref {
	return ref(shop, must(l.As("alice").OpenIssue(shop, title, body, labels...)))
}

func ref(repo string, n int) incident.Ref { return incident.PathRef(repo, strconv.Itoa(n)) }

func number(r incident.Ref) int { return must(strconv.Atoi(r.Number())) }

func (l *lab) say(who string, on incident.Ref, text string) string {
	return strconv.FormatInt(must(l.As(who).Comment(on.Place(), number(on), text)), 10)
}

func (l *lab) issue(r incident.Ref) sandbox.Issue { return l.Server.Issue(r.Place(), number(r)) }

// see observes a head and counts the requests that took.
func (l *lab) see(head incident.Ref, change ...func(*incident.Look)) incident.Snapshot {
	l.t.Helper()
	s, err := l.look(head, change...)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

func (l *lab) look(head incident.Ref, change ...func(*incident.Look)) (incident.Snapshot, error) {
	look := incident.Look{Key: incident.KeyOf(Name, head)}
	for _, f := range change {
		f(&look)
	}
	return l.Observe(context.Background(), look)
}

// do applies actions and demands that all of them are applied.
func (l *lab) do(on incident.Snapshot, do ...incident.Action) []incident.Result {
	l.t.Helper()
	rs := l.Apply(context.Background(), on, do)
	for i, r := range rs {
		if r.Outcome != incident.Applied {
			l.t.Fatalf("%v: %v: %v", do[i], r.Outcome, r.Err)
		}
	}
	return rs
}

func (l *lab) one(on incident.Snapshot, do incident.Action) incident.Result {
	l.t.Helper()
	return l.Apply(context.Background(), on, []incident.Action{do})[0]
}

// requests returns how many requests came in since the last call, all of them
// and those that change something.
func (l *lab) requests() (all, writes int) {
	for route, n := range l.Requests() {
		all += n
		if route[:3] != "GET" {
			writes += n
		}
	}
	l.ResetRequests()
	return all, writes
}

func ticket(t *testing.T, ts []incident.Ticket, r incident.Ref) incident.Ticket {
	t.Helper()
	i := slices.IndexFunc(ts, func(x incident.Ticket) bool { return x.Ref == r })
	if i < 0 {
		t.Fatalf("%s is not among %v", r, refs(ts))
	}
	return ts[i]
}

func refs(ts []incident.Ticket) []incident.Ref {
	var rs []incident.Ref
	for _, t := range ts {
		rs = append(rs, t.Ref)
	}
	return rs
}

func comment(t *testing.T, s incident.Snapshot, id string) incident.Comment {
	t.Helper()
	i := slices.IndexFunc(s.Comments, func(c incident.Comment) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("comment %s is not seen", id)
	}
	return s.Comments[i]
}

// failing answers the n-th and later requests of a method with a fault.
func failing(method string, f sandbox.Fault) func(*http.Request, int) sandbox.Fault {
	return func(r *http.Request, _ int) sandbox.Fault {
		if r.Method == method {
			return f
		}
		return sandbox.Fault{}
	}
}

func (l *lab) String() string { return fmt.Sprint(l.Requests()) }
