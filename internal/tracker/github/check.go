package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
)

// WhoAmI returns the account we act as, whether it is an App's, and the scopes
// of a classic token ("repo, read:org"; empty for other tokens).
func (t *Tracker) WhoAmI(ctx context.Context) (login string, isApp bool, scopes string, err error) {
	a := t.app
	if a == nil {
		if a, err = t.account(ctx, ""); err != nil {
			return "", false, "", t.explain(err)
		}
	}
	s, err := t.self(ctx, a)
	return string(s.person), t.opt.App != nil, s.scopes, t.explain(err)
}

// Denied reports whether an error is GitHub's word that it does not accept our
// credentials.
func Denied(err error) bool { return isStatus(err, http.StatusUnauthorized) }

// Missing reports whether an error is an answer that nothing is there.
func Missing(err error) bool { return isStatus(err, http.StatusNotFound) }

// Place is one repository as the configuration's patterns find it.
type Place struct {
	Repo       string
	Public     bool
	Forbidden  bool // public, and public ones are not to be served
	HasIssues  bool
	Archived   bool   // or disabled
	Permission string // ours: admin, maintain, push, triage, pull; "" if GitHub does not say
	Err        error  // why it cannot be read; nothing else but Repo is then known
}

// Served reports whether incidents can be declared there.
func (p Place) Served() bool { return p.Err == nil && p.HasIssues && !p.Archived && !p.Forbidden }

// Places returns every repository that the configuration's patterns stand for,
// those that cannot be served included. The error names the patterns that
// could not be listed; the rest is valid beside it.
func (t *Tracker) Places(ctx context.Context) ([]Place, error) {
	var places []Place
	var errs []error
	seen := map[string]bool{}
	add := func(p Place) {
		if !seen[strings.ToLower(p.Repo)] {
			seen[strings.ToLower(p.Repo)] = true
			places = append(places, p)
		}
	}
	for _, pattern := range t.opt.Repos {
		owner, all := strings.CutSuffix(pattern, "/*")
		if !all {
			add(t.place(ctx, pattern))
			continue
		}
		repos, err := t.owned.Get(strings.ToLower(owner), func() ([]repository, error) { return t.expand(ctx, owner) })
		if err != nil {
			errs = append(errs, t.explain(fmt.Errorf("repositories of %s: %w", owner, err)))
		}
		for _, r := range repos {
			add(t.placeOf(r))
		}
	}
	return places, errors.Join(errs...)
}

func (t *Tracker) place(ctx context.Context, repo string) Place {
	a, err := t.account(ctx, repo)
	if err != nil {
		return Place{Repo: repo, Err: t.explain(err)}
	}
	r, err := t.repository(ctx, a, repo)
	if err != nil {
		return Place{Repo: repo, Err: t.explain(err)}
	}
	return t.placeOf(r)
}

func (t *Tracker) placeOf(r repository) Place {
	return Place{
		Repo: r.Name, Public: r.Public, Forbidden: r.Public && !t.opt.Public,
		HasIssues: r.Issues, Archived: r.Closed, Permission: r.Role,
	}
}

// Hook is one webhook of a repository that might be ours.
type Hook struct {
	URL    string
	Active bool
	Events []string
	JSON   bool   // its payloads are JSON, as they must be
	Secret bool   // it has a secret
	Blind  bool   // GitHub does not verify the receiver's certificate
	Failed []Fail // its last failed deliveries, latest first
	Last   string // what the last delivery was answered, if not well, and nothing is known of it
}

// Fail is a delivery that failed. GitHub never repeats it by itself.
type Fail struct {
	At     time.Time
	Event  string
	Status string // what the receiver answered, or why it could not be reached
}

// maxFailed bounds the failed deliveries that are shown of a hook.
const maxFailed = 10

// Hooks returns the webhooks of a repository, or with an App the App's own.
// A token that may not read them gets an error that says so.
func (t *Tracker) Hooks(ctx context.Context, repo string) ([]Hook, error) {
	if t.opt.App != nil {
		return t.appHook(ctx)
	}
	owner, name, err := split(repo)
	if err != nil {
		return nil, err
	}
	a, err := t.account(ctx, repo)
	if err != nil {
		return nil, t.explain(err)
	}
	list, _, err := a.Repositories.ListHooks(ctx, owner, name, &gh.ListOptions{PerPage: 100})
	if err != nil {
		if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
			return nil, fmt.Errorf("the webhooks of %s cannot be read: that needs admin:repo_hook, or Webhooks: read: %w", repo, t.opt.Secrets.Error(err))
		}
		return nil, t.explain(err)
	}
	var hooks []Hook
	for _, h := range list {
		failed, err := t.failed(ctx, a, "repos/"+repo+"/hooks/"+strconv.FormatInt(h.GetID(), 10)+"/deliveries")
		if err != nil {
			return hooks, t.explain(err)
		}
		one := hookOf(h.Config, h.GetActive(), h.Events, failed)
		if len(failed) == 0 {
			one.Last = lastOfHook(h.LastResponse)
		}
		hooks = append(hooks, one)
	}
	return hooks, nil
}

