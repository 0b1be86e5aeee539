package jira

import (
	"maps"
	"slices"
)

// tellIssue tells the hooks of an event of an issue. comment is set where Data
// Center tells a comment as an update of its issue.
func (s *Server) tellIssue(event string, i *issue, by *user, r *record, m *comment) {
	payload := map[string]any{"timestamp": s.now().UnixMilli(), "webhookEvent": event, "user": s.userView(by), "issue": s.issuePayload(i)}
	if kind := s.eventType(event, i, r, m); kind != "" {
		payload["issue_event_type_name"] = kind
	}
	if r != nil {
		var items []any
		for _, it := range r.items {
			items = append(items, s.itemView(it))
		}
		payload["changelog"] = map[string]any{"id": text(r.id), "items": list(items)}
	}
	if m != nil {
		payload["comment"] = s.commentBody(m)
	}
	s.tell(event, subject{issue: i, comment: m}, payload)
}

// eventType names an update more closely. Cloud says "issue_generic" of every
// transition; Data Center tells where it led.
func (s *Server) eventType(event string, i *issue, r *record, m *comment) string {
	switch {
	case event == "jira:issue_created":
		return "issue_created"
	case m != nil:
		return m.told
	case r == nil:
		return ""
	}
	has := func(field string) bool {
		return slices.ContainsFunc(r.items, func(it item) bool { return it.field == field })
	}
	switch {
	case has("Key"):
		return "issue_moved"
	case has("status") && s.cloud():
		return "issue_generic"
	case has("status") && i.status.done():
		return "issue_resolved"
	case has("status") && i.status.category == Doing:
		return "issue_work_started"
	case has("status"):
		return "issue_reopened"
	case has("assignee"):
		return "issue_assigned"
	}
	return "issue_updated"
}

func (s *Server) issuePayload(i *issue) map[string]any {
	f := s.fieldsOf(i)
	var subtasks []any
	for _, t := range s.subtasks(i) {
		subtasks = append(subtasks, s.stub(t))
	}
	f["subtasks"] = list(subtasks)
	return map[string]any{"id": text(i.id), "self": s.rest("issue/%d", i.id), "key": i.key, "fields": f}
}

// tellComment tells the hooks of a comment. Cloud sends six fields of the issue
// along and no user; Data Center no issue at all, and then tells the same once
// more as an update of the issue.
func (s *Server) tellComment(event string, m *comment, by *user) {
	payload := map[string]any{"timestamp": s.now().UnixMilli(), "webhookEvent": event, "comment": s.commentBody(m)}
	if s.cloud() {
		fields := s.fieldsOf(m.issue)
		maps.DeleteFunc(fields, func(k string, _ any) bool {
			return !slices.Contains([]string{"summary", "issuetype", "project", "assignee", "priority", "status"}, k)
		})
		payload["issue"] = map[string]any{"id": text(m.issue.id), "self": s.rest("issue/%d", m.issue.id), "key": m.issue.key, "fields": fields}
		s.tell(event, subject{issue: m.issue, comment: m}, payload)
		return
	}
	if event != "comment_created" {
		payload["user"] = s.userView(by)
	}
	s.tell(event, subject{issue: m.issue, comment: m}, payload)
	m.told = map[string]string{"comment_created": "issue_commented", "comment_updated": "issue_comment_edited", "comment_deleted": "issue_comment_deleted"}[event]
	s.tellIssue("jira:issue_updated", m.issue, by, nil, m)
}

// tellLink tells the hooks of a link: by ids alone, to everybody.
func (s *Server) tellLink(event string, l *link) {
	s.tell(event, subject{}, map[string]any{"timestamp": s.now().UnixMilli(), "webhookEvent": event, "issueLink": map[string]any{
		"id": l.id, "sourceIssueId": l.from.id, "destinationIssueId": l.to.id, "systemLink": l.kind.subtask,
		"issueLinkType": map[string]any{"id": l.kind.id, "name": l.kind.name, "outwardName": l.kind.outward, "inwardName": l.kind.inward,
			"isSubTaskLinkType": l.kind.subtask, "isSystemLinkType": l.kind.subtask}}})
}
