package jira

import (
	"fmt"
	"slices"
	"strings"
)

type project struct {
	id       int64
	key      string
	former   []string
	name     string
	kind     string // software, business or service_desk
	team     bool   // team-managed: own types and statuses, no resolution
	types    []*issueType
	workflow *workflow
	roles    map[*role]*actors
	extra    map[grant]bool
	numbers  int
	dropped  bool // keeps no sd.public.comment that comes with a comment
}

// issueType is a type of issues, of all projects or (team-managed) of one.
type issueType struct {
	id       int64
	name     string
	level    int // 1 epic, 0 base, -1 sub-task
	scope    *project
	screen   []string // ids of those fields on the create and edit screens that may be taken off them
	required []string // ids of fields that a creation must give
}

func (t *issueType) subtask() bool { return t.level < 0 }

// ProjectOption changes a project as it is added, or later with
// [Server.ChangeProject].
type ProjectOption func(*Server, *project)

// TeamManaged makes the project one of those, on Cloud alone, that keep types
// and statuses of their own, and know no resolutions.
func TeamManaged(s *Server, p *project) {
	if !s.cloud() {
		panic("sandbox: Data Center has no team-managed projects")
	}
	p.team = true
	p.types = nil
	for _, t := range []issueType{{name: "Epic", level: 1}, {name: "Task"}, {name: "Story"}, {name: "Bug"}, {name: "Subtask", level: -1}} {
		t.screen = []string{dueDate}
		p.types = append(p.types, s.newType(t, p))
	}
	p.workflow = s.newWorkflow(p, TeamFlow)
}

// ServiceDesk makes the project a service project, whose comments customers
// read unless they are internal.
func ServiceDesk(_ *Server, p *project) { p.kind = "service_desk" }

// DropsInternal makes a service project forget that a comment was to be
// internal, as one does that lacks the permission or the feature.
func DropsInternal(_ *Server, p *project) { p.dropped = true }

// WithWorkflow gives the project another workflow. Issues keep their status by
// its name; one that the workflow lacks becomes its first.
func WithWorkflow(w Workflow) ProjectOption {
	return func(s *Server, p *project) {
		p.workflow = s.newWorkflow(p, w)
		for _, i := range s.issues {
			if i.project == p {
				i.status = p.workflow.status(i.status.name)
			}
		}
	}
}

// WithoutEpics takes the types of epics away, WithoutSubtasks those of
// sub-tasks.
func WithoutEpics(_ *Server, p *project) {
	p.types = slices.DeleteFunc(slices.Clone(p.types), func(t *issueType) bool { return t.level > 0 })
}

// WithoutSubtasks takes the types of sub-tasks away.
func WithoutSubtasks(_ *Server, p *project) {
	p.types = slices.DeleteFunc(slices.Clone(p.types), func(t *issueType) bool { return t.level < 0 })
}

// TypeNames renames types, as a localised server does.
func TypeNames(names map[string]string) ProjectOption {
	return func(s *Server, p *project) {
		for n, t := range p.types {
			if name := names[t.name]; name != "" {
				own := *t
				own.name = name
				s.retype(p, n, &own)
			}
		}
	}
}

// Requires makes a field required when an issue of a type is created; a custom
// field that the server does not have is added under that id, as text.
func Requires(typeName, fieldID string) ProjectOption {
	return func(s *Server, p *project) {
		for n, t := range p.types {
			if t.name == typeName {
				own := *t
				own.required = append(slices.Clone(t.required), fieldID)
				if s.field(fieldID) == nil {
					s.fields = append(s.fields, &field{id: fieldID, name: "Field " + fieldID, kind: "string", custom: "com.atlassian.jira.plugin.system.customfieldtypes:textfield"})
				}
				if s.field(fieldID).custom != "" && !slices.Contains(t.screen, fieldID) {
					own.screen = append(slices.Clone(t.screen), fieldID)
				}
				s.retype(p, n, &own)
			}
		}
	}
}

