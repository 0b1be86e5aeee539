package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// town is a GitHub with the private repository acme/shop, its people alice
// and bob, and an account for machines, whose token it returns too.
func town(t *testing.T) (s *sandbox.Server, api, token string) {
	t.Helper()
	s = sandbox.New(sandbox.Options{Wrap: contract.GitHub(t)})
	web := httptest.NewServer(s.Handler())
	s.SetURL(web.URL)
	t.Cleanup(func() { web.Close(); s.Close() })
	s.AddOrg("acme", "alice", "bob", "hereby-machine")
	s.AddRepo("acme/shop", sandbox.Private)
	for _, who := range []string{"alice", "bob", "hereby-machine"} {
		s.SetRole("acme/shop", who, sandbox.Admin)
	}
	return s, web.URL + "/api/v3", s.Token("hereby-machine", "repo", "read:org", "admin:repo_hook")
}

// inTown writes a configuration for a town.
func inTown(t *testing.T, api, token string, more ...string) string {
	t.Helper()
	file := configuration(t, api, more...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "the-github-token", token)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func declare(t *testing.T, s *sandbox.Server) int {
	t.Helper()
	n, err := s.As("alice").OpenIssue("acme/shop", "Checkout fails", "Nobody can pay.", "incident")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// writes counts the requests that were not mere reading.
func writes(s *sandbox.Server) (n int) {
	for route, times := range s.Requests() {
		if !strings.HasPrefix(route, "GET ") {
			n += times
		}
	}
	return n
}

func TestADeclarationGetsItsBoardAndItsPage(t *testing.T) {
	s, api, token := town(t)
	heard := make(chan string, 100)
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var message struct{ Event string }
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Error(err)
		}
		heard <- message.Event
	}))
	t.Cleanup(chat.Close)
	file := inTown(t, api, token, "notify: {webhooks: [{url: '"+chat.URL+"', secret: chat-secret}]}")
	p := start(t, "serve", "--config", file)
	s.AddHook("acme/shop", p.url+"/webhooks/github", hookSecret)
	begun := time.Now()
	eventually(t, "a new second: the tracker's times have no smaller part, and an incident older than the store waits", func() bool {
		return time.Now().Truncate(time.Second).After(begun)
	})
	n := declare(t, s)
	eventually(t, "the board", func() bool {
		return slices.ContainsFunc(s.Comments("acme/shop", n), func(c sandbox.Comment) bool {
			return strings.Contains(c.Body, "I hereby declare this an incident")
		})
	})
	if event := <-heard; event != "declared" {
		t.Errorf("the chat heard %q first", event)
	}
	var list incidentsPage
	eventually(t, "the page", func() bool {
		status, body := p.get("/incidents", "the-admin-token")
		return status == http.StatusOK && json.Unmarshal([]byte(body), &list) == nil && len(list.Incidents) == 1
	})
	status, body := p.get(list.Incidents[0].Page, "the-admin-token")
	var got view
	if err := json.Unmarshal([]byte(body), &got); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	if got.Key != "github:acme/shop#1" || got.Title != "Checkout fails" || got.Declared.By != "alice" || len(got.Plan.Why) == 0 || got.Ledger.Entries == 0 {
		t.Errorf("the page shows %s", body)
	}
	if _, metrics := p.get("/metrics", ""); !strings.Contains(metrics, "hereby_declaration_to_board_seconds_count 1") || !strings.Contains(metrics, `hereby_actions_total{kind="say",outcome="applied"}`) {
		t.Error("the metrics know nothing of the board")
	}
	if err := s.As("bob").Close("acme/shop", n, "completed"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the reopening, and its count", func() bool {
		_, metrics := p.get("/metrics", "")
		return s.Issue("acme/shop", n).State == "open" && strings.Contains(metrics, "hereby_reopenings_total 1") &&
			strings.Contains(metrics, `hereby_api_rate_remaining{account="`) && strings.Contains(metrics, `hereby_passes_total{kind="incident",outcome="ok"}`)
	})
	t.Run("plan through the service", func(t *testing.T) {
		code, out, said := invoke("plan", "--config", file, "--listen", strings.TrimPrefix(p.url, "http://"), "acme/shop#1")
		if code == exitError || !strings.Contains(out, "because ") {
			t.Errorf("exit code %d, said %q %q", code, out, said)
		}
	})
	p.signal(syscall.SIGTERM)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for _, secret := range []string{token, "chat-secret", hookSecret} {
		if strings.Contains(p.log(), secret) {
			t.Errorf("the log shows %q", secret)
		}
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	s, api, token := town(t)
	declare(t, s)
	file := inTown(t, api, token)
	p := start(t, "serve", "--dry-run", "--config", file)
	p.see(`would do.*say say/board`)
	if n := writes(s); n != 0 {
		t.Errorf("a dry run wrote %d times: %v", n, s.Requests())
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "hereby.db")); err == nil {
		t.Error("a dry run touched the configured store")
	}
	p.signal(syscall.SIGTERM)
	if code := p.ends(); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

