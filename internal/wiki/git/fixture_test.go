package git_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/testenv"
	"github.com/hereby/hereby/internal/wiki/git"
)

const (
	place   = "acme/shop"
	ourMail = "hereby@acme.example"
	secret  = "s3cret-token-value"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// world is a wiki on a host that only this test uses, with us beside it.
type world struct {
	t    *testing.T
	host *sandbox.Server
	repo *sandbox.Repo
	url  string
	wiki *git.Wiki
	opt  git.Options

	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
	log   bytes.Buffer
}

// hosts runs a test against a host that hands out single files, and one that
// does not.
func hosts(t *testing.T, run func(*world)) {
	for name, picks := range map[string]bool{"picking": true, "whole": false} {
		t.Run(name, func(t *testing.T) { run(newWorld(t, picks)) })
	}
}

func newHost(t testing.TB) (*sandbox.Server, *httptest.Server) {
	t.Helper()
	host, err := sandbox.New(t.TempDir())
	if errors.Is(err, sandbox.ErrNoGit) {
		testenv.Missing(t, "git with its http-backend")
	}
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(host)
	t.Cleanup(server.Close)
	return host, server
}

func newWorld(t *testing.T, picks bool) *world {
	t.Helper()
	host, server := newHost(t)
	w := &world{t: t, host: host, url: server.URL, now: start}
	w.repo = w.create(place+".wiki.git", picks)
	w.host.User("bot", secret, true)
	w.opt = git.Options{
		Remote: git.Beside(server.URL),
		Auth:   func(context.Context, string) (string, string, error) { return "bot", secret, nil },
		Name:   "Hereby", Mail: ourMail,
		Clock:  w.clock,
		Sleep:  w.sleep,
		Jitter: func() float64 { return 0.5 },
		Log:    slog.New(slog.NewTextHandler(&lockedWriter{w}, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	w.wiki = git.New(w.opt)
	t.Cleanup(func() {
		if strings.Contains(w.log.String(), secret) {
			t.Error("the log has the secret")
		}
	})
	return w
}

func (w *world) create(name string, picks bool) *sandbox.Repo {
	w.t.Helper()
	repo, err := w.host.Create(name, "master")
	must(w.t, err)
	if picks {
		must(w.t, repo.Config("uploadpack.allowFilter", "true"))
		must(w.t, repo.Config("uploadpack.allowAnySHA1InWant", "true"))
	}
	return repo
}

type lockedWriter struct{ w *world }

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	return l.w.log.Write(p)
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slept = append(w.slept, d)
	return ctx.Err()
}

// with replaces our side of the world by one with other options.
func (w *world) with(change func(*git.Options)) *git.Wiki {
	opt := w.opt
	change(&opt)
	w.wiki = git.New(opt)
	return w.wiki
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) human(name string) sandbox.Author {
	return sandbox.Author{Name: name, Mail: strings.ToLower(name) + "@acme.example", At: w.clock()}
}

// save is Alice saving files, a minute later.
func (w *world) save(changes ...sandbox.Change) {
	w.t.Helper()
	w.mu.Lock()
	w.now = w.now.Add(time.Minute)
	w.mu.Unlock()
	_, err := w.repo.Commit(w.human("Alice"), "Edit", changes...)
	must(w.t, err)
}

func (w *world) get(names ...string) git.Shelf {
	w.t.Helper()
	s, err := w.wiki.Get(w.t.Context(), place, names...)
	must(w.t, err)
	return s
}

func (w *world) page(name string) git.Page {
	w.t.Helper()
	s := w.get(name)
	if s.Problem != nil {
		w.t.Fatal(s.Problem)
	}
	return s.Pages[name]
}

// put is an edit that makes a page read text.
func put(name, text string) git.Edit {
	return func(func(string) (string, bool)) map[string]string { return map[string]string{name: text} }
}

// line is an edit that adds a line to a page unless it is there.
func line(name, text string) git.Edit {
	return func(page func(string) (string, bool)) map[string]string {
		old, _ := page(name)
		if strings.Contains(old, text) {
			return nil
		}
		return map[string]string{name: old + text + "\n"}
	}
}

func (w *world) update(edit git.Edit) git.Revision {
	w.t.Helper()
	rev, err := w.wiki.Update(w.t.Context(), place, "Update", edit)
	must(w.t, err)
	return rev
}

func (w *world) read(path string) string {
	w.t.Helper()
	text, err := w.repo.Read(path)
	must(w.t, err)
	return text
}

func (w *world) tree() map[string]string {
	w.t.Helper()
	tree, err := w.repo.Tree()
	must(w.t, err)
	return tree
}

func (w *world) head() string {
	w.t.Helper()
	head, err := w.repo.Head()
	must(w.t, err)
	return head
}

// problem checks that an error is the problem of that kind, tells a person
// what to do, and keeps the secret.
func problem(t *testing.T, err error, want git.Kind) *git.Problem {
	t.Helper()
	var p *git.Problem
	if !errors.As(err, &p) || p == nil {
		t.Fatalf("got %v, want a problem %q", err, want)
	}
	if p.Kind != want {
		t.Fatalf("got %q, want %q: %v", p.Kind, want, p)
	}
	if strings.Contains(p.Error(), secret) || strings.Contains(p.Said, secret) {
		t.Errorf("the secret is in %q", p)
	}
	if !strings.Contains(p.Error(), place) {
		t.Errorf("%q does not say whose wiki it is", p)
	}
	var notYet *incident.NotYet
	passes := p.Kind == git.Unreachable || p.Kind == git.Contended
	if errors.As(err, &notYet) != passes {
		t.Errorf("%q: says when to come back: %v, want %v", p.Kind, !passes, passes)
	}
	return p
}

// readProblem is the problem that Get meets.
func (w *world) readProblem(want git.Kind) *git.Problem {
	w.t.Helper()
	s := w.get("Incidents")
	if s.Problem == nil {
		w.t.Fatalf("no problem, want %q", want)
	}
	if len(s.Pages) != 0 {
		w.t.Error("there are pages beside the problem")
	}
	return problem(w.t, s.Problem, want)
}

// writeProblem is the problem that Update meets; it must leave the remote as it is.
func (w *world) writeProblem(want git.Kind) *git.Problem {
	w.t.Helper()
	before, _ := w.repo.Head()
	_, err := w.wiki.Update(w.t.Context(), place, "Update", put("Incidents", "ours"))
	if after, _ := w.repo.Head(); after != before {
		w.t.Error("the wiki changed")
	}
	return problem(w.t, err, want)
}
