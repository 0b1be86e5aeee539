package jira

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func getMyself(c *call) (int, any, error) {
	v := c.s.userView(c.who).(map[string]any)
	v["emailAddress"] = c.who.email
	v["locale"] = "en_US"
	return http.StatusOK, v, nil
}

func getServerInfo(c *call) (int, any, error) {
	now := c.s.stamp(c.s.now())
	v := map[string]any{"baseUrl": c.s.web, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0}, "deploymentType": "Cloud",
		"buildNumber": 100274, "buildDate": now, "serverTime": now, "scmInfo": "sandbox", "serverTitle": "Jira"}
	if !c.s.cloud() {
		minor := map[int]int{9: 12, 10: 3}[c.s.opt.Version]
		v["deploymentType"], v["versionNumbers"] = "Server", []int{c.s.opt.Version, minor, 0}
		v["version"] = fmt.Sprintf("%d.%d.0", c.s.opt.Version, minor)
	}
	return http.StatusOK, v, nil
}

// getUser finds one account: by accountId on Cloud, by username or key on Data
// Center.
func getUser(c *call) (int, any, error) {
	var u *user
	if c.s.cloud() {
		u = c.s.account(c.query("accountId"))
	} else {
		u = c.s.account(c.query("username"))
		for _, one := range c.s.users {
			if k := c.query("key"); k != "" && one.key == k {
				u = one
			}
		}
	}
	if u == nil {
		return 0, nil, notFound("The user with the specified name, key or accountId does not exist.")
	}
	v := c.s.userView(u).(map[string]any)
	if c.expands("groups") {
		groups := c.s.groupsOf(u)
		v["groups"] = map[string]any{"size": len(groups), "items": list(groups)}
	}
	return http.StatusOK, v, nil
}

func (s *Server) groupsOf(u *user) []any {
	var out []any
	for _, name := range sortedKeys(s.groups) {
		if g := s.groups[name]; slices.Contains(g.members, u) {
			out = append(out, s.groupView(g))
		}
	}
	return out
}

func (s *Server) groupView(g *group) map[string]any {
	v := map[string]any{"name": g.name, "self": s.rest("group?groupname=%s", g.name)}
	if s.cloud() {
		v["groupId"] = g.uuid()
	}
	return v
}

func getUserGroups(c *call) (int, any, error) {
	u := c.s.account(c.query("accountId"))
	if u == nil {
		return 0, nil, notFound("The user with the specified accountId does not exist.")
	}
	return http.StatusOK, list(c.s.groupsOf(u)), nil
}

// matching returns the accounts that a search for people finds, by name.
func (c *call) matching() []*user {
	want := strings.ToLower(c.query("query"))
	if !c.s.cloud() {
		want = strings.ToLower(c.query("username"))
	}
	var out []*user
	for _, name := range sortedKeys(c.s.users) {
		u := c.s.users[name]
		if id := c.query("accountId"); c.s.cloud() && id != "" {
			if u.id == id {
				out = append(out, u)
			}
			continue
		}
		for _, field := range []string{u.display, u.email, u.id} {
			if u.active && strings.HasPrefix(strings.ToLower(field), want) && (want != "" || !c.s.cloud()) {
				out = append(out, u)
				break
			}
		}
	}
	return out
}

func (c *call) userPage(all []*user) (int, any, error) {
	start, size := c.window(50, 1000)
	var out []any
	for _, u := range cut(all, start, size) {
		out = append(out, c.s.userView(u))
	}
	return http.StatusOK, list(out), nil
}

func searchUsers(c *call) (int, any, error) {
	if c.query("query") == "" && c.query("accountId") == "" && c.query("username") == "" {
		return 0, nil, badRequest("The query parameter 'query' or 'accountId' ('username' on Data Center) is required.")
	}
	return c.userPage(c.matching())
}

// searchAssignable finds who can be assigned an issue, or issues of a project.
// It looks at so many accounts and then drops those who cannot, so that a page
// may hold fewer.
func searchAssignable(c *call) (int, any, error) {
	var p *project
	if key := c.query("issueKey"); key != "" {
		i, err := c.s.visible(c.who, key)
		if err != nil {
			return 0, nil, err
		}
		p = i.project
	} else if p = c.s.project(c.query("project")); p == nil || !c.s.may(c.who, p, Browse) {
		return 0, nil, notFound("No project could be found with key '%s'.", c.query("project"))
	}
	all := c.matching()
	if c.query("query") == "" && c.query("accountId") == "" && c.query("username") == "" {
		all = nil
		for _, name := range sortedKeys(c.s.users) {
			all = append(all, c.s.users[name])
		}
	}
	return c.userPage(slices.DeleteFunc(all, func(u *user) bool { return !c.s.assignable(u, p) }))
}

func listMembers(c *call) (int, any, error) {
	var g *group
	for _, one := range c.s.groups {
		if one.name == c.query("groupname") || c.s.cloud() && one.uuid() == c.query("groupId") {
			g = one
		}
	}
	if !c.s.cloud() && !c.who.admin {
		return 0, nil, forbidden("You are not authorised to perform this operation. You must be a Jira administrator.")
	}
	if g == nil {
		return 0, nil, notFound("Group '%s' does not exist.", c.query("groupname"))
	}
	start, size := c.window(50, 50)
	var out []any
	for _, u := range cut(g.members, start, size) {
		out = append(out, c.s.userView(u))
	}
	return http.StatusOK, map[string]any{"self": c.s.rest("group/member?groupname=%s", g.name), "startAt": start, "maxResults": size,
		"total": len(g.members), "isLast": start+len(out) >= len(g.members), "values": list(out)}, nil
}

// myPermissions tells what the caller may do, anywhere or with one project or
// issue. Cloud must be told which permissions are meant.
func myPermissions(c *call) (int, any, error) {
	var p *project
	if key := cmp.Or(c.query("issueKey"), c.query("issueId")); key != "" {
		i, err := c.s.visible(c.who, key)
		if err != nil {
			return 0, nil, err
		}
		p = i.project
	}
	if key := cmp.Or(c.query("projectKey"), c.query("projectId")); key != "" {
		if p = c.s.project(key); p == nil || !c.s.may(c.who, p, Browse) {
			return 0, nil, notFound("No project could be found with key '%s'.", key)
		}
	}
	var want []string // Data Center tells all, whatever is asked
	if c.s.cloud() {
		if want = c.listed("permissions"); len(want) == 0 {
			return 0, nil, badRequest("The 'permissions' query parameter is required.")
		}
	}
	out := map[string]any{}
	for n, k := range known {
		if len(want) == 0 || slices.Contains(want, string(k.key)) {
			kind := map[bool]string{true: "GLOBAL", false: "PROJECT"}[k.global]
			out[string(k.key)] = map[string]any{"id": text(int64(n)), "key": k.key, "name": k.name, "type": kind, "description": "", "havePermission": c.s.has(c.who, p, k.key)}
		}
	}
	for _, w := range want {
		if _, ok := out[w]; !ok {
			return 0, nil, badRequest("Unrecognized permission: '%s'", w)
		}
	}
	return http.StatusOK, map[string]any{"permissions": out}, nil
}

// has is may, where without a project any project will do.
func (s *Server) has(u *user, p *project, perm Permission) bool {
	if p != nil || s.may(u, nil, perm) {
		return s.may(u, p, perm)
	}
	for one := range maps.Values(s.projects) {
		if s.may(u, one, perm) {
			return true
		}
	}
	return false
}
