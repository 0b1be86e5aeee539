package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/webhooks"
)

// fakeStore answers what the pages ask, or err.
type fakeStore struct {
	store.Store
	err  error
	list []store.Summary
}

func (s *fakeStore) Ping(context.Context) error                         { return s.err }
func (s *fakeStore) Incidents(context.Context) ([]store.Summary, error) { return s.list, s.err }

type fakeLooker struct {
	known reconcile.Preview
	err   error
}

func (l fakeLooker) Known(context.Context, incident.Key) (reconcile.Preview, error) {
	return l.known, l.err
}
func (l fakeLooker) Plan(context.Context, incident.Key) (reconcile.Preview, error) {
	return l.known, l.err
}

var three = time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)

// known is an incident as the store knows it.
func known() reconcile.Preview {
	body := "Part of it"
	return reconcile.Preview{
		Record: incident.Record{
			ID: "4711", Key: "github:acme/shop#12", Seq: 9, Head: "abc",
			Declared: incident.Declared{By: "alice", At: three, Via: "label"},
			Last: incident.Snapshot{At: three, URL: "https://github.com/acme/shop/issues/12",
				Head:    incident.Ticket{Title: "Checkout fails", Labels: []string{"bug", "hereby", "hereby-4711", "hereby/responding"}},
				Foreign: []incident.Ticket{{Ref: "acme/shop#14", State: incident.Done}}},
			Orders:  []incident.Order{{Said: "/note the password is hunter2"}},
			Tenures: []incident.Tenure{{Role: incident.CommandRole, Who: "alice", From: three}},
			Counted: map[incident.Ref]incident.Counted{
				"acme/shop#15": {Title: "Later", Since: three.Add(time.Minute)},
				"acme/shop#14": {Title: "Sooner", Since: three},
			},
		},
		Plan: plan.Plan{Phase: "responding",
			Do:    []incident.Action{incident.Edit{Ref: "acme/shop#13", Body: &body}, incident.Say{Slot: incident.Board, Text: "the board"}},
			Why:   []string{"2 roles are vacant"},
			Alarm: "the board is not ours",
			Next:  three.Add(time.Hour),
		},
	}
}

// show answers one request with the pages.
func show(t *testing.T, p *pages, path, authorization string) *httptest.ResponseRecorder {
	t.Helper()
	if p.token == nil {
		p.token = func() string { return "the-admin-token" }
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	return ask(p, httptest.NewRequest(http.MethodGet, path, nil), authorization)
}

// ask answers any request with the pages.
func ask(p *pages, req *http.Request, authorization string) *httptest.ResponseRecorder {
	p.metrics, p.redact = prometheus.NewRegistry(), func(s string) string { return s }
	engine := webhooks.Engine(slog.New(slog.DiscardHandler))
	p.register(engine.Group("/", harden))
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, req)
	return w
}

const bearer = "Bearer the-admin-token"

func TestIncidentsAreForTheAdministrator(t *testing.T) {
	for _, authorization := range []string{"", "the-admin-token", "Bearer ", "Bearer the-admin-toke", "Bearer the-admin-token ", "Basic the-admin-token", "bearer the-admin-token"} {
		w := show(t, &pages{store: &fakeStore{list: []store.Summary{{Title: "Checkout fails"}}}}, "/incidents", authorization)
		if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "Checkout") || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d %s", authorization, w.Code, w.Body)
		}
	}
	if w := show(t, &pages{store: &fakeStore{}}, "/incidents", bearer); w.Code != http.StatusOK || w.Body.String() != `{"incidents":[]}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestWithoutATokenThereIsNothingToSee(t *testing.T) {
	var log bytes.Buffer
	p := &pages{store: &fakeStore{}, token: func() string { return "" }, log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 3 {
		if w := show(t, p, "/incidents", "Bearer "); w.Code != http.StatusNotFound {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if n := strings.Count(log.String(), "admin_token"); n != 1 {
		t.Errorf("said %d times why: %s", n, log.String())
	}
}

func TestOneIncident(t *testing.T) {
	w := show(t, &pages{store: &fakeStore{}, looker: fakeLooker{known: known()}}, "/incidents/github/acme/shop/12", bearer)
	var got view
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if got.Phase != "responding" || got.Roles[0].Who != "alice" || got.Plan.Why[0] != "2 roles are vacant" || got.Plan.Alarm != "the board is not ours" || got.Plan.Do[1].Text != "the board" || got.Plan.Do[0].Text != "Part of it" || got.Orders != 1 || got.Ledger.Entries != 9 {
		t.Errorf("%s", w.Body)
	}
	if len(got.Tickets) != 2 || got.Tickets[0].Ref != "acme/shop#14" || got.Tickets[0].State != incident.Done || got.Tickets[1].State != "" {
		t.Errorf("tickets %+v", got.Tickets)
	}
	if strings.Contains(w.Body.String(), "hunter2") {
		t.Error("the page shows what people wrote")
	}
}

func TestPagesSayWhatIsWrong(t *testing.T) {
	broken := errors.New("dial tcp 10.0.0.7: refused")
	for _, c := range []struct {
		p      *pages
		path   string
		status int
		says   string
	}{
		{&pages{store: &fakeStore{}, looker: fakeLooker{}}, "/incidents/github/acme/shop/12", http.StatusNotFound, "not an incident that this service has seen"},
		{&pages{store: &fakeStore{}, looker: fakeLooker{}}, "/incidents/nonsense", http.StatusNotFound, "expected /incidents/github/OWNER/NAME/NUMBER"},
		{&pages{store: &fakeStore{}, looker: fakeLooker{err: broken}}, "/incidents/github/acme/shop/12", http.StatusServiceUnavailable, "the store does not answer"},
		{&pages{store: &fakeStore{}, looker: fakeLooker{err: broken}}, "/incidents/github/acme/shop/12?look=now", http.StatusBadGateway, "refused"},
		{&pages{store: &fakeStore{err: broken}}, "/incidents", http.StatusServiceUnavailable, "the store does not answer"},
		{&pages{store: &fakeStore{err: broken}}, "/readyz", http.StatusServiceUnavailable, "the store does not answer"},
		{&pages{store: &fakeStore{}}, "/readyz", http.StatusOK, "ready"},
		{&pages{store: &fakeStore{err: broken}}, "/healthz", http.StatusOK, "alive"},
	} {
		w := show(t, c.p, c.path, bearer)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
		if w.Code == http.StatusServiceUnavailable && strings.Contains(w.Body.String(), "10.0.0.7") {
			t.Errorf("%s shows strangers our network: %s", c.path, w.Body)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", c.path, name, got)
			}
		}
	}
}

func TestPhase(t *testing.T) {
	k := known()
	k.Plan.Phase = "restored"
	if got := viewOf(k).Phase; got != "restored" {
		t.Errorf("phase %q", got)
	}
}