func (t *Tracker) appHook(ctx context.Context) ([]Hook, error) {
	config, err := get[*gh.HookConfig](ctx, t.app, "app/hook/config")
	if err != nil {
		return nil, t.explain(err)
	}
	self, err := get[struct{ Events []string }](ctx, t.app, "app")
	if err != nil {
		return nil, t.explain(err)
	}
	failed, err := t.failed(ctx, t.app, "app/hook/deliveries")
	return []Hook{hookOf(config, config.GetURL() != "", self.Events, failed)}, t.explain(err)
}

func hookOf(c *gh.HookConfig, active bool, events []string, failed []Fail) Hook {
	return Hook{
		URL: c.GetURL(), Active: active, Events: events, Failed: failed,
		JSON: c.GetContentType() == "json", Secret: c.GetSecret() != "",
		Blind: c.GetInsecureSSL() == "1",
	}
}

// lastOfHook says how the last delivery went, if it did not go well.
func lastOfHook(r map[string]any) string {
	code, ok := r["code"].(float64)
	if status := int(code); ok && (status < 200 || status > 299) {
		return strings.TrimSpace(fmt.Sprintf("%d %v", status, cmp.Or(r["message"], any(""))))
	}
	return ""
}

func (t *Tracker) failed(ctx context.Context, a *account, address string) ([]Fail, error) {
	list, err := get[[]*gh.HookDelivery](ctx, a, address+"?status=failure&per_page="+strconv.Itoa(maxFailed))
	if isStatus(err, http.StatusNotFound) {
		return nil, nil
	}
	var fails []Fail
	for _, d := range list {
		if code := d.GetStatusCode(); code >= 200 && code < 300 { // a server without the filter
			continue
		}
		fails = append(fails, Fail{moment(d.DeliveredAt), d.GetEvent(), d.GetStatus()})
	}
	return fails, err
}

// OldIncidents returns the open issues with a label that were created before a
// time and are no incidents of ours: those that are left alone.
func (t *Tracker) OldIncidents(ctx context.Context, repo, label string, before time.Time) ([]incident.Ref, error) {
	a, err := t.account(ctx, repo)
	if err != nil {
		return nil, t.explain(err)
	}
	list, _, err := pages[*issue](ctx, a, "repos/"+repo+"/issues?state=open&labels="+url.QueryEscape(label), maxPages)
	var refs []incident.Ref
	for _, i := range list {
		if !i.IsPullRequest() && moment(i.CreatedAt).Before(before) && !i.isHead() {
			refs = append(refs, i.ref())
		}
	}
	return refs, t.explain(err)
}

// HasLabel reports whether a repository has a label.
func (t *Tracker) HasLabel(ctx context.Context, repo, label string) (bool, error) {
	name, err := segment(label)
	if err != nil {
		return false, err
	}
	a, err := t.account(ctx, repo)
	if err != nil {
		return false, t.explain(err)
	}
	_, err = a.send(ctx, http.MethodGet, "repos/"+repo+"/labels/"+name, nil, nil)
	if isStatus(err, http.StatusNotFound) {
		return false, nil
	}
	return err == nil, t.explain(err)
}

// SubIssues reports whether the server can attach issues to an issue. It is
// known only once the repository has an issue to ask about.
func (t *Tracker) SubIssues(ctx context.Context, repo string) (can, known bool, err error) {
	a, err := t.account(ctx, repo)
	if err != nil {
		return false, false, t.explain(err)
	}
	list, err := get[[]*issue](ctx, a, "repos/"+repo+"/issues?state=all&per_page=10")
	for _, i := range list {
		if i.IsPullRequest() {
			continue
		}
		if i.Children != nil {
			return true, true, nil
		}
		_, err := get[[]*issue](ctx, a, path(i.ref())+"/sub_issues?per_page=1")
		if isStatus(err, http.StatusNotFound) {
			return false, true, nil
		}
		return err == nil, err == nil, t.explain(err)
	}
	return false, false, t.explain(err)
}
