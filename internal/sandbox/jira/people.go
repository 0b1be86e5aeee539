package jira

import (
	"fmt"
	"slices"
	"strings"
)

// user is a person or an app.
type user struct {
	id      string // Cloud: the account id; Data Center: the name
	key     string // Data Center only
	name    string // by which tests know the person
	display string
	email   string
	kind    string // Cloud: atlassian, app or customer
	active  bool
	admin   bool
	zone    string
	shown   bool // Cloud: lets everybody see the mail address
}

type group struct {
	id      int64
	name    string
	members []*user
}

// AddUser adds people by their names; one that exists is left alone. On Cloud
// each gets an account id, which [Server.AccountID] tells; on Data Center the
// name is the id. Everybody can be found, nobody may do anything anywhere until
// [Server.SetRole] or [Server.Grant].
func (s *Server) AddUser(names ...string) {
	defer s.lock()()
	for _, n := range names {
		s.addUser(n)
	}
}

// AddApp adds an app's account: on Cloud its accountType says so.
func (s *Server) AddApp(name string) {
	defer s.lock()()
	s.addUser(name).kind = "app"
}

// AddCustomer adds a customer of service projects.
func (s *Server) AddCustomer(name string) {
	defer s.lock()()
	s.addUser(name).kind = "customer"
}

// AddAdmin adds somebody who administers the server.
func (s *Server) AddAdmin(name string) {
	defer s.lock()()
	s.addUser(name).admin = true
}

func (s *Server) addUser(name string) *user {
	if u := s.users[strings.ToLower(name)]; u != nil {
		return u
	}
	n := s.id("user")
	u := &user{id: name, key: fmt.Sprintf("JIRAUSER%d", n), name: name, display: displayName(name), kind: "atlassian", active: true,
		email: strings.ToLower(name) + "@acme.example", zone: s.opt.Zone.String()}
	if s.cloud() {
		u.key = ""
		u.id = fmt.Sprintf("712020:%08x-ac3e-4000-8000-%012x", n*7919, n)
	}
	s.users[strings.ToLower(name)] = u
	s.accounts[u.id] = u
	return u
}

// displayName makes "Olga Doe" of "olga.doe" and "Alice" of "alice".
func displayName(name string) string {
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '-' || r == '_' })
	for n, p := range parts {
		parts[n] = strings.ToUpper(p[:1]) + p[1:]
	}
	return strings.Join(parts, " ")
}

// AccountID returns the id by which the API knows a person: Cloud's account
// id, Data Center's name.
func (s *Server) AccountID(name string) string {
	defer s.lock()()
	return s.mustUser(name).id
}

// NameOf returns the name by which tests know an account; "" if there is none.
func (s *Server) NameOf(accountID string) string {
	defer s.lock()()
	for id, u := range s.accounts {
		if strings.EqualFold(id, accountID) {
			return u.name
		}
	}
	return ""
}

// Email returns a person's mail address: Cloud's user name for basic
// authentication.
func (s *Server) Email(name string) string {
	defer s.lock()()
	return s.mustUser(name).email
}

// SetDisplayName changes how a person is shown.
func (s *Server) SetDisplayName(name, display string) {
	defer s.lock()()
	s.mustUser(name).display = display
}

// ShowEmail lets everybody see a person's mail address on Cloud, where they
// are hidden by default.
func (s *Server) ShowEmail(name string) {
	defer s.lock()()
	s.mustUser(name).shown = true
}

// Deactivate shuts an account: its tokens stop, and it is assigned nothing new.
func (s *Server) Deactivate(name string) {
	defer s.lock()()
	s.mustUser(name).active = false
}

// Anonymise takes a person's name away, as the law allows: on Cloud the account
// id stays and reads "Former user", on Data Center the name itself becomes
// another. It returns the id by which the account is known from now on.
func (s *Server) Anonymise(name string) string {
	defer s.lock()()
	u := s.mustUser(name)
	u.active, u.display, u.email = false, "Former user", ""
	if !s.cloud() {
		delete(s.accounts, u.id)
		u.id = "jirauser" + strings.TrimPrefix(u.key, "JIRAUSER")
		u.display = "user-" + strings.TrimPrefix(u.key, "JIRAUSER")
		s.accounts[u.id] = u
	}
	return u.id
}

// Token makes an API token (Cloud) or a personal access token (Data Center) of
// a person, who is added where unknown. Cloud takes it as the password of
// [Server.Email], Data Center as a bearer token.
func (s *Server) Token(name string) string {
	defer s.lock()()
	t := fmt.Sprintf("ATATT3xFfGF0-%06d-sandbox", s.id("token"))
	s.tokens[t] = s.addUser(name)
	return t
}

// RevokeToken ends a token.
func (s *Server) RevokeToken(token string) {
	defer s.lock()()
	delete(s.tokens, token)
}

// AddGroup adds a group and its members, who are added where unknown.
func (s *Server) AddGroup(name string, members ...string) {
	defer s.lock()()
	g := s.groups[name]
	if g == nil {
		g = &group{id: s.id("group"), name: name}
		s.groups[name] = g
	}
	for _, m := range members {
		if u := s.addUser(m); !slices.Contains(g.members, u) {
			g.members = append(g.members, u)
		}
	}
}

// RemoveFromGroup takes a person out of a group.
func (s *Server) RemoveFromGroup(name, member string) {
	defer s.lock()()
	if g := s.groups[name]; g != nil {
		u := s.mustUser(member)
		g.members = slices.DeleteFunc(g.members, func(m *user) bool { return m == u })
	}
}

func (g *group) uuid() string { return fmt.Sprintf("276f955c-63d7-42c8-9520-%012x", g.id) }

func (s *Server) mustUser(name string) *user {
	if u := s.users[strings.ToLower(name)]; u != nil {
		return u
	}
	panic(fmt.Sprintf("sandbox: no person %q", name))
}

// account finds an account by the id that a request names; nil: there is none.
func (s *Server) account(id string) *user { return s.accounts[id] }

// SetZone sets the time zone of a person's profile, in which JQL is read.
func (s *Server) SetZone(name, zone string) {
	defer s.lock()()
	s.mustUser(name).zone = zone
}
