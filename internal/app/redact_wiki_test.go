package app

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
)

// A secret that was pasted in comments, copied onto the page, deleted and then
// redacted stands nowhere any more: neither on the page, nor beside it, in
// tickets, comments, ledger and log. Only the wiki's history keeps it, and the
// command says so (design, section 11).
func TestASecretIsRedactedEverywhere(t *testing.T) {
	host := gitWikis(t)
	repo, err := host.Create("wiki.git", "master")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Commit(wikihost.Author{Name: "Alice", Mail: "alice@acme.example", At: time.Now()}, "Begin", wikihost.Change{Path: "Home.md", Text: "Welcome\n"}); err != nil {
		t.Fatal(err)
	}
	git := httptest.NewServer(host)
	t.Cleanup(git.Close)

	s, api, token := town(t)
	file := inTown(t, api, token, "  wiki: {url: '"+git.URL+"/wiki.git'}")
	p := start(t, "serve", "--config", file)
	s.AddHook("acme/shop", p.url+"/webhooks/github", hookSecret)
	begun := time.Now()
	eventually(t, "a new second: an incident older than the store waits", func() bool {
		return time.Now().Truncate(time.Second).After(begun)
	})
	n := declare(t, s)
	says := func(text string) func() bool {
		return func() bool {
			return slices.ContainsFunc(s.Comments("acme/shop", n), func(c sandbox.Comment) bool { return strings.Contains(c.Body, text) })
		}
	}
	eventually(t, "the board", says("I hereby declare this an incident"))
	comment := func(who, text string) {
		if _, err := s.As(who).Comment("acme/shop", n, text); err != nil {
			t.Fatal(err)
		}
	}
	comment("bob", "/note the password is "+pastedSecret)
	comment("bob", "/followup Rotate "+pastedSecret)
	eventually(t, "the follow-up", func() bool { return strings.Contains(string(s.World()), `"title": "Rotate `+pastedSecret) })
	comment("alice", "/restored")
	tree := func() map[string]string {
		all, err := repo.Tree()
		if err != nil {
			t.Fatal(err)
		}
		for path := range all {
			if all[path], err = repo.Read(path); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
	holds := func() (where []string) {
		for name, text := range tree() {
			if strings.Contains(text, pastedSecret) {
				where = append(where, name)
			}
		}
		for line := range strings.Lines(string(s.World())) {
			if strings.Contains(line, pastedSecret) {
				where = append(where, line)
			}
		}
		return where
	}
	const page = "Postmortem-acme-shop-1.md"
	eventually(t, "the page with the secret", func() bool { return strings.Contains(tree()[page], pastedSecret) })
	for _, c := range s.Comments("acme/shop", n) {
		if c.Author == "bob" {
			if err := s.As("bob").DeleteComment(c.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	ledger := func(verb string, more ...string) string {
		code, out, said := invoke(append([]string{"ledger", verb, "--config", file, "--listen", strings.TrimPrefix(p.url, "http://"), "acme/shop#1"}, more...)...)
		if code != exitOK {
			t.Fatalf("hereby ledger %s: exit code %d\n%s%s", verb, code, out, said)
		}
		return out
	}
	eventually(t, "the deletions on the ledger", func() bool { return strings.Count(ledger("show"), "comment deleted") >= 2 })
	if out := ledger("redact", "--text", pastedSecret, "--by", "olga", "--yes"); !strings.Contains(out, "earlier revisions of the wiki") || !strings.Contains(out, "messages that were sent") {
		t.Errorf("it does not say what it cannot reach: %s", out)
	}
	comment("alice", "Thank you.") // so that somebody looks
	eventually(t, "nothing that holds it", func() bool { return len(holds()) == 0 })
	if out := ledger("show") + ledger("export") + ledger("verify"); strings.Contains(out, pastedSecret) || strings.Contains(p.log(), pastedSecret) {
		t.Errorf("it is on the ledger, or in the log:\n%s\n%s", out, p.log())
	}
	if !strings.Contains(tree()[page], "**note**: (redacted)") {
		t.Errorf("%s", tree()[page])
	}
}
