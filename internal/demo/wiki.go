package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/sandbox/host"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

// onGit is a wiki as git keeps it.
type onGit struct {
	host    *wikihost.Server
	repo    *wikihost.Repo
	clock   *Clock
	adapter *git.Wiki
	several bool // places keep their pages in it
}

// newGit opens a wiki with a first page, of one repository or of several
// places. On a machine without git there is none, and the story is told
// without it.
func newGit(s *Stage, name, token string, several bool) (library, error) {
	host, err := wikihost.New(filepath.Join(s.dir, "wikis"))
	if errors.Is(err, wikihost.ErrNoGit) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	g := &onGit{host: host, clock: s.Clock, several: several}
	if g.repo, err = host.Create(name+".wiki.git", "master"); err != nil {
		return nil, err
	}
	host.User("x-access-token", token, true)
	g.adapter = git.New(git.Options{
		Remote: git.Fixed(s.URL + "/" + name + ".wiki.git"), Name: "Hereby", Mail: "hereby@acme.example",
		Auth:  func(context.Context, string) (string, string, error) { return "x-access-token", token, nil },
		Clock: s.Clock.Now, Sleep: s.Clock.Sleep, Jitter: func() float64 { return 0 },
	})
	_, err = g.repo.Commit(g.author("erin"), "Created Home", wikihost.Change{Path: "Home.md", Text: "# The shop\n\nHow we run it.\n"})
	return g, err
}

func (g *onGit) author(who string) wikihost.Author {
	return wikihost.Author{Name: who, Mail: who + "@acme.example", At: g.clock.Now()}
}

func (g *onGit) wiki() reconcile.Wiki { return g.adapter }
func (g *onGit) shared() bool         { return g.several }

// behind serves git where its wikis are.
func (g *onGit) behind(tracker http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, ".wiki.git/") {
			g.host.ServeHTTP(w, r)
			return
		}
		tracker.ServeHTTP(w, r)
	})
}

func (g *onGit) sheets() (list []host.WorldPage) {
	tree, err := g.repo.Tree()
	if err != nil {
		return nil
	}
	for path := range tree {
		if text, err := g.repo.Read(path); err == nil {
			list = append(list, host.WorldPage{Name: strings.TrimSuffix(path, ".md"), Content: text})
		}
	}
	return list
}

func (g *onGit) read(page string) string {
	text, err := g.repo.Read(page + ".md")
	if err != nil {
		return ""
	}
	return text
}

func (g *onGit) write(who, page, heading, text string) error {
	before, rest, found := strings.Cut(g.read(page), "## "+heading+"\n")
	prompts, after, _ := strings.Cut(rest, "\n## ")
	if !found || strings.Contains(prompts, "<!--") {
		return fmt.Errorf("nothing can be written under %q on %s", heading, page)
	}
	return g.save(who, page, before+"## "+heading+"\n\n"+text+"\n\n## "+after)
}

func (g *onGit) reword(who, page, old, new string) error {
	return g.save(who, page, strings.Replace(g.read(page), old, new, 1))
}

func (g *onGit) save(who, page, text string) error {
	_, err := g.repo.Commit(g.author(who), "Updated "+page, wikihost.Change{Path: page + ".md", Text: text})
	return err
}
