package github

import (
	"strings"
	"time"
)

// user is a person, a bot or an organisation.
type user struct {
	id      int64
	login   string
	kind    string           // User, Bot or Organization
	members map[*user]member // of an organisation
	base    Role             // of an organisation: what its members may do in each of its repositories
	created time.Time
}

type member struct {
	owner     bool
	concealed bool
}

type team struct {
	id      int64
	org     *user
	slug    string
	members map[*user]bool
	roles   map[*repo]Role
}

// AddUser adds people by their logins; one that exists is left alone.
func (s *Server) AddUser(logins ...string) {
	defer s.lock()()
	for _, l := range logins {
		s.addUser(l, "User")
	}
}

// AddOrg adds an organisation and its members, who are added as people where
// they do not exist. Members may read every repository of the organisation.
func (s *Server) AddOrg(login string, members ...string) {
	defer s.lock()()
	org := s.addUser(login, "Organization")
	for _, m := range members {
		org.members[s.addUser(m, "User")] = member{}
	}
}

// SetMember makes a person a member of an organisation, as an owner or not,
// and concealed (invisible to strangers) or not.
func (s *Server) SetMember(org, login string, owner, concealed bool) {
	defer s.lock()()
	s.addUser(org, "Organization").members[s.addUser(login, "User")] = member{owner, concealed}
}

// RemoveMember takes a person out of an organisation and its teams.
func (s *Server) RemoveMember(org, login string) {
	defer s.lock()()
	u, o := s.user(login), s.user(org)
	if u == nil || o == nil {
		return
	}
	delete(o.members, u)
	for _, t := range s.teams {
		if t.org == o {
			delete(t.members, u)
		}
	}
}

// AddTeam adds a team of an organisation; its members become members of the
// organisation.
func (s *Server) AddTeam(org, slug string, members ...string) {
	defer s.lock()()
	o := s.addUser(org, "Organization")
	key := strings.ToLower(org + "/" + slug)
	t := s.teams[key]
	if t == nil {
		t = &team{id: s.id(), org: o, slug: slug, members: map[*user]bool{}, roles: map[*repo]Role{}}
		s.teams[key] = t
	}
	for _, m := range members {
		u := s.addUser(m, "User")
		t.members[u] = true
		if _, ok := o.members[u]; !ok {
			o.members[u] = member{}
		}
	}
}

func (s *Server) user(login string) *user { return s.users[strings.ToLower(login)] }

func (s *Server) addUser(login, kind string) *user {
	if u := s.user(login); u != nil {
		return u
	}
	u := &user{id: s.id() % 100_000_000, login: login, kind: kind, created: s.now()}
	if kind == "Organization" {
		u.members, u.base = map[*user]member{}, Read
	}
	s.users[strings.ToLower(login)] = u
	return u
}

func (u *user) isOrg() bool { return u.kind == "Organization" }

func (u *user) hasMember(p *user) bool {
	_, ok := u.members[p]
	return ok
}
