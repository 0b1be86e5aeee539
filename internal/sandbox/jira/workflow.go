package jira

import (
	"fmt"
	"slices"
	"strings"
)

// The categories of statuses.
const (
	ToDo  = "new"
	Doing = "indeterminate"
	Done  = "done"
)

// Workflow says what statuses a project's issues have, and how they get from
// one to another. A new issue has the first.
type Workflow struct {
	Statuses    []Status
	Transitions []Transition
}

// Status is one of a workflow's.
type Status struct {
	Name     string
	Category string // ToDo, Doing or Done
}

// Transition leads from statuses to another.
type Transition struct {
	Name string
	From []string // nil: from every status
	To   string
	// Screen holds the ids of the fields that can be set with it; nil: it has
	// no screen. Required are those of them that must be.
	Screen, Required []string
	// Hidden are fields that can be set although the transition does not say
	// so, as Data Center is reported to do.
	Hidden []string
	// Resolution is set by the transition itself; Clear takes the resolution
	// away.
	Resolution string
	Clear      bool
}

// Classic is a workflow with a screen for the resolution on the way to done
// and a way back that leaves the resolution as it is, which Jira's own does
// not prevent.
var Classic = Workflow{
	Statuses: []Status{{"To Do", ToDo}, {"In Progress", Doing}, {"Done", Done}},
	Transitions: []Transition{
		{Name: "Start Progress", From: []string{"To Do"}, To: "In Progress"},
		{Name: "Stop Progress", From: []string{"In Progress"}, To: "To Do"},
		{Name: "Resolve", From: []string{"To Do", "In Progress"}, To: "Done", Screen: []string{"resolution", "assignee"}, Required: []string{"resolution"}},
		{Name: "Reopen", From: []string{"Done"}, To: "To Do"},
	},
}

// Simplified is the workflow of Jira Software's boards: every status from every
// other, no screens, the resolution "Done" set and cleared by itself.
var Simplified = Workflow{
	Statuses: []Status{{"To Do", ToDo}, {"In Progress", Doing}, {"Done", Done}},
	Transitions: []Transition{
		{Name: "To Do", To: "To Do", Clear: true},
		{Name: "In Progress", To: "In Progress", Clear: true},
		{Name: "Done", To: "Done", Resolution: "Done"},
	},
}

// TeamFlow is that of team-managed projects: no resolutions at all.
var TeamFlow = Workflow{
	Statuses:    []Status{{"To Do", ToDo}, {"In Progress", Doing}, {"Done", Done}},
	Transitions: []Transition{{Name: "To Do", To: "To Do"}, {Name: "In Progress", To: "In Progress"}, {Name: "Done", To: "Done"}},
}

// NoWayBack is Classic without the way back from done.
var NoWayBack = Workflow{
	Statuses: Classic.Statuses,
	Transitions: slices.DeleteFunc(slices.Clone(Classic.Transitions), func(t Transition) bool {
		return t.Name == "Reopen"
	}),
}

// German is Classic as a server in German names it.
var German = Workflow{
	Statuses: []Status{{"Zu erledigen", ToDo}, {"In Arbeit", Doing}, {"Erledigt", Done}},
	Transitions: []Transition{
		{Name: "Arbeit beginnen", From: []string{"Zu erledigen"}, To: "In Arbeit"},
		{Name: "Lösen", From: []string{"Zu erledigen", "In Arbeit"}, To: "Erledigt", Screen: []string{"resolution"}, Required: []string{"resolution"}},
		{Name: "Wieder öffnen", From: []string{"Erledigt"}, To: "Zu erledigen", Clear: true},
	},
}

type status struct {
	id       int64
	name     string
	category string
	scope    *project // team-managed: whose it is
}

func (s *status) done() bool { return s.category == Done }

type transition struct {
	id   int64
	from []*status // nil: all
	to   *status
	Transition
}

type workflow struct {
	statuses    []*status
	transitions []*transition
}

// status finds a status by its name; an unknown one is the first.
func (w *workflow) status(name string) *status {
	for _, s := range w.statuses {
		if strings.EqualFold(s.name, name) {
			return s
		}
	}
	return w.statuses[0]
}

// newWorkflow makes a workflow. Statuses are shared by their name between
// company-managed projects.
func (s *Server) newWorkflow(p *project, from Workflow) *workflow {
	w := &workflow{}
	for _, st := range from.Statuses {
		w.statuses = append(w.statuses, s.statusNamed(p, st))
	}
	for n, t := range from.Transitions {
		mine := &transition{id: int64(n*10 + 11), Transition: t, to: w.mustStatus(t.To)}
		for _, name := range t.From {
			mine.from = append(mine.from, w.mustStatus(name))
		}
		w.transitions = append(w.transitions, mine)
	}
	return w
}

func (w *workflow) mustStatus(name string) *status {
	for _, s := range w.statuses {
		if s.name == name {
			return s
		}
	}
	panic(fmt.Sprintf("sandbox: the workflow has no status %q", name))
}

func (s *Server) statusNamed(p *project, st Status) *status {
	var scope *project
	if p.team {
		scope = p
	}
	for _, have := range s.statuses {
		if have.name == st.Name && have.category == st.Category && have.scope == scope {
			return have
		}
	}
	made := &status{id: s.id("status"), name: st.Name, category: st.Category, scope: scope}
	s.statuses = append(s.statuses, made)
	return made
}

// open returns the transitions that lead on from where an issue is.
func (s *Server) open(i *issue) []*transition {
	var out []*transition
	for _, t := range i.project.workflow.transitions {
		if t.from == nil || slices.Contains(t.from, i.status) {
			out = append(out, t)
		}
	}
	return out
}
