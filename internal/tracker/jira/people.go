package jira

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// self returns who we act as.
func (t *Tracker) self(ctx context.Context) (user, error) {
	return t.selves.Get("", func() (user, error) {
		u, err := get[user](ctx, t, "myself")
		if err != nil {
			return user{}, fmt.Errorf("our own account: %w", err)
		}
		return u, nil
	})
}

// face is what is known of an account by itself.
type face struct {
	exact  string // its id as the server spells it; "" if there is no such account
	name   string // as people see it
	bot    bool
	gone   bool
	groups map[string]bool // folded; nil: not asked for, or not to be told
}

func faceOf(u *user) face {
	f := face{exact: u.id(), name: u.DisplayName, bot: u.bot(), gone: u.gone()}
	for _, g := range u.Groups.Items {
		if f.groups == nil {
			f.groups = map[string]bool{}
		}
		f.groups[fold(g.Name)] = true
	}
	return f
}

// face asks for an account and its groups.
func (t *Tracker) face(ctx context.Context, p incident.Person) (face, error) {
	key := string(p)
	if f, ok := t.faces.Peek(key); ok && (f.groups != nil || f.exact == "") {
		return f, nil
	}
	exact := t.exact(p)
	by := "username"
	if t.cloud {
		by = "accountId"
	}
	u, err := get[user](ctx, t, "user?"+by+"="+url.QueryEscape(exact)+"&expand=groups")
	var f face
	switch {
	case isStatus(err, http.StatusNotFound, http.StatusBadRequest):
	case isStatus(err, http.StatusForbidden): // we may not browse people
		f, _ = t.faces.Peek(key)
		if f.exact != "" {
			f.groups = map[string]bool{}
		}
	case err != nil:
		return face{}, err
	default:
		if f = faceOf(&u); f.groups == nil {
			f.groups = map[string]bool{}
		}
	}
	t.faces.Put(key, f)
	return f, nil
}

// exact returns an account's id as the server spells it: a person is that id in
// lower case.
func (t *Tracker) exact(p incident.Person) string {
	if f, ok := t.faces.Peek(string(p)); ok && f.exact != "" {
		return f.exact
	}
	for _, account := range t.aliases {
		if incident.PersonOf(account) == p {
			return account
		}
	}
	if account, ok := t.aliases[fold(string(p))]; ok {
		return account
	}
	return string(p)
}

// crowd collects the people of one observation.
type crowd struct {
	people   map[incident.Person]*user // as Jira showed them
	mentions map[incident.Person][]incident.Person
}

func newCrowd() *crowd {
	return &crowd{people: map[incident.Person]*user{}, mentions: map[incident.Person][]incident.Person{}}
}

// add notes an account that Jira itself named.
func (c *crowd) add(u *user) {
	if p := u.person(); p != "" {
		c.people[p] = u
	}
}

// handle matches a mention: names, mail addresses, account ids.
var handle = regexp.MustCompile(`(?:^|[^\p{L}\p{N}_@/.])@[\p{L}\p{N}_][\p{L}\p{N}._:@+-]*`)

// maxMentions bounds whom one comment can make us ask about.
const maxMentions = 30

// mention notes whom a comment mentions, if it might hold a command.
func (c *crowd) mention(comment incident.Comment) {
	if !slices.ContainsFunc(comment.Said, startsCommand) {
		return
	}
	for _, line := range comment.Said {
		for _, m := range handle.FindAllString(line, -1) {
			if len(c.mentions[comment.Author]) < maxMentions {
				_, name, _ := strings.Cut(m, "@")
				c.mentions[comment.Author] = append(c.mentions[comment.Author], incident.PersonOf(strings.TrimRight(name, ".:+-")))
			}
		}
	}
}

func startsCommand(line string) bool {
	return strings.HasPrefix(line, "/") || len(line) > 6 && strings.EqualFold(line[:6], "hereby")
}

