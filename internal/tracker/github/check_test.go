package github

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

func TestPlaces(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.AddRepo("other/open", sandbox.Public)
	l.AddRepo("other/noissues", sandbox.NoIssues)
	l.AddRepo("other/old", sandbox.Archived)
	for _, r := range []string{"other/noissues", "other/old"} {
		l.SetRole(r, "hereby", sandbox.Read)
	}
	l.opt.Repos = []string{"acme/shop", "ACME/Shop", "acme/secret", "other/*"}
	l.restart()
	places, err := l.Places(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]Place{}
	for _, p := range places {
		got[p.Repo] = p
	}
	if len(places) != 6 || len(got) != 6 {
		t.Errorf("%+v", places)
	}
	for repo, check := range map[string]func(Place) bool{
		shop:             func(p Place) bool { return p.Served() && p.Permission == "push" },
		"acme/secret":    func(p Place) bool { return p.Err != nil && !p.Served() },
		"other/place":    func(p Place) bool { return p.Served() },
		"other/open":     func(p Place) bool { return p.Public && p.Forbidden && !p.Served() },
		"other/noissues": func(p Place) bool { return !p.HasIssues && !p.Served() && p.Permission == "pull" },
		"other/old":      func(p Place) bool { return p.Archived && !p.Served() },
	} {
		if !check(got[repo]) {
			t.Errorf("%s: %+v", repo, got[repo])
		}
	}
	if repos, err := l.Repos(t.Context()); err != nil || !slices.Equal(repos, []string{shop, "other/place"}) {
		t.Errorf("%v %v", repos, err)
	}
	// A person's own repositories, private ones included.
	l.AddRepo("hereby/mine")
	l.opt.Repos = []string{"hereby/*"}
	l.restart()
	if repos, err := l.Repos(t.Context()); err != nil || !slices.Equal(repos, []string{"hereby/mine"}) {
		t.Errorf("%v %v", repos, err)
	}
	login, isApp, scopes, err := l.WhoAmI(t.Context())
	if login != "hereby" || isApp || !strings.Contains(scopes, "repo") || err != nil {
		t.Errorf("%s %v %q %v", login, isApp, scopes, err)
	}
}

func TestHooks(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	if _, err := l.Hooks(t.Context(), shop); err == nil || !strings.Contains(err.Error(), "admin:repo_hook") {
		t.Errorf("without the right to read them: %v", err)
	}
	l.SetRole(shop, "hereby", sandbox.Admin)
	l.opt.Token = Static(l.Token("hereby", "repo", "admin:repo_hook"))
	l.restart()
	down := httptest.NewServer(http.NotFoundHandler())
	defer down.Close()
	l.AddHook(shop, down.URL, "s3cret", "issues", "issue_comment")
	l.open("x", "")
	l.Flush()
	hooks, err := l.Hooks(t.Context(), shop)
	if err != nil || len(hooks) != 1 {
		t.Fatalf("%+v %v", hooks, err)
	}
	h := hooks[0]
	if h.URL != down.URL || !h.Active || !h.JSON || !h.Secret || !slices.Equal(h.Events, []string{"issues", "issue_comment"}) {
		t.Errorf("%+v", h)
	}
	if len(h.Failed) == 0 || h.Failed[0].Event != "issues" || h.Failed[0].At.IsZero() || h.Failed[0].Status == "" {
		t.Errorf("failed deliveries: %+v", h.Failed)
	}
}

// What the settings of a webhook say besides; of an App, what it subscribed to.
func TestHooksSettings(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.SetRole(shop, "hereby", sandbox.Admin)
	l.opt.Token = Static(l.Token("hereby", "repo", "admin:repo_hook"))
	l.restart()
	a := must(l.Tracker.account(t.Context(), shop))
	for _, config := range []map[string]any{
		{"url": "https://one.example", "content_type": "json", "secret": "s", "insecure_ssl": "1"},
		{"url": "https://two.example", "insecure_ssl": 0},
	} {
		if _, err := a.send(t.Context(), http.MethodPost, "repos/"+shop+"/hooks", map[string]any{"config": config, "active": false}, nil); err != nil {
			t.Fatal(err)
		}
	}
	hooks, err := l.Hooks(t.Context(), shop)
	if err != nil || len(hooks) != 2 {
		t.Fatalf("%+v %v", hooks, err)
	}
	if h := hooks[0]; !h.Blind || !h.JSON || !h.Secret || h.Active {
		t.Errorf("%+v", h)
	}
	if h := hooks[1]; h.Blind || h.JSON || h.Secret || h.Last != "" {
		t.Errorf("%+v", h)
	}
}

func TestLastDelivery(t *testing.T) {
	for want, r := range map[string]map[string]any{
		"502 Bad Gateway": {"code": 502.0, "message": "Bad Gateway"},
		"0":               {"code": 0.0},
		"":                {"code": 202.0, "message": "OK"},
	} {
		if got := lastOfHook(r); got != want {
			t.Errorf("%v: %q, want %q", r, got, want)
		}
	}
	if got := lastOfHook(map[string]any{"code": nil, "status": "unused"}); got != "" {
		t.Errorf("never used: %q", got)
	}
}

func TestOldIncidents(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	for range 120 {
		l.open("old", "", "incident")
	}
	must(l.As("alice").OpenPR(shop, "fix", ""))
	ours := l.open("ours", "", "incident", "hereby")
	l.ok(l.As("hereby").Label(shop, number(ours), "hereby-"+l.see(ours).ID))
	closed := l.open("closed", "", "incident")
	l.ok(l.As("alice").Close(shop, number(closed), ""))
	l.clock.Advance(48 * time.Hour)
	l.open("new", "", "incident")
	l.requests()
	old, err := l.OldIncidents(t.Context(), shop, "incident", l.clock.Now().Add(-24*time.Hour))
	if err != nil || len(old) != 120 {
		t.Errorf("%d %v", len(old), err)
	}
	if _, writes := l.requests(); writes != 0 {
		t.Errorf("%d writes", writes)
	}
}

func TestSubIssues(t *testing.T) {
	for name, opt := range map[string]sandbox.Options{"github.com": {}, "Enterprise": {GHES: true}} {
		l := newLab(t, opt)
		if can, known, err := l.SubIssues(t.Context(), shop); can || known || err != nil {
			t.Errorf("%s, no issue yet: %v %v %v", name, can, known, err)
		}
		l.open("x", "")
		if can, known, err := l.SubIssues(t.Context(), shop); can == opt.GHES || !known || err != nil {
			t.Errorf("%s: %v %v %v", name, can, known, err)
		}
	}
}

func TestIssuesSwitchedOff(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	web := ref("acme/web", must(l.As("alice").OpenIssue("acme/web", "t", "")))
	l.see(head)
	l.ChangeRepo("acme/web", sandbox.NoIssues)
	s := l.see(head, func(look *incident.Look) { look.Tickets = []incident.Ref{web} })
	if got := ticket(t, s.Foreign, web); got.Gone || !got.Unreadable || got.State != incident.Open {
		t.Errorf("a ticket whose repository has no issues: %+v", got)
	}
	l.ChangeRepo(shop, sandbox.NoIssues)
	if s, err := l.look(head); err == nil || !strings.Contains(err.Error(), "disabled") {
		t.Errorf("a head whose repository has no issues: gone %v, %v", s.Gone, err)
	}
}
