package github

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Words that a list's filter takes in place of a name.
const anything, nobody = "*", "none"

// listIssues lists issues and pull requests, as lists show them now.
func listIssues(c *call) (int, any, error) {
	keep, err := c.issueFilter()
	if err != nil {
		return 0, nil, err
	}
	order, err := c.issueOrder()
	if err != nil {
		return 0, nil, err
	}
	all := slices.DeleteFunc(c.s.listedAll(c.repo.issues), func(i *issue) bool { return !keep(i) })
	slices.SortStableFunc(all, order)
	return http.StatusOK, c.s.issueViews(page(c, all)), nil
}

func (c *call) issueFilter() (keep func(*issue) bool, err error) {
	state, err := c.oneOf("state", "open", "closed", "all")
	if err != nil {
		return nil, err
	}
	since, err := c.since()
	if err != nil {
		return nil, err
	}
	q := c.r.URL.Query()
	var labels []string
	if q.Get("labels") != "" {
		labels = strings.Split(q.Get("labels"), ",")
	}
	creator, assignee := q.Get("creator"), q.Get("assignee")
	planned := q.Get("milestone")
	if planned != "" && planned != anything && planned != nobody && c.repo.milestone(planned) == nil {
		return nil, invalid("Issue", "milestone", "invalid", planned)
	}
	if assignee != "" && assignee != anything && assignee != nobody && c.s.user(assignee) == nil {
		return nil, invalid("Issue", "assignee", "invalid", assignee)
	}
	return func(i *issue) bool {
		return (state == "all" || i.state == state) && !i.updated.Before(since) && hasLabels(i, labels) &&
			(creator == "" || strings.EqualFold(i.author.login, creator)) && assignedTo(i, assignee) && plannedFor(i, planned)
	}, nil
}

func hasLabels(i *issue, names []string) bool {
	for _, name := range names {
		if !slices.ContainsFunc(i.labels, func(l *label) bool { return strings.EqualFold(l.name, strings.TrimSpace(name)) }) {
			return false
		}
	}
	return true
}

func assignedTo(i *issue, login string) bool {
	switch login {
	case "":
		return true
	case anything:
		return len(i.assignees) > 0
	case nobody:
		return len(i.assignees) == 0
	}
	return slices.ContainsFunc(i.assignees, func(u *user) bool { return strings.EqualFold(u.login, login) })
}

func plannedFor(i *issue, number string) bool {
	switch number {
	case "":
		return true
	case anything:
		return i.milestone != nil
	case nobody:
		return i.milestone == nil
	}
	return i.milestone != nil && i.milestone == i.repo.milestone(number)
}

func (c *call) issueOrder() (func(a, b *issue) int, error) {
	sort, err := c.oneOf("sort", "created", "updated", "comments")
	if err != nil {
		return nil, err
	}
	dir, err := c.oneOf("direction", "desc", "asc")
	if err != nil {
		return nil, err
	}
	return func(a, b *issue) int {
		n := a.number - b.number
		switch sort {
		case "updated":
			if !a.updated.Equal(b.updated) {
				n = a.updated.Compare(b.updated)
			}
		case "comments":
			if len(a.comments) != len(b.comments) {
				n = len(a.comments) - len(b.comments)
			}
		}
		if dir == "desc" {
			return -n
		}
		return n
	}, nil
}

func getIssue(c *call) (int, any, error) { return http.StatusOK, c.s.issueView(c.issue), nil }

type issueBody struct {
	Title     *titleText      `json:"title"`
	Body      *string         `json:"body"`
	State     *string         `json:"state"`
	Reason    *string         `json:"state_reason"`
	Duplicate *int64          `json:"duplicate_issue_id"`
	Labels    *labelNames     `json:"labels"`
	Assignee  *string         `json:"assignee"`
	Assignees *loginNames     `json:"assignees"`
	Milestone json.RawMessage `json:"milestone"`
}

// titleText is a title, which may be given as a number.
type titleText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *titleText) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		*t = titleText(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(t))
}

func createIssue(c *call) (int, any, error) {
	in, err := decode[issueBody](c)
	if err != nil {
		return 0, nil, err
	}
	d := draft{body: text(in.Body, ""), assignees: in.assignees()}
	if in.Title == nil {
		return 0, nil, invalidRequest("\"title\" wasn't supplied.")
	}
	d.title = string(*in.Title)
	if in.Labels != nil {
		d.labels = *in.Labels
	}
	if d.milestone, err = in.milestone(c.repo); err != nil {
		return 0, nil, err
	}
	i, err := c.s.createIssue(c.who, c.repo, d)
	if err != nil {
		return 0, nil, err
	}
	v := c.s.issueView(i)
	c.header.Set("Location", v.URL)
	return http.StatusCreated, v, nil
}

func (b issueBody) assignees() []string {
	var out []string
	if b.Assignees != nil {
		out = *b.Assignees
	}
	if b.Assignee != nil && *b.Assignee != "" {
		out = append(out, *b.Assignee)
	}
	return out
}

func updateIssue(c *call) (int, any, error) {
	in, err := decode[issueBody](c)
	if err != nil {
		return 0, nil, err
	}
	e := edit{title: (*string)(in.Title), body: in.Body, state: in.State, reason: in.Reason}
	if in.Labels != nil {
		e.labels = (*[]string)(in.Labels)
	}
	if in.Assignees != nil || in.Assignee != nil {
		to := in.assignees()
		e.assignees = &to
	}
	if in.Milestone != nil {
		to, err := in.milestone(c.repo)
		if err != nil {
			return 0, nil, err
		}
		e.milestone = &to
	}
	if in.Duplicate != nil {
		if e.duplicateOf = c.s.issues[*in.Duplicate]; e.duplicateOf == nil || !c.canRead(e.duplicateOf.repo) {
			return 0, nil, invalid("Issue", "duplicate_issue_id", "invalid", *in.Duplicate)
		}
	}
	if err := c.s.editIssue(c.who, c.issue, e); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.s.issueView(c.issue), nil
}

func lock(c *call) (int, any, error) {
	in, err := decode[struct {
		Reason string `json:"lock_reason"`
	}](c)
	if err == nil && in.Reason != "" && !slices.Contains([]string{"off-topic", "too heated", "resolved", "spam"}, in.Reason) {
		err = invalid("Issue", "lock_reason", "invalid", in.Reason)
	}
	if err == nil {
		err = c.s.lockIssue(c.who, c.issue, true, in.Reason)
	}
	return http.StatusNoContent, nil, err
}

func unlock(c *call) (int, any, error) {
	return http.StatusNoContent, nil, c.s.lockIssue(c.who, c.issue, false, "")
}
