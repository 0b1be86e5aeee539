package app

import (
	"cmp"
	"context"
	"maps"
	"reflect"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/tracker/jira"
	"github.com/hereby/hereby/internal/wiki/confluence"
	wiki "github.com/hereby/hereby/internal/wiki/git"
	"github.com/hereby/hereby/webhooks"
)

// onJira sets up what serves Jira.
func (e equipment) onJira(s, before *settings) (err error) {
	c := s.config
	if s.jira, err = e.jira(c, before); err != nil {
		return err
	}
	s.finders[jira.Name] = s.jira
	policy := *s.policy
	peopleOnJira(c, &policy)
	if s.pages = e.pagesOfJira(c, policy.Aliases, before); s.pages != nil {
		s.wikis[jira.Name], policy.Wiki = s.pages, &plan.Wiki{Shared: true}
	}
	s.policies[jira.Name] = &policy
	if !c.Jira.Pushed() {
		return nil
	}
	source, err := jiraSource(c)
	if err != nil {
		return err
	}
	s.sources[jira.Name] = source
	return nil
}

// jira returns Jira. The one before stays if it would be the same.
func (e equipment) jira(c *config.Config, before *settings) (*jira.Tracker, error) {
	if before != nil && before.jira != nil && reflect.DeepEqual(before.config.Jira, c.Jira) && reflect.DeepEqual(aliases(before.config), aliases(c)) {
		return before.jira, nil
	}
	j := c.Jira
	o := jira.Options{
		BaseURL: j.URL, SiteURL: j.SiteURL, Edition: j.Edition, User: j.User, Token: j.Token, Projects: j.Projects,
		Trusted:  jira.Trusted{Roles: j.Trusted.Roles, Groups: j.Trusted.Groups},
		EpicType: j.EpicType, SubtaskType: j.SubtaskType, Wontfix: j.Wontfix, IgnoreLinkTypes: j.IgnoreLinkTypes,
		LinkType: j.LinkType, Finish: j.Transitions.Done, Resume: j.Transitions.Reopen,
		Authors: j.Authors, People: aliases(c), Sleep: httpx.Sleep, Log: e.log, Secrets: &e.secrets.Learned,
	}
	if e.metrics != nil {
		o.Metrics = e.metrics.jira()
	}
	return jira.New(o)
}

// pagesOfJira returns the wiki of Jira's incidents; nil: none is kept. The one
// before stays if it would be the same.
func (e equipment) pagesOfJira(c *config.Config, alias map[incident.Person]incident.Person, before *settings) reconcile.Wiki {
	if before != nil && before.pages != nil && reflect.DeepEqual(before.config.Jira, c.Jira) && reflect.DeepEqual(aliases(before.config), aliases(c)) && before.config.PublicURL == c.PublicURL {
		return before.pages
	}
	if x := c.Jira.Confluence; x != nil {
		user, token := x.Login(c.Jira)
		return confluence.New(confluence.Options{
			URL: x.URL, DataCenter: c.Jira.Edition == config.DataCenter, User: user, Token: token,
			Space: func(string) string { return x.Space }, People: alias, Log: e.log,
		})
	}
	w := c.Jira.Wiki
	if !w.Enabled || w.URL == "" {
		return nil
	}
	o := wiki.Options{Name: "Hereby", Mail: committer(c.PublicURL), Log: e.log, Remote: wiki.Fixed(w.URL)}
	if w.Token != "" {
		o.Auth = func(context.Context, string) (string, string, error) { return "x-access-token", w.Token, nil }
	}
	return wiki.New(o)
}

// aliases are what people call each other, by the account on Jira.
func aliases(c *config.Config) map[string]string {
	all := map[string]string{}
	for handle, p := range c.People {
		if p.Jira != "" {
			all[handle] = p.Jira
		}
	}
	return all
}

// peopleOnJira says who is who by their accounts on Jira.
func peopleOnJira(c *config.Config, p *plan.Policy) {
	team, owners := p.People, p.Owners
	p.People, p.Owners, p.Aliases = maps.Clone(team), map[string]incident.Person{}, map[incident.Person]incident.Person{}
	for handle, account := range aliases(c) {
		alias, who := incident.PersonOf(handle), incident.PersonOf(account)
		p.Aliases[alias], p.People[who] = who, team[alias]
		delete(p.People, alias)
	}
	for place, who := range owners {
		p.Owners[place] = cmp.Or(p.Aliases[who], who)
	}
}

func jiraSource(c *config.Config) (*webhooks.Jira, error) {
	j := c.Jira
	return webhooks.NewJira(
		webhooks.JiraAccess{Secrets: j.WebhookSecrets, User: j.WebhookBasic.User, Password: j.WebhookBasic.Password, Path: j.WebhookPath, Allow: j.Networks()},
		webhooks.JiraOptions{Label: c.Policy.Label, URL: j.URL, SiteURL: j.SiteURL, Serves: j.Serves},
	)
}
