package github

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

type repo struct {
	id            int64
	owner         *user
	name          string
	private       bool
	hasIssues     bool
	archived      bool
	created       time.Time
	updated       time.Time
	collaborators map[*user]Role
	labels        []*label
	milestones    []*milestone
	issues        []*issue // by number-1; nil once transferred away
	gone          map[int]*issue
}

func (r *repo) full() string { return r.owner.login + "/" + r.name }

// RepoOption changes a repository as it is added, or later with
// [Server.ChangeRepo].
type RepoOption func(*repo)

// Private hides the repository from strangers; Public shows it.
func Private(r *repo) { r.private = true }

// Public shows the repository to everybody.
func Public(r *repo) { r.private = false }

// NoIssues turns the repository's issues off: 410.
func NoIssues(r *repo) { r.hasIssues = false }

// HasIssues turns them on again.
func HasIssues(r *repo) { r.hasIssues = true }

// Archived makes the repository read-only.
func Archived(r *repo) { r.archived = true }

// Unarchived makes it writable again.
func Unarchived(r *repo) { r.archived = false }

// AddRepo adds the repository "owner/name" with GitHub's default labels. An
// unknown owner is added as an organisation. Repositories are private unless
// Public is given.
func (s *Server) AddRepo(full string, opts ...RepoOption) {
	defer s.lock()()
	owner, name := split(full)
	o := s.user(owner)
	if o == nil {
		o = s.addUser(owner, "Organization")
	}
	r := &repo{id: s.id() % 1_000_000_000, owner: o, name: name, private: true, hasIssues: true,
		created: s.now(), updated: s.now(), collaborators: map[*user]Role{}, gone: map[int]*issue{}}
	for _, f := range opts {
		f(r)
	}
	for _, l := range defaultLabels {
		r.labels = append(r.labels, &label{id: s.id(), repo: r, name: l[0], color: l[1], description: l[2], standard: true})
	}
	s.repos[strings.ToLower(full)] = r
	s.repoIDs[r.id] = r
	delete(s.renamed, strings.ToLower(full))
}

// ChangeRepo changes a repository without an event.
func (s *Server) ChangeRepo(full string, opts ...RepoOption) {
	defer s.lock()()
	r := s.mustRepo(full)
	for _, f := range opts {
		f(r)
	}
}

// SetRole gives a person, who is added where unknown, a role in a repository;
// None takes it away.
func (s *Server) SetRole(full, login string, role Role) {
	defer s.lock()()
	r, u := s.mustRepo(full), s.addUser(login, "User")
	if role == None {
		delete(r.collaborators, u)
		return
	}
	r.collaborators[u] = role
}

// SetTeamRole gives a team a role in a repository.
func (s *Server) SetTeamRole(full, org, slug string, role Role) {
	defer s.lock()()
	t := s.teams[strings.ToLower(org+"/"+slug)]
	if t == nil {
		panic(fmt.Sprintf("sandbox: no team %s/%s", org, slug))
	}
	t.roles[s.mustRepo(full)] = role
}

// RenameRepo renames a repository or moves it to another owner, as a person
// with the right would; the former name redirects from then on.
func (s *Server) RenameRepo(from, to string) {
	defer s.lock()()
	r := s.mustRepo(from)
	oldOwner, oldName := r.owner, r.name
	owner, name := split(to)
	r.owner, r.name, r.updated = s.addUser(owner, "Organization"), name, s.now()
	delete(s.repos, strings.ToLower(from))
	s.renamed[strings.ToLower(from)] = r
	delete(s.renamed, strings.ToLower(to))
	s.repos[strings.ToLower(to)] = r
	s.tellRepository(r, oldOwner, oldName)
}

// RepoID returns the database id of a repository.
func (s *Server) RepoID(full string) int64 {
	defer s.lock()()
	return s.mustRepo(full).id
}

// mustRepo returns a repository that a test or the demo names; a wrong name is
// a mistake in that program.
func (s *Server) mustRepo(full string) *repo {
	if r := s.repos[strings.ToLower(full)]; r != nil {
		return r
	}
	panic(fmt.Sprintf("sandbox: no repository %q", full))
}

func split(full string) (owner, name string) {
	owner, name, ok := strings.Cut(full, "/")
	if !ok || owner == "" || name == "" {
		panic(fmt.Sprintf("sandbox: %q is not OWNER/NAME", full))
	}
	return owner, name
}

func (s *Server) sortedRepos() []*repo {
	all := make([]*repo, 0, len(s.repos))
	for _, r := range s.repos {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *repo) int { return strings.Compare(strings.ToLower(a.full()), strings.ToLower(b.full())) })
	return all
}

func getRepo(c *call) (int, any, error) { return http.StatusOK, c.s.fullRepo(c.repo, c.who), nil }

func listOrgRepos(c *call) (int, any, error) {
	o := c.s.user(c.r.PathValue("org"))
	if o == nil || !o.isOrg() {
		return 0, nil, notFound()
	}
	return c.repoPage(func(r *repo) bool { return r.owner == o })
}

func listUserRepos(c *call) (int, any, error) {
	if c.who.user == nil {
		return 0, nil, unauthenticated()
	}
	return c.repoPage(func(r *repo) bool { return c.s.granted(c.who.user, r).atLeast(Read) })
}

func (c *call) repoPage(want func(*repo) bool) (int, any, error) {
	var out []any
	for _, r := range page(c, c.visibleRepos(want)) {
		out = append(out, c.s.fullRepo(r, c.who))
	}
	return http.StatusOK, list(out), nil
}

func (c *call) visibleRepos(want func(*repo) bool) []*repo {
	return slices.DeleteFunc(c.s.sortedRepos(), func(r *repo) bool { return !want(r) || !c.canRead(r) })
}
