package main_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/testenv"
)

// With a wiki in git the same story has a post-mortem: a person writes it while
// the process is killed, and it is published.
func TestKilledAtRandomWithAWiki(t *testing.T) {
	t.Parallel()
	host, err := wikihost.New(filepath.Join(t.TempDir(), "wikis"))
	if errors.Is(err, wikihost.ErrNoGit) {
		testenv.Missing(t, "git with its http-backend")
	}
	if err != nil {
		t.Fatal(err)
	}
	play(t, func(tn *town) {
		tn.keepWiki(host)
		p := tn.start("bolt:" + filepath.Join(t.TempDir(), "hereby.db"))
		host.User("x-access-token", p.token, true)
		tn.disturb = func(r *rand.Rand) { p.kill(); p.restart() }
	})
}

const home = "# The shop\n\nHow we run it.\r\n"

// keepWiki gives the repository a wiki with a first page.
func (tn *town) keepWiki(host *wikihost.Server) {
	var err error
	tn.wiki, err = host.Create(repo+".wiki.git", "master")
	tn.check(err)
	tn.write("alice", "Home", home)
	tn.wikis = host
}

// front serves the tracker, and git where its wikis are.
func (tn *town) front(w http.ResponseWriter, r *http.Request) {
	if tn.wikis != nil && strings.Contains(r.URL.Path, ".wiki.git/") {
		tn.wikis.ServeHTTP(w, r)
		return
	}
	tn.s.Handler().ServeHTTP(w, r)
}

func (tn *town) write(who, name, text string) {
	tn.t.Helper()
	by := wikihost.Author{Name: who, Mail: who + "@acme.example", At: time.Now()}
	_, err := tn.wiki.Commit(by, "Updated "+name, wikihost.Change{Path: name + ".md", Text: text})
	tn.check(err)
}

// What people write under the headings of the page.
var written = map[string]string{
	"Abstract":               "Nobody could pay.\r\nThe pool was full, and no one saw it.",
	"Impact on stakeholders": "Carts were abandoned  (two blanks are meant).",
	"Issues discovered":      "- The pager was silent #communication",
}

// page has somebody write the post-mortem, and publishes it.
func (tn *town) page(head int) {
	name := fmt.Sprintf("Postmortem-%d", head)
	tn.until("the page", func() error { _, err := tn.wiki.Read(name + ".md"); return err })
	stop := tn.disturbances(rand.New(rand.NewPCG(2, uint64(time.Now().UnixNano()))))
	defer stop()
	text, err := tn.wiki.Read(name + ".md")
	tn.check(err)
	for heading, prose := range written {
		text = strings.Replace(text, "## "+heading+"\n", "## "+heading+"\n\n"+prose+"\n", 1)
	}
	tn.write("carol", name, text)
	tn.check(tn.s.As("carol").WritePage(repo, name))
	tn.comment("alice", head, "/publish")
	tn.until("the issue's ticket", func() error {
		if slots := tn.slots(head); !strings.Contains(strings.Join(slots, " "), "follow/item-") {
			return fmt.Errorf("there are tickets %v", slots)
		}
		return nil
	})
	tn.until("the link on the page", func() error { return tn.holds(name, "- The pager was silent #communication → [#") })
}

func (tn *town) holds(name, part string) error {
	text, err := tn.wiki.Read(name + ".md")
	if n := strings.Count(text, part); err == nil && n != 1 {
		return fmt.Errorf("%q is %d times in %s", part, n, text)
	}
	return err
}

// compareWiki says how the wiki differs from what it must be.
func (tn *town) compareWiki(head int) error {
	name := fmt.Sprintf("Postmortem-%d", head)
	tree, err := tn.wiki.Tree()
	if err != nil {
		return err
	}
	var files []string
	for file := range tree {
		files = append(files, file)
	}
	slices.Sort(files)
	if want := []string{"Home.md", "Incidents.md", name + ".json", name + ".ledger.jsonl", name + ".md"}; !slices.Equal(files, want) {
		return fmt.Errorf("the wiki holds %v", files)
	}
	for _, prose := range written {
		if err := tn.holds(name, prose); err != nil {
			return err
		}
	}
	if text, err := tn.wiki.Read("Home.md"); err != nil || text != home {
		return fmt.Errorf("Home reads %q, %w", text, err)
	}
	return errors.Join(tn.holds(name, "hereby:item-"), tn.holds(name, "**closed**"))
}
