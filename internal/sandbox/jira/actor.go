package jira

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Actor acts as a person, in the web pages' stead. What Jira refuses comes back
// as an error; naming what does not exist panics, since that is a mistake in
// the program that says it.
type Actor struct {
	s  *Server
	by *user
}

// As returns the actor of a person, who is added where unknown. The name is
// that of AddUser, or an account id.
func (s *Server) As(person string) Actor {
	defer s.lock()()
	if u := s.account(person); u != nil {
		return Actor{s, u}
	}
	return Actor{s, s.addUser(person)}
}

// on runs f on an issue.
func (a Actor) on(key string, f func(*issue) error) error {
	defer a.s.lock()()
	return f(a.s.mustIssue(key))
}

// mustIssue finds an issue by a key it has or had.
func (s *Server) mustIssue(key string) *issue {
	if i := s.keys[key]; i != nil {
		return i
	}
	panic(fmt.Sprintf("sandbox: no issue %s", key))
}

// OpenIssue opens an issue of the project's first base type, usually a task,
// and returns its key.
func (a Actor) OpenIssue(project, title, body string, labels ...string) (string, error) {
	return a.open(project, 0, "summary", title, "description", body, "labels", list(labels))
}

// OpenEpic opens an epic.
func (a Actor) OpenEpic(project, title string) (string, error) {
	pairs := []any{"summary", title}
	if !a.s.cloud() {
		pairs = append(pairs, EpicName, title)
	}
	return a.open(project, 1, pairs...)
}

// OpenSubtask opens a sub-task.
func (a Actor) OpenSubtask(parent, title string) (string, error) {
	a.s.mu.Lock()
	project := a.s.mustIssue(parent).project.key
	a.s.mu.Unlock()
	return a.open(project, -1, "summary", title, "parent", map[string]string{"key": parent})
}

func (a Actor) open(project string, level int, pairs ...any) (string, error) {
	defer a.s.lock()()
	p := a.s.mustProject(project)
	t := p.firstType(level)
	if t == nil {
		return "", badRequest("The project %s has no type of that level.", project)
	}
	pairs = append(pairs, "project", map[string]string{"key": project}, "issuetype", map[string]string{"id": text(t.id)})
	i, err := a.s.create(a.by, one(pairs...))
	if err != nil {
		return "", err
	}
	return i.key, nil
}

// Comment comments and returns the comment's id.
func (a Actor) Comment(key, body string) (string, error) {
	return a.comment(key, said{Body: host.JSON(body)})
}

// CommentTo comments to the members of a project role alone.
func (a Actor) CommentTo(key, role, body string) (string, error) {
	return a.comment(key, said{Body: host.JSON(body), Visibility: &visibility{Type: "role", Value: role}})
}

// CommentInternally comments on an issue of a service project out of its
// customers' sight.
func (a Actor) CommentInternally(key, body string) (string, error) {
	return a.comment(key, said{Body: host.JSON(body), Properties: []property{{internal, json.RawMessage(`{"internal":true}`)}}})
}

func (a Actor) comment(key string, in said) (id string, err error) {
	err = a.on(key, func(i *issue) error {
		m, err := a.s.addComment(a.by, i, in, false)
		if err == nil {
			id = text(m.id)
		}
		return err
	})
	return id, err
}

// EditComment rewrites a comment, whose restriction stays.
func (a Actor) EditComment(id, body string) error {
	return a.onComment(id, func(m *comment) error {
		return a.s.editComment(a.by, m, said{Body: host.JSON(body), Visibility: m.visible}, false, false)
	})
}

// DeleteComment deletes a comment.
func (a Actor) DeleteComment(id string) error {
	return a.onComment(id, func(m *comment) error { return a.s.deleteComment(a.by, m) })
}

func (a Actor) onComment(id string, f func(*comment) error) error {
	defer a.s.lock()()
	m := a.s.comment[id64(id)]
	if m == nil {
		return notFound("Can not find a comment for the id: %s.", id)
	}
	return f(m)
}

// Set sets fields of an issue by their ids, as the API would.
func (a Actor) Set(key string, pairs ...any) error {
	return a.on(key, func(i *issue) error { return a.s.edit(a.by, i, one(pairs...), false) })
}

// SetTitle renames an issue.
func (a Actor) SetTitle(key, title string) error { return a.Set(key, "summary", title) }

// SetBody rewrites an issue's text.
func (a Actor) SetBody(key, body string) error { return a.Set(key, "description", body) }

// Label puts labels on an issue.
func (a Actor) Label(key string, labels ...string) error {
	return a.on(key, func(i *issue) error {
		all := append(slices.Clone(i.labels), labels...)
		return a.s.edit(a.by, i, one("labels", all), false)
	})
}

// Unlabel takes a label off an issue.
func (a Actor) Unlabel(key, label string) error {
	return a.on(key, func(i *issue) error {
		left := slices.DeleteFunc(slices.Clone(i.labels), func(l string) bool { return l == label })
		return a.s.edit(a.by, i, one("labels", list(left)), false)
	})
}

// Assign makes a person, by name, the assignee; "" nobody.
func (a Actor) Assign(key, person string) error {
	if person == "" {
		return a.Set(key, "assignee", nil)
	}
	id := a.s.AccountID(person)
	return a.Set(key, "assignee", map[string]string{"accountId": id, "name": id})
}

// Transition moves an issue by the transition of that name, with fields to set
// on its screen.
func (a Actor) Transition(key, name string, pairs ...any) error {
	return a.on(key, func(i *issue) error {
		for _, t := range a.s.open(i) {
			if t.Name == name {
				in := one(pairs...)
				in.Transition.ID = text(t.id)
				return a.s.transit(a.by, i, in)
			}
		}
		return badRequest("%s has no transition %q from %q.", i.key, name, i.status.name)
	})
}

