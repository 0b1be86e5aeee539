package demo

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/sandbox/host"
	"github.com/hereby/hereby/internal/tracker/github"
	"github.com/hereby/hereby/webhooks"
)

// Repo is where the story takes place on GitHub.
const Repo = "acme/shop"

// onGitHub is a GitHub on the stage.
type onGitHub struct {
	*sandbox.Server
	adapter *github.Tracker
	pages   library
}

// newGitHub builds it. The people of acme/shop are erin, alice, bob, carol and
// dave; Hereby has an account of its own.
func newGitHub(s *Stage, wrap func(http.Handler) http.Handler) (town, error) {
	g := new(onGitHub)
	g.Server = sandbox.New(sandbox.Options{Clock: s.Clock.Now, URL: s.URL, Deliver: sandbox.Manual, Wrap: wrap, Wiki: g.shownPages})
	g.AddOrg("acme", "erin", "alice", "bob", "carol", "dave")
	g.AddTeam("acme", "on-call", "erin", "alice")
	g.AddRepo(Repo)
	for _, who := range []string{"erin", "alice", "bob", "carol", "dave", bot} {
		g.SetRole(Repo, who, sandbox.Write)
	}
	g.AddUser("mallory")
	token := g.Token(bot)
	var err error
	if g.pages, err = newGit(s, Repo, token, false); err != nil {
		return nil, err
	}
	g.adapter, err = github.New(github.Options{
		BaseURL: s.URL + "/api/v3", Token: github.Static(token), Clock: s.Clock.Now, Sleep: s.Clock.Sleep, Repos: []string{Repo},
	})
	return g, err
}

func (g *onGitHub) name() string               { return github.Name }
func (g *onGitHub) title() string              { return "GitHub" }
func (g *onGitHub) place() string              { return Repo }
func (g *onGitHub) handler() http.Handler      { return g.Handler() }
func (g *onGitHub) tracker() reconcile.Tracker { return g.adapter }
func (g *onGitHub) settle()                    { g.Settle() }
func (g *onGitHub) deliver() int               { return g.DeliverAll() }
func (g *onGitHub) hook(url string)            { g.AddHook(Repo, url, secret) }
func (g *onGitHub) policy(*plan.Policy)        {}
func (g *onGitHub) library() library           { return g.pages }
func (g *onGitHub) calm() time.Duration        { return 0 }
func (g *onGitHub) close()                     { g.Close() }

func (g *onGitHub) source() (webhooks.Source, error) {
	return webhooks.NewGitHub([]string{secret}, webhooks.GitHubOptions{Label: "incident"})
}

// shownPages are those of the wiki, for a browser.
func (g *onGitHub) shownPages(repo string) []host.WorldPage {
	if repo != Repo || g.pages == nil {
		return nil
	}
	return g.pages.sheets()
}

func (g *onGitHub) world(pages []host.WorldPage) []byte { return g.World(pages...) }

func (g *onGitHub) open(who, title, text string) (incident.Ref, error) {
	n, err := g.As(who).OpenIssue(Repo, title, text)
	return incident.PathRef(Repo, fmt.Sprint(n)), err
}

func (g *onGitHub) comment(who string, on incident.Ref, text string) error {
	_, err := g.As(who).Comment(Repo, number(on), text)
	return err
}

func (g *onGitHub) typed(text string) string { return text }

func (g *onGitHub) finish(who string, ref incident.Ref) error {
	return g.As(who).Close(Repo, number(ref), "completed")
}

// automate merges a pull request that says it fixes the issue.
func (g *onGitHub) automate(who string, on incident.Ref) error {
	pr, err := g.As(who).OpenPR(Repo, "Bound the workers", "Fixes #"+on.Number())
	if err != nil {
		return err
	}
	return g.As(who).MergePR(Repo, pr)
}

func (g *onGitHub) wrote(who, page string) error { return g.As(who).WritePage(Repo, page) }

func (g *onGitHub) issues() (list []issue) {
	for _, i := range g.Issues() {
		x := issue{ref: incident.PathRef(i.Repo, fmt.Sprint(i.Number)), title: i.Title, body: i.Body, state: incident.Open, labels: i.Labels, assignees: i.Assignees}
		if i.StateReason != nil && i.State == "closed" {
			x.state = map[string]incident.State{"completed": incident.Done, "not_planned": incident.Wontfix, "duplicate": incident.Duplicate}[*i.StateReason]
		}
		if n, ok := i.Parent.(int); ok {
			x.under = append(x.under, incident.PathRef(i.Repo, fmt.Sprint(n)))
		}
		list = append(list, x)
	}
	return list
}

func (g *onGitHub) comments(on incident.Ref) (list []remark) {
	for _, c := range g.Comments(Repo, number(on)) {
		r := remark{id: fmt.Sprint(c.ID), author: c.Author, body: strings.ReplaceAll(c.Body, incident.Joiner, "")}
		for content, as := range map[string]incident.Verdict{"rocket": incident.Obeyed, "confused": incident.RefusedByRule} {
			if slices.ContainsFunc(c.Reactions, func(r sandbox.Reaction) bool { return r.User == bot && r.Content == content }) {
				r.acked = as
			}
		}
		list = append(list, r)
	}
	return list
}

// number is the number of an issue of the story's repository.
func number(ref incident.Ref) (n int) {
	fmt.Sscan(ref.Number(), &n)
	return n
}
