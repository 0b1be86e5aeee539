package app

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/dial"
)

// checked runs the command on a configuration and demands what it says.
func checked(t *testing.T, file string, code int, parts ...string) (said string) {
	t.Helper()
	got, out, errs := invoke("check", "--config", file)
	if got != code {
		t.Errorf("exit code %d, want %d: %s%s", got, code, out, errs)
	}
	expect(t, out, parts...)
	return out
}

func onEditions(t *testing.T, f func(t *testing.T, e sandbox.Edition)) {
	for name, e := range map[string]sandbox.Edition{"Cloud": sandbox.Cloud, "Data Center": sandbox.DataCenter} {
		t.Run(name, func(t *testing.T) { f(t, e) })
	}
}

// ways shows the workflow of OPS from both ends.
func ways(t *testing.T, s *sandbox.Server) {
	t.Helper()
	for _, closed := range []bool{true, false} {
		key, err := s.As("alice").OpenIssue("OPS", "A typo", "")
		if err == nil && closed {
			err = s.As("alice").Close(key, "Done")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckOfAJiraWithNothingToMend(t *testing.T) {
	onEditions(t, func(t *testing.T, e sandbox.Edition) {
		s, section := jiraTown(t, e)
		ways(t, s)
		s.AddAdmin("hereby")
		s.AddHook(sandbox.Hook{URL: "https://hereby.acme.example/webhooks/jira", Secret: hookSecret})
		said := checked(t, jiraFile(t, section+"public_url: https://hereby.acme.example\n"), exitOK, "runs on Jira", "as Hereby", "0 incidents open", "Nothing to mend.")
		if strings.Contains(said, "was not looked at") {
			t.Errorf("said %s", said)
		}
		for route, n := range s.Requests() {
			if !strings.HasPrefix(route, "GET ") && !strings.Contains(route, "/search") && route != "other" { // other: what this release has elsewhere
				t.Errorf("check asked for %s %d times", route, n)
			}
		}
	})
}

func TestCheckOfAJiraWithMuchToMend(t *testing.T) {
	onEditions(t, func(t *testing.T, e sandbox.Edition) {
		s, section := jiraTown(t, e)
		ways(t, s)
		s.AddAdmin("hereby")
		s.Revoke("OPS", "hereby", sandbox.TransitionIssues, sandbox.EditAllComments)
		s.SetResolutions("Erledigt")
		section = strings.Replace(section, "["+`"`+hookSecret+`"`+"]", "[hunter2]", 1) + "public_url: https://hereby.acme.example\n"
		said := checked(t, jiraFile(t, section), exitActions,
			"! jira.webhook_secrets[0] has 7 characters",
			"! our account lacks the permission Transition Issues in OPS",
			"! our account lacks the permission Edit All Comments in OPS",
			"! none of jira.wontfix is a resolution",
			"! no webhook of Jira points to https://hereby.acme.example/webhooks/jira\n", "things to mend.")
		if strings.Contains(said, "hunter2") {
			t.Errorf("the secret is said: %s", said)
		}
	})
}

func TestCheckOfAJiraThatDoesNotAnswer(t *testing.T) {
	s, section := jiraTown(t, sandbox.Cloud)
	s.RevokeToken(strings.Fields(section[strings.Index(section, "token:"):])[1])
	checked(t, jiraFile(t, section), exitError, "jira.token", "Not everything could be looked at.")
}

// A git wiki that cannot be read is a finding, once for all projects.
func TestCheckOfJirasWiki(t *testing.T) {
	_, section := jiraTown(t, sandbox.DataCenter)
	section = strings.Replace(section, "{enabled: false}", "{url: "+nowhere+"/ops.wiki.git}", 1)
	if said := checked(t, jiraFile(t, section), exitActions, "! the post-mortems of OPS cannot be kept\n"); strings.Count(said, "post-mortems of") != 1 {
		t.Errorf("said %s", said)
	}
}

// Incidents of Jira are told from GitHub's: where they are served, and whose
// mail addresses are known.
func TestCheckKnowsJirasIncidents(t *testing.T) {
	s, section := jiraTown(t, sandbox.Cloud)
	ways(t, s)
	alice, bob := s.AccountID("alice"), s.AccountID("bob")
	file := jiraFile(t, section+"people: {alice: {jira: '"+alice+"', mail: alice@acme.example}}\nmail: {smtp: 'smtp://127.0.0.1:1', from: hereby@acme.example}\n")
	remember(t, "bolt:"+filepath.Join(filepath.Dir(file), "hereby.db"),
		incident.Record{Key: "jira:OPS-7", Tenures: []incident.Tenure{{Role: "command", Who: incident.PersonOf(alice)}, {Role: "operations", Who: incident.PersonOf(bob)}}},
		incident.Record{Key: "jira:OLD-3"},
	)
	said := checked(t, file, exitActions,
		"! OLD-3 (Checkout fails) is an open incident of a project that is no longer served",
		"Add OLD to jira.projects until it is closed", "1 incident open",
		"no mail address is known of @"+bob+" (with roles in open incidents)",
		`Add it under people, as in HANDLE: {jira: "`+bob+`", mail: …}`)
	if strings.Contains(said, "known of @"+alice) {
		t.Errorf("alice's address is known: %s", said)
	}
}

// remember writes incidents into a store.
func remember(t *testing.T, dsn string, records ...incident.Record) {
	t.Helper()
	s, err := dial.Open(t.Context(), dsn, dial.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, r := range records {
		write(t, s, r)
	}
}

func write(t *testing.T, s store.Store, record incident.Record) {
	t.Helper()
	if err := s.Touch(t.Context(), time.Time{}, record.Key); err != nil {
		t.Fatal(err)
	}
	lease, _, ok, err := s.Lease(t.Context(), time.Minute)
	if err != nil || !ok || lease.Key != record.Key {
		t.Fatalf("lease %v, %v, %v", lease, ok, err)
	}
	record.ID, record.Declared = string(record.Key.Ref()), incident.Declared{By: "alice", At: three, Via: "label"}
	record.Last.Head.Title = "Checkout fails"
	entries := ledger.Chain(incident.Record{}, []ledger.Entry{{Kind: ledger.Declared, At: three, Declared: &record.Declared}}, three)
	record.Seq, record.Head = entries[0].Seq, entries[0].Hash
	if err := s.Append(t.Context(), lease, entries, record); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(t.Context(), lease, time.Time{}, true); err != nil {
		t.Fatal(err)
	}
}