// Close takes an issue to a status that is done, with a resolution where the
// way there has a screen for it ("" means the first); elsewhere the resolution
// is dropped, as people find there is nowhere to say it.
func (a Actor) Close(key, resolution string) error {
	return a.on(key, func(i *issue) error {
		for _, t := range a.s.open(i) {
			if !t.to.done() {
				continue
			}
			in := one()
			if slices.Contains(t.Screen, "resolution") {
				in = one("resolution", map[string]string{"name": cmp.Or(resolution, a.s.resolved[0].name)})
			}
			in.Transition.ID = text(t.id)
			return a.s.transit(a.by, i, in)
		}
		return badRequest("%s has no way to done from %q.", i.key, i.status.name)
	})
}

// Reopen takes an issue to a status that is not done.
func (a Actor) Reopen(key string) error {
	return a.on(key, func(i *issue) error {
		for _, t := range a.s.open(i) {
			if !t.to.done() {
				in := one()
				in.Transition.ID = text(t.id)
				return a.s.transit(a.by, i, in)
			}
		}
		return badRequest("%s has no way back from %q.", i.key, i.status.name)
	})
}

// Attach hangs an issue under an epic; parent "" takes it off.
func (a Actor) Attach(parent, child string) error {
	field, value := "parent", any(map[string]string{"key": parent})
	if !a.s.cloud() {
		field, value = EpicLink, parent
	}
	if parent == "" {
		value = nil
	}
	return a.Set(child, field, value)
}

// Link links two issues: from "duplicates" to, with the type "Duplicate".
func (a Actor) Link(from, kind, to string) error {
	defer a.s.lock()()
	t := a.s.linkType(kind)
	if t == nil {
		panic(fmt.Sprintf("sandbox: no link type %q", kind))
	}
	return a.s.addLink(a.by, t, a.s.mustIssue(from), a.s.mustIssue(to))
}

// Unlink removes all links between two issues.
func (a Actor) Unlink(from, to string) error {
	return a.on(from, func(i *issue) error {
		other := a.s.mustIssue(to)
		for _, l := range slices.Clone(i.links) {
			if !l.kind.subtask && (l.from == other || l.to == other) {
				if err := a.s.removeLink(a.by, l); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Delete deletes an issue with its sub-tasks.
func (a Actor) Delete(key string) error {
	return a.on(key, func(i *issue) error { return a.s.delete(a.by, i, true) })
}

// Move takes an issue to another project and returns its new key.
func (a Actor) Move(key, project string) (to string, err error) {
	err = a.on(key, func(i *issue) error {
		err := a.s.move(a.by, i, a.s.mustProject(project))
		to = i.key
		return err
	})
	return to, err
}

// Convert gives an issue another type of its project; parent, where the type is
// one of sub-tasks, says of which issue.
func (a Actor) Convert(key, typeName, parent string) error {
	return a.on(key, func(i *issue) error {
		t := i.project.typeOf(typeName)
		if t == nil {
			panic(fmt.Sprintf("sandbox: project %s has no type %q", i.project.key, typeName))
		}
		var p *issue
		if parent != "" {
			p = a.s.mustIssue(parent)
		}
		return a.s.convert(a.by, i, t, p)
	})
}

// Restrict gives an issue a security level, under which only its reporter and
// administrators of the project see it, or takes the level away.
func (a Actor) Restrict(key string, on bool) error {
	var level any
	if on {
		level = map[string]string{"id": "10000"}
	}
	return a.Set(key, "security", level)
}

// Issue is an issue as it is now, lag or no lag.
type Issue struct {
	WorldIssue
	ID         string
	Author     string
	Deleted    bool
	Mails      int    // what Jira mailed about it
	Due        string // YYYY-MM-DD; "": none
	Created    time.Time
	Updated    time.Time
	Properties map[string]string
	Comments   []Comment
	History    []string // "field: from -> to", oldest first
}

// Comment is a comment as it is now.
type Comment struct {
	ID         string
	Author     string
	Body       string
	Created    time.Time
	Updated    time.Time
	Visibility string // "role Developers", "group staff" or ""
	Internal   bool   // out of sight of a service project's customers
	Properties map[string]string
}

// Issue returns an issue by a key it has or had; people read by their names.
func (s *Server) Issue(key string) Issue {
	defer s.lock()()
	i := s.mustIssue(key)
	v := Issue{WorldIssue: s.worldIssue(i), ID: text(i.id), Author: i.creator.name, Deleted: i.deleted, Mails: i.mails, Due: i.due, Created: i.created, Updated: i.updated,
		Properties: texts(i.properties)}
	for _, m := range i.comments {
		x := Comment{ID: text(m.id), Author: m.author.name, Body: m.body, Created: m.created, Updated: m.updated, Properties: texts(m.properties),
			Internal: i.project.kind == "service_desk" && !m.public()}
		if m.visible != nil {
			x.Visibility = m.visible.Type + " " + m.visible.Value
		}
		v.Comments = append(v.Comments, x)
	}
	for _, r := range i.history {
		for _, it := range r.items {
			v.History = append(v.History, fmt.Sprintf("%s: %s -> %s", it.field, it.fromString, it.toString))
		}
	}
	return v
}

func texts(raw map[string]json.RawMessage) map[string]string {
	out := map[string]string{}
	for k, v := range raw {
		out[k] = string(v)
	}
	return out
}

// Comments returns the comments on an issue, oldest first.
func (s *Server) Comments(key string) []Comment { return s.Issue(key).Comments }
