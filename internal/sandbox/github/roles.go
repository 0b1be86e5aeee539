package github

import "slices"

// Role is what somebody may do in a repository.
type Role string

// The roles, weakest first.
const (
	None     Role = "none"
	Read     Role = "read"
	Triage   Role = "triage"
	Write    Role = "write"
	Maintain Role = "maintain"
	Admin    Role = "admin"
)

var ranks = []Role{None, Read, Triage, Write, Maintain, Admin}

func (r Role) rank() int           { return slices.Index(ranks, r) }
func (r Role) atLeast(q Role) bool { return r.rank() >= q.rank() }

func stronger(a, b Role) Role {
	if b.rank() > a.rank() {
		return b
	}
	return a
}

// legacy returns the role as the field "permission" shows it.
func (r Role) legacy() string {
	switch r {
	case Maintain:
		return string(Write)
	case Triage:
		return string(Read)
	}
	return string(r)
}

// flags returns the role as a repository's or a collaborator's permissions.
func (r Role) flags() map[string]bool {
	return map[string]bool{
		"pull": r.atLeast(Read), "triage": r.atLeast(Triage), "push": r.atLeast(Write),
		"maintain": r.atLeast(Maintain), "admin": r.atLeast(Admin),
	}
}

// granted returns the role a person was given in the repository, by ownership,
// membership, a team or an invitation; not the reading that is open to all.
func (s *Server) granted(u *user, r *repo) Role {
	if u == nil {
		return None
	}
	if u == r.owner {
		return Admin
	}
	role := None
	if c, ok := r.collaborators[u]; ok {
		role = c
	}
	if m, ok := r.owner.members[u]; ok {
		if m.owner {
			return Admin
		}
		role = stronger(role, r.owner.base)
	}
	for _, t := range s.teams {
		if t.members[u] {
			role = stronger(role, t.roles[r])
		}
	}
	return role
}

// role returns what a person may do in the repository.
func (s *Server) role(u *user, r *repo) Role {
	role := s.granted(u, r)
	if !r.private {
		role = stronger(role, Read)
	}
	return role
}

// association returns the author_association of a person with a repository. As
// on GitHub it hides a concealed membership.
func (s *Server) association(u *user, r *repo) string {
	if u == r.owner {
		return "OWNER"
	}
	if m, ok := r.owner.members[u]; ok && !m.concealed {
		return "MEMBER"
	}
	if _, ok := r.collaborators[u]; ok {
		return "COLLABORATOR"
	}
	return "NONE"
}

// assignable reports whether a person can be assigned in the repository: who
// may triage, and members of the organisation that may read. Apps cannot.
func (s *Server) assignable(u *user, r *repo) bool {
	if u == nil || u.kind != "User" {
		return false
	}
	role := s.granted(u, r)
	return role.atLeast(Triage) || role.atLeast(Read) && r.owner.hasMember(u)
}

// assignableTo is assignable for one issue: there, who has commented can be
// assigned too.
func (s *Server) assignableTo(u *user, i *issue) bool {
	if s.assignable(u, i.repo) {
		return true
	}
	return u != nil && u.kind == "User" && s.role(u, i.repo).atLeast(Read) &&
		slices.ContainsFunc(i.comments, func(c *comment) bool { return c.author == u })
}
