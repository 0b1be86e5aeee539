package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/tracker/jira"
	"github.com/hereby/hereby/internal/wiki/confluence"
)

// jiraInspector is what the check needs of the Jira adapter.
type jiraInspector interface {
	Check(ctx context.Context, want jira.Wanted) (found []jira.Finding, whole bool)
}

// jiraCheck looks at the account, the projects, the webhooks and the wiki.
type jiraCheck struct {
	*report
	config  *config.Config
	tracker jiraInspector
	wiki    reconcile.Wiki // nil: none is kept
	clock   func() time.Time
}

// run reports whether everything could be looked at.
func (c *jiraCheck) run(ctx context.Context) bool {
	c.secrets()
	found, whole := c.tracker.Check(ctx, jira.Wanted{
		Label: c.config.Policy.Label, Hook: c.address(), Path: c.config.Jira.WebhookPath, Before: c.clock().Add(-c.config.Policy.Adopt),
	})
	for _, f := range found {
		if f.Do == "" {
			c.note("%s", f.What)
		} else {
			c.find(f.What, f.Do)
		}
	}
	c.pages(ctx)
	c.strangers()
	return whole
}

// secrets finds those that can be guessed.
func (c *jiraCheck) secrets() {
	j := c.config.Jira
	for i, secret := range j.WebhookSecrets {
		c.short(fmt.Sprintf("jira.webhook_secrets[%d]", i), secret)
	}
	c.short("jira.webhook_basic.password", j.WebhookBasic.Password)
}

// address is where Jira's webhooks go, without a secret path; "" if that is not
// known, or none are taken.
func (c *jiraCheck) address() string {
	if !c.config.Jira.Pushed() {
		return ""
	}
	if c.config.PublicURL == "" {
		c.note("public_url is not set: whether a webhook of Jira leads here was not looked at")
		return ""
	}
	return strings.TrimSuffix(c.config.PublicURL, "/") + "/webhooks/jira"
}

// pages says whether post-mortems can be read where they are to be kept.
func (c *jiraCheck) pages(ctx context.Context) {
	if c.wiki == nil {
		return
	}
	if space, ok := c.wiki.(spaceInspector); ok {
		c.space(ctx, space)
		return
	}
	for _, project := range c.config.Jira.Projects {
		shelf, err := c.wiki.Read(ctx, project, nil)
		if err != nil {
			shelf.Problem = why(err)
		}
		if shelf.Problem != "" {
			c.find("the post-mortems of "+project+" cannot be kept", shelf.Problem)
			return // all projects share one wiki
		}
	}
}

// spaceInspector is what the check needs of a wiki that can tell more than
// whether it can be read.
type spaceInspector interface {
	Check(ctx context.Context, place string) ([]confluence.Finding, error)
}

// space looks at the space, which is the same for all projects.
func (c *jiraCheck) space(ctx context.Context, space spaceInspector) {
	found, err := space.Check(ctx, c.config.Jira.Projects[0])
	if err != nil {
		c.find("the space "+c.config.Jira.Confluence.Space+" could not be looked at: "+why(err), "Look at jira.confluence, and at the way there: names, proxy, firewall.")
	}
	for _, f := range found {
		c.find(f.What, f.Do)
	}
	if err == nil && len(found) == 0 {
		c.note("post-mortems can be kept in the space %s", c.config.Jira.Confluence.Space)
	}
}

// strangers says that nobody can be named across the two trackers.
func (c *jiraCheck) strangers() {
	if c.config.GitHub == nil || len(aliases(c.config)) > 0 {
		return
	}
	c.note("nobody in people has both a handle and an account on Jira: follow-ups that go across are assigned to nobody there")
}
