package main_test

import (
	"fmt"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// github is a GitHub with the repository acme/shop.
type github struct{ *sandbox.Server }

const repo = "acme/shop"

func onGitHub(t *testing.T) tracker {
	s := sandbox.New(sandbox.Options{Wrap: contract.GitHub(t)})
	s.AddOrg("acme", "alice", "bob", "carol")
	s.AddRepo(repo)
	for _, who := range []string{"alice", "bob", "carol", "hereby-bot"} {
		s.SetRole(repo, who, sandbox.Write)
	}
	return &github{s}
}

func (g *github) token() string { return g.Token("hereby-bot") }

func (g *github) section(url, token, wiki string) string {
	return fmt.Sprintf("github: {url: %s/api/v3, token: %q, webhook_secrets: [%q], repos: [%s], %s}\n", url, token, secret, repo, wiki)
}

func (g *github) hook(url string) { g.AddHook(repo, url+"/webhooks/github", secret) }

func (g *github) title(head incident.Ref) string { return "Postmortem-" + head.Number() }

func (g *github) crew() []string {
	return []string{"role/command", "role/communications", "role/operations/bob"}
}

func (g *github) head(who, title, text string) (incident.Ref, error) {
	n, err := g.As(who).OpenIssue(repo, title, text)
	if err == nil {
		err = g.As(who).Label(repo, n, "incident")
	}
	return ref(n), err
}

func ref(n int) incident.Ref { return incident.PathRef(repo, fmt.Sprint(n)) }

func number(r incident.Ref) (n int) {
	fmt.Sscan(r.Number(), &n)
	return n
}

func (g *github) comment(who string, on incident.Ref, text string) error {
	_, err := g.As(who).Comment(repo, number(on), text)
	return err
}

func (g *github) finish(who string, r incident.Ref) error {
	return g.As(who).Close(repo, number(r), "completed")
}

func (g *github) tickets() (list []ticket) {
	for _, i := range g.Issues() {
		x := ticket{ref: ref(i.Number), title: i.Title, labels: i.Labels, open: i.State == "open", twin: i.StateReason != nil && *i.StateReason == "duplicate"}
		if m, _, ok := marker.Take(i.Body); ok {
			x.slot = string(m.Slot)
		}
		if n, ok := i.Parent.(int); ok {
			x.under = append(x.under, ref(n))
		}
		list = append(list, x)
	}
	return list
}

func (g *github) remarks(on incident.Ref) (list []remark) {
	for _, c := range g.Comments(repo, number(on)) {
		x := remark{text: c.Body}
		if m, _, ok := marker.Take(c.Body); ok && c.Author == "hereby-bot" {
			x.slot = string(m.Slot)
		}
		for _, r := range c.Reactions {
			x.acks = append(x.acks, map[string]string{"rocket": "obeyed", "confused": "refused"}[r.Content])
		}
		list = append(list, x)
	}
	return list
}

func (g *github) wrote(who, page string) error { return g.As(who).WritePage(repo, page) }
