package app

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/config"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/tracker/github"
)

// inspector is what the check needs of the GitHub adapter.
type inspector interface {
	WhoAmI(ctx context.Context) (login string, isApp bool, scopes string, err error)
	Places(ctx context.Context) ([]github.Place, error)
	Hooks(ctx context.Context, repo string) ([]github.Hook, error)
	HasLabel(ctx context.Context, repo, label string) (bool, error)
	OldIncidents(ctx context.Context, repo, label string, before time.Time) ([]incident.Ref, error)
	SubIssues(ctx context.Context, repo string) (can, known bool, err error)
}

// shelfReader is what the check needs of the wiki.
type shelfReader interface {
	Read(ctx context.Context, place string, names []string) (incident.Shelf, error)
}

const (
	maxPlaces = 200 // looked at one by one
	maxListed = 5   // items named of a list
)

// needed are the events without which Hereby would wait for the sweep, and
// wanted those that merely make it see more at once.
var (
	needed = []string{"issues", "issue_comment"}
	wanted = []string{"sub_issues", "issue_dependencies", "gollum"}
)

// githubCheck looks at the account, the repositories and their webhooks.
type githubCheck struct {
	*report
	config  *config.Config
	tracker inspector
	wiki    shelfReader // nil: none is kept
	clock   func() time.Time

	isApp bool
	subs  bool // sub-issues are known about
}

// run reports whether everything could be looked at.
func (c *githubCheck) run(ctx context.Context) bool {
	if !c.account(ctx) {
		return false
	}
	places, err := c.tracker.Places(ctx)
	if err != nil {
		c.find("not every repository could be listed: "+why(err), "Correct github.repos, or give the account access.")
	}
	served, left := 0, 0
	for _, p := range places {
		if p.Err == nil && !p.Served() && !c.named(p.Repo) {
			left++ // a pattern does not promise that it can be served
			continue
		}
		if c.place(p) {
			served++
			if served <= maxPlaces {
				c.inside(ctx, p.Repo, served == 1)
			}
		}
	}
	if served > maxPlaces {
		c.note("%d more repositories are served; their webhooks and labels were not looked at", served-maxPlaces)
	}
	if left > 0 {
		c.note("repositories that a pattern finds and that are not served, for they are public, archived or without issues: %d", left)
	}
	if served == 0 {
		c.find("no repository is served", "Name one in github.repos that exists, has issues and is private, or set github.public.")
	} else {
		c.note("repositories served: %d", served)
	}
	return err == nil
}

// named reports whether the configuration names a repository in full.
func (c *githubCheck) named(repo string) bool {
	return slices.ContainsFunc(c.config.GitHub.Names(), func(n string) bool { return strings.EqualFold(n, repo) })
}

// account looks at whom the token belongs to.
func (c *githubCheck) account(ctx context.Context) bool {
	login, isApp, scopes, err := c.tracker.WhoAmI(ctx)
	if err != nil {
		c.find("GitHub does not say who we are: "+why(err), c.remedy(err)+" The service would start and take webhooks, and wait.")
		return false
	}
	c.isApp = isApp
	if isApp {
		c.note("runs as the App @%s", login)
		return true
	}
	if about := fmt.Sprintf("this token is @%s's: GitHub will not notify @%s of what Hereby writes, and shows it as theirs", login, login); c.person(login) {
		c.find(about, "Use an App (github.app), or the token of an account for machines alone.")
	} else {
		c.note("%s; if that is a person, use an App (github.app) or an account for machines alone", about)
	}
	if scopes == "" {
		return true // a fine-grained token: GitHub does not tell what it may do
	}
	has := strings.FieldsFunc(scopes, func(r rune) bool { return r == ',' || r == ' ' })
	if !slices.Contains(has, "repo") && !(c.config.GitHub.Public && slices.Contains(has, "public_repo")) {
		c.find("the token lacks the scope repo: it cannot write to issues of private repositories", "Make a token with the scope repo.")
	}
	if !slices.ContainsFunc(has, func(s string) bool { return s == "read:org" || s == "write:org" || s == "admin:org" }) {
		c.find("the token lacks the scope read:org: members of the organisation without a role in the repository are not known as such", "Make a token with the scope read:org besides.")
	}
	return true
}

