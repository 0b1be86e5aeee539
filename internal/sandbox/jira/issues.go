package jira

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// issue is an issue. Deleted ones stay, unseen.
type issue struct {
	id          int64
	key         string
	project     *project
	kind        *issueType
	summary     string
	description string
	status      *status
	resolution  *resolution
	resolvedAt  time.Time
	labels      []string
	assignee    *user
	due         string // YYYY-MM-DD
	reporter    *user
	creator     *user
	parent      *issue // Cloud: whatever hangs under it; Data Center: a sub-task's
	epic        *issue // Data Center: by Epic Link
	epicName    string
	links       []*link
	comments    []*comment
	properties  map[string]json.RawMessage
	custom      map[string]json.RawMessage // other custom fields
	history     []*record
	created     time.Time
	updated     time.Time
	secret      bool // has a security level
	deleted     bool
	mails       int // what Jira mailed about it
	past        host.Lag[issue]
}

// above returns what the issue hangs under, by either kind of link.
func (i *issue) above() *issue {
	if i.parent != nil {
		return i.parent
	}
	return i.epic
}

// mail counts what Jira mails about an issue.
func (s *Server) mail(i *issue) { i.mails++ }

// issue finds an issue by id, key or a former key; nil: none, or a deleted one.
func (s *Server) issue(idOrKey string) *issue {
	i := s.keys[strings.ToUpper(idOrKey)]
	if id := id64(idOrKey); id > 0 {
		i = s.issues[id]
	}
	if i == nil || i.deleted {
		return nil
	}
	return i
}

// visible finds an issue that somebody may see; what he may not see does not
// exist for him.
func (s *Server) visible(by *user, idOrKey string) (*issue, error) {
	if i := s.issue(idOrKey); i != nil && s.sees(by, i) {
		return i, nil
	}
	return nil, noIssue()
}

// create makes an issue as a request asks for it.
func (s *Server) create(by *user, in update) (*issue, error) {
	p, t, err := s.where(by, in.Fields)
	if err != nil {
		return nil, err
	}
	i := &issue{project: p, kind: t, reporter: by, creator: by, status: p.workflow.statuses[0], labels: []string{},
		properties: map[string]json.RawMessage{}, custom: map[string]json.RawMessage{}}
	e, err := s.read(by, i, in, s.creatable(t))
	if err != nil {
		return nil, err
	}
	if err := s.complete(i, e); err != nil {
		return nil, err
	}
	if err := checkProperties(in.Properties); err != nil {
		return nil, err
	}
	p.numbers++
	i.id, i.key = s.id("issue"), fmt.Sprintf("%s-%d", p.key, p.numbers)
	i.created, i.updated = s.now(), s.now()
	s.issues[i.id], s.keys[i.key] = i, i
	s.ordered = append(s.ordered, i)
	s.hide(i, nil)
	e.apply(s, i)
	for _, one := range in.Properties {
		i.properties[one.Key] = one.Value
	}
	if i.kind.subtask() {
		s.linkSubtask(i)
	}
	s.mail(i)
	s.tellIssue("jira:issue_created", i, by, s.beginning(i), nil)
	return i, nil
}

// beginning is what Cloud's webhook tells of a creation as if it were a change;
// no history keeps it.
func (s *Server) beginning(i *issue) *record {
	if !s.cloud() {
		return nil
	}
	items := []item{{field: "summary", fieldID: "summary", toString: i.summary},
		{field: "Status", fieldID: "status", to: text(i.status.id), toString: i.status.name},
		{field: "reporter", fieldID: "reporter", to: idOf(i.reporter), toString: nameOf(i.reporter)}}
	if i.description != "" {
		items = append(items, item{field: "description", fieldID: "description", toString: i.description})
	}
	return &record{id: s.id("history"), by: i.creator, at: i.created, items: items}
}

// where reads project and type of an issue that is to be created.
func (s *Server) where(by *user, fields map[string]json.RawMessage) (*project, *issueType, error) {
	if by == nil {
		return nil, nil, unauthenticated()
	}
	want := readRef(fields["project"])
	p := s.project(cmp.Or(want.ID, want.Key))
	if p == nil || !s.may(by, p, Browse) {
		return nil, nil, wrongField("project", "valid project is required")
	}
	if !s.may(by, p, CreateIssues) {
		return nil, nil, wrongField("project", "You do not have permission to create issues in this project.")
	}
	kind := readRef(fields["issuetype"])
	t := p.typeOf(cmp.Or(kind.ID, kind.Name))
	if t == nil {
		return nil, nil, wrongField("issuetype", "Specify a valid issue type")
	}
	return p, t, nil
}

// creatable tells which fields a creation takes.
func (s *Server) creatable(t *issueType) func(string) bool {
	return func(id string) bool {
		switch id {
		case "project", "issuetype", "summary", "description", "labels", "assignee", "priority", "security":
			return true
		case "parent":
			return s.cloud() || t.subtask()
		}
		return slices.Contains(t.screen, id)
	}
}

// complete refuses an issue that lacks what its type requires.
func (s *Server) complete(i *issue, e *edit) error {
	bad := map[string]string{}
	if e.summary == nil || *e.summary == "" {
		bad["summary"] = "You must specify a summary of the issue."
	}
	if i.kind.subtask() && (e.parent == nil || *e.parent == nil) {
		bad["issuetype"] = "Issue type is a sub-task but parent issue key or id not specified."
	}
	for _, id := range i.kind.required {
		if !e.gives(id) {
			bad[id] = s.field(id).name + " is required."
		}
	}
	if len(bad) > 0 {
		return &apiError{status: http.StatusBadRequest, fields: bad}
	}
	return nil
}