// readPeople judges everybody who was seen, then whom the trusted mentioned,
// and whom we were to ask about: a stranger cannot make us ask about people.
func (s *sight) readPeople(ctx context.Context) error {
	s.snap.People = map[incident.Person]incident.Standing{}
	for p, u := range s.people.people {
		f := faceOf(u)
		if before, ok := s.faces.Peek(string(p)); ok {
			f.groups = before.groups
		}
		s.faces.Put(string(p), f)
	}
	var asked []incident.Person
	for _, p := range slices.Sorted(maps.Keys(s.people.people)) {
		if err := s.judgePerson(ctx, p, s.people.people[p]); err != nil {
			return err
		}
		if s.snap.People[p].Trusted {
			asked = append(asked, s.people.mentions[p]...)
		}
	}
	for _, p := range s.look.People {
		asked = append(asked, cmp.Or(s.alias(p), p))
	}
	for _, p := range asked {
		if _, done := s.snap.People[p]; !done {
			if err := s.judgePerson(ctx, p, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// judgePerson fills in somebody's standing. shown is the account as Jira named
// it in the answers of this observation; nil: only people did.
func (s *sight) judgePerson(ctx context.Context, p incident.Person, shown *user) error {
	st, err := s.standing(ctx, p, shown)
	if err != nil {
		return fmt.Errorf("the standing of %s in %s: %w", p, s.project.Key, err)
	}
	s.snap.People[p] = st
	return nil
}

func (s *sight) standing(ctx context.Context, p incident.Person, shown *user) (incident.Standing, error) {
	f, ok := s.faces.Peek(string(p))
	if shown == nil && !ok || ok && f.exact == "" {
		var err error
		if f, err = s.face(ctx, p); err != nil || f.exact == "" {
			return incident.Standing{}, err
		}
	}
	st := incident.Standing{Known: true, Name: f.name, Bot: f.bot || p == s.self.person() || s.authors[p]}
	if st.Bot || f.gone {
		return st, nil
	}
	var err error
	if st.Assignable, err = s.assignable(ctx, p, f.exact); err != nil {
		return st, err
	}
	st.Trusted, err = s.trusted(ctx, p, f)
	return st, err
}

// circle is who may command in a project.
type circle struct {
	people map[incident.Person]bool
	groups map[string]bool // folded
}

// trusted reports whether somebody is in a trusted role or group. Groups are
// asked for only where somebody is in by nothing else.
func (s *sight) trusted(ctx context.Context, p incident.Person, f face) (bool, error) {
	c, err := s.circle(ctx, s.project.Key)
	if err != nil || c.people[p] || len(c.groups) == 0 {
		return c.people[p], err
	}
	if f.groups == nil {
		if f, err = s.face(ctx, p); err != nil {
			return false, err
		}
	}
	for g := range f.groups {
		if c.groups[g] {
			return true, nil
		}
	}
	return false, nil
}

// circle reads the members of the trusted roles of a project.
func (t *Tracker) circle(ctx context.Context, key string) (circle, error) {
	return t.circles.Get(key, func() (circle, error) {
		c := circle{people: map[incident.Person]bool{}, groups: map[string]bool{}}
		for _, g := range t.opt.Trusted.Groups {
			c.groups[fold(g)] = true
		}
		if len(t.opt.Trusted.Roles) == 0 {
			return c, nil
		}
		roles, err := t.roles(ctx, key)
		if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
			err = fmt.Errorf("our account may not see who has the trusted roles in %s: give it the permission Administer Projects there, or trust groups instead: %w", key, err)
			if len(c.groups) > 0 {
				t.log.Warn("only the trusted groups count", "project", key, "error", t.clear(err))
				return c, nil
			}
		}
		if err != nil {
			return c, err
		}
		for _, name := range t.opt.Trusted.Roles {
			id, ok := roles[fold(name)]
			if !ok {
				t.log.Warn("a trusted role does not exist", "project", key, "role", name)
				continue
			}
			if err := t.members(ctx, key, id, &c); err != nil {
				return c, fmt.Errorf("role %s of %s: %w", name, key, err)
			}
		}
		return c, nil
	})
}

// roles returns the ids of a project's roles by their folded names.
func (t *Tracker) roles(ctx context.Context, key string) (map[string]string, error) {
	list, err := get[map[string]string](ctx, t, "project/"+url.PathEscape(key)+"/role")
	ids := map[string]string{}
	for name, address := range list {
		id := address[strings.LastIndexByte(address, '/')+1:]
		if checkID(id) == nil {
			ids[fold(name)] = id
		}
	}
	return ids, err
}

func (t *Tracker) members(ctx context.Context, key, role string, c *circle) error {
	got, err := get[struct {
		Actors []struct {
			Type string `json:"type"`
			Name string `json:"name"` // Data Center
			User *user  `json:"actorUser"`
			// Group is Cloud's way, and newer Data Centers'.
			Group *struct{ Name, DisplayName string } `json:"actorGroup"`
		}
	}](ctx, t, "project/"+url.PathEscape(key)+"/role/"+role)
	for _, a := range got.Actors {
		switch {
		case a.Group != nil:
			c.groups[fold(cmp.Or(a.Group.Name, a.Group.DisplayName))] = true
		case strings.Contains(a.Type, "group"):
			c.groups[fold(a.Name)] = true
		case a.User.id() != "":
			c.people[a.User.person()] = true
		case a.Name != "":
			c.people[incident.PersonOf(a.Name)] = true
		}
	}
	return err
}

// assignable reports whether an issue may be assigned to somebody: by a first
// list that serves for many, else one by one.
func (s *sight) assignable(ctx context.Context, p incident.Person, exact string) (bool, error) {
	search := "user/assignable/search?project=" + url.QueryEscape(s.project.Key)
	some, err := s.rosters.Get(s.project.Key, func() (map[string]bool, error) {
		list, err := get[[]user](ctx, s.Tracker, search+"&maxResults=100")
		if isStatus(err, http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest) { // Cloud's description wants a name
			return map[string]bool{}, nil
		}
		all := map[string]bool{}
		for _, u := range list {
			all[string(u.person())] = true
		}
		return all, err
	})
	if err != nil || some[string(p)] {
		return err == nil, err
	}
	return s.assigns.Get(s.project.Key+" "+string(p), func() (bool, error) {
		by := "&maxResults=1000&username=" // of whom it may be but the beginning
		if s.cloud {
			by = "&accountId="
		}
		list, err := get[[]user](ctx, s.Tracker, search+by+url.QueryEscape(exact))
		if isStatus(err, http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest) {
			return false, nil
		}
		return slices.ContainsFunc(list, func(u user) bool { return u.person() == p }), err
	})
}
