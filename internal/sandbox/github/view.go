package github

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// jsonTime reads as GitHub writes times: UTC, in whole seconds; the zero time
// is null.
type jsonTime time.Time

// MarshalJSON implements json.Marshaler.
func (t jsonTime) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05Z"`)), nil
}

type userView struct {
	Login             string `json:"login"`
	ID                int64  `json:"id"`
	NodeID            string `json:"node_id"`
	AvatarURL         string `json:"avatar_url"`
	GravatarID        string `json:"gravatar_id"`
	URL               string `json:"url"`
	HTMLURL           string `json:"html_url"`
	FollowersURL      string `json:"followers_url"`
	FollowingURL      string `json:"following_url"`
	GistsURL          string `json:"gists_url"`
	StarredURL        string `json:"starred_url"`
	SubscriptionsURL  string `json:"subscriptions_url"`
	OrganizationsURL  string `json:"organizations_url"`
	ReposURL          string `json:"repos_url"`
	EventsURL         string `json:"events_url"`
	ReceivedEventsURL string `json:"received_events_url"`
	Type              string `json:"type"`
	SiteAdmin         bool   `json:"site_admin"`
}

func (s *Server) simpleUser(u *user) userView {
	api := s.api + "/users/" + url.PathEscape(u.login)
	return userView{
		Login: u.login, ID: u.id, NodeID: nodeID("U", u.id),
		AvatarURL: fmt.Sprintf("https://avatars.githubusercontent.com/u/%d?v=4", u.id),
		URL:       api, HTMLURL: s.web + "/" + url.PathEscape(strings.TrimSuffix(u.login, "[bot]")),
		FollowersURL: api + "/followers", FollowingURL: api + "/following{/other_user}", GistsURL: api + "/gists{/gist_id}",
		StarredURL: api + "/starred{/owner}{/repo}", SubscriptionsURL: api + "/subscriptions", OrganizationsURL: api + "/orgs",
		ReposURL: api + "/repos", EventsURL: api + "/events{/privacy}", ReceivedEventsURL: api + "/received_events", Type: u.kind,
	}
}

func (s *Server) maybeUser(u *user) *userView {
	if u == nil {
		return nil
	}
	v := s.simpleUser(u)
	return &v
}

func (s *Server) userViews(us []*user) []userView {
	out := make([]userView, len(us))
	for i, u := range us {
		out[i] = s.simpleUser(u)
	}
	return out
}

// nodeID makes an opaque id in the manner of GitHub's.
func nodeID(kind string, id int64) string { return fmt.Sprintf("%s_kwDO%010x", kind, id) }

type labelView struct {
	ID          int64   `json:"id"`
	NodeID      string  `json:"node_id"`
	URL         string  `json:"url"`
	Name        string  `json:"name"`
	Color       string  `json:"color"`
	Default     bool    `json:"default"`
	Description *string `json:"description"`
}

func (s *Server) labelView(l *label) labelView {
	return labelView{ID: l.id, NodeID: nodeID("LA", l.id), URL: s.apiRepo(l.repo) + "/labels/" + url.PathEscape(l.name),
		Name: l.name, Color: l.color, Default: l.standard, Description: textOrNull(l.description)}
}

