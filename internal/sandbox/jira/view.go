package jira

import (
	"maps"
	"slices"
	"strings"
)

// userView is an account as others see it.
func (s *Server) userView(u *user) any {
	if u == nil {
		return nil
	}
	avatar := s.web + "/secure/useravatar?size="
	v := map[string]any{"displayName": u.display, "active": u.active, "timeZone": u.zone,
		"avatarUrls": map[string]any{"16x16": avatar + "xsmall", "24x24": avatar + "small", "32x32": avatar + "medium", "48x48": avatar + "large"}}
	if s.cloud() {
		v["self"], v["accountId"], v["accountType"] = s.rest("user?accountId=%s", u.id), u.id, u.kind
		if u.shown {
			v["emailAddress"] = u.email
		}
		return v
	}
	v["self"], v["name"], v["key"], v["emailAddress"] = s.rest("user?username=%s", u.id), u.id, u.key, u.email
	return v
}

func (s *Server) statusView(st *status) map[string]any {
	category := map[string]map[string]any{
		ToDo:  {"id": 2, "key": ToDo, "colorName": "blue-gray", "name": "To Do"},
		Doing: {"id": 4, "key": Doing, "colorName": "yellow", "name": "In Progress"},
		Done:  {"id": 3, "key": Done, "colorName": "green", "name": "Done"},
	}[st.category]
	category["self"] = s.rest("statuscategory/%d", category["id"])
	v := map[string]any{"self": s.rest("status/%d", st.id), "description": "", "iconUrl": s.web + "/images/icons/statuses/generic.png",
		"name": st.name, "id": text(st.id), "statusCategory": category}
	if st.scope != nil && s.cloud() {
		v["scope"] = scopeView(st.scope)
	}
	return v
}

func scopeView(p *project) map[string]any {
	return map[string]any{"type": "PROJECT", "project": map[string]any{"id": text(p.id)}}
}

func (s *Server) typeView(t *issueType) map[string]any {
	v := map[string]any{"self": s.rest("issuetype/%d", t.id), "id": text(t.id), "description": "", "iconUrl": s.web + "/images/icons/issuetypes/generic.svg",
		"name": t.name, "subtask": t.subtask()}
	if s.cloud() {
		v["hierarchyLevel"] = t.level
		if t.scope != nil {
			v["scope"] = scopeView(t.scope)
		}
	}
	return v
}

func (s *Server) projectStub(p *project) map[string]any {
	v := map[string]any{"self": s.rest("project/%d", p.id), "id": text(p.id), "key": p.key, "name": p.name, "projectTypeKey": p.kind,
		"avatarUrls": map[string]any{"48x48": s.web + "/secure/projectavatar"}}
	if s.cloud() {
		v["simplified"] = p.team
	}
	return v
}

func (s *Server) resolutionView(r *resolution) any {
	if r == nil {
		return nil
	}
	return map[string]any{"self": s.rest("resolution/%d", r.id), "id": text(r.id), "description": "", "name": r.name}
}

func (s *Server) linkTypeView(t *linkType) map[string]any {
	return map[string]any{"self": s.rest("issueLinkType/%d", t.id), "id": text(t.id), "name": t.name, "inward": t.inward, "outward": t.outward}
}

var priority = map[string]any{"id": "3", "name": "Medium"}

// stub is an issue as others mention it.
func (s *Server) stub(i *issue) map[string]any {
	return map[string]any{"id": text(i.id), "key": i.key, "self": s.rest("issue/%d", i.id), "fields": map[string]any{
		"summary": i.summary, "status": s.statusView(i.status), "priority": priority, "issuetype": s.typeView(i.kind)}}
}

