package jira

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
)

// maxText bounds descriptions and comments, in UTF-16 units as Jira counts.
const maxText = 32767

// update is the body of a creation, an edit or a transition.
type update struct {
	Fields     map[string]json.RawMessage              `json:"fields"`
	Update     map[string][]map[string]json.RawMessage `json:"update"`
	Properties []property                              `json:"properties"`
	Transition struct {
		ID string `json:"id"`
	} `json:"transition"`
	v3 bool
}

// ref names a thing in a request by one of these.
type ref struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Name      string `json:"name"`
	AccountID string `json:"accountId"`
}

func readRef(raw json.RawMessage) (r ref) {
	if json.Unmarshal(raw, &r) != nil {
		return ref{}
	}
	return r
}

// edit is a change of fields that was found good; nil pointers change nothing.
type edit struct {
	summary, description *string
	labels               *[]string
	assignee             **user
	parent, epic         **issue
	epicName             *string
	due                  *string
	resolution           **resolution
	secret               *bool
	kind                 *issueType
	custom               map[string]json.RawMessage
}

// gives reports whether a field gets a value.
func (e *edit) gives(id string) bool {
	switch id {
	case "summary":
		return e.summary != nil
	case "description":
		return e.description != nil && *e.description != ""
	case "labels":
		return e.labels != nil && len(*e.labels) > 0
	case "assignee":
		return e.assignee != nil && *e.assignee != nil
	case "parent":
		return e.parent != nil && *e.parent != nil
	case dueDate:
		return e.due != nil && *e.due != ""
	case EpicName:
		return e.epicName != nil && *e.epicName != ""
	case EpicLink:
		return e.epic != nil && *e.epic != nil
	}
	v, ok := e.custom[id]
	return ok && string(v) != "null" && string(v) != `""`
}

// reader reads the fields of one request.
type reader struct {
	s  *Server
	by *user
	i  *issue // as it is
	v3 bool
	e  *edit
}

// read reads what a request changes. All fields that are wrong are refused at
// once, by name.
func (s *Server) read(by *user, i *issue, in update, takes func(id string) bool) (*edit, error) {
	r := &reader{s, by, i, in.v3, &edit{custom: map[string]json.RawMessage{}}}
	bad := map[string]string{}
	say := func(id string, err error) {
		if e, ok := err.(*apiError); ok {
			for k, v := range e.fields {
				bad[k] = v
			}
			if e.fields == nil {
				bad[id] = strings.Join(e.messages, " ")
			}
		}
	}
	for _, id := range sortedKeys(in.Fields) {
		if !takes(id) {
			say(id, notOnScreen(id))
			continue
		}
		if _, twice := in.Update[id]; twice {
			say(id, wrongField(id, "Field '%s' cannot appear in both 'fields' and 'update'", id))
			continue
		}
		say(id, r.set(id, in.Fields[id]))
	}
	for _, id := range sortedKeys(in.Update) {
		if id == "comment" || id == "issuelinks" || !takes(id) {
			say(id, notOnScreen(id))
			continue
		}
		for _, op := range in.Update[id] {
			for _, verb := range sortedKeys(op) {
				say(id, r.operate(id, verb, op[verb]))
			}
		}
	}
	if len(bad) > 0 {
		return nil, &apiError{status: http.StatusBadRequest, fields: bad}
	}
	return r.e, nil
}

// set reads a field's new value.
func (r *reader) set(id string, raw json.RawMessage) error {
	s, e := r.s, r.e
	switch id {
	case "project":
		return nil // read before, or refused
	case "issuetype":
		return r.setType(raw)
	case "priority":
		return nil // taken; nothing of the model depends on it
	case "summary":
		return r.setSummary(raw)
	case "description":
		d, err := s.readText(raw, r.v3, "description")
		if err == nil {
			e.description = &d
		}
		return err
	case "labels":
		var labels []string
		if json.Unmarshal(raw, &labels) != nil {
			return wrongField(id, "data was not an array")
		}
		return r.setLabels(labels)
	case "assignee":
		return r.setAssignee(raw)
	case "parent":
		return r.setParent(raw)
	case "resolution":
		return r.setResolution(raw)
	case dueDate:
		return r.setDue(raw)
	case "security":
		if !s.may(r.by, r.i.project, SetSecurity) {
			return notOnScreen(id)
		}
		secret := string(raw) != "null"
		e.secret = &secret
		return nil
	case EpicLink, EpicName:
		if !s.cloud() {
			return r.setEpic(id, raw)
		}
	}
	e.custom[id] = raw
	return nil
}

