package jira

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (s *Server) schemaView(f *field) map[string]any {
	v := map[string]any{"type": f.kind}
	if f.items != "" {
		v["items"] = f.items
	}
	if f.system != "" {
		v["system"] = f.system
	}
	if f.custom != "" {
		v["custom"] = f.custom
		v["customId"] = id64(strings.TrimPrefix(f.id, "customfield_"))
	}
	return v
}

// fieldMeta describes a field on a screen.
func (s *Server) fieldMeta(id string, required bool) map[string]any {
	f := s.field(id)
	v := map[string]any{"required": required, "schema": s.schemaView(f), "name": f.name, "key": f.id, "operations": []string{"set"}, "hasDefaultValue": false}
	if id == "labels" {
		v["operations"] = []string{"add", "set", "remove"}
	}
	if id == "resolution" {
		var all []any
		for _, r := range s.resolved {
			all = append(all, s.resolutionView(r))
		}
		v["allowedValues"] = list(all)
	}
	return v
}

func listFields(c *call) (int, any, error) {
	var out []any
	for _, f := range c.s.fields {
		if f.id == "parent" && !c.s.cloud() {
			continue // only screens of sub-tasks have it
		}
		v := map[string]any{"id": f.id, "name": f.name, "custom": f.custom != "", "orderable": true, "navigable": f.id != "comment", "searchable": true,
			"clauseNames": []string{strings.ToLower(f.name)}, "schema": c.s.schemaView(f)}
		if f.custom != "" {
			v["clauseNames"] = []string{"cf[" + strings.TrimPrefix(f.id, "customfield_") + "]", f.name}
		}
		if c.s.cloud() {
			v["key"] = f.id
		}
		out = append(out, v)
	}
	return http.StatusOK, list(out), nil
}

func listStatuses(c *call) (int, any, error) {
	var out []any
	for _, st := range c.s.statuses {
		if st.scope == nil || c.s.may(c.who, st.scope, Browse) {
			out = append(out, c.s.statusView(st))
		}
	}
	return http.StatusOK, list(out), nil
}

func listResolutions(c *call) (int, any, error) {
	var out []any
	for _, r := range c.s.resolved {
		out = append(out, c.s.resolutionView(r))
	}
	return http.StatusOK, list(out), nil
}

func listTypes(c *call) (int, any, error) {
	var out []any
	for _, id := range sortedIDs(c.s.types) {
		t := c.s.types[id]
		if t.scope == nil || c.s.may(c.who, t.scope, Browse) {
			out = append(out, c.s.typeView(t))
		}
	}
	return http.StatusOK, list(out), nil
}

// seen returns the project that a call names, if the caller may see it.
func (c *call) project() (*project, error) {
	key := c.r.PathValue("project")
	if p := c.s.project(key); p != nil && c.s.may(c.who, p, Browse) {
		return p, nil
	}
	return nil, notFound("No project could be found with key '%s'.", key)
}

// createTypes lists the types that somebody may create in a project.
func createTypes(c *call) (int, any, error) {
	p, err := c.project()
	if err != nil || !c.s.may(c.who, p, CreateIssues) {
		return 0, nil, notFound("No project could be found with key '%s'.", c.r.PathValue("project"))
	}
	start, size := c.window(50, 200)
	var out []any
	for _, t := range cut(p.types, start, size) {
		out = append(out, c.s.typeView(t))
	}
	return http.StatusOK, c.metaPage("issueTypes", out, start, size, len(p.types)), nil
}

// metaPage is a page of a creation's metadata; Data Center names the list
// "values" and says whether it is the last.
func (c *call) metaPage(name string, out []any, start, size, total int) map[string]any {
	v := map[string]any{"startAt": start, "maxResults": size, "total": total}
	if !c.s.cloud() {
		name = "values"
		v["isLast"] = start+len(out) >= total
	}
	v[name] = list(out)
	return v
}

