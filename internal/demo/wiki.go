package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	wiki "github.com/hereby/hereby/internal/wiki/git"
)

// wikiRepo is where its git repository is, beside the tracker's pages.
const wikiRepo = Repo + ".wiki.git"

// openWiki gives the repository a wiki, as git keeps it, with a first page.
// On a machine without git there is none, and the story is told without it.
func (s *Stage) openWiki() (err error) {
	s.wikis, err = wikihost.New(filepath.Join(s.dir, "wikis"))
	if errors.Is(err, wikihost.ErrNoGit) {
		return nil
	}
	if err != nil {
		return err
	}
	if s.Wiki, err = s.wikis.Create(wikiRepo, "master"); err != nil {
		return err
	}
	_, err = s.Wiki.Commit(s.author("erin"), "Created Home", wikihost.Change{Path: "Home.md", Text: "# The shop\n\nHow we run it.\n"})
	return err
}

func (s *Stage) author(who string) wikihost.Author {
	return wikihost.Author{Name: who, Mail: who + "@acme.example", At: s.Clock.Now()}
}

// keepWiki connects Hereby with the wiki.
func (s *Stage) keepWiki() map[string]reconcile.Wiki {
	if s.Wiki == nil {
		return nil
	}
	token := s.town.gitLogin()
	s.wikis.User("x-access-token", token, true)
	return map[string]reconcile.Wiki{s.town.name(): wiki.New(wiki.Options{
		Remote: wiki.Fixed(s.URL + "/" + wikiRepo), Name: "Hereby", Mail: "hereby@acme.example",
		Auth:  func(context.Context, string) (string, string, error) { return "x-access-token", token, nil },
		Clock: s.Clock.Now, Sleep: s.Clock.Sleep, Jitter: func() float64 { return 0 },
	})}
}

// front serves the tracker, and git where its wikis are.
func (s *Stage) front() http.Handler {
	town := s.town.handler()
	if s.Wiki == nil {
		return town
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, ".wiki.git/") {
			s.wikis.ServeHTTP(w, r)
			return
		}
		town.ServeHTTP(w, r)
	})
}

// sheets returns what stands in the wiki.
func (s *Stage) sheets() (list []sheet) {
	if s.Wiki == nil {
		return nil
	}
	tree, err := s.Wiki.Tree()
	if err != nil {
		return nil
	}
	for path := range tree {
		if text, err := s.Wiki.Read(path); err == nil {
			list = append(list, sheet{strings.TrimSuffix(path, ".md"), text})
		}
	}
	return list
}

// page is the post-mortem as it stands in the wiki.
func (s *Stage) page(head incident.Ref) (name, text string) {
	name = incident.PageName(head, !strings.Contains(s.town.place(), "/"))
	text, err := s.Wiki.Read(name + ".md")
	if err != nil {
		return name, ""
	}
	return name, text
}

// edit is what a person does to the page in the browser: a tracker whose wiki
// it is tells of it as of any other event, and else a sweep sees it.
func (p *play) edit(who string, change func(text string) string) error {
	if p.stage.Wiki == nil {
		return nil
	}
	name, text := p.stage.page(p.head)
	if text == "" {
		return errors.New("there is no page " + name)
	}
	_, err := p.stage.Wiki.Commit(p.stage.author(who), "Updated "+name, wikihost.Change{Path: name + ".md", Text: change(text)})
	if err != nil {
		return err
	}
	if err := p.stage.town.wrote(who, name); err != nil {
		return err
	}
	return p.stage.Store.Touch(p.ctx, time.Time{}, incident.SweepOf(p.stage.town.name(), p.stage.town.place()))
}

// under writes a text under a heading of the page, in place of the prompts.
func under(page, heading, text string) string {
	before, rest, found := strings.Cut(page, "## "+heading+"\n")
	if !found {
		return page
	}
	prompts, after, _ := strings.Cut(rest, "\n## ")
	if strings.Contains(prompts, "<!--") {
		return page
	}
	return before + "## " + heading + "\n\n" + text + "\n\n## " + after
}

// finish has the owners of the page's issues do them.
func (p *play) finish(titles ...string) error {
	if p.stage.Wiki == nil {
		return nil
	}
	for _, title := range titles {
		if err := p.close("alice", p.child(title)); err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
	}
	return nil
}

// page looks for texts on the post-mortem.
func page(parts ...string) look {
	return func(p *play) error {
		if p.stage.Wiki == nil {
			return nil
		}
		_, text := p.stage.page(p.head)
		return holds("the post-mortem", text, parts)
	}
}
