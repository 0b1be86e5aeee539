package app

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store/dial"
	"github.com/hereby/hereby/internal/tracker/github"
)

var update = flag.Bool("update", false, "rewrite golden files")

// fakeGitHub is an account, its repositories, and what is wrong with them.
type fakeGitHub struct {
	login, scopes string
	app           bool
	unknown       error
	places        []github.Place
	unlisted      error
	hooks         map[string][]github.Hook
	hookErr       map[string]error
	labels        map[string]bool
	old           map[string]int
	sub           bool
	wikis         map[string]string // what is wrong with them, by repository
	asked         []string
}

func (f *fakeGitHub) WhoAmI(context.Context) (string, bool, string, error) {
	return f.login, f.app, f.scopes, f.unknown
}
func (f *fakeGitHub) Places(context.Context) ([]github.Place, error) { return f.places, f.unlisted }
func (f *fakeGitHub) Hooks(_ context.Context, repo string) ([]github.Hook, error) {
	f.asked = append(f.asked, repo)
	return f.hooks[repo], f.hookErr[repo]
}
func (f *fakeGitHub) HasLabel(_ context.Context, repo, _ string) (bool, error) {
	return f.labels[repo], nil
}
func (f *fakeGitHub) OldIncidents(_ context.Context, repo, _ string, before time.Time) ([]incident.Ref, error) {
	if !before.Equal(three.Add(-24 * time.Hour)) {
		return nil, fmt.Errorf("asked for issues before %s", before)
	}
	var refs []incident.Ref
	for n := range f.old[repo] {
		refs = append(refs, incident.PathRef(repo, fmt.Sprint(n+1)))
	}
	return refs, nil
}
func (f *fakeGitHub) SubIssues(context.Context, string) (bool, bool, error) { return f.sub, true, nil }

// Read is how a wiki answers.
func (f *fakeGitHub) Read(_ context.Context, place string, _ []string) (incident.Shelf, error) {
	return incident.Shelf{Place: place, Problem: f.wikis[place]}, nil
}

func inspect(f *fakeGitHub, public bool) (complete bool, findings int, said string) {
	var out bytes.Buffer
	c := &githubCheck{
		report:  &report{out: &out, redact: func(s string) string { return s }},
		tracker: f, wiki: f, clock: func() time.Time { return three },
		config: &config.Config{
			PublicURL: "https://hereby.acme.example/",
			GitHub:    &config.GitHub{URL: "https://api.github.com", Public: public, WebhookSecrets: []string{"s"}, Repos: []string{"acme/*", "acme/docs", "acme/attic", "acme/mirror"}},
			People:    map[string]config.Person{"Alice": {}},
			Policy:    config.Policy{Label: "incident", Adopt: 24 * time.Hour, SweepEvery: 15 * time.Minute},
		},
	}
	complete = c.run(context.Background())
	return complete, c.findings, out.String()
}

// healthy is a hook as it should be.
func healthy() github.Hook {
	return github.Hook{URL: "https://hereby.acme.example/webhooks/github", Active: true, JSON: true, Secret: true, Events: []string{"*"}}
}

func TestNothingToMend(t *testing.T) {
	complete, findings, said := inspect(&fakeGitHub{
		login: "hereby[bot]", app: true, sub: true,
		places: []github.Place{{Repo: "acme/shop", HasIssues: true}, {Repo: "acme/till", HasIssues: true}},
		hooks:  map[string][]github.Hook{"acme/shop": {healthy()}},
		labels: map[string]bool{"acme/shop": true, "acme/till": true},
	}, false)
	if !complete || findings != 0 || !strings.Contains(said, "runs as the App @hereby[bot]") {
		t.Errorf("complete %v, %d findings:\n%s", complete, findings, said)
	}
}

// An account that the configuration does not know as somebody's may be one for
// machines alone, as the README advises: that is no finding.
func TestAnAccountForMachines(t *testing.T) {
	_, findings, said := inspect(&fakeGitHub{
		login: "hereby-bot", sub: true, places: []github.Place{{Repo: "acme/shop", HasIssues: true}},
		hooks: map[string][]github.Hook{"acme/shop": {healthy()}}, labels: map[string]bool{"acme/shop": true},
	}, false)
	if findings != 0 || !strings.Contains(said, "@hereby-bot's: GitHub will not notify @hereby-bot") {
		t.Errorf("%d findings:\n%s", findings, said)
	}
	c := githubCheck{config: &config.Config{Owners: map[string]string{"acme/shop": "@olga"}, Policy: config.Policy{Call: []string{"@Alice"}}}}
	if !c.person("Olga") || !c.person("alice") || c.person("hereby-bot") {
		t.Error("whom the configuration names is not known")
	}
}

