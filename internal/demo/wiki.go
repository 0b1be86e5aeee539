package demo

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	tracker "github.com/hereby/hereby/internal/tracker/github"
	wiki "github.com/hereby/hereby/internal/wiki/git"
)

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
func (s *Stage) keepWiki(gh *tracker.Tracker, token string, policy *plan.Policy) map[string]reconcile.Wiki {
	if s.Wiki == nil {
		return nil
	}
	policy.Wiki = &plan.Wiki{}
	s.wikis.User("x-access-token", token, true)
	return map[string]reconcile.Wiki{tracker.Name: wiki.New(wiki.Options{
		Remote: wiki.Beside(s.URL + "/api/v3"), Auth: gh.Git, Name: "Hereby", Mail: "hereby@acme.example",
		Clock: s.Clock.Now, Sleep: s.Clock.Sleep, Jitter: func() float64 { return 0 },
	})}
}

// front serves the tracker, and git where its wikis are.
func (s *Stage) front() http.Handler {
	town := s.Town.Handler()
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

// Pages returns what stands in the wiki of a repository.
func (s *Stage) Pages(repo string) []sandbox.WorldPage {
	if s.Wiki == nil || repo != Repo {
		return nil
	}
	tree, err := s.Wiki.Tree()
	if err != nil {
		return nil
	}
	var list []sandbox.WorldPage
	for path := range tree {
		if text, err := s.Wiki.Read(path); err == nil {
			list = append(list, sandbox.WorldPage{Name: strings.TrimSuffix(path, ".md"), Content: text})
		}
	}
	return list
}

// page is the post-mortem as it stands in the wiki.
func (s *Stage) page(head int) (name, text string) {
	name = "Postmortem-" + strconv.Itoa(head)
	text, err := s.Wiki.Read(name + ".md")
	if err != nil {
		return name, ""
	}
	return name, text
}

// edit is what a person does to the page in the browser: the tracker tells
// of it as of any other event.
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
	return p.as(who).WritePage(Repo, name)
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
		if err := p.as("alice").Close(Repo, p.child(title), "completed"); err != nil {
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
