package app

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/notify"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/internal/tracker/github"
	"github.com/hereby/hereby/templates"
	"github.com/hereby/hereby/webhooks"
)

// pollEvery is how often places are read where no webhooks arrive.
const pollEvery = time.Minute

// settings is all that is built from one reading of the configuration. It is
// complete before any of it is used, so that a reload is whole or not at all.
type settings struct {
	config *config.Config
	policy *plan.Policy
	github *github.Tracker  // nil: not served
	source *webhooks.GitHub // nil: polling
}

// equipment is what settings are built with, the same for every reading.
type equipment struct {
	log     *slog.Logger
	secrets *redactor
	metrics *metrics // may be nil
}

// read loads the configuration and builds what follows from it. Secrets are
// known to the redactor before anything can fail with one of them.
func (e equipment) read(path string, env config.Environment) (*settings, error) {
	c, err := config.Load(path, env)
	if c != nil {
		e.secrets.Add(c.Secrets()...)
	}
	if err != nil {
		return nil, err
	}
	return e.build(c)
}

func (e equipment) build(c *config.Config) (*settings, error) {
	s := &settings{config: c}
	var err error
	if s.policy, err = policyOf(c); err != nil {
		return nil, err
	}
	if c.GitHub == nil {
		return s, nil
	}
	if s.github, err = e.tracker(c); err != nil {
		return nil, err
	}
	if len(c.GitHub.WebhookSecrets) > 0 {
		s.source, err = webhooks.NewGitHub(c.GitHub.WebhookSecrets, webhooks.GitHubOptions{Label: c.Policy.Label, Serves: c.GitHub.Serves})
	}
	return s, err
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
	if c.Policy.Checklist != "" {
		items := c.Policy.Checklist == "item"
		p.Items = &items
	}
	return p, nil
}

func (e equipment) tracker(c *config.Config) (*github.Tracker, error) {
	o := github.Options{
		BaseURL: c.GitHub.URL, Repos: c.GitHub.Repos, Public: c.GitHub.Public,
		Label: c.Policy.Label, Authors: c.GitHub.Authors,
		Sleep: sleep, Log: e.log, Secrets: &e.secrets.Learned,
	}
	if e.metrics != nil {
		o.Metrics = e.metrics.github()
	}
	if c.GitHub.App.ID == 0 {
		o.Token = github.Static(c.GitHub.Token)
		return github.New(o)
	}
	key, err := os.ReadFile(c.GitHub.App.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("github.app.key_file: %w", err)
	}
	o.App = &github.App{ID: c.GitHub.App.ID, Key: key}
	return github.New(o)
}

// interval is how often places are swept.
func (s *settings) interval() time.Duration {
	if s.source == nil {
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
