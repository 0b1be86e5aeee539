package jira

import (
	"fmt"
	"slices"
)

// Permission is one of Jira's permissions by its key.
type Permission string

// The permissions that the model judges by.
const (
	Browse            Permission = "BROWSE_PROJECTS"
	CreateIssues      Permission = "CREATE_ISSUES"
	EditIssues        Permission = "EDIT_ISSUES"
	AssignIssues      Permission = "ASSIGN_ISSUES"
	Assignable        Permission = "ASSIGNABLE_USER"
	TransitionIssues  Permission = "TRANSITION_ISSUES"
	ResolveIssues     Permission = "RESOLVE_ISSUES"
	LinkIssues        Permission = "LINK_ISSUES"
	MoveIssues        Permission = "MOVE_ISSUES"
	DeleteIssues      Permission = "DELETE_ISSUES"
	SetSecurity       Permission = "SET_ISSUE_SECURITY"
	AddComments       Permission = "ADD_COMMENTS"
	EditOwnComments   Permission = "EDIT_OWN_COMMENTS"
	EditAllComments   Permission = "EDIT_ALL_COMMENTS"
	DeleteOwnComments Permission = "DELETE_OWN_COMMENTS"
	DeleteAllComments Permission = "DELETE_ALL_COMMENTS"
	AdministerProject Permission = "ADMINISTER_PROJECTS"
	ServiceAgent      Permission = "SERVICEDESK_AGENT" // of service projects
	Administer        Permission = "ADMINISTER"        // global
	BrowseUsers       Permission = "USER_PICKER"       // global
)

// known are the permissions in the order in which they are listed, with what
// Jira calls them.
var known = []struct {
	key    Permission
	name   string
	global bool
}{
	{Browse, "Browse Projects", false}, {CreateIssues, "Create Issues", false}, {EditIssues, "Edit Issues", false},
	{AssignIssues, "Assign Issues", false}, {Assignable, "Assignable User", false}, {TransitionIssues, "Transition Issues", false},
	{ResolveIssues, "Resolve Issues", false}, {LinkIssues, "Link Issues", false}, {MoveIssues, "Move Issues", false},
	{DeleteIssues, "Delete Issues", false}, {SetSecurity, "Set Issue Security", false}, {AddComments, "Add Comments", false},
	{EditOwnComments, "Edit Own Comments", false}, {EditAllComments, "Edit All Comments", false},
	{DeleteOwnComments, "Delete Own Comments", false}, {DeleteAllComments, "Delete All Comments", false},
	{AdministerProject, "Administer Projects", false}, {ServiceAgent, "Service Project Agent", false}, {Administer, "Administer Jira", true}, {BrowseUsers, "Browse users and groups", true},
}

// The roles of every project, with what the default scheme gives them.
const (
	Administrators = "Administrators" // all of the project
	Developers     = "Developers"     // work on issues, edit own comments
	Users          = "Users"          // read, create, comment, be assigned nothing
)

var worker = []Permission{Browse, CreateIssues, EditIssues, AssignIssues, Assignable, TransitionIssues, ResolveIssues, LinkIssues, AddComments,
	EditOwnComments, DeleteOwnComments, ServiceAgent}

var scheme = map[string][]Permission{
	Administrators: append([]Permission{MoveIssues, DeleteIssues, SetSecurity, EditAllComments, DeleteAllComments, AdministerProject}, worker...),
	Developers:     worker,
	Users:          {Browse, CreateIssues, AddComments, EditOwnComments, DeleteOwnComments},
}

// role is a project role: it exists once, its members are of each project.
type role struct {
	id   int64
	name string
}

func (s *Server) role(name string) *role {
	for _, r := range s.roles {
		if r.name == name {
			return r
		}
	}
	panic(fmt.Sprintf("sandbox: no role %q", name))
}

// actors are who holds a role in a project.
type actors struct {
	users  []*user
	groups []*group
}

func (a *actors) has(u *user) bool {
	return slices.Contains(a.users, u) || slices.ContainsFunc(a.groups, func(g *group) bool { return slices.Contains(g.members, u) })
}

// SetRole gives people, who are added where unknown, a role in a project and
// takes their other roles there away; role "" takes all away.
func (s *Server) SetRole(project, role string, names ...string) {
	defer s.lock()()
	p := s.mustProject(project)
	for _, n := range names {
		u := s.addUser(n)
		for _, a := range p.roles {
			a.users = slices.DeleteFunc(a.users, func(m *user) bool { return m == u })
		}
		if role != "" {
			a := p.actors(s.role(role))
			a.users = append(a.users, u)
		}
	}
}

// SetGroupRole gives the members of a group a role in a project.
func (s *Server) SetGroupRole(project, role, name string) {
	defer s.lock()()
	g := s.groups[name]
	if g == nil {
		panic(fmt.Sprintf("sandbox: no group %q", name))
	}
	a := s.mustProject(project).actors(s.role(role))
	a.groups = append(a.groups, g)
}

// Grant gives one person permissions in a project besides those of the roles.
func (s *Server) Grant(project, name string, perms ...Permission) {
	defer s.lock()()
	p, u := s.mustProject(project), s.addUser(name)
	for _, perm := range perms {
		p.extra[grant{u, perm}] = true
	}
}

// Revoke takes permissions in a project from one person, whatever the roles
// say.
func (s *Server) Revoke(project, name string, perms ...Permission) {
	defer s.lock()()
	p, u := s.mustProject(project), s.addUser(name)
	for _, perm := range perms {
		p.extra[grant{u, perm}] = false
	}
}

type grant struct {
	user *user
	perm Permission
}

func (p *project) actors(r *role) *actors {
	a := p.roles[r]
	if a == nil {
		a = &actors{}
		p.roles[r] = a
	}
	return a
}

// may reports whether somebody has a permission in a project; a global one
// takes no project.
func (s *Server) may(u *user, p *project, perm Permission) bool {
	if u == nil || !u.active {
		return false
	}
	switch {
	case perm == Administer:
		return u.admin
	case perm == BrowseUsers:
		return u.kind != "customer"
	case p == nil:
		return false
	}
	if given, said := p.extra[grant{u, perm}]; said {
		return given
	}
	for r, a := range p.roles {
		if a.has(u) && slices.Contains(scheme[r.name], perm) {
			return true
		}
	}
	return false
}

// sees reports whether somebody may read an issue.
func (s *Server) sees(u *user, i *issue) bool {
	return s.may(u, i.project, Browse) && (!i.secret || u == i.reporter || s.may(u, i.project, SetSecurity))
}