func createFields(c *call) (int, any, error) {
	p, err := c.project()
	if err != nil || !c.s.may(c.who, p, CreateIssues) {
		return 0, nil, notFound("No project could be found with key '%s'.", c.r.PathValue("project"))
	}
	t := p.typeOf(c.r.PathValue("type"))
	if t == nil || text(t.id) != c.r.PathValue("type") {
		return 0, nil, notFound("The issue type with id '%s' does not exist in the project.", c.r.PathValue("type"))
	}
	takes := c.s.creatable(t)
	var all []any
	for _, f := range c.s.fields {
		if !takes(f.id) || f.id == "parent" && c.s.cloud() && t.level > 0 || f.id == "security" && !c.s.may(c.who, p, SetSecurity) {
			continue
		}
		required := f.id == "project" || f.id == "issuetype" || f.id == "summary" || f.id == "parent" && t.subtask() || slices.Contains(t.required, f.id)
		v := c.s.fieldMeta(f.id, required)
		v["fieldId"] = f.id
		if !c.s.cloud() {
			delete(v, "key")
		}
		all = append(all, v)
	}
	start, size := c.window(50, 200)
	out := cut(all, start, size)
	return http.StatusOK, c.metaPage("fields", out, start, size, len(all)), nil
}

func listProjects(c *call) (int, any, error) {
	var out []any
	for _, p := range c.s.sortedProjects() {
		if c.s.may(c.who, p, Browse) {
			out = append(out, c.s.projectStub(p))
		}
	}
	return http.StatusOK, list(out), nil
}

// searchProjects is Cloud's paged list.
func searchProjects(c *call) (int, any, error) {
	start, size := c.window(50, 100)
	keys := c.r.URL.Query()["keys"]
	var all []any
	for _, p := range c.s.sortedProjects() {
		if c.s.may(c.who, p, Browse) && (len(keys) == 0 || slices.Contains(keys, p.key)) {
			all = append(all, c.s.projectStub(p))
		}
	}
	page := cut(all, start, size)
	return http.StatusOK, map[string]any{"startAt": start, "maxResults": size, "total": len(all), "isLast": start+len(page) >= len(all), "values": page}, nil
}

func getProject(c *call) (int, any, error) {
	p, err := c.project()
	if err != nil {
		return 0, nil, err
	}
	v := c.s.projectStub(p)
	var types []any
	for _, t := range p.types {
		types = append(types, c.s.typeView(t))
	}
	roles := map[string]any{}
	for _, r := range c.s.roles {
		roles[r.name] = c.s.rest("project/%d/role/%d", p.id, r.id)
	}
	v["issueTypes"], v["roles"], v["description"] = list(types), roles, ""
	if c.s.cloud() {
		v["style"] = map[bool]string{true: "next-gen", false: "classic"}[p.team]
	}
	return http.StatusOK, v, nil
}

// listRoles tells the roles, and getRole who holds one, to those who administer
// the project.
func listRoles(c *call) (int, any, error) {
	p, err := c.administered()
	if err != nil {
		return 0, nil, err
	}
	roles := map[string]any{}
	for _, r := range c.s.roles {
		roles[r.name] = c.s.rest("project/%d/role/%d", p.id, r.id)
	}
	return http.StatusOK, roles, nil
}

func (c *call) administered() (*project, error) {
	p, err := c.project()
	if err == nil && !c.s.may(c.who, p, AdministerProject) && !c.s.may(c.who, nil, Administer) {
		err = notFound("You do not have the administrative permission to see the roles of project '%s'.", p.key)
	}
	return p, err
}

func getRole(c *call) (int, any, error) {
	p, err := c.administered()
	if err != nil {
		return 0, nil, err
	}
	for _, r := range c.s.roles {
		if text(r.id) == c.r.PathValue("role") {
			return http.StatusOK, c.s.roleView(p, r), nil
		}
	}
	return 0, nil, notFound("Can not retrieve a role actor without a valid role.")
}

func (s *Server) roleView(p *project, r *role) map[string]any {
	var out []any
	for n, u := range p.actors(r).users {
		v := map[string]any{"id": 10240 + n, "displayName": u.display, "type": "atlassian-user-role-actor"}
		if s.cloud() {
			v["actorUser"] = map[string]any{"accountId": u.id}
		} else {
			v["name"] = u.id
		}
		out = append(out, v)
	}
	for n, g := range p.actors(r).groups {
		v := map[string]any{"id": 10340 + n, "displayName": g.name, "type": "atlassian-group-role-actor", "name": g.name}
		group := map[string]any{"name": g.name, "displayName": g.name}
		if s.cloud() {
			group["groupId"] = g.uuid()
		}
		v["actorGroup"] = group
		out = append(out, v)
	}
	return map[string]any{"self": s.rest("project/%d/role/%d", p.id, r.id), "name": r.name, "id": r.id, "description": "", "actors": list(out)}
}

func sortedIDs[V any](m map[int64]V) []int64 { return slices.Sorted(maps.Keys(m)) }
