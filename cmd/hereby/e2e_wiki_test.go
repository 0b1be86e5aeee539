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

	"github.com/hereby/hereby/internal/incident"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/testenv"
)

// With a wiki in git the same story has a post-mortem: a person writes it while
// the process is killed, and it is published.
func TestKilledAtRandomWithAWiki(t *testing.T) {
	t.Parallel()
	wiki := newGitWiki(t, true)
	play(t, onGitHub(t), func(tn *town) {
		tn.wiki = wiki
		p := tn.start("bolt:" + filepath.Join(t.TempDir(), "hereby.db"))
		tn.disturb = func(r *rand.Rand) { p.kill(); p.restart() }
	})
}

// library is a wiki, whatever its make.
type library interface {
	http.Handler
	serves(path string) bool // beside the tracker
	setting(url, token string) string
	read(page string) (string, error) // as it is stored
	write(who, page string) error     // all that people write there
	wrote() []string                  // that, as it is stored
	linked() string                   // the issue that was discovered, once its ticket is filed
	told() []string                   // what we keep on it
	whole(page string) error          // nothing is there that should not be
}

// front serves the tracker, and the wiki beside it.
func (tn *town) front(w http.ResponseWriter, r *http.Request) {
	if tn.wiki != nil && tn.wiki.serves(r.URL.Path) {
		tn.wiki.ServeHTTP(w, r)
		return
	}
	tn.tracker.Handler().ServeHTTP(w, r)
}

// page has somebody write the post-mortem, and publishes it.
func (tn *town) page(head incident.Ref) {
	name := tn.title(head)
	tn.until("the page", func() error { _, err := tn.wiki.read(name); return err })
	stop := tn.disturbances(rand.New(rand.NewPCG(2, uint64(time.Now().UnixNano()))))
	defer stop()
	tn.check(tn.wiki.write("carol", name))
	tn.check(tn.tracker.wrote("carol", name))
	tn.say("alice", head, "/publish")
	tn.until("the issue's ticket", func() error {
		if slots := tn.slots(head); !strings.Contains(strings.Join(slots, " "), "follow/item-") {
			return fmt.Errorf("there are tickets %v, and remarks %v", slots, tn.remarks(head))
		}
		return nil
	})
	tn.until("the link on the page", func() error { return tn.holds(name, tn.wiki.linked()) })
}

// holds demands that each part is on a page, once.
func (tn *town) holds(name string, parts ...string) error {
	text, err := tn.wiki.read(name)
	for _, part := range parts {
		if n := strings.Count(text, part); err == nil && n != 1 {
			return fmt.Errorf("%q is %d times in %s", part, n, text)
		}
	}
	return err
}

// compareWiki says how the wiki differs from what it must be.
func (tn *town) compareWiki(head incident.Ref) error {
	name := tn.title(head)
	return errors.Join(tn.wiki.whole(name), tn.holds(name, tn.wiki.wrote()...), tn.holds(name, tn.wiki.told()...))
}

// gitWiki is one that git serves.
type gitWiki struct {
	*wikihost.Server
	repo *wikihost.Repo
	own  bool // of the repository, where GitHub has it
}

const (
	home = "# The shop\n\nHow we run it.\r\n"
	// wikiPath is where the wiki is: GitHub's own place for that of the repository.
	wikiPath = repo + ".wiki.git"
	// wikiToken lets every replica in; each has a token of its own for the tracker.
	wikiToken = "the-wikis-own-token"
)

// newGitWiki makes a wiki with a first page.
func newGitWiki(t *testing.T, own bool) library {
	t.Helper()
	host, err := wikihost.New(filepath.Join(t.TempDir(), "wikis"))
	if errors.Is(err, wikihost.ErrNoGit) {
		testenv.Missing(t, "git with its http-backend")
	}
	if err != nil {
		t.Fatal(err)
	}
	g := &gitWiki{Server: host, own: own}
	if g.repo, err = host.Create(wikiPath, "master"); err == nil {
		err = g.commit("alice", "Home", home)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (g *gitWiki) serves(path string) bool { return strings.Contains(path, ".wiki.git/") }

func (g *gitWiki) setting(url, token string) string {
	if g.own {
		g.User("x-access-token", token, true)
		return "wiki: {enabled: true}"
	}
	g.User("x-access-token", wikiToken, true)
	return fmt.Sprintf("wiki: {url: %s/%s, token: %q}", url, wikiPath, wikiToken)
}

func (g *gitWiki) read(page string) (string, error) { return g.repo.Read(page + ".md") }

func (g *gitWiki) commit(who, name, text string) error {
	by := wikihost.Author{Name: who, Mail: who + "@acme.example", At: time.Now()}
	_, err := g.repo.Commit(by, "Updated "+name, wikihost.Change{Path: name + ".md", Text: text})
	return err
}

// What people write under the headings of the page.
var written = map[string]string{
	"Abstract":               "Nobody could pay.\r\nThe pool was full, and no one saw it.",
	"Impact on stakeholders": "Carts were abandoned  (two blanks are meant).",
	"Issues discovered":      "- The pager was silent #communication",
}

func (g *gitWiki) write(who, name string) error {
	text, err := g.read(name)
	if err != nil {
		return err
	}
	for heading, prose := range written {
		text = strings.Replace(text, "## "+heading+"\n", "## "+heading+"\n\n"+prose+"\n", 1)
	}
	return g.commit(who, name, text)
}

func (g *gitWiki) wrote() (list []string) {
	for _, prose := range written {
		list = append(list, prose)
	}
	return list
}

func (g *gitWiki) linked() string { return written["Issues discovered"] + " → [" }
func (g *gitWiki) told() []string { return []string{"hereby:item-", "**closed**"} }

func (g *gitWiki) whole(page string) error {
	tree, err := g.repo.Tree()
	if err != nil {
		return err
	}
	var files []string
	for file := range tree {
		files = append(files, file)
	}
	slices.Sort(files)
	if want := []string{"Home.md", "Incidents.md", page + ".json", page + ".ledger.jsonl", page + ".md"}; !slices.Equal(files, want) {
		return fmt.Errorf("the wiki holds %v", files)
	}
	if text, err := g.read("Home"); err != nil || text != home {
		return fmt.Errorf("Home reads %q, %w", text, err)
	}
	return nil
}