// allFields are an issue's fields for somebody; comments holds at most so many
// comments, the oldest.
func (c *call) allFields(i *issue, comments int) map[string]any {
	s := c.s
	f := s.fieldsOf(i)
	f["description"] = c.shownText(i.description)
	f["issuelinks"] = c.linksView(i)
	var subtasks []any
	for _, t := range s.subtasks(i) {
		if s.sees(c.who, t) {
			subtasks = append(subtasks, s.stub(t))
		}
	}
	f["subtasks"] = list(subtasks)
	all := c.heard(i)
	var views []any
	for _, m := range cut(all, 0, comments) {
		views = append(views, c.commentView(m, false))
	}
	f["comment"] = map[string]any{"comments": list(views), "maxResults": comments, "total": len(all), "startAt": 0, "self": s.rest("issue/%d/comment", i.id)}
	return f
}

// fieldsOf are an issue's own fields.
func (s *Server) fieldsOf(i *issue) map[string]any {
	f := map[string]any{"summary": i.summary, "description": orNull(i.description), "issuetype": s.typeView(i.kind), "project": s.projectStub(i.project),
		"status": s.statusView(i.status), "resolution": s.resolutionView(i.resolution), "resolutiondate": s.stamp(i.resolvedAt),
		"labels": list(i.labels), "assignee": s.userView(i.assignee), "reporter": s.userView(i.reporter), "creator": s.userView(i.creator),
		"created": s.stamp(i.created), "updated": s.stamp(i.updated), "priority": priority, "components": []any{}, "fixVersions": []any{}}
	f[dueDate] = orNull(i.due)
	if s.cloud() {
		f["statuscategorychangedate"] = s.stamp(i.updated)
		f["statusCategory"] = s.statusView(i.status)["statusCategory"]
	}
	if i.secret {
		f["security"] = map[string]any{"id": "10000", "name": "Restricted", "description": "", "self": s.rest("securitylevel/10000")}
	}
	if i.parent != nil && !i.parent.deleted {
		f["parent"] = s.stub(i.parent)
	}
	if !s.cloud() && i.kind.level == 0 {
		_, key := refOf(i.epic)
		f[EpicLink] = orNull(key)
	}
	if !s.cloud() && i.kind.level == 1 {
		f[EpicName] = orNull(i.epicName)
	}
	for id, v := range i.custom {
		f[id] = v
	}
	return f
}

// view is an issue as an answer gives it: the fields asked for (otherwise these),
// and what is to be expanded.
func (c *call) view(i *issue, want, otherwise, properties []string, comments int) map[string]any {
	v := map[string]any{"expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations", "id": text(i.id),
		"self": c.s.rest("issue/%d", i.id), "key": i.key}
	if len(want) == 0 {
		want = otherwise
	}
	if f := chosen(c.allFields(i, comments), want); f != nil {
		v["fields"] = f
	}
	if len(properties) > 0 {
		shown := map[string]any{}
		for k, value := range i.properties {
			if slices.Contains(properties, k) || slices.Contains(properties, "*all") {
				shown[k] = value
			}
		}
		v["properties"] = shown
	}
	if c.expands("changelog") {
		v["changelog"] = c.changelog(i)
	}
	return v
}

// changelog is a history within an issue: Cloud gives the newest hundred, newest
// first; Data Center all, oldest first.
func (c *call) changelog(i *issue) map[string]any {
	var all []any
	for _, r := range i.history {
		all = append(all, c.s.recordView(r))
	}
	n := len(all)
	if c.s.cloud() {
		slices.Reverse(all)
		all = all[:min(n, 100)]
	}
	return map[string]any{"startAt": 0, "maxResults": len(all), "total": n, "histories": list(all)}
}

// chosen picks the fields that a request names: ids, *all, *navigable, and -id
// to leave one out. None is nil: only id and key were asked for.
func chosen(all map[string]any, want []string) map[string]any {
	out := map[string]any{}
	navigable := func() {
		maps.Copy(out, all)
		delete(out, "comment")
	}
	only := true
	for _, w := range want {
		if strings.HasPrefix(w, "-") {
			continue
		}
		only = false
		switch w {
		case "*all":
			maps.Copy(out, all)
		case "*navigable":
			navigable()
		default:
			if v, ok := all[w]; ok {
				out[w] = v
			}
		}
	}
	if only {
		maps.Copy(out, all)
	}
	for _, w := range want {
		if id, minus := strings.CutPrefix(w, "-"); minus {
			delete(out, id)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
