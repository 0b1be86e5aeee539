package github

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
)

// patterns say which repositories are served.
type patterns []string // lower case

var pattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/(\*|[A-Za-z0-9._-]+)$`)

func parsePatterns(repos []string) (patterns, error) {
	var ps patterns
	for _, r := range repos {
		if !pattern.MatchString(r) || strings.HasSuffix(r, "/.") || strings.HasSuffix(r, "/..") {
			return nil, fmt.Errorf("%q does not name repositories: expected OWNER/NAME or OWNER/*", r)
		}
		ps = append(ps, strings.ToLower(r))
	}
	if len(ps) == 0 {
		return nil, fmt.Errorf("no GitHub repository is configured: expected at least one of OWNER/NAME or OWNER/*")
	}
	return ps, nil
}

// match reports whether a repository is one of those served. It asks nobody.
func (ps patterns) match(repo string) bool {
	repo = strings.ToLower(repo)
	owner, _, _ := strings.Cut(repo, "/")
	for _, p := range ps {
		if p == repo || p == owner+"/*" {
			return true
		}
	}
	return false
}

// repository is what we remember of a repository.
type repository struct {
	Name   string // as it is called now
	Owner  string
	Org    bool // the owner is an organisation
	Public bool
	Issues bool // has issues
	Closed bool // archived or disabled
	Role   string
}

func describe(r *gh.Repository) repository {
	return repository{
		Name:   r.GetFullName(),
		Owner:  r.GetOwner().GetLogin(),
		Org:    r.GetOwner().GetType() == "Organization",
		Public: !r.GetPrivate() && r.GetVisibility() != "internal",
		Issues: r.GetHasIssues(),
		Closed: r.GetArchived() || r.GetDisabled(),
		Role:   role(r.GetPermissions()),
	}
}

// role returns the strongest permission of a set.
func role(has map[string]bool) string {
	for _, p := range []string{"admin", "maintain", "push", "triage", "pull"} {
		if has[p] {
			return p
		}
	}
	return ""
}

// repository returns what is known of a repository.
func (t *Tracker) repository(ctx context.Context, a *account, repo string) (repository, error) {
	return t.repos.Get(strings.ToLower(repo), func() (repository, error) {
		r, err := get[*gh.Repository](ctx, a, "repos/"+repo)
		if err != nil {
			return repository{}, fmt.Errorf("repository %s: %w", repo, err)
		}
		return describe(r), nil
	})
}

// serve returns a repository that we serve, or *incident.NotServed.
func (t *Tracker) serve(ctx context.Context, a *account, repo string) (repository, error) {
	if !t.served.match(repo) {
		return repository{}, &incident.NotServed{Reason: repo + " is not among the repositories of the configuration"}
	}
	r, err := t.repository(ctx, a, repo)
	if err != nil {
		return repository{}, err
	}
	if !t.served.match(r.Name) {
		return repository{}, &incident.NotServed{Reason: fmt.Sprintf("%s is now called %s, which is not among the repositories of the configuration", repo, r.Name)}
	}
	if r.Public && !t.opt.Public {
		return repository{}, &incident.NotServed{Reason: r.Name + " is public, and the configuration does not say public: true"}
	}
	return r, nil
}

// Repos returns the repositories to sweep: those named and those that the
// patterns stand for now. Archived ones, ones without issues and public ones
// that may not be served are left out. What could not be listed is an error
// beside what could.
func (t *Tracker) Repos(ctx context.Context) ([]string, error) {
	places, err := t.Places(ctx)
	var names []string
	for _, p := range places {
		if p.Served() {
			names = append(names, p.Repo)
		}
	}
	return names, err
}

// expand lists an owner's repositories.
func (t *Tracker) expand(ctx context.Context, owner string) ([]repository, error) {
	if t.opt.App != nil {
		return t.expandApp(ctx, owner)
	}
	a, err := t.account(ctx, owner+"/*")
	if err != nil {
		return nil, err
	}
	rs, _, err := pages[*gh.Repository](ctx, a, "orgs/"+owner+"/repos", maxPages)
	if isStatus(err, http.StatusNotFound) {
		rs, err = t.expandUser(ctx, a, owner)
	}
	return describeAll(rs), err
}

// expandUser lists a person's repositories; the private ones are told to
// nobody but the person.
func (t *Tracker) expandUser(ctx context.Context, a *account, owner string) ([]*gh.Repository, error) {
	self, err := t.self(ctx, a)
	if err != nil {
		return nil, err
	}
	address := "users/" + owner + "/repos"
	if self.person == incident.PersonOf(owner) {
		address = "user/repos?affiliation=owner"
	}
	rs, _, err := pages[*gh.Repository](ctx, a, address, maxPages)
	return slices.DeleteFunc(rs, func(r *gh.Repository) bool { return !strings.EqualFold(r.GetOwner().GetLogin(), owner) }), err
}

func (t *Tracker) expandApp(ctx context.Context, owner string) ([]repository, error) {
	in, err := t.installedOn(ctx, owner)
	if err != nil {
		return nil, err
	}
	a, err := t.installation(in.GetID())
	if err != nil {
		return nil, err
	}
	var all []*gh.Repository
	for page := 1; page != 0 && page <= maxPages; {
		some, resp, err := a.Apps.ListRepos(ctx, &gh.ListOptions{Page: page, PerPage: 100})
		if err != nil {
			return nil, err
		}
		all = append(all, some.Repositories...)
		page = resp.NextPage
	}
	for _, r := range all {
		t.installs.Put(strings.ToLower(r.GetFullName()), in.GetID())
	}
	return describeAll(all), nil
}

// installedOn returns the App's installation for an owner, an organisation or
// a person.
func (t *Tracker) installedOn(ctx context.Context, owner string) (*gh.Installation, error) {
	in, _, err := t.app.Apps.FindOrganizationInstallation(ctx, owner)
	if isStatus(err, http.StatusNotFound) {
		in, _, err = t.app.Apps.FindUserInstallation(ctx, owner)
	}
	if isStatus(err, http.StatusNotFound) {
		return nil, fmt.Errorf("the App is not installed for %s: install it there, or take %s/* out of the configuration: %w", owner, owner, err)
	}
	return in, err
}

func describeAll(rs []*gh.Repository) []repository {
	var all []repository
	for _, r := range rs {
		all = append(all, describe(r))
	}
	slices.SortFunc(all, func(a, b repository) int { return strings.Compare(a.Name, b.Name) })
	return all
}
