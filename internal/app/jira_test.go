package app

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// jiraTown is a Jira with the project OPS, its people alice and bob, and an
// account of our own; and the section of a configuration that serves it.
func jiraTown(t *testing.T, edition sandbox.Edition) (s *sandbox.Server, section string) {
	t.Helper()
	opt := sandbox.Options{Edition: edition}
	if edition == sandbox.Cloud {
		opt.Wrap = contract.Jira(t)
	}
	s = sandbox.New(opt)
	web := httptest.NewServer(s.Handler())
	s.SetURL(web.URL)
	t.Cleanup(func() { web.Close(); s.Close() })
	s.AddUser("alice", "bob", "hereby")
	s.AddProject("OPS")
	s.SetRole("OPS", sandbox.Developers, "alice", "bob")
	s.SetRole("OPS", sandbox.Administrators, "hereby")
	section = fmt.Sprintf("jira:\n  url: %s\n  token: %s\n  webhook_secrets: [%q]\n  projects: [OPS]\n  trusted: {roles: [Developers]}\n  wiki: {enabled: false}\n", web.URL, s.Token("hereby"), hookSecret)
	if edition == sandbox.Cloud {
		return s, section + "  user: " + s.Email("hereby") + "\n"
	}
	return s, section + "  edition: datacenter\n"
}

// jiraFile writes a configuration with no tracker but Jira.
func jiraFile(t *testing.T, section string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "hereby.yaml")
	text := "listen: 127.0.0.1:0\nadmin_token: the-admin-token\nstore: bolt:" + filepath.Join(dir, "hereby.db") + "\n" + section
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An incident on Jira, by the real program: declared in a comment, it gets its
// board, its epic and the tickets of command; closed too early, it is opened
// again.
func TestAnIncidentOnJira(t *testing.T) {
	for name, edition := range map[string]sandbox.Edition{"Cloud": sandbox.Cloud, "Data Center": sandbox.DataCenter} {
		t.Run(name, func(t *testing.T) {
			s, section := jiraTown(t, edition)
			p := start(t, "serve", "--config", jiraFile(t, section))
			s.AddHook(sandbox.Hook{URL: p.url + "/webhooks/jira", Secret: hookSecret})
			time.Sleep(1100 * time.Millisecond)
			key, err := s.As("alice").OpenIssue("OPS", "Checkout fails", "Nobody can pay.")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.As("alice").Comment(key, "I hereby declare this an incident."); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the board", func() bool { return said(s, key, "I hereby declare this an incident", "hereby ops") })
			eventually(t, "the epic over the head", func() bool { return s.Issue(key).Parent != nil })
			if _, err := s.As("bob").Comment(key, "hereby ops"); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the ticket of operations", func() bool {
				for _, i := range s.Issues() {
					if i.Parent == key && strings.HasPrefix(i.Title, "Operations A") && slices.Equal(i.Assignees, []string{"bob"}) {
						return true
					}
				}
				return false
			})
			if err := s.As("bob").Close(key, "Done"); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the reopening, and its reason", func() bool {
				return s.Issue(key).State == "open" && said(s, key, "closed this incident")
			})
		})
	}
}

func said(s *sandbox.Server, key string, parts ...string) bool {
	for _, c := range s.Comments(key) {
		all := c.Author == "hereby"
		for _, p := range parts {
			all = all && strings.Contains(c.Body, p)
		}
		if all {
			return true
		}
	}
	return false
}
