package github

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// event is an entry of an issue's history.
type event struct {
	id         int64
	issue      *issue
	kind       string
	actor      *user
	app        *app
	at         time.Time
	commit     string
	reason     string // of closed
	label      label  // of labeled and unlabeled, as it was
	assignee   *user
	from, to   string // of renamed
	lockReason string
	milestone  string // of milestoned and demilestoned: its title
	other      *issue // of relations
}

// crossRef says that another issue's text mentions this one.
type crossRef struct {
	id     int64
	source *issue
	actor  *user
	at     time.Time
}

// record adds an event to an issue's history.
func (s *Server) record(i *issue, by *identity, kind string, fill func(*event)) {
	e := &event{id: s.id(), issue: i, kind: kind, actor: by.user, app: by.app, at: s.now()}
	if fill != nil {
		fill(e)
	}
	i.events = append(i.events, e)
	s.events[e.id] = e
}

type eventView struct {
	ID         int64             `json:"id"`
	NodeID     string            `json:"node_id"`
	URL        string            `json:"url"`
	Actor      *userView         `json:"actor"`
	Event      string            `json:"event"`
	CommitID   *string           `json:"commit_id"`
	CommitURL  *string           `json:"commit_url"`
	CreatedAt  jsonTime          `json:"created_at"`
	App        *appView          `json:"performed_via_github_app"`
	Label      *eventLabel       `json:"label,omitempty"`
	Assignee   *userView         `json:"assignee,omitempty"`
	Assigner   *userView         `json:"assigner,omitempty"`
	Rename     map[string]string `json:"rename,omitempty"`
	Reason     *string           `json:"state_reason,omitempty"`
	LockReason *lockReason       `json:"lock_reason,omitempty"`
	Milestone  map[string]string `json:"milestone,omitempty"`
	SubIssue   *issueReference   `json:"sub_issue,omitempty"`
	Parent     *issueReference   `json:"parent_issue,omitempty"`
	BlockedBy  *issueReference   `json:"blocked_by,omitempty"`
	Blocking   *issueReference   `json:"blocking,omitempty"`
	Issue      *issueView        `json:"issue,omitempty"`
}

type eventLabel struct {
	Name  string `json:"name"`
	Color string `json:"color"`
}

// lockReason reads null where a lock has none.
type lockReason string

// MarshalJSON implements json.Marshaler.
func (r lockReason) MarshalJSON() ([]byte, error) { return host.JSON(textOrNull(string(r))), nil }

type issueReference struct {
	Number     int            `json:"number"`
	Title      string         `json:"title"`
	State      string         `json:"state"`
	Reason     *string        `json:"state_reason"`
	Repository map[string]any `json:"repository"`
}

func (s *Server) eventView(e *event) eventView {
	v := eventView{ID: e.id, NodeID: nodeID("EV", e.id), URL: fmt.Sprintf("%s/issues/events/%d", s.apiRepo(e.issue.repo), e.id),
		Actor: s.maybeUser(e.actor), Event: e.kind, CreatedAt: jsonTime(e.at), App: s.maybeApp(e.app)}
	switch e.kind {
	case "labeled", "unlabeled":
		v.Label = &eventLabel{e.label.name, e.label.color}
	case "assigned", "unassigned":
		v.Assignee, v.Assigner = s.maybeUser(e.assignee), v.Actor
	case "renamed":
		v.Rename = map[string]string{"from": e.from, "to": e.to}
	case "closed":
		v.Reason = &e.reason
	case "milestoned", "demilestoned":
		v.Milestone = map[string]string{"title": e.milestone}
	case "locked", "unlocked":
		r := lockReason(e.lockReason)
		v.LockReason = &r
	case "sub_issue_added", "sub_issue_removed":
		v.SubIssue = s.reference(e.other)
	case "parent_issue_added", "parent_issue_removed":
		v.Parent = s.reference(e.other)
	case "blocked_by_added", "blocked_by_removed":
		v.BlockedBy = s.reference(e.other)
	case "blocking_added", "blocking_removed":
		v.Blocking = s.reference(e.other)
	}
	if e.commit != "" {
		url := s.apiRepo(e.issue.repo) + "/commits/" + e.commit
		v.CommitID, v.CommitURL = &e.commit, &url
	}
	return v
}

func (s *Server) reference(i *issue) *issueReference {
	return &issueReference{i.number, i.title, i.state, textOrNull(i.reason), s.simpleRepo(i.repo)}
}

func listIssueEvents(c *call) (int, any, error) {
	var out []eventView
	for _, e := range page(c, c.issue.events) {
		out = append(out, c.s.eventView(e))
	}
	return http.StatusOK, list(out), nil
}

// listRepoEvents lists the newest first.
func listRepoEvents(c *call) (int, any, error) {
	var all []*event
	for _, i := range c.repo.issues {
		if i != nil && !i.deleted && i.moved == nil {
			all = append(all, i.events...)
		}
	}
	slices.SortFunc(all, func(a, b *event) int { return int(b.id - a.id) })
	var out []eventView
	for _, e := range page(c, all) {
		out = append(out, c.s.eventWithIssue(e))
	}
	return http.StatusOK, list(out), nil
}

func getEvent(c *call) (int, any, error) {
	id, err := c.number("event")
	if err != nil {
		return 0, nil, err
	}
	e := c.s.events[id]
	if e == nil || e.issue.repo != c.repo || e.issue.deleted {
		return 0, nil, notFound()
	}
	return http.StatusOK, c.s.eventWithIssue(e), nil
}

func (s *Server) eventWithIssue(e *event) eventView {
	v, i := s.eventView(e), s.issueView(e.issue)
	v.Issue = &i
	return v
}

// listTimeline lists events, comments and mentions, oldest first.
func listTimeline(c *call) (int, any, error) {
	type entry struct {
		id   int64 // ids grow with time
		show func() any
	}
	var all []entry
	for _, e := range c.issue.events {
		all = append(all, entry{e.id, func() any { return c.s.eventView(e) }})
	}
	for _, x := range c.s.listedComments(c.issue.comments) {
		all = append(all, entry{x.id, func() any { return c.s.timelineComment(x) }})
	}
	for _, x := range c.issue.crossRefs {
		if c.canRead(x.source.repo) {
			all = append(all, entry{x.id, func() any { return c.s.timelineMention(x) }})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return int(a.id - b.id) })
	var out []any
	for _, e := range page(c, all) {
		out = append(out, e.show())
	}
	return http.StatusOK, list(out), nil
}

func (s *Server) timelineComment(x *comment) any {
	v := s.commentView(x)
	return struct {
		commentView
		Event string    `json:"event"`
		Actor *userView `json:"actor"`
	}{v, "commented", v.User}
}

func (s *Server) timelineMention(x *crossRef) any {
	v := struct {
		issueView
		Repository map[string]any `json:"repository"`
	}{s.issueView(x.source), s.fullRepo(x.source.repo, nil)}
	return map[string]any{
		"event": "cross-referenced", "actor": s.maybeUser(x.actor), "created_at": jsonTime(x.at), "updated_at": jsonTime(x.at),
		"source": map[string]any{"type": "issue", "issue": v},
	}
}