// person reports whether the configuration knows an account as somebody's.
func (c *githubCheck) person(login string) bool {
	is := func(who string) bool { return strings.EqualFold(strings.TrimPrefix(who, "@"), login) }
	for who := range c.config.People {
		if is(who) {
			return true
		}
	}
	return slices.ContainsFunc(slices.Collect(maps.Values(c.config.Owners)), is) || slices.ContainsFunc(c.config.Policy.Call, is)
}

// remedy is what to do when GitHub does not answer, or not as GitHub does.
func (c *githubCheck) remedy(err error) string {
	switch {
	case github.Denied(err):
		return "Look at github.token, or the App's id and key."
	case github.Missing(err):
		return "Look at github.url, " + c.config.GitHub.URL + ": github.com is https://api.github.com, an Enterprise Server https://HOST/api/v3."
	}
	return "Look at github.url, " + c.config.GitHub.URL + ", and at the way there: names, proxy, firewall."
}

// why is what an error is about, without when a service would try again.
func why(err error) string {
	if wait, ok := err.(*incident.NotYet); ok {
		return wait.Err.Error()
	}
	return err.Error()
}

// place looks at one repository from outside and reports whether it is served.
func (c *githubCheck) place(p github.Place) bool {
	switch {
	case p.Err != nil:
		c.find(fmt.Sprintf("%s cannot be read: %s", p.Repo, why(p.Err)), "Correct github.repos if it is misspelt or gone; otherwise give the account access to it.")
	case p.Forbidden:
		c.find(p.Repo+" is public and therefore not served", "Everybody could read its incidents. If that is meant, set github.public: true; otherwise take it out of github.repos.")
	case p.Archived:
		c.find(p.Repo+" is archived: nothing can be written there", "Take it out of github.repos, or unarchive it.")
	case !p.HasIssues:
		c.find(p.Repo+" has its issues switched off", "Switch them on (Settings, General, Features), or take it out of github.repos.")
	case p.Permission == "pull":
		c.find("the account may only read "+p.Repo, "Give it the role Write there.")
	case p.Permission == "triage":
		c.find("the account may not create labels in "+p.Repo, "Give it the role Write there.")
	}
	return p.Served()
}

// inside looks at what is in a repository that is served.
func (c *githubCheck) inside(ctx context.Context, repo string, first bool) {
	if len(c.config.GitHub.WebhookSecrets) > 0 && (first || !c.isApp) {
		c.webhook(ctx, repo)
	}
	label := c.config.Policy.Label
	if has, err := c.tracker.HasLabel(ctx, repo, label); err != nil {
		c.find(fmt.Sprintf("the labels of %s could not be read: %s", repo, why(err)), "Give the account access to its issues.")
	} else if !has {
		c.find(fmt.Sprintf("%s has no label %q, so nobody can declare by label there", repo, label), "Create the label: "+c.web()+"/"+repo+"/labels")
	}
	c.old(ctx, repo, label)
	if c.wiki != nil && (first || c.config.GitHub.Wiki.URL == "") {
		c.pages(ctx, repo)
	}
	if !c.subs {
		can, known, err := c.tracker.SubIssues(ctx, repo)
		if c.subs = known && err == nil; c.subs && !can {
			c.note("this server has no sub-issues: our tickets say \"Part of #n\" instead, and the board lists them")
		}
	}
}

// pages says whether post-mortems can be read where they are to be kept.
func (c *githubCheck) pages(ctx context.Context, repo string) {
	shelf, err := c.wiki.Read(ctx, repo, nil)
	if err != nil {
		shelf.Problem = why(err)
	}
	if shelf.Problem != "" {
		c.find("the post-mortems of "+repo+" cannot be kept", shelf.Problem)
	}
}

