package github

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
)

// self is an account's own identity.
type self struct {
	person incident.Person
	user   *gh.User
	scopes string // of a classic token
}

// self returns who an account acts as: a person, or an App's bot.
func (t *Tracker) self(ctx context.Context, a *account) (self, error) {
	return t.selves.Get(a.identity, func() (self, error) {
		if t.opt.App != nil {
			app, _, err := t.app.Apps.Get(ctx, "")
			if err != nil {
				return self{}, fmt.Errorf("the App's own identity: %w", err)
			}
			u := &gh.User{Login: gh.String(app.GetSlug() + "[bot]"), Type: gh.String("Bot")}
			return self{person: person(u), user: u}, nil
		}
		var u gh.User
		resp, err := a.send(ctx, http.MethodGet, "user", nil, &u)
		if err != nil {
			return self{}, fmt.Errorf("the token's own identity: %w", err)
		}
		return self{person(&u), &u, resp.Header.Get("X-OAuth-Scopes")}, nil
	})
}

// crowd collects the people of one observation.
type crowd struct {
	people map[incident.Person]*face
}

type face struct {
	bot      bool
	member   bool // a comment of theirs says that they belong here
	asked    bool // only mentioned: they may not even exist
	mentions []incident.Person
}

func newCrowd() *crowd { return &crowd{people: map[incident.Person]*face{}} }

// add notes an account that GitHub itself named, and how GitHub says it belongs
// here. A collaborator may be one who only reads, so that they are asked about.
func (c *crowd) add(u *gh.User, association string) {
	p := person(u)
	if p == "" {
		return
	}
	f := c.face(p)
	f.asked = false
	f.bot = f.bot || isBot(u)
	f.member = f.member || association == "OWNER" || association == "MEMBER"
}

func (c *crowd) face(p incident.Person) *face {
	f := c.people[p]
	if f == nil {
		f = &face{asked: true}
		c.people[p] = f
	}
	return f
}

// handle matches a mention; a team's has a slash behind it.
var handle = regexp.MustCompile("(^|[^A-Za-z0-9_@/.`-])@([A-Za-z0-9][A-Za-z0-9_-]{0,99})(/?)")

// maxMentions bounds whom one comment can make us ask about.
const maxMentions = 30

// mention notes whom a comment mentions, if it might hold a command.
func (c *crowd) mention(comment incident.Comment) {
	if !slices.ContainsFunc(comment.Said, startsCommand) {
		return
	}
	f := c.face(comment.Author)
	for _, line := range comment.Said {
		for _, m := range handle.FindAllStringSubmatch(line, -1) {
			if m[3] == "" && len(f.mentions) < maxMentions {
				f.mentions = append(f.mentions, incident.PersonOf(strings.TrimRight(m[2], "-_")))
			}
		}
	}
}