// operate reads an operation of "update".
func (r *reader) operate(id, verb string, raw json.RawMessage) error {
	if id == "labels" && (verb == "add" || verb == "remove") {
		var label string
		if json.Unmarshal(raw, &label) != nil {
			return wrongField(id, "string value expected")
		}
		have := slices.Clone(r.i.labels)
		if r.e.labels != nil {
			have = *r.e.labels
		}
		have = slices.DeleteFunc(have, func(l string) bool { return l == label })
		if verb == "add" {
			have = append(have, label)
		}
		return r.setLabels(have)
	}
	if verb != "set" && !(verb == "edit" && id == "assignee") {
		return wrongField(id, "Field does not support update '%s'", verb)
	}
	if id == "parent" {
		var none struct{ None bool }
		if json.Unmarshal(raw, &none) == nil && none.None {
			raw = json.RawMessage("null")
		}
	}
	return r.set(id, raw)
}

func (r *reader) setSummary(raw json.RawMessage) error {
	var v string
	if json.Unmarshal(raw, &v) != nil {
		return wrongField("summary", "Operation value must be a string")
	}
	v = strings.TrimSpace(v)
	switch {
	case v == "":
		return wrongField("summary", "You must specify a summary of the issue.")
	case strings.ContainsAny(v, "\r\n"):
		return wrongField("summary", "The summary is invalid because it contains newline characters.")
	case units(v) > 255:
		return wrongField("summary", "Summary can't exceed 255 characters.")
	}
	r.e.summary = &v
	return nil
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }

func (r *reader) setType(raw json.RawMessage) error {
	want := readRef(raw)
	t := r.i.project.typeOf(cmp.Or(want.ID, want.Name))
	if t == nil || t.subtask() != r.i.kind.subtask() {
		return wrongField("issuetype", "The issue type selected is invalid.")
	}
	r.e.kind = t
	return nil
}

func (r *reader) setLabels(labels []string) error {
	out := []string{}
	for _, l := range labels {
		if strings.ContainsAny(l, " \t\r\n") {
			return wrongField("labels", "The label '%s' contains spaces which is invalid.", l)
		}
		if units(l) > 255 {
			return wrongField("labels", "The label '%s' exceeds the maximum length for a single label of 255 characters.", l)
		}
		if l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	slices.Sort(out)
	r.e.labels = &out
	return nil
}

// accountRef reads by which id a request names somebody: Cloud knows account
// ids alone, Data Center names alone.
func (s *Server) accountRef(raw json.RawMessage) string {
	v := readRef(raw)
	if s.cloud() {
		return cmp.Or(v.AccountID, v.ID)
	}
	return v.Name
}

func (r *reader) setAssignee(raw json.RawMessage) error {
	s := r.s
	var nobody *user
	id := s.accountRef(raw)
	if string(raw) == "null" || id == "" && strings.Contains(string(raw), "null") {
		r.e.assignee = &nobody
		return nil
	}
	if !s.may(r.by, r.i.project, AssignIssues) {
		return notOnScreen("assignee")
	}
	u := s.account(id)
	if u == nil || !s.assignable(u, r.i.project) {
		if u == nil && !s.cloud() {
			return wrongField("assignee", "User '%s' does not exist.", id)
		}
		return wrongField("assignee", "User '%s' cannot be assigned issues.", id)
	}
	r.e.assignee = &u
	return nil
}

func (s *Server) assignable(u *user, p *project) bool {
	return u.active && s.may(u, p, Assignable) && s.may(u, p, Browse)
}

func (r *reader) setParent(raw json.RawMessage) error {
	s := r.s
	var none *issue
	if string(raw) == "null" {
		if r.i.kind.subtask() {
			return wrongField("parent", "A sub-task must have a parent.")
		}
		r.e.parent = &none
		return nil
	}
	want := readRef(raw)
	p := s.issue(cmp.Or(want.ID, want.Key))
	if p == nil || !s.sees(r.by, p) {
		return wrongField("parent", "Could not find issue by id or key.")
	}
	subtask := r.i.kind.subtask()
	if p == r.i || p.kind.level != r.i.kind.level+1 || (subtask || p.project.team || r.i.project.team) && p.project != r.i.project {
		return wrongField("parentId", "Given parent work item does not belong to appropriate hierarchy.") // so Cloud calls the field here
	}
	r.e.parent = &p
	return nil
}

// setEpic reads Data Center's fields for epics.
func (r *reader) setEpic(id string, raw json.RawMessage) error {
	var v string
	if string(raw) != "null" && json.Unmarshal(raw, &v) != nil {
		return wrongField(id, "Operation value must be a string")
	}
	if id == EpicName {
		r.e.epicName = &v
		return nil
	}
	var epic *issue
	if v != "" {
		if epic = r.s.issue(v); epic == nil || !r.s.sees(r.by, epic) || epic.kind.level != 1 {
			return wrongField(id, "Issue '%s' is not an epic or you do not have permission to see it.", v)
		}
	}
	r.e.epic = &epic
	return nil
}

func (r *reader) setResolution(raw json.RawMessage) error {
	want := readRef(raw)
	v := r.s.resolution(cmp.Or(want.ID, want.Name))
	if v == nil {
		return wrongField("resolution", "Resolution value is not valid")
	}
	r.e.resolution = &v
	return nil
}