func (s *Server) labelViews(ls []*label) []labelView {
	out := make([]labelView, len(ls))
	for i, l := range ls {
		out[i] = s.labelView(l)
	}
	return out
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

type issueView struct {
	URL           string        `json:"url"`
	RepositoryURL string        `json:"repository_url"`
	LabelsURL     string        `json:"labels_url"`
	CommentsURL   string        `json:"comments_url"`
	EventsURL     string        `json:"events_url"`
	HTMLURL       string        `json:"html_url"`
	ID            int64         `json:"id"`
	NodeID        string        `json:"node_id"`
	Number        int           `json:"number"`
	Title         string        `json:"title"`
	User          *userView     `json:"user"`
	Labels        []labelView   `json:"labels"`
	State         string        `json:"state"`
	Locked        bool          `json:"locked"`
	LockReason    *string       `json:"active_lock_reason"`
	Assignee      *userView     `json:"assignee"`
	Assignees     []userView    `json:"assignees"`
	Milestone     any           `json:"milestone"` // milestoneView or null
	Comments      int           `json:"comments"`
	CreatedAt     jsonTime      `json:"created_at"`
	UpdatedAt     jsonTime      `json:"updated_at"`
	ClosedAt      jsonTime      `json:"closed_at"`
	Association   string        `json:"author_association"`
	Summary       *subSummary   `json:"sub_issues_summary,omitempty"`
	Dependencies  *dependencies `json:"issue_dependencies_summary,omitempty"`
	ParentURL     string        `json:"parent_issue_url,omitempty"`
	Body          *string       `json:"body"`
	ClosedBy      *userView     `json:"closed_by"`
	Reactions     *rollup       `json:"reactions,omitempty"`
	TimelineURL   string        `json:"timeline_url"`
	App           *appView      `json:"performed_via_github_app"`
	StateReason   *string       `json:"state_reason"`
	Draft         *bool         `json:"draft,omitempty"`
	Pull          *pullRefView  `json:"pull_request,omitempty"`
}

// issueView shows an issue. Its links to others are what they are now, also
// where an older state of it is shown.
func (s *Server) issueView(i *issue) issueView {
	api := s.apiIssue(i)
	v := issueView{
		URL: api, RepositoryURL: s.apiRepo(i.repo), LabelsURL: api + "/labels{/name}", CommentsURL: api + "/comments",
		EventsURL: api + "/events", HTMLURL: s.webIssue(i), ID: i.id, NodeID: nodeID("I", i.id), Number: i.number, Title: i.title,
		User: s.maybeUser(i.author), Labels: s.labelViews(i.labels), State: i.state, Locked: i.locked, LockReason: textOrNull(i.lockReason),
		Assignees: s.userViews(i.assignees), Comments: len(i.comments), CreatedAt: jsonTime(i.created), UpdatedAt: jsonTime(i.updated),
		ClosedAt: jsonTime(i.closed), Association: s.association(i.author, i.repo), Body: textOrNull(i.body), ClosedBy: s.maybeUser(i.closedBy),
		TimelineURL: api + "/timeline", App: s.maybeApp(i.app), StateReason: textOrNull(i.reason),
	}
	if i.milestone != nil {
		v.Milestone = s.milestoneView(i.milestone)
	}
	if len(i.assignees) > 0 {
		v.Assignee = &v.Assignees[0]
	}
	if !s.opt.NoReactions {
		v.Reactions = s.rollup(api, i.reactions)
	}
	if !s.opt.NoSubIssues {
		v.Summary, v.Dependencies = i.subSummary(), i.dependencies()
		if i.parent != nil {
			v.ParentURL = s.apiIssue(i.parent)
		}
	}
	if i.pull != nil {
		v.NodeID, v.Draft, v.Pull = nodeID("PR", i.id), new(bool), s.pullRef(i)
	}
	return v
}

// issueViews shows issues in a list, where GitHub does not tell who closed
// them.
func (s *Server) issueViews(is []*issue) []issueView {
	out := make([]issueView, len(is))
	for n, i := range is {
		out[n] = s.issueView(i)
		out[n].ClosedBy = nil
	}
	return out
}

type commentView struct {
	URL         string    `json:"url"`
	HTMLURL     string    `json:"html_url"`
	IssueURL    string    `json:"issue_url"`
	ID          int64     `json:"id"`
	NodeID      string    `json:"node_id"`
	User        *userView `json:"user"`
	CreatedAt   jsonTime  `json:"created_at"`
	UpdatedAt   jsonTime  `json:"updated_at"`
	Association string    `json:"author_association"`
	Body        string    `json:"body"`
	Reactions   *rollup   `json:"reactions,omitempty"`
	App         *appView  `json:"performed_via_github_app"`
}

func (s *Server) commentView(c *comment) commentView {
	v := commentView{
		URL:      fmt.Sprintf("%s/issues/comments/%d", s.apiRepo(c.issue.repo), c.id),
		HTMLURL:  fmt.Sprintf("%s#issuecomment-%d", s.webIssue(c.issue), c.id),
		IssueURL: s.apiIssue(c.issue), ID: c.id, NodeID: nodeID("IC", c.id), User: s.maybeUser(c.author),
		CreatedAt: jsonTime(c.created), UpdatedAt: jsonTime(c.updated), Association: s.association(c.author, c.issue.repo),
		Body: c.body, App: s.maybeApp(c.app),
	}
	if !s.opt.NoReactions {
		v.Reactions = s.rollup(v.URL, c.reactions)
	}
	return v
}

func (s *Server) commentViews(cs []*comment) []commentView {
	out := make([]commentView, len(cs))
	for n, c := range cs {
		out[n] = s.commentView(c)
	}
	return out
}

func (s *Server) apiRepo(r *repo) string { return s.api + "/repos/" + r.full() }

func (s *Server) apiIssue(i *issue) string {
	return fmt.Sprintf("%s/issues/%d", s.apiRepo(i.repo), i.number)
}

func (s *Server) webIssue(i *issue) string {
	kind := "issues"
	if i.pull != nil {
		kind = "pull"
	}
	return fmt.Sprintf("%s/%s/%s/%d", s.web, i.repo.full(), kind, i.number)
}
