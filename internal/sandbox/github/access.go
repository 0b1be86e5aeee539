package github

import (
	"net/http"
	"slices"
	"strings"
)

// collaboratorView is a person with what he may do in a repository.
type collaboratorView struct {
	userView
	Permissions map[string]bool `json:"permissions"`
	RoleName    Role            `json:"role_name"`
}

func (s *Server) collaboratorView(u *user, role Role) collaboratorView {
	return collaboratorView{s.simpleUser(u), role.flags(), role}
}

// getPermission answers for anybody with an account: on a public repository
// everybody may read.
func getPermission(c *call) (int, any, error) {
	u := c.s.user(c.r.PathValue("username"))
	if u == nil || u.isOrg() {
		return 0, nil, notFound()
	}
	if err := c.mayAsk(); err != nil {
		return 0, nil, err
	}
	role := c.s.role(u, c.repo)
	return http.StatusOK, map[string]any{"permission": role.legacy(), "role_name": role, "user": c.s.collaboratorView(u, role)}, nil
}

// mayAsk returns nil where the caller may ask about other people's roles: he
// holds a role himself, or is an app.
func (c *call) mayAsk() error {
	switch {
	case c.who.anonymous():
		return unauthenticated()
	case c.who.inst != nil || c.s.granted(c.who.user, c.repo).atLeast(Read):
		return nil
	}
	return forbidden("Must have push access to view collaborator permission.")
}

func checkCollaborator(c *call) (int, any, error) {
	if err := c.mayAsk(); err != nil {
		return 0, nil, err
	}
	u := c.s.user(c.r.PathValue("username"))
	if u == nil || c.s.granted(u, c.repo) == None {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

func listCollaborators(c *call) (int, any, error) {
	if err := c.mayAsk(); err != nil {
		return 0, nil, err
	}
	var out []collaboratorView
	for _, u := range c.s.sortedUsers() {
		if role := c.s.granted(u, c.repo); role != None && !u.isOrg() {
			out = append(out, c.s.collaboratorView(u, role))
		}
	}
	return http.StatusOK, list(page(c, out)), nil
}

func (s *Server) sortedUsers() []*user {
	all := make([]*user, 0, len(s.users))
	for _, u := range s.users {
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b *user) int { return strings.Compare(strings.ToLower(a.login), strings.ToLower(b.login)) })
	return all
}

// getMember answers members of the organisation, and apps with the permission;
// others are sent to the public members.
func getMember(c *call) (int, any, error) {
	org := c.s.user(c.r.PathValue("org"))
	if org == nil || !org.isOrg() {
		return 0, nil, notFound()
	}
	if !c.seesMembers(org) {
		return 0, nil, &apiError{status: http.StatusFound, message: "Found", location: c.base() + "/orgs/" + org.login + "/public_members/" + c.r.PathValue("username")}
	}
	if u := c.s.user(c.r.PathValue("username")); u == nil || !org.hasMember(u) {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

func (c *call) seesMembers(org *user) bool {
	if c.who.inst != nil {
		return c.who.inst.account == org && c.who.inst.allows("members", false)
	}
	return c.who.user != nil && org.hasMember(c.who.user) && c.who.inScope("read:org", "admin:org", "write:org")
}

// inScope reports whether a classic token has one of the scopes.
func (w *identity) inScope(scopes ...string) bool {
	return slices.ContainsFunc(w.scopes, func(s string) bool { return slices.Contains(scopes, s) })
}

func getPublicMember(c *call) (int, any, error) {
	org, u := c.s.user(c.r.PathValue("org")), c.s.user(c.r.PathValue("username"))
	if org == nil || u == nil {
		return 0, nil, notFound()
	}
	if m, ok := org.members[u]; !ok || m.concealed {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

func (c *call) team() (*team, error) {
	t := c.s.teams[strings.ToLower(c.r.PathValue("org")+"/"+c.r.PathValue("slug"))]
	if t == nil || !c.seesMembers(t.org) {
		return nil, notFound()
	}
	return t, nil
}

func listTeamMembers(c *call) (int, any, error) {
	t, err := c.team()
	if err != nil {
		return 0, nil, err
	}
	us := slices.DeleteFunc(c.s.sortedUsers(), func(u *user) bool { return !t.members[u] })
	return http.StatusOK, c.s.userViews(page(c, us)), nil
}

func getTeamMembership(c *call) (int, any, error) {
	t, err := c.team()
	if err != nil {
		return 0, nil, err
	}
	u := c.s.user(c.r.PathValue("username"))
	if u == nil || !t.members[u] {
		return 0, nil, notFound()
	}
	return http.StatusOK, map[string]any{"role": "member", "state": "active",
		"url": c.s.api + "/orgs/" + t.org.login + "/teams/" + t.slug + "/memberships/" + u.login}, nil
}
