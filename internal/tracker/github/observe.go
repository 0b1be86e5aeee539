package github

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// maxPages bounds every list: GitHub stops at 2,500 comments on an issue.
const maxPages = 50

// sight is one observation under way.
type sight struct {
	*Tracker
	account *account
	repo    repository
	self    self
	look    incident.Look
	head    *issue
	people  *crowd
	snap    incident.Snapshot
}

// Observe implements the port of that name. It returns *incident.NotServed for
// an issue of a repository that is not configured, or is public without
// Options.Public.
func (t *Tracker) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	snap, err := t.observe(ctx, look)
	return snap, t.explain(err)
}

func (t *Tracker) observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	s := &sight{Tracker: t, look: look, people: newCrowd()}
	s.snap = incident.Snapshot{Key: look.Key, ID: look.ID, At: t.opt.Clock().UTC(), Settling: settling}
	ref, err := t.locate(ctx, look.Key)
	if err != nil {
		return incident.Snapshot{}, err
	}
	if !t.served.match(ref.Place()) {
		return incident.Snapshot{}, &incident.NotServed{Reason: ref.Place() + " is not among the repositories of the configuration"}
	}
	if s.account, err = t.account(ctx, ref.Place()); err != nil {
		return incident.Snapshot{}, err
	}
	if gone, err := s.readHead(ctx, ref); err != nil || gone {
		return s.snap, err
	}
	for _, part := range []func(context.Context) error{s.readComments, s.readEvents, s.readTickets, s.readPeople} {
		if err := part(ctx); err != nil {
			return incident.Snapshot{}, err
		}
	}
	return s.snap, nil
}

// locate returns the issue that a key stands for. An alias is looked up by the
// label that is on every head; what carries it and is not the head has our
// marker in its text.
func (t *Tracker) locate(ctx context.Context, key incident.Key) (incident.Ref, error) {
	id := key.Alias()
	if id == "" {
		return key.Ref(), checkRef(key.Ref())
	}
	repos, err := t.Repos(ctx)
	for _, repo := range repos {
		a, err := t.account(ctx, repo)
		if err != nil {
			return "", err
		}
		found, _, err := pages[*issue](ctx, a, listAddress(repo, id), maxPages)
		if err != nil {
			return "", err
		}
		for _, i := range found {
			if _, _, made := marker.Take(i.GetBody()); !made || i.id() == id {
				return i.ref(), nil
			}
		}
	}
	if err != nil {
		return "", err
	}
	return "", &incident.NotServed{Reason: fmt.Sprintf("no repository of the configuration has an incident with the ID %s", id)}
}

func listAddress(repo, id string) string {
	return "repos/" + repo + "/issues?state=all&labels=" + url.QueryEscape(incident.LabelOf(id))
}

// readHead reads the head and its repository, and reports whether it is gone.
func (s *sight) readHead(ctx context.Context, ref incident.Ref) (gone bool, err error) {
	head, err := get[*issue](ctx, s.account, path(ref))
	if isStatus(err, http.StatusGone, http.StatusNotFound) {
		return s.vanished(ctx, ref, err)
	}
	if err != nil {
		return false, err
	}
	if s.repo, err = s.serve(ctx, s.account, head.ref().Place()); err != nil {
		return false, err
	}
	if s.self, err = s.Tracker.self(ctx, s.account); err != nil {
		return false, err
	}
	s.head = head
	s.snap.Key = incident.KeyOf(Name, head.ref())
	s.snap.URL = head.GetHTMLURL()
	s.snap.ID = s.identity(ref)
	s.snap.Head = s.ticket(head)
	m, body, marked := marker.Take(unix(head.GetBody()))
	if s.snap.Head.Body = body; marked && s.isOurs(head.User) {
		s.snap.Head.Slot = m.Slot // a ticket of ours, looked at as if it were a head
	}
	s.snap.HeadSaid = append(spoken(head.GetTitle()), spoken(head.GetBody())...)
	s.snap.PullRequest = head.IsPullRequest()
	s.snap.NewURL = newURL(head)
	s.people.add(head.User, head.GetAuthorAssociation())
	s.snap.Caps = incident.Caps{Parents: head.Children != nil, Acks: head.Reactions != nil, Boxes: true, Max: maxChildren}
	return false, nil
}

// identity returns the incident's ID: the head's own database id, except that a
// head which was transferred has a new one and keeps the ID it had. Another
// issue at the very address that was asked for is another incident.
func (s *sight) identity(asked incident.Ref) string {
	moved := !strings.EqualFold(string(asked), string(s.head.ref())) || s.look.Key.Alias() != ""
	if s.look.ID != "" && moved {
		return s.look.ID
	}
	for _, l := range s.head.labels() {
		id, ok := incident.LabelID(l)
		if ok && id == s.look.ID {
			return id
		}
	}
	return s.head.id()
}

// vanished tells a deleted head from a repository that we may no longer read,
// or whose issues were switched off and may be switched on again.
func (s *sight) vanished(ctx context.Context, ref incident.Ref, err error) (bool, error) {
	s.repos.Forget(strings.ToLower(ref.Place()))
	repo, unreadable := s.serve(ctx, s.account, ref.Place())
	if unreadable != nil {
		return false, unreadable
	}
	if !repo.Issues {
		return false, fmt.Errorf("%s: issues are disabled in this repository: enable them in its settings, or take it out of the configuration: %w", ref, err)
	}
	s.snap.Gone = true
	return true, nil
}

// newURL opens a form for a new issue in the head's repository, filled in with
// the phrase and a reference to the head.
func newURL(head *issue) string {
	base, _, ok := cutLast(head.GetHTMLURL(), "/issues/")
	if !ok {
		if base, _, ok = cutLast(head.GetHTMLURL(), "/pull/"); !ok {
			return ""
		}
	}
	form := url.Values{"title": {head.GetTitle()}}
	form.Set("body", fmt.Sprintf("I hereby declare this an incident.\n\nFrom #%d.", head.GetNumber()))
	return base + "/issues/new?" + form.Encode()
}

// readEvents reads what was done to the head, and by it who closed it last.
func (s *sight) readEvents(ctx context.Context) error {
	events, whole, err := pages[*gh.IssueEvent](ctx, s.account, path(s.head.ref())+"/events", maxPages)
	if err != nil {
		return fmt.Errorf("events of %s: %w", s.head.ref(), err)
	}
	if !whole {
		s.log.Warn("the list of events is too long to be read whole", "issue", s.head.ref())
	}
	for _, e := range events {
		kind := e.GetEvent()
		switch kind {
		case "labeled", "unlabeled", "closed", "reopened", "renamed", "locked", "unlocked", "transferred":
		default:
			continue
		}
		s.people.add(e.Actor, "")
		ev := incident.Event{At: moment(e.CreatedAt), By: person(e.Actor), Kind: kind, Label: e.GetLabel().GetName()}
		if kind == "closed" {
			ev.Via = via(e)
			if s.snap.Head.State != incident.Open {
				s.snap.Head.Closed = incident.Closed{By: ev.By, At: ev.At, Via: ev.Via}
			}
		}
		s.snap.Events = append(s.snap.Events, ev)
	}
	s.snap.Gone = s.snap.Head.State != incident.Open && talkedOver(events)
	return nil
}

// via says what closed an issue when a commit did. GitHub's REST names neither
// the pull request that brought the commit nor, for some merges, the commit.
func via(e *gh.IssueEvent) string {
	if id := e.GetCommitID(); id != "" {
		return "commit " + id[:min(len(id), 12)]
	}
	return ""
}