func TestPlanShowsAndLeavesNoTrace(t *testing.T) {
	s, api, token := town(t)
	declare(t, s)
	file := inTown(t, api, token)
	code, out, said := invoke("plan", "--config", file, "github:acme/shop#1")
	if code != exitActions || !strings.Contains(out, "say say/board") || !strings.Contains(out, "I hereby declare this an incident") {
		t.Errorf("exit code %d, said %q %q", code, out, said)
	}
	if n := writes(s); n != 0 {
		t.Errorf("plan wrote %d times: %v", n, s.Requests())
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), "hereby.db")); err == nil {
		t.Error("plan created the configured store")
	}
	if _, err := s.As("alice").OpenIssue("acme/shop", "A typo", "Nothing more."); err != nil {
		t.Fatal(err)
	}
	if code, out, said := invoke("plan", "acme/shop#2", "--config", file); code != exitOK || !strings.Contains(out, "nothing to do") {
		t.Errorf("an issue that is no incident: exit code %d, said %q %q", code, out, said)
	}
	if code, _, said := invoke("plan", "--config", file, "acme/other#2"); code != exitError || !strings.Contains(said, "acme/other") {
		t.Errorf("a repository that is not served: exit code %d, said %q", code, said)
	}
}

func TestCheckInTown(t *testing.T) {
	s, api, token := town(t)
	s.AddHook("acme/shop", "https://hereby.acme.example/webhooks/github", hookSecret, "issues", "issue_comment", "sub_issues", "issue_dependencies", "gollum")
	file := inTown(t, api, token, "public_url: https://hereby.acme.example")
	code, out, said := invoke("check", "--config", file)
	if code != exitActions || strings.Count(out, "\n! ") != 2 || !strings.Contains(out, "! the post-mortems of acme/shop cannot be kept\n") || !strings.Contains(out, "@hereby-machine's: GitHub will not notify") || !strings.Contains(out, `no label "incident"`) {
		t.Errorf("exit code %d, said\n%s%s", code, out, said)
	}
	if n := writes(s); n != 0 {
		t.Errorf("check wrote %d times: %v", n, s.Requests())
	}
}

// What keeps GitHub from answering is told apart, each with its remedy.
func TestCheckSaysWhatKeepsGitHubAway(t *testing.T) {
	_, api, token := town(t)
	for name, c := range map[string]struct {
		api, token string
		says       []string
	}{
		"a wrong token":        {api, "ghp_wrong", []string{"does not accept our credentials", "401 Bad credentials\n", "Look at github.token"}},
		"not where the API is": {strings.TrimSuffix(api, "/api/v3"), token, []string{": 404\n", "github.url", "https://HOST/api/v3"}},
		"nobody there":         {nowhere, token, []string{"connection refused\n", "Look at github.url, " + nowhere, "firewall"}},
	} {
		code, out, said := invoke("check", "--config", inTown(t, c.api, c.token))
		if code != exitError || strings.Contains(out, "not before") {
			t.Errorf("%s: exit code %d, said\n%s%s", name, code, out, said)
		}
		for _, want := range append(c.says, "Not everything could be looked at.") {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not said:\n%s", name, want, out)
			}
		}
	}
}
