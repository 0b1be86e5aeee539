package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
)

// reading reads a file with the usual environment: none.
func reading(t *testing.T, file string, before *settings) (*settings, error) {
	t.Helper()
	secrets := new(redactor)
	e := equipment{log: newLog(io.Discard, options{}, secrets), secrets: secrets}
	return e.read(options{config: file, env: func(string) (string, bool) { return "", false }}, before)
}

func TestAReloadKeepsATrackerThatIsTheSame(t *testing.T) {
	file := configuration(t, nowhere)
	first, err := reading(t, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	rewrite(t, file, nowhere, "policy: {staffing: 20m}")
	second, err := reading(t, file, first)
	if err != nil {
		t.Fatal(err)
	}
	if second.github != first.github {
		t.Error("the tracker was thrown away, with all it had read, although nothing about it changed")
	}
	if second.policy.Staffing != 20*time.Minute {
		t.Errorf("policy %+v", second.policy)
	}
	for what, change := range map[string]func(){
		"address": func() { rewrite(t, file, nowhere+"/api") },
		"label":   func() { rewrite(t, file, nowhere, "policy: {label: sev}") },
	} {
		change()
		other, err := reading(t, file, second)
		if err != nil {
			t.Fatal(err)
		}
		if other.github == first.github {
			t.Errorf("the tracker stayed although its %s changed", what)
		}
	}
}

func TestPollingIsFrequent(t *testing.T) {
	file := configuration(t, nowhere)
	s, err := reading(t, file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.interval("github"); got != 15*time.Minute {
		t.Errorf("with webhooks places are swept every %s", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "  webhook_secrets", "  # webhook_secrets", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = reading(t, file, nil); err != nil {
		t.Fatal(err)
	}
	if got := s.interval("github"); got != time.Minute {
		t.Errorf("without webhooks places are swept every %s", got)
	}
	l := new(live)
	l.Store(s)
	if err := (liveSource{l, "github", "/"}).Verify(nil, nil); err == nil || !strings.Contains(err.Error(), "polls") {
		t.Errorf("a webhook to a service that polls: %v", err)
	}
}

func TestTemplatesThatDoNotParseStopTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "board.md"), []byte("{{ if }}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := reading(t, configuration(t, nowhere, "templates: "+dir), nil)
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}

func TestATextThatCannotBeFilledIsSaidOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "hint.md"), []byte("{{.Nope}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	secrets := new(redactor)
	e := equipment{log: newLog(&out, options{}, secrets), secrets: secrets}
	s, err := e.read(options{config: configuration(t, nowhere, "templates: "+dir), env: func(string) (string, bool) { return "", false }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	hint := struct {
		PullRequest   bool
		To            incident.Person
		NewURL, Label string
	}{To: "bob"}
	for range 2 {
		if got := s.policy.Texts.Render("hint.md", hint); !strings.Contains(got, "@bob, this is not declared") {
			t.Errorf("%q", got)
		}
	}
	if said := out.String(); strings.Count(said, "cannot be filled") != 1 || !strings.Contains(said, filepath.Join(dir, "hint.md")) || !strings.Contains(said, "Nope") {
		t.Errorf("said %q", said)
	}
}

func TestAnAppsKeyThatIsNoKeyStopsTheStart(t *testing.T) {
	file := configuration(t, nowhere)
	key := filepath.Join(t.TempDir(), "app.pem")
	if err := os.WriteFile(key, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "token: the-github-token", "app: {id: 7, key_file: "+key+"}", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := reading(t, file, nil); err == nil || !strings.Contains(err.Error(), "private key") {
		t.Errorf("error %v", err)
	}
}

func TestADryRunsTrackerWritesNothing(t *testing.T) {
	got := readOnly{}.Apply(context.Background(), incident.Snapshot{}, []incident.Action{incident.Reopen{}, incident.Reopen{}})
	if len(got) != 2 || got[0].Outcome != incident.NotRun || got[1].Outcome != incident.NotRun || !errors.Is(got[0].Err, errDry) {
		t.Errorf("results %+v", got)
	}
}

// A dry run finds an issue by its id as any other does.
func TestADryRunsTrackerFinds(t *testing.T) {
	for want, tr := range map[incident.Key]reconcile.Tracker{"jira:OPS-1": finding{}, "": nil} {
		f, ok := readingOnly(map[string]reconcile.Tracker{"jira": tr})["jira"].(reconcile.Finder)
		if !ok {
			t.Fatal("it cannot")
		}
		if h, err := f.Find(context.Background(), "1"); err != nil || h.Key != want {
			t.Errorf("%v, %v; want %q", h, err, want)
		}
	}
}

type finding struct{ reconcile.Tracker }

func (finding) Find(context.Context, string) (incident.Hint, error) {
	return incident.Hint{Key: "jira:OPS-1"}, nil
}

func TestAReloadChangesWhoIsNotified(t *testing.T) {
	var heard []string
	chat := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard = append(heard, r.URL.Path) }))
	defer chat.Close()
	hook := func(path string) string { return "notify: {webhooks: [{url: '" + chat.URL + path + "', secret: s}]}" }
	file := configuration(t, nowhere, hook("/before"))
	secrets := new(redactor)
	o := options{config: file, env: func(string) (string, bool) { return "", false }}
	s, err := newService(t.Context(), o, secrets, newLog(io.Discard, o, secrets))
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	rewrite(t, file, nowhere, hook("/after"))
	s.reload()
	if err := s.notifier.Send(t.Context(), incident.Notify{ID: "1", Event: "declared"}); err != nil {
		t.Fatal(err)
	}
	if len(heard) != 1 || heard[0] != "/after" {
		t.Errorf("told: %v", heard)
	}
}

func TestATrackerThatIsNotConfiguredAnyMore(t *testing.T) {
	l := new(live)
	l.Store(&settings{})
	gone := liveTracker{l, "github"}
	if _, err := gone.Observe(t.Context(), incident.Look{}); err == nil || !strings.Contains(err.Error(), "not in the configuration any more") {
		t.Errorf("observe: %v", err)
	}
	if _, err := gone.List(t.Context(), "acme/shop", three); err == nil || !strings.Contains(err.Error(), "not in the configuration any more") {
		t.Errorf("list: %v", err)
	}
	if got := gone.Apply(t.Context(), incident.Snapshot{}, []incident.Action{incident.Reopen{}}); got[0].Outcome != incident.NotRun {
		t.Errorf("apply: %+v", got)
	}
}
