package app

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/notify"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/internal/tracker"
	"github.com/hereby/hereby/internal/tracker/github"
	"github.com/hereby/hereby/internal/tracker/jira"
	wiki "github.com/hereby/hereby/internal/wiki/git"
	"github.com/hereby/hereby/templates"
	"github.com/hereby/hereby/webhooks"
)

// pollEvery is how often places are read where no webhooks arrive.
const pollEvery = time.Minute

// settings is all that is built from one reading of the configuration. It is
// complete before any of it is used, so that a reload is whole or not at all.
type settings struct {
	config *config.Config
	policy *plan.Policy        // of the team
	github *github.Tracker     // nil: not served
	wiki   *wiki.Wiki          // of GitHub; nil: post-mortems are kept elsewhere
	appKey []byte              // of the App
	jira   *jira.Tracker       // nil: not served
	pages  reconcile.Wiki      // of Jira; nil: as wiki
	mail   *notify.MailOptions // nil: no server

	// What follows has a value for each tracker that has one, by its name.
	trackers map[string]reconcile.Tracker
	finders  map[string]reconcile.Finder
	wikis    map[string]reconcile.Wiki
	policies map[string]*plan.Policy
	sources  map[string]webhooks.Source // missing: polling
}

// trackerNames are the trackers that there can be.
var trackerNames = []string{github.Name, jira.Name}

// policyOn is the team's policy on one tracker.
func (s *settings) policyOn(tracker string) *plan.Policy {
	if p := s.policies[tracker]; p != nil {
		return p
	}
	return s.policy // unreachable unless a reload took the tracker away
}

// equipment is what settings are built with, the same for every reading.
type equipment struct {
	log     *slog.Logger
	secrets *redactor
	metrics *metrics // may be nil
}

// read loads the configuration and builds what follows from it; before is the
// reading it replaces, if any. Secrets are known to the redactor before
// anything can fail with one of them.
func (e equipment) read(o options, before *settings) (*settings, error) {
	c, err := config.Load(o.config, o.env)
	if c != nil {
		e.secrets.Add(c.Secrets()...)
	}
	if err != nil {
		return nil, err
	}
	s := &settings{config: c}
	if s.mail, err = mailOf(c); err != nil {
		return nil, err
	}
	if s.policy, err = policyOf(c); err != nil {
		return nil, err
	}
	s.policy.Texts.Failed = e.warnOfText(c.Templates)
	s.finders, s.wikis = map[string]reconcile.Finder{}, map[string]reconcile.Wiki{}
	s.policies, s.sources = map[string]*plan.Policy{}, map[string]webhooks.Source{}
	all := map[string]tracker.Tracker{}
	if c.GitHub != nil {
		if err := e.onGitHub(s, before); err != nil {
			return nil, err
		}
		all[github.Name] = s.github
	}
	if c.Jira != nil {
		if err := e.onJira(s, before); err != nil {
			return nil, err
		}
		all[jira.Name] = s.jira
	}
	s.trackers = map[string]reconcile.Tracker{}
	for name, member := range tracker.Join(all, namesOf(c)) {
		s.trackers[name] = member
	}
	return s, nil
}

// warnOfText returns what tells the operator, once for each, of texts in a
// directory that cannot be filled.
func (e equipment) warnOfText(dir string) func(name string, err error) {
	var told sync.Map
	return func(name string, err error) {
		if _, before := told.LoadOrStore(name, true); !before {
			e.log.Warn("a text of the setting templates cannot be filled, and the built-in one stands in; correct it, and send SIGHUP", "file", filepath.Join(dir, name), "error", err)
		}
	}
}

// onGitHub sets up what serves GitHub.
func (e equipment) onGitHub(s, before *settings) (err error) {
	c := s.config
	if s.github, s.appKey, err = e.tracker(c, before); err != nil {
		return err
	}
	policy := *s.policy
	if s.wiki = e.wiki(c, s.github, before); s.wiki != nil {
		s.wikis[github.Name], policy.Wiki = s.wiki, &plan.Wiki{Shared: c.GitHub.Wiki.URL != ""}
	}
	s.policies[github.Name] = &policy
	if len(c.GitHub.WebhookSecrets) == 0 {
		return nil
	}
	s.sources[github.Name], err = webhooks.NewGitHub(c.GitHub.WebhookSecrets, webhooks.GitHubOptions{Label: c.Policy.Label, Serves: c.GitHub.Serves})
	return err
}

// namesOf translates between the handles that people have on the trackers: in
// people, each stands under the one of GitHub.
func namesOf(c *config.Config) tracker.Names {
	there, back := map[incident.Person]incident.Person{}, map[incident.Person]incident.Person{}
	for handle, p := range c.People {
		if p.Jira != "" {
			a, b := incident.PersonOf(handle), incident.PersonOf(p.Jira)
			there[a], back[b] = b, a
		}
	}
	return func(who incident.Person, from, _ string) (incident.Person, bool) {
		known := back
		if from == github.Name {
			known = there
		}
		p, ok := known[who]
		return p, ok
	}
}

func policyOf(c *config.Config) (*plan.Policy, error) {
	zone := c.Policy.Location()
	var custom fs.FS
	if c.Templates != "" {
		custom = os.DirFS(c.Templates)
	}
	texts, err := render.Load(templates.FS, custom, zone)
	if err != nil {
		return nil, fmt.Errorf("%w (in the directory %s, which the setting templates names)", err, c.Templates)
	}
	p := &plan.Policy{
		Label: c.Policy.Label, SmallTeam: c.Policy.Profile == "small-team",
		Adopt: c.Policy.Adopt, Staffing: c.Policy.Staffing,
		Call: c.Policy.Call, Private: c.Policy.Private,
		ReviewEvery: c.Policy.Review.Every, Zone: zone, Texts: texts,
	}
	p.UpdateEvery, p.Hooked = c.Policy.UpdateEvery, hooked(c.Notify.Webhooks)
	clock, err := calendar.ParseClock(c.Policy.Review.At)
	if err != nil {
		return nil, fmt.Errorf("policy.review.at: %w", err)
	}
	p.Review = plan.Review{At: clock, Length: time.Duration(c.Policy.Review.Minutes) * time.Minute}
	p.Words = postmortem.DefaultWords()
	people(c, p)
	if c.Policy.Checklist != "" {
		items := c.Policy.Checklist == "item"
		p.Items = &items
	}
	return p, nil
}