// OffScreen takes a custom field, or "duedate", from a type's screens.
func OffScreen(typeName, fieldID string) ProjectOption {
	return func(s *Server, p *project) {
		for n, t := range p.types {
			if t.name == typeName {
				own := *t
				own.screen = slices.DeleteFunc(slices.Clone(t.screen), func(f string) bool { return f == fieldID })
				s.retype(p, n, &own)
			}
		}
	}
}

// retype replaces the n-th type of a project, for its issues too.
func (s *Server) retype(p *project, n int, t *issueType) {
	p.types[n] = t
	for _, i := range s.ordered {
		if i.project == p && i.kind.id == t.id {
			i.kind = t
		}
	}
	if t.scope != nil {
		s.types[t.id] = t
	}
}

// AddProject adds a project under a key such as "OPS": company-managed, of
// software, with the types Task, Story, Bug, Epic and Sub-task, the workflow
// [Classic] and nobody in its roles.
func (s *Server) AddProject(key string, opts ...ProjectOption) {
	defer s.lock()()
	if s.projects[key] != nil {
		panic(fmt.Sprintf("sandbox: project %s exists", key))
	}
	p := &project{id: s.id("project"), key: key, name: key, kind: "software", roles: map[*role]*actors{}, extra: map[grant]bool{}}
	for _, t := range s.standardTypes() {
		own := *t
		p.types = append(p.types, &own)
	}
	p.workflow = s.newWorkflow(p, Classic)
	for _, r := range s.roles {
		p.actors(r)
	}
	for _, f := range opts {
		f(s, p)
	}
	if s.opt.NoSubtasks {
		WithoutSubtasks(s, p)
	}
	s.projects[key] = p
}

// ChangeProject changes a project without an event.
func (s *Server) ChangeProject(key string, opts ...ProjectOption) {
	defer s.lock()()
	p := s.mustProject(key)
	for _, f := range opts {
		f(s, p)
	}
}

// RenameProject gives a project another key; the former one goes on to answer,
// and so do its issues' former keys.
func (s *Server) RenameProject(from, to string) {
	defer s.lock()()
	p := s.mustProject(from)
	p.former, p.key = append(p.former, p.key), to
	s.projects[to] = p
	for _, i := range s.ordered {
		if i.project == p {
			i.key = to + i.key[strings.LastIndex(i.key, "-"):]
			s.keys[i.key] = i
		}
	}
}

func (s *Server) newType(t issueType, p *project) *issueType {
	t.id, t.scope = s.id("issuetype"), p
	s.types[t.id] = &t
	return &t
}

// standardTypes are the types of all company-managed projects.
func (s *Server) standardTypes() []*issueType {
	var out []*issueType
	for _, t := range s.types {
		if t.scope == nil {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b *issueType) int { return int(a.id - b.id) })
	return out
}

func (s *Server) mustProject(key string) *project {
	if p := s.projects[key]; p != nil {
		return p
	}
	panic(fmt.Sprintf("sandbox: no project %q", key))
}

// project finds a project by its key or id; nil: there is none.
func (s *Server) project(keyOrID string) *project {
	if p := s.projects[strings.ToUpper(keyOrID)]; p != nil {
		return p
	}
	for _, p := range s.projects {
		if text(p.id) == keyOrID {
			return p
		}
	}
	return nil
}

func (s *Server) sortedProjects() []*project {
	var out []*project
	for key, p := range s.projects {
		if key == p.key {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *project) int { return strings.Compare(a.key, b.key) })
	return out
}

// typeOf finds a type of a project by id or name; nil: it has none such.
func (p *project) typeOf(idOrName string) *issueType {
	for _, t := range p.types {
		if text(t.id) == idOrName || strings.EqualFold(t.name, idOrName) {
			return t
		}
	}
	return nil
}

// firstType returns the first type of a level; nil: there is none.
func (p *project) firstType(level int) *issueType {
	for _, t := range p.types {
		if t.level == level {
			return t
		}
	}
	return nil
}
