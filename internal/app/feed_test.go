package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/templates"
	"github.com/hereby/hereby/webhooks"
)

// recorded holds records of incidents.
type recorded struct {
	store.Store
	list    []store.Summary
	records map[incident.Key]incident.Record
	err     error
}

func (s *recorded) Incidents(context.Context) ([]store.Summary, error) { return s.list, s.err }

func (s *recorded) Load(_ context.Context, key incident.Key) (store.State, error) {
	return store.State{Record: s.records[key]}, s.err
}

func (s *recorded) add(n int, url string, closed bool) {
	key := incident.KeyOf("github", incident.PathRef("acme/shop", fmt.Sprint(n)))
	s.list = append(s.list, store.Summary{Key: key, Closed: closed})
	if s.records == nil {
		s.records = map[incident.Key]incident.Record{}
	}
	s.records[key] = incident.Record{
		ID: fmt.Sprint(9000 + n), Key: key, Declared: incident.Declared{By: "alice", At: three},
		Last:   incident.Snapshot{ID: fmt.Sprint(9000 + n), Key: key, URL: url, Head: incident.Ticket{Ref: key.Ref(), Title: "Checkout fails"}},
		Orders: []incident.Order{{At: three, By: "alice", Verdict: incident.Obeyed, Command: incident.Command{Word: "restored"}}},
	}
}

// subscribe asks for the feed, with what a program has already.
func subscribe(t *testing.T, f *feed, path, etag string) *httptest.ResponseRecorder {
	t.Helper()
	texts, err := render.Load(templates.FS, nil, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	f.policy = func() *plan.Policy {
		return &plan.Policy{ReviewEvery: 720 * time.Hour, Review: plan.Review{At: calendar.Clock{Hour: 10}, Length: time.Hour}, Zone: time.UTC, Texts: texts}
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	engine := webhooks.Engine(slog.New(slog.DiscardHandler))
	f.register(engine.Group("/", harden))
	req := httptest.NewRequest(http.MethodGet, path, nil)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	w := httptest.NewRecorder()
	engine.ServeHTTP(w, req)
	return w
}

// The feed shows the reviews of all open incidents to whoever knows its address (O56).
func TestTheFeed(t *testing.T) {
	s := &recorded{}
	s.add(12, "https://tracker.example/acme/shop/issues/12", false)
	s.add(7, "https://tracker.example/acme/shop/issues/7", false)
	s.add(8, "https://tracker.example/acme/shop/issues/8", true)
	s.add(9, "javascript:alert(1)", false)
	s.list = append(s.list, s.list[0]) // as while it is renamed
	var log bytes.Buffer
	f := &feed{store: s, secret: func() string { return "f33d/x" }, log: slog.New(slog.NewTextHandler(&log, nil))}
	w := subscribe(t, f, "/feed/f33d/x.ics", "")
	text, etag := w.Body.String(), w.Header().Get("ETag")
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "text/calendar; charset=utf-8" || w.Header().Get("Cache-Control") != "private, no-cache" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	if strings.Count(text, "BEGIN:VEVENT") != 2 || !strings.Contains(text, "METHOD:PUBLISH\r\n") || strings.Contains(text, "ATTENDEE") ||
		!strings.Contains(text, "UID:9012-review-1@tracker.example\r\n") || !strings.Contains(text, "DTSTART:20260403T100000Z\r\n") || strings.Contains(text, "issues/8") {
		t.Errorf("the feed: %s", text)
	}
	if !strings.Contains(log.String(), "github:acme/shop#9") {
		t.Errorf("nobody is told of the one that cannot be shown: %s", log.String())
	}
	if again := subscribe(t, f, "/feed/f33d/x.ics", etag); again.Code != http.StatusNotModified || again.Body.Len() > 0 || etag == "" {
		t.Errorf("unchanged: %d with %q", again.Code, etag)
	}
	s.records[s.list[0].Key].Orders[0].At = three.AddDate(0, 0, 3)
	if changed := subscribe(t, f, "/feed/f33d/x.ics", etag); changed.Code != http.StatusOK || changed.Header().Get("ETag") == etag {
		t.Errorf("changed: %d with %q", changed.Code, changed.Header().Get("ETag"))
	}
}

func TestTheFeedIsSecret(t *testing.T) {
	s := &recorded{}
	s.add(12, "https://tracker.example/acme/shop/issues/12", false)
	for _, c := range []struct{ secret, path string }{
		{"f33d", "/feed/f33e.ics"}, {"f33d", "/feed/f33d"}, {"f33d", "/feed/.ics"}, {"f33d", "/feed/"}, {"f33d", "/feed/f33d.ics/"}, {"f33d", "/feed/f33d.ics.ics"},
		{"", "/feed/.ics"}, {"", "/feed/"},
	} {
		w := subscribe(t, &feed{store: s, secret: func() string { return c.secret }}, c.path, "")
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "Checkout") {
			t.Errorf("secret %q, %s: %d %s", c.secret, c.path, w.Code, w.Body)
		}
	}
}

func TestTheFeedWithoutAStore(t *testing.T) {
	f := &feed{store: &recorded{err: errors.New("dial tcp 10.0.0.7: refused")}, secret: func() string { return "f33d" }}
	if w := subscribe(t, f, "/feed/f33d.ics", ""); w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	empty := &feed{store: &recorded{}, secret: func() string { return "f33d" }}
	if w := subscribe(t, empty, "/feed/f33d.ics", ""); w.Code != http.StatusOK || strings.Contains(w.Body.String(), "VEVENT") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