// people puts into a policy who is who, and how they are reached.
func people(c *config.Config, p *plan.Policy) {
	p.People = map[incident.Person]plan.Contact{}
	for who, x := range c.People {
		p.People[incident.PersonOf(who)] = plan.Contact{Name: x.Name, Mail: x.Mail}
	}
	p.Owners = map[string]incident.Person{}
	for place, who := range c.Owners {
		p.Owners[strings.ToLower(place)] = incident.PersonOf(strings.TrimPrefix(who, "@"))
	}
	if c.Mail != nil && c.Mail.SMTP != "" {
		l := c.Mail.Lists
		p.Mail = &plan.Mail{From: c.Mail.From, Lists: map[string][]string{"owner": l.Owner, "customers": l.Customers, "internal": l.Internal, "all": l.All}}
	}
}

// tracker returns GitHub. The one before stays if it would be the same: it
// holds what was read, and how much may still be asked.
func (e equipment) tracker(c *config.Config, before *settings) (gh *github.Tracker, key []byte, err error) {
	if c.GitHub.App.ID != 0 {
		if key, err = os.ReadFile(c.GitHub.App.KeyFile); err != nil {
			return nil, nil, fmt.Errorf("github.app.key_file: %w", err)
		}
	}
	if before != nil && before.github != nil && bytes.Equal(before.appKey, key) &&
		reflect.DeepEqual(before.config.GitHub, c.GitHub) && before.config.Policy.Label == c.Policy.Label {
		return before.github, key, nil
	}
	o := github.Options{
		BaseURL: c.GitHub.URL, Repos: c.GitHub.Repos, Public: c.GitHub.Public,
		Label: c.Policy.Label, Authors: c.GitHub.Authors,
		Sleep: httpx.Sleep, Log: e.log, Secrets: &e.secrets.Learned,
	}
	if e.metrics != nil {
		o.Metrics = e.metrics.github()
	}
	if key != nil {
		o.App = &github.App{ID: c.GitHub.App.ID, Key: key}
	} else {
		o.Token = github.Static(c.GitHub.Token)
	}
	if gh, err = github.New(o); err != nil && key != nil {
		err = fmt.Errorf("github.app.key_file %s: %w", c.GitHub.App.KeyFile, err)
	}
	return gh, key, err
}

// wiki returns the wiki of post-mortems, and keeps the one before as tracker does.
func (e equipment) wiki(c *config.Config, gh *github.Tracker, before *settings) *wiki.Wiki {
	w := c.GitHub.Wiki
	if !w.Enabled {
		return nil
	}
	if before != nil && before.wiki != nil && before.github == gh && before.config.PublicURL == c.PublicURL {
		return before.wiki
	}
	o := wiki.Options{Name: "Hereby", Mail: committer(c.PublicURL), Log: e.log, Remote: wiki.Beside(c.GitHub.URL)}
	if w.URL != "" {
		o.Remote = wiki.Fixed(w.URL)
	}
	switch {
	case w.Token != "":
		o.Auth = func(context.Context, string) (string, string, error) { return "x-access-token", w.Token, nil }
	case w.URL == "" || sameHost(w.URL, wiki.Beside(c.GitHub.URL)("")):
		o.Auth = gh.Git // to no other host: a token is for its own server
	}
	return wiki.New(o)
}

// committer is the mail address that tells our commits from people's.
func committer(publicURL string) string {
	if u, err := url.Parse(publicURL); err == nil && u.Hostname() != "" {
		return "hereby@" + u.Hostname()
	}
	return "hereby@localhost"
}

func sameHost(a, b string) bool {
	x, err := url.Parse(a)
	if err != nil {
		return false
	}
	y, err := url.Parse(b)
	return err == nil && x.Scheme == y.Scheme && strings.EqualFold(x.Host, y.Host)
}

// hooked returns the events that some webhook is told of.
func hooked(hooks []config.Webhook) []string {
	var all []string
	for _, e := range config.Events {
		if slices.ContainsFunc(hooks, func(w config.Webhook) bool { return len(w.Events) == 0 || slices.Contains(w.Events, e) }) {
			all = append(all, e)
		}
	}
	return all
}

// mailOf returns how mail is sent; nil if no server is configured.
func mailOf(c *config.Config) (*notify.MailOptions, error) {
	if c.Mail == nil || c.Mail.SMTP == "" {
		return nil, nil
	}
	o := &notify.MailOptions{SMTP: c.Mail.SMTP, From: c.Mail.From, Clock: time.Now}
	if _, err := notify.NewMail(*o); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return o, nil
}

// interval is how often a tracker's places are swept.
func (s *settings) interval(tracker string) time.Duration {
	if s.sources[tracker] == nil {
		return min(pollEvery, s.config.Policy.SweepEvery)
	}
	return s.config.Policy.SweepEvery
}

// receivers are the webhooks to notify.
func (s *settings) receivers() []notify.Receiver {
	var list []notify.Receiver
	for _, w := range s.config.Notify.Webhooks {
		list = append(list, notify.Receiver{URL: w.URL, Secret: w.Secret, Events: w.Events})
	}
	return list
}