// readPeople judges everybody who was seen, then whom the trusted mentioned,
// and whom we were to ask about: a stranger cannot make us ask about people.
func (s *sight) readPeople(ctx context.Context) error {
	s.snap.People = map[incident.Person]incident.Standing{}
	var mentioned []incident.Person
	for _, p := range slices.Sorted(maps.Keys(s.people.people)) {
		f := s.people.people[p]
		if err := s.judge(ctx, p, *f); err != nil {
			return err
		}
		if s.snap.People[p].Trusted {
			mentioned = append(mentioned, f.mentions...)
		}
	}
	for _, p := range append(mentioned, s.look.People...) {
		if _, done := s.snap.People[p]; !done {
			if err := s.judge(ctx, p, face{asked: true}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sight) judge(ctx context.Context, p incident.Person, f face) error {
	key := strings.ToLower(s.repo.Name) + "\n" + string(p)
	st, err := s.standings.Get(key, func() (incident.Standing, error) {
		return s.standing(ctx, p, f)
	})
	if err != nil {
		return fmt.Errorf("the standing of @%s in %s: %w", p, s.repo.Name, err)
	}
	if now := (incident.Standing{
		Known: st.Known || !f.asked, Bot: st.Bot || f.bot, Assignable: st.Assignable, Trusted: (st.Trusted || f.member) && !f.bot && !st.Bot,
	}); now != st { // what GitHub now says of them goes beyond what it said before
		st = now
		s.standings.Put(key, st)
	}
	s.snap.People[p] = st
	return nil
}

func (s *sight) standing(ctx context.Context, p incident.Person, f face) (incident.Standing, error) {
	st := incident.Standing{Known: !f.asked, Bot: f.bot || strings.HasSuffix(string(p), "[bot]")}
	if st.Bot {
		return st, nil
	}
	name, err := segment(string(p))
	if err != nil {
		return incident.Standing{}, nil // nobody has such a name
	}
	if st.Assignable, err = s.assignable(ctx, name); err != nil {
		return st, err
	}
	st.Known = st.Known || st.Assignable
	if f.member {
		st.Trusted = true
		return st, nil
	}
	return s.permission(ctx, name, st)
}

// permission asks whether somebody may triage here, or belongs to the owner.
func (s *sight) permission(ctx context.Context, name string, st incident.Standing) (incident.Standing, error) {
	level, err := get[permission](ctx, s.account, "repos/"+s.repo.Name+"/collaborators/"+name+"/permission")
	switch {
	case err == nil:
		st.Known = true
		st.Bot = st.Bot || level.User.Type == "Bot"
		st.Trusted = level.triages()
	case isStatus(err, http.StatusNotFound): // no such account
		return st, nil
	case !isStatus(err, http.StatusForbidden): // a token that may not ask goes on to the organisation
		return st, err
	}
	if st.Trusted || st.Bot || !s.repo.Org {
		return st, nil
	}
	st.Trusted, err = s.exists(ctx, "orgs/"+s.repo.Owner+"/members/"+name)
	st.Known = st.Known || st.Trusted
	return st, err
}

// permission is what GitHub says of a collaborator: the old field knows
// neither triage nor maintain.
type permission struct {
	Permission string `json:"permission"`
	RoleName   string `json:"role_name"`
	User       struct {
		Type        string          `json:"type"`
		RoleName    string          `json:"role_name"`
		Permissions map[string]bool `json:"permissions"`
	} `json:"user"`
}

// triages reports whether a role is triage or better, a custom one included.
func (p permission) triages() bool {
	if p.User.Permissions != nil {
		return role(p.User.Permissions) != "" && role(p.User.Permissions) != "pull"
	}
	for _, r := range []string{p.RoleName, p.User.RoleName, p.Permission} {
		switch r {
		case "triage", "write", "maintain", "admin":
			return true
		}
	}
	return false
}

// roster is the first hundred people to whom issues may be assigned.
type roster struct {
	names map[incident.Person]bool
	whole bool
}

// assignable reports whether an issue may be assigned to somebody: by a list
// that serves for everybody, and one by one in a repository with too many.
func (s *sight) assignable(ctx context.Context, name string) (bool, error) {
	r, err := s.rosters.Get(strings.ToLower(s.repo.Name), func() (roster, error) {
		users, whole, err := pages[*gh.User](ctx, s.account, "repos/"+s.repo.Name+"/assignees", 1)
		if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
			return roster{}, nil
		}
		r := roster{map[incident.Person]bool{}, whole}
		for _, u := range users {
			r.names[person(u)] = true
		}
		return r, err
	})
	if err != nil || r.whole || r.names[incident.PersonOf(name)] {
		return r.names[incident.PersonOf(name)], err
	}
	return s.exists(ctx, "repos/"+s.repo.Name+"/assignees/"+name)
}

// exists asks a question that GitHub answers with 204 or 404.
func (s *sight) exists(ctx context.Context, address string) (bool, error) {
	_, err := s.account.send(ctx, http.MethodGet, address, nil, nil)
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return false, nil
	}
	return err == nil, err
}
