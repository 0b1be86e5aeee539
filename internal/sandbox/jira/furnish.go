package jira

import "strings"

type resolution struct {
	id   int64
	name string
}

type linkType struct {
	id                    int64
	name, inward, outward string
	subtask               bool // Jira's own, between a sub-task and its parent: never listed
}

// field is a field as GET /field lists it.
type field struct {
	id     string
	name   string
	kind   string // schema.type
	items  string // schema.items
	system string // schema.system
	custom string // schema.custom
}

// The ids of Data Center's fields for epics; their names may be others.
const (
	EpicLink = "customfield_10008"
	EpicName = "customfield_10009"
)

// The keys by which those fields are found.
const (
	epicLinkKind = "com.pyxis.greenhopper.jira:gh-epic-link"
	epicNameKind = "com.pyxis.greenhopper.jira:gh-epic-label"
)

// furnish gives a new server what every Jira has.
func (s *Server) furnish() {
	for _, n := range []string{Administrators, Developers, Users} {
		s.roles = append(s.roles, &role{id: s.id("role"), name: n})
	}
	s.SetResolutions("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
	for _, t := range [][3]string{{"Blocks", "is blocked by", "blocks"}, {"Cloners", "is cloned by", "clones"},
		{"Duplicate", "is duplicated by", "duplicates"}, {"Relates", "relates to", "relates to"}} {
		s.linkings = append(s.linkings, &linkType{id: s.id("linktype"), name: t[0], inward: t[1], outward: t[2]})
	}
	s.linkings = append(s.linkings, &linkType{id: s.id("linktype"), name: "jira_subtask_link", inward: "jira_subtask_inward", outward: "jira_subtask_outward", subtask: true})
	for _, t := range []issueType{{name: "Task"}, {name: "Story"}, {name: "Bug"}, {name: "Epic", level: 1}, {name: "Sub-task", level: -1}} {
		t.screen = []string{dueDate}
		if !s.cloud() {
			if t.level > 0 {
				t.screen, t.required = append(t.screen, EpicName), []string{EpicName}
			} else if t.level == 0 {
				t.screen = append(t.screen, EpicLink)
			}
		}
		s.newType(t, nil)
	}
	for _, f := range [][3]string{{"summary", "Summary", "string"}, {"description", "Description", "string"}, {"issuetype", "Issue Type", "issuetype"},
		{"project", "Project", "project"}, {"status", "Status", "status"}, {"resolution", "Resolution", "resolution"}, {"resolutiondate", "Resolved", "datetime"},
		{"labels", "Labels", "array"}, {"assignee", "Assignee", "user"}, {"reporter", "Reporter", "user"}, {"creator", "Creator", "user"},
		{"created", "Created", "datetime"}, {"updated", "Updated", "datetime"}, {"parent", "Parent", "issuelink"}, {"subtasks", "Sub-tasks", "array"},
		{"issuelinks", "Linked Issues", "array"}, {"comment", "Comment", "comments-page"}, {"priority", "Priority", "priority"}, {dueDate, "Due date", "date"}, {"security", "Security Level", "securitylevel"}} {
		one := &field{id: f[0], name: f[1], kind: f[2], system: f[0]}
		if one.kind == "array" {
			one.items = map[string]string{"labels": "string", "subtasks": "issuelinks", "issuelinks": "issuelinks"}[one.id]
		}
		s.fields = append(s.fields, one)
	}
	if !s.cloud() {
		s.fields = append(s.fields, &field{id: EpicLink, name: "Epic Link", kind: "any", custom: epicLinkKind},
			&field{id: EpicName, name: "Epic Name", kind: "string", custom: epicNameKind})
	}
	for _, f := range s.fields {
		if name := s.opt.FieldNames[f.id]; name != "" {
			f.name = name
		}
	}
}

// SetResolutions replaces the resolutions that people can choose.
func (s *Server) SetResolutions(names ...string) {
	defer s.lock()()
	s.resolved = nil
	for _, n := range names {
		s.resolved = append(s.resolved, &resolution{id: s.id("resolution"), name: n})
	}
}

// SetLinkTypes replaces the types of links: name, inward and outward text.
func (s *Server) SetLinkTypes(types ...[3]string) {
	defer s.lock()()
	own := s.linkings[len(s.linkings)-1]
	s.linkings = nil
	for _, t := range types {
		s.linkings = append(s.linkings, &linkType{id: s.id("linktype"), name: t[0], inward: t[1], outward: t[2]})
	}
	s.linkings = append(s.linkings, own)
}

func (s *Server) resolution(idOrName string) *resolution {
	for _, r := range s.resolved {
		if text(r.id) == idOrName || strings.EqualFold(r.name, idOrName) {
			return r
		}
	}
	return nil
}

func (s *Server) linkType(idOrName string) *linkType {
	for _, t := range s.linkings {
		if !t.subtask && (text(t.id) == idOrName || strings.EqualFold(t.name, idOrName)) {
			return t
		}
	}
	return nil
}

func (s *Server) field(id string) *field {
	for _, f := range s.fields {
		if f.id == id {
			return f
		}
	}
	return nil
}