// old lists issues that were labelled before Hereby came.
func (c *githubCheck) old(ctx context.Context, repo, label string) {
	refs, err := c.tracker.OldIncidents(ctx, repo, label, c.clock().Add(-c.config.Policy.Adopt))
	if err != nil {
		c.find(fmt.Sprintf("the issues of %s could not be read: %s", repo, why(err)), "Give the account access to its issues.")
		return
	}
	if len(refs) == 0 {
		return
	}
	names := make([]string, min(len(refs), maxListed))
	for i := range names {
		names[i] = string(refs[i])
	}
	more := ""
	if n := len(refs) - len(names); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	c.find(fmt.Sprintf("%s with the label %q in %s older than policy.adopt, left alone: %s%s", count(len(refs), "open issue"), label, repo, strings.Join(names, ", "), more),
		"To make one an incident of today, take the label off and put it on again. The others need nothing.")
}

// webhook looks at the webhook through which a repository tells us.
func (c *githubCheck) webhook(ctx context.Context, repo string) {
	hooks, err := c.tracker.Hooks(ctx, repo)
	if err != nil {
		c.find(why(err), "Let the account read webhooks, or look at them yourself: "+c.web()+"/"+repo+"/settings/hooks")
		return
	}
	where := "of " + repo
	if c.isApp {
		where = "of the App"
	}
	mine := slices.DeleteFunc(slices.Clone(hooks), func(h github.Hook) bool { return !c.ours(h.URL) })
	if len(mine) == 0 {
		c.find("no webhook "+where+" points to "+c.address(), "Add one with the content type application/json, the secret of github.webhook_secrets and the events Issues, Issue comments, Sub issues and Issue dependencies; or, if the organisation has one, there is nothing to do. Without any, changes are seen every "+strings.TrimSuffix(c.config.Policy.SweepEvery.String(), "0s")+".")
		return
	}
	for _, h := range mine {
		c.hook(h, where)
	}
}

func (c *githubCheck) hook(h github.Hook, where string) {
	if !h.Active {
		c.find("the webhook "+where+" is not active", "Tick Active in its settings.")
	}
	if !h.JSON {
		c.find("the webhook "+where+" sends forms", "Set its content type to application/json.")
	}
	if !h.Secret {
		c.find("the webhook "+where+" has no secret: everything it sends is refused", "Set its secret to the one in github.webhook_secrets.")
	}
	if h.Blind {
		c.find("GitHub sends to the webhook "+where+" without verifying who answers: whoever sits in between reads along", "Enable SSL verification in its settings, with a certificate that GitHub knows.")
	}
	if !slices.Contains(h.Events, "*") {
		lacks := slices.DeleteFunc(slices.Concat(needed, wanted), func(e string) bool { return slices.Contains(h.Events, e) })
		if len(lacks) > 0 {
			c.find("the webhook "+where+" does not send "+strings.Join(lacks, ", "), "Tick these events in its settings, as far as the server offers them.")
		}
	}
	if h.Last != "" {
		c.find("the last delivery of the webhook "+where+" failed: "+h.Last, failedWhy)
	}
	if len(h.Failed) == 0 {
		return
	}
	var last []string
	for _, f := range h.Failed[:min(len(h.Failed), maxListed)] {
		last = append(last, fmt.Sprintf("%s %s (%s)", f.At.UTC().Format(time.RFC3339), f.Event, f.Status))
	}
	c.find(fmt.Sprintf("the webhook %s failed lately: %s", where, strings.Join(last, ", ")), failedWhy)
}

const failedWhy = "401 is a wrong secret, 404 a wrong address, 5xx or a timeout a service that was down. What was missed is read by the sweep; nothing needs to be sent again."

// ours reports whether a webhook's address may be this service.
func (c *githubCheck) ours(address string) bool {
	if c.config.PublicURL != "" {
		return address == c.address()
	}
	u, err := url.Parse(address)
	return err == nil && strings.HasSuffix(u.Path, "/webhooks/github")
}

func (c *githubCheck) address() string {
	if c.config.PublicURL == "" {
		return "https://YOUR-HOST/webhooks/github"
	}
	return strings.TrimSuffix(c.config.PublicURL, "/") + "/webhooks/github"
}

// web is where people see the repositories.
func (c *githubCheck) web() string {
	u, err := url.Parse(c.config.GitHub.URL)
	if err != nil || u.Host == "api.github.com" {
		return "https://github.com"
	}
	return u.Scheme + "://" + u.Host
}