// edit changes an issue as a request asks for it.
func (s *Server) edit(by *user, i *issue, in update, quiet bool) error {
	if !s.may(by, i.project, EditIssues) {
		if !(onlyAssigns(in) && s.may(by, i.project, AssignIssues)) {
			return forbidden("You do not have permission to edit issues in this project.")
		}
	}
	may := s.creatable(i.kind)
	e, err := s.read(by, i, in, func(id string) bool { return may(id) && id != "project" })
	if err != nil {
		return err
	}
	if err := checkProperties(in.Properties); err != nil {
		return err
	}
	if !s.cloud() {
		in.Properties = nil // Data Center takes them and forgets them
	}
	var items []item
	s.change(i, func() {
		items = e.apply(s, i)
		for _, one := range in.Properties {
			i.properties[one.Key] = one.Value
		}
	})
	if r := s.note(i, by, true, items...); r != nil {
		if !quiet {
			s.mail(i)
		}
		s.tellIssue("jira:issue_updated", i, by, r, nil)
	}
	return nil
}

func onlyAssigns(in update) bool {
	_, ok := in.Fields["assignee"]
	return ok && len(in.Fields) == 1 && len(in.Update) == 0 && len(in.Properties) == 0
}

// delete deletes an issue; one with sub-tasks only together with them.
func (s *Server) delete(by *user, i *issue, withSubtasks bool) error {
	if !s.may(by, i.project, DeleteIssues) {
		return forbidden("You do not have permission to delete issues in this project.")
	}
	below := s.subtasks(i)
	if len(below) > 0 && !withSubtasks {
		return badRequest("The issue '%s' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.", i.key)
	}
	for _, c := range below {
		s.remove(by, c)
	}
	s.remove(by, i)
	return nil
}

func (s *Server) remove(by *user, i *issue) {
	for _, l := range slices.Clone(i.links) {
		s.dropLink(l)
	}
	for _, c := range s.ordered {
		if c.parent == i || c.epic == i {
			s.change(c, func() { c.parent, c.epic = nil, nil })
		}
	}
	s.change(i, func() { i.deleted = true })
	for _, c := range i.comments {
		delete(s.comment, c.id)
	}
	s.tellIssue("jira:issue_deleted", i, by, nil, nil)
}

// subtasks returns the sub-tasks of an issue, oldest first.
func (s *Server) subtasks(i *issue) []*issue {
	var out []*issue
	for _, c := range s.ordered {
		if c.parent != nil && c.parent.id == i.id && c.kind.subtask() && !c.deleted {
			out = append(out, c)
		}
	}
	return out
}

// move takes an issue with its sub-tasks to another project, where it gets a
// new key; the old one goes on to answer.
func (s *Server) move(by *user, i *issue, to *project) error {
	if !s.may(by, i.project, MoveIssues) || !s.may(by, to, CreateIssues) {
		return forbidden("You do not have permission to move this issue.")
	}
	t := to.typeOf(i.kind.name)
	if t == nil || t.level != i.kind.level {
		t = to.firstType(i.kind.level)
	}
	if t == nil {
		return badRequest("The project %s has no such issue type.", to.key)
	}
	below := s.subtasks(i)
	var r *record
	s.change(i, func() {
		from, oldKey, oldStatus := i.project, i.key, i.status
		to.numbers++
		i.project, i.kind, i.key = to, t, fmt.Sprintf("%s-%d", to.key, to.numbers)
		i.status = to.workflow.status(i.status.name)
		s.keys[i.key] = i
		items := []item{
			{field: "project", fieldID: "project", from: text(from.id), fromString: from.name, to: text(to.id), toString: to.name},
			{field: "Key", fromString: oldKey, toString: i.key}}
		if oldStatus != i.status {
			items = append(items, statusItem(oldStatus, i.status))
		}
		r = s.note(i, by, true, items...)
	})
	s.tellIssue("jira:issue_updated", i, by, r, nil)
	for _, c := range below {
		if err := s.move(by, c, to); err != nil {
			return err
		}
	}
	return nil
}

// convert gives an issue another type, and a parent where the type wants one.
func (s *Server) convert(by *user, i *issue, t *issueType, parent *issue) error {
	if !s.may(by, i.project, EditIssues) {
		return forbidden("You do not have permission to edit issues in this project.")
	}
	if t.subtask() && (parent == nil || parent.kind.level != 0 || parent.project != i.project) {
		return wrongField("parent", "Given parent issue does not belong to appropriate hierarchy.")
	}
	var r *record
	s.change(i, func() {
		was := i.kind
		if was.subtask() {
			s.dropSubtaskLink(i)
		}
		i.kind, i.parent, i.epic = t, nil, nil
		if t.subtask() {
			i.parent = parent
			s.linkSubtask(i)
		}
		r = s.note(i, by, true, item{field: "issuetype", fieldID: "issuetype", from: text(was.id), fromString: was.name, to: text(t.id), toString: t.name})
	})
	s.tellIssue("jira:issue_updated", i, by, r, nil)
	return nil
}
