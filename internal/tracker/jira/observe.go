package jira

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// settling holds for what only the index finds, and for comments.
var settling = incident.Settling{Comments: late, Duties: settle, Tickets: settle}

// maxPages bounds every list: one without an end must not hold a lease for ever.
const maxPages = 50

// sight is one observation under way.
type sight struct {
	*Tracker
	look    incident.Look
	project project // as the head shows it: without its types
	self    user
	epic    epicFields
	head    *issue
	people  *crowd
	snap    incident.Snapshot
}

// Observe implements the port of that name. It returns *incident.NotServed for
// an issue of a project that is not configured.
func (t *Tracker) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	snap, err := t.observe(ctx, look)
	return snap, t.explain(err)
}

func (t *Tracker) observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	s := &sight{Tracker: t, look: look, people: newCrowd()}
	s.snap = incident.Snapshot{Key: look.Key, ID: look.ID, At: t.opt.Clock().UTC(), Settling: settling}
	var err error
	if s.epic, err = t.epics(ctx); err != nil {
		return incident.Snapshot{}, err
	}
	if gone, err := s.readHead(ctx); err != nil || gone {
		return s.snap, err
	}
	for _, part := range []func(context.Context) error{s.readEvents, s.readComments, s.readTickets, s.readPeople} {
		if err := part(ctx); err != nil {
			return incident.Snapshot{}, err
		}
	}
	return s.snap, nil
}

// address returns what an issue's address ends with, for a key of an incident.
func (t *Tracker) address(key incident.Key) (string, error) {
	if id := key.Alias(); id != "" {
		return id, checkID(id)
	}
	ref := key.Ref()
	if err := checkRef(ref); err != nil {
		return "", &incident.NotServed{Reason: err.Error()}
	}
	if !t.served[ref.Place()] {
		return "", notServed(ref.Place())
	}
	return string(ref), nil
}

// readHead reads the head and its project, and reports whether it is gone.
func (s *sight) readHead(ctx context.Context) (gone bool, err error) {
	address, err := s.address(s.look.Key)
	if err != nil {
		return false, err
	}
	head, err := s.issue(ctx, address, "&expand=changelog")
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return s.vanished(ctx, err)
	}
	if err != nil {
		return false, err
	}
	if s.project = head.Fields.Project; !s.served[s.project.Key] {
		return false, notServed(s.project.Key)
	}
	if s.self, err = s.Tracker.self(ctx); err != nil {
		return false, err
	}
	s.head = head
	s.snap.ID, s.snap.Key, s.snap.URL = head.ID, incident.KeyOf(Name, head.ref()), s.browse(head.ref())
	s.snap.Head = s.ticket(head)
	s.snap.Head.Private = head.level() != ""
	s.snap.Head.Parent = "" // what hangs over the head is no concern of the rules
	if m, ok := readMark(head.Properties[ours]); ok && s.isOurs(head.Fields.Creator) {
		s.snap.Head.Slot = m.Slot // a ticket of ours, looked at as if it were a head
	}
	s.snap.HeadSaid = append([]string{strings.TrimSpace(head.Fields.Summary)}, s.spoken(string(head.Fields.Description))...)
	s.people.add(head.Fields.Creator)
	s.people.add(head.Fields.Assignee)
	return false, s.readCaps(ctx)
}

// issue reads one issue by its key or id.
func (t *Tracker) issue(ctx context.Context, address, more string) (*issue, error) {
	epic, err := t.epics(ctx)
	if err != nil {
		return nil, err
	}
	fields := issueFields
	if epic.Link != "" {
		fields = append(slices.Clone(fields), epic.Link)
	}
	return get[*issue](ctx, t, "issue/"+url.PathEscape(address)+"?fields="+strings.Join(fields, ",")+"&properties="+ours+","+ending+more)
}

// vanished tells a deleted head from a project that we may no longer read. On
// Cloud a head that a security level hides from us looks deleted too.
func (s *sight) vanished(ctx context.Context, err error) (bool, error) {
	ref := s.look.Key.Ref()
	if ref == "" {
		return false, &incident.NotServed{Reason: fmt.Sprintf("there is no issue with the ID %s, or our account may not see it", s.look.Key.Alias())}
	}
	readable, unreadable := s.browses(ctx, ref.Place())
	if unreadable != nil {
		return false, unreadable
	}
	if !readable || isStatus(err, http.StatusForbidden) {
		return false, fmt.Errorf("%s cannot be read: our account needs the permission Browse Projects in %s, and a place in its security level if it has one: %w", ref, ref.Place(), err)
	}
	s.snap.Gone = true
	return true, nil
}

// browses reports whether our account may read a project at all.
func (t *Tracker) browses(ctx context.Context, key string) (bool, error) {
	t.grants.Forget(key)
	have, err := t.mine(ctx, key)
	if isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusBadRequest) {
		return false, nil
	}
	return have["BROWSE_PROJECTS"], err
}

// readCaps says what can be done about this head.
func (s *sight) readCaps(ctx context.Context) error {
	have, err := s.mine(ctx, s.project.Key)
	if err != nil {
		return err
	}
	at, err := s.stand(ctx, s.head)
	if err != nil {
		return err
	}
	s.heads.Put(s.head.Key, at)
	s.snap.Caps = incident.Caps{Parents: true, Bulk: maxBulk, Acks: have["EDIT_ALL_COMMENTS"], NoSlash: true}
	if !s.cloud {
		s.snap.Caps.Calm = calm
	}
	return s.readTypes(ctx, at)
}

// readTypes says what the types of the head's project allow. A head that stands
// under an epic and has sub-tasks tells by itself.
func (s *sight) readTypes(ctx context.Context, at place) error {
	if at.epic || at.subtask {
		return nil
	}
	subs := len(s.head.Fields.Subtasks) > 0
	if at.parent == "" || !subs {
		p, err := s.Tracker.project(ctx, s.project.Key)
		if err != nil {
			return err
		}
		if at.parent == "" {
			if _, s.snap.Caps.Epic, err = s.epicType(ctx, p); err != nil {
				return err
			}
		}
		_, typed := s.subtaskType(p)
		subs = subs || typed
	}
	if subs {
		s.snap.Settling.Duties = late // the head names its sub-tasks
	}
	return nil
}

// place is where an issue stands among others.
type place struct {
	project string
	epic    bool
	subtask bool
	parent  string // key, whether a sub-task's or an epic
	level   string // the id of its security level
}

func (t *Tracker) stand(ctx context.Context, i *issue) (place, error) {
	epic, err := t.epics(ctx)
	if err != nil {
		return place{}, err
	}
	at := place{project: i.Fields.Project.Key, subtask: i.Fields.Type.Subtask, parent: i.epicLink(epic.Link), level: i.level()}
	if i.Fields.Parent != nil {
		at.parent = i.Fields.Parent.Key
	}
	switch {
	case i.Fields.Type.Level != nil:
		at.epic = *i.Fields.Type.Level > 0
	case !at.subtask && at.parent == "": // what stands under an epic is none
		p, err := t.project(ctx, at.project)
		if err != nil {
			return at, err
		}
		one, ok, err := t.epicType(ctx, p)
		if err != nil {
			return at, err
		}
		at.epic = ok && one.ID == i.Fields.Type.ID
	}
	return at, nil
}
