package jira

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// apply changes the issue, and returns what its history is to say.
func (e *edit) apply(s *Server, i *issue) []item {
	var out []item
	words := func(field string, now *string, is *string) {
		if now != nil && *now != *is {
			out = append(out, item{field: field, fieldID: field, fromString: *is, toString: *now})
			*is = *now
		}
	}
	words("summary", e.summary, &i.summary)
	words("description", e.description, &i.description)
	if e.labels != nil && !slices.Equal(*e.labels, i.labels) {
		out = append(out, item{field: "labels", fieldID: "labels", fromString: strings.Join(i.labels, " "), toString: strings.Join(*e.labels, " ")})
		i.labels = *e.labels
	}
	if e.assignee != nil && *e.assignee != i.assignee {
		now := *e.assignee
		out = append(out, item{field: "assignee", fieldID: "assignee", from: idOf(i.assignee), fromString: nameOf(i.assignee), to: idOf(now), toString: nameOf(now)})
		i.assignee = now
	}
	if e.kind != nil && e.kind != i.kind {
		out = append(out, item{field: "issuetype", fieldID: "issuetype", from: text(i.kind.id), fromString: i.kind.name, to: text(e.kind.id), toString: e.kind.name})
		i.kind = e.kind
	}
	over := func(field, id string, now **issue, is **issue) {
		if now != nil && *now != *is {
			it := item{field: field, fieldID: id}
			it.from, it.fromString = refOf(*is)
			it.to, it.toString = refOf(*now)
			out = append(out, it)
			*is = *now
		}
	}
	if s.cloud() {
		over("IssueParentAssociation", "parent", e.parent, &i.parent)
	} else {
		over("Parent", "", e.parent, &i.parent)
		over("Epic Link", EpicLink, e.epic, &i.epic)
		words(EpicName, e.epicName, &i.epicName)
	}
	if e.due != nil && *e.due != i.due {
		out = append(out, item{field: dueDate, fieldID: dueDate, from: i.due, fromString: midnight(i.due), to: *e.due, toString: midnight(*e.due)})
		i.due = *e.due
	}
	if e.resolution != nil {
		out = append(out, s.resolve(i, *e.resolution)...)
	}
	if e.secret != nil {
		i.secret = *e.secret
	}
	maps.Copy(i.custom, e.custom)
	return out
}

// resolve sets or clears the resolution.
func (s *Server) resolve(i *issue, to *resolution) []item {
	if to == i.resolution {
		return nil
	}
	it := item{field: "resolution", fieldID: "resolution"}
	if i.resolution != nil {
		it.from, it.fromString = text(i.resolution.id), i.resolution.name
	}
	i.resolution = to
	i.resolvedAt = time.Time{}
	if to != nil {
		i.resolvedAt = s.now()
		it.to, it.toString = text(to.id), to.name
	}
	return []item{it}
}

// idOf is how a history names somebody: on Data Center by the key, which is not
// the name.
func idOf(u *user) string {
	if u == nil {
		return ""
	}
	return cmp.Or(u.key, u.id)
}

func nameOf(u *user) string {
	if u == nil {
		return ""
	}
	return u.display
}

func refOf(i *issue) (id, key string) {
	if i == nil {
		return "", ""
	}
	return text(i.id), i.key
}
