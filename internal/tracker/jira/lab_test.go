package jira

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/testenv"
)

// lab is a tracker on a sandbox behind real HTTP. alice and bob are developers,
// mia is one through a group, uma may only read and comment, stan is a
// stranger; hereby is our own account, which administers OPS and WEB.
type lab struct {
	*sandbox.Server
	*Tracker
	t     *testing.T
	url   string
	clock *testenv.Clock
	opt   Options
}

const ops = "OPS"

// editions runs a test on both.
func editions(t *testing.T, f func(t *testing.T, edition sandbox.Edition)) {
	for name, e := range map[string]sandbox.Edition{Cloud: sandbox.Cloud, DataCenter: sandbox.DataCenter} {
		t.Run(name, func(t *testing.T) { f(t, e) })
	}
}

func newLab(t *testing.T, opt sandbox.Options, change ...func(*Options)) *lab {
	t.Helper()
	c := testenv.NewClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	opt.Clock, opt.Deliver = c.Now, sandbox.Manual
	if opt.Wrap == nil && opt.Edition == sandbox.Cloud {
		opt.Wrap = contract.Jira(t)
	}
	s := sandbox.New(opt)
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(func() { srv.Close(); s.Close() })
	s.SetURL(srv.URL)
	s.AddUser("alice", "bob", "mia", "uma", "stan", "hereby")
	s.AddGroup("on-call", "mia")
	for _, p := range []string{ops, "WEB", "SECRET"} {
		s.AddProject(p)
		s.SetRole(p, sandbox.Developers, "alice", "bob")
		s.SetGroupRole(p, sandbox.Developers, "on-call")
		s.SetRole(p, sandbox.Users, "uma")
	}
	s.SetRole(ops, sandbox.Administrators, "hereby")
	s.SetRole("WEB", sandbox.Administrators, "hereby")
	l := &lab{Server: s, t: t, url: srv.URL, clock: c}
	l.opt = Options{
		BaseURL: l.url, Edition: Cloud, User: s.Email("hereby"), Token: s.Token("hereby"), Clock: c.Now,
		Projects: []string{ops, "WEB"}, Timeout: 10 * time.Second,
		Trusted:         Trusted{Roles: []string{sandbox.Developers}},
		IgnoreLinkTypes: []string{"Cloners"},
	}
	if opt.Edition == sandbox.DataCenter {
		l.opt.Edition, l.opt.User = DataCenter, ""
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

// person returns whom we know somebody as.
func (l *lab) person(name string) incident.Person { return incident.PersonOf(l.AccountID(name)) }

// open opens an issue as alice.
func (l *lab) open(title, body string, labels ...string) incident.Ref {
	return incident.Ref(must(l.As("alice").OpenIssue(ops, title, body, labels...)))
}

func (l *lab) say(who string, on incident.Ref, text string) string {
	return must(l.As(who).Comment(string(on), text))
}

func (l *lab) issue(r incident.Ref) sandbox.Issue { return l.Server.Issue(string(r)) }

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

// refused demands that an action is refused with words that say what to do.
func (l *lab) refused(on incident.Snapshot, do incident.Action, words ...string) {
	l.t.Helper()
	r := l.one(on, do)
	if r.Outcome != incident.Refused || r.Err == nil {
		l.t.Fatalf("%v: %v %v, want it refused", do, r.Outcome, r.Err)
	}
	for _, w := range words {
		if !strings.Contains(r.Err.Error(), w) {
			l.t.Errorf("%v is refused with %q, which does not say %q", do, r.Err, w)
		}
	}
}

// requests returns how many requests came in since the last call, all of them
// and those that change something.
func (l *lab) requests() (all, writes int) {
	for route, n := range l.Requests() {
		all += n
		if !strings.HasPrefix(route, http.MethodGet) && !strings.Contains(route, "/search") && route != "other" { // which no server answers
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

func said(t *testing.T, s incident.Snapshot, id string) incident.Comment {
	t.Helper()
	i := slices.IndexFunc(s.Comments, func(c incident.Comment) bool { return c.ID == id })
	if i < 0 {
		t.Fatalf("comment %s is not seen", id)
	}
	return s.Comments[i]
}

// onWrite makes the n-th request from now that changes something go wrong.
func onWrite(n int, f sandbox.Fault) func(*http.Request, int) sandbox.Fault {
	var mu sync.Mutex
	return func(r *http.Request, _ int) sandbox.Fault {
		mu.Lock()
		defer mu.Unlock()
		if !changing(r) {
			return sandbox.Fault{}
		}
		if n--; n != 0 {
			return sandbox.Fault{}
		}
		return f
	}
}

// changing reports whether a request changes something: searches are posted.
func changing(r *http.Request) bool {
	return r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/search")
}
