package confluence_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
	"github.com/hereby/hereby/internal/sandbox/contract"
	"github.com/hereby/hereby/internal/testenv"
	"github.com/hereby/hereby/internal/wiki/confluence"
)

const (
	place = "OPS"
	name  = "Postmortem-OPS-12"
	index = "Incidents"
	id    = "10040"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// world is a Confluence with a space, and a wiki of ours in it.
type world struct {
	t     *testing.T
	town  *sandbox.Server
	url   string
	wiki  *confluence.Wiki
	opt   confluence.Options
	alice sandbox.Actor
	clock *testenv.Clock
}

// editions runs a test on both editions.
func editions(t *testing.T, f func(*world)) {
	for edition, dc := range map[string]bool{"cloud": false, "datacenter": true} {
		t.Run(edition, func(t *testing.T) { f(newWorld(t, dc)) })
	}
}

func newWorld(t *testing.T, dc bool) *world {
	w := &world{t: t, clock: testenv.NewClock(start)}
	w.town = sandbox.New(sandbox.Options{DataCenter: dc, Clock: w.clock.Now, Wrap: contract.Confluence(t)})
	server := httptest.NewServer(w.town.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	w.town.SetURL(server.URL)
	w.town.AddUser("admin", "hereby", "alice", "bob")
	w.town.AddSpace("OPS", "Operations")
	w.alice = w.town.As("alice")
	w.opt = confluence.Options{
		URL: w.town.API(), DataCenter: dc, User: w.town.Email("hereby"), Token: w.town.Token("hereby"),
		Space: func(string) string { return "OPS" }, Clock: w.clock.Now,
		Sleep: func(context.Context, time.Duration) error { return nil },
	}
	w.restart()
	return w
}

// restart forgets all that a process remembers.
func (w *world) restart() { w.wiki = confluence.New(w.opt) }

// read reads pages, of which none may have a problem.
func (w *world) read(names ...string) map[string]incident.Page {
	w.t.Helper()
	shelf, err := w.wiki.Read(w.t.Context(), place, names)
	if err != nil || shelf.Problem != "" {
		w.t.Fatalf("read: %v; %s", err, shelf.Problem)
	}
	for n, p := range shelf.Pages {
		if p.Problem != "" {
			w.t.Fatalf("%s: %s", n, p.Problem)
		}
	}
	return shelf.Pages
}

func (w *world) page(name string) incident.Page { return w.read(name)[name] }

// put makes pages read so, from how they read now.
func (w *world) put(texts map[string]string) incident.Result {
	w.t.Helper()
	var names []string
	for n := range texts {
		names = append(names, n)
	}
	return w.putOver(w.read(names...), texts)
}

func (w *world) putOver(was map[string]incident.Page, texts map[string]string) incident.Result {
	p := incident.PutPages{Place: place, Message: "Incident OPS-12: restored"}
	for n, text := range texts {
		p.Pages = append(p.Pages, incident.Draft{Name: n, Was: was[n], Text: text})
	}
	return w.wiki.Put(w.t.Context(), p)
}

func (w *world) applied(r incident.Result) {
	w.t.Helper()
	if r.Outcome != incident.Applied {
		w.t.Fatalf("%v: %v", r.Outcome, r.Err)
	}
}

func (w *world) state(name string) sandbox.State {
	w.t.Helper()
	st, ok := w.town.Page("OPS", name)
	if !ok {
		w.t.Fatalf("there is no page %s", name)
	}
	return st
}

// plan does what the plan does with the page, until it comes to rest.
func (w *world) plan(e postmortem.Edits) {
	w.t.Helper()
	for range 3 {
		page := w.page(name)
		text := page.Text
		if !page.Exists {
			text = postmortem.Draft(postmortem.Facts{ID: id, Title: "Checkout <is> broken & slow_ish", Blocks: e.Blocks})
		}
		if text = postmortem.Apply(text, e); page.Exists && text == page.Text {
			return
		}
		w.applied(w.put(map[string]string{name: text}))
		w.restart()
	}
	page := w.page(name)
	w.t.Fatalf("the plan does not come to rest; the page reads\n%s\nand should\n%s", page.Text, postmortem.Apply(page.Text, e))
}

// edits are those of a page without issues.
func edits(phase string) postmortem.Edits {
	people := postmortem.Variables([]incident.Tenure{{Who: "alice", Role: incident.CommandRole, From: start}, {Who: "bob", Role: incident.Operations, From: start}}, "olga", nil, map[incident.Person]string{"alice": "Alice | Doe", "bob": "Bob_Burns"})
	return postmortem.Edits{ID: id, Items: map[string]string{}, Blocks: map[postmortem.Block]string{
		postmortem.StateBlock:       postmortem.StateText(postmortem.State{Phase: phase, Ref: "OPS-12", URL: "https://acme.example/browse/OPS-12", Declared: start}),
		postmortem.PeopleBlock:      postmortem.PeopleText(people),
		postmortem.TimelineBlock:    postmortem.TimelineText([]postmortem.Event{{At: start, By: "Incident Command", What: "note", Text: "restarted *web1* | <b> & \x01 ]]> @bob said", URL: "https://acme.example/1?a=1&b=(2)"}, {At: start, What: phase}}, people, nil, start),
		postmortem.ResolutionsBlock: postmortem.ResolutionsText(nil, people),
		postmortem.EvidenceBlock:    postmortem.EvidenceText([]postmortem.Evidence{{At: start, By: "Operations A", What: "https://grafana.example/d/1?from=(a)|b"}}, people),
	}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// only returns a fault for requests of one method to paths that hold a word.
func only(method, word string, times int, f sandbox.Fault) func(*http.Request, int) sandbox.Fault {
	var mu sync.Mutex
	return func(r *http.Request, _ int) sandbox.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == method && strings.Contains(r.URL.Path, word) && times > 0 {
			times--
			return f
		}
		return sandbox.Fault{}
	}
}

// roundTrip is a server in one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func body(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