func TestEveryFinding(t *testing.T) {
	wrong := healthy()
	wrong.Active, wrong.JSON, wrong.Secret, wrong.Events = false, false, false, []string{"issues"}
	wrong.Blind, wrong.Last = true, "502 Bad Gateway"
	wrong.Failed = []github.Fail{{At: three, Event: "issues", Status: "Invalid HTTP Response: 401"}}
	elsewhere := healthy()
	elsewhere.URL = "https://other.acme.example/webhooks/github"
	complete, findings, said := inspect(&fakeGitHub{
		login: "alice", scopes: "public_repo, gist",
		places: []github.Place{
			{Repo: "acme/shop", HasIssues: true, Permission: "triage"},
			{Repo: "acme/till", HasIssues: true, Permission: "pull"},
			{Repo: "acme/docs", HasIssues: true, Public: true, Forbidden: true},
			{Repo: "acme/attic", HasIssues: true, Archived: true},
			{Repo: "acme/mirror"},
			{Repo: "acme/found", HasIssues: true, Archived: true},
			{Repo: "acme/typo", Err: errors.New("repository acme/typo: 404 Not Found")},
			{Repo: "acme/secret", HasIssues: true, Permission: "push"},
		},
		unlisted: errors.New("repositories of acme: 403 Forbidden"),
		hooks:    map[string][]github.Hook{"acme/shop": {elsewhere, wrong}, "acme/till": {elsewhere}},
		hookErr:  map[string]error{"acme/secret": errors.New("the webhooks of acme/secret cannot be read: that needs admin:repo_hook")},
		labels:   map[string]bool{"acme/till": true, "acme/secret": true},
		old:      map[string]int{"acme/till": 7},
		wikis:    map[string]string{"acme/till": "the wiki of acme/till has no first page."},
	}, false)
	got := fmt.Sprintf("complete: %v, findings: %d\n%s", complete, findings, said)
	const golden = "testdata/check.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("said:\n%s\nexpected:\n%s", got, want)
	}
}

func TestAPublicTokenSufficesForPublicRepositories(t *testing.T) {
	f := &fakeGitHub{login: "bot", scopes: "public_repo read:org", sub: true}
	if _, _, said := inspect(f, true); strings.Contains(said, "scope repo") || strings.Contains(said, "read:org") {
		t.Errorf("said %s", said)
	}
}

func TestAnAppsWebhookIsLookedAtOnce(t *testing.T) {
	f := &fakeGitHub{login: "hereby[bot]", app: true, sub: true, places: []github.Place{{Repo: "acme/shop", HasIssues: true}, {Repo: "acme/till", HasIssues: true}}}
	if _, _, said := inspect(f, false); len(f.asked) != 1 || !strings.Contains(said, "no webhook of the App points to https://hereby.acme.example/webhooks/github") {
		t.Errorf("asked for %v, said %s", f.asked, said)
	}
}

func TestGitHubThatDoesNotAnswerIsAnError(t *testing.T) {
	if complete, findings, said := inspect(&fakeGitHub{unknown: errors.New("401 Bad credentials")}, false); complete || findings != 1 || !strings.Contains(said, "401") {
		t.Errorf("complete %v, %d findings: %s", complete, findings, said)
	}
}

func TestShortSecretsAreFound(t *testing.T) {
	file := filepath.Join(t.TempDir(), "hereby.yaml")
	text := "store: bolt:" + filepath.Join(t.TempDir(), "hereby.db") + "\nadmin_token: sesame\ngithub:\n  url: " + nowhere + "\n  token: ghp-of-the-machine\n  repos: [acme/shop]\n  webhook_secrets: [" + hookSecret + ", hunter2]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, _ := invoke("check", "--config", file)
	for _, want := range []string{"! admin_token has 6 characters", "! github.webhook_secrets[1] has 7 characters", "openssl rand -hex 32"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
	if strings.Contains(out, "webhook_secrets[0]") || strings.Contains(out, "sesame") || strings.Contains(out, "hunter2") {
		t.Errorf("said too much:\n%s", out)
	}
}

func TestOpenIncidentsThatNobodyServes(t *testing.T) {
	dsn := "bolt:" + filepath.Join(t.TempDir(), "hereby.db")
	s, err := dial.Open(t.Context(), dsn, dial.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []incident.Key{"github:acme/shop#1", "github:acme/old#2", "github:acme/old#3"} {
		if err := s.Touch(t.Context(), time.Time{}, key); err != nil {
			t.Fatal(err)
		}
		lease, _, ok, err := s.Lease(t.Context(), time.Minute)
		if err != nil || !ok || lease.Key != key {
			t.Fatalf("lease %v, %v, %v", lease, ok, err)
		}
		record := incident.Record{ID: string(key.Ref()), Key: key, Declared: incident.Declared{By: "alice", At: three, Via: "label"},
			Last: incident.Snapshot{URL: "https://github.com/" + key.Place(), Head: incident.Ticket{Title: "Checkout fails"}}}
		if key == "github:acme/old#3" {
			record.Sealed, record.Ending = three, "closed"
		}
		entries := ledger.Chain(incident.Record{}, []ledger.Entry{{Kind: ledger.Declared, At: three, Declared: &record.Declared}}, three)
		record.Seq, record.Head = entries[0].Seq, entries[0].Hash
		if err := s.Append(t.Context(), lease, entries, record); err != nil {
			t.Fatal(err)
		}
		if err := s.Release(t.Context(), lease, time.Time{}, true); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	r := &report{out: &out, redact: func(s string) string { return s }}
	ok := r.store(t.Context(), options{}, &config.Config{Store: dsn, GitHub: &config.GitHub{Repos: []string{"acme/shop"}}})
	if !ok || r.findings != 1 || !strings.Contains(out.String(), "! acme/old#2 (Checkout fails) is an open incident of a repository that is no longer served") || !strings.Contains(out.String(), "1 incident open") {
		t.Errorf("%v, %d findings:\n%s", ok, r.findings, out.String())
	}
}
