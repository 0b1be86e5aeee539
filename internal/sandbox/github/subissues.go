package github

import (
	"encoding/json"
	"net/http"
	"slices"
)

// What GitHub allows of sub-issues; closed ones count.
const (
	maxChildren = 100
	maxLevels   = 8
)

type subSummary struct {
	Total     int `json:"total"`
	Completed int `json:"completed"`
	Percent   int `json:"percent_completed"`
}

func (i *issue) subSummary() *subSummary {
	v := &subSummary{Total: len(i.children)}
	for _, c := range i.children {
		if c.state == "closed" {
			v.Completed++
		}
	}
	if v.Total > 0 {
		v.Percent = v.Completed * 100 / v.Total
	}
	return v
}

// depth returns how many levels lie above an issue, itself included.
func (i *issue) depth() int {
	n := 0
	for ; i != nil; i = i.parent {
		n++
	}
	return n
}

// height returns how many levels lie below an issue, itself included.
func (i *issue) height() int {
	n := 0
	for _, c := range i.children {
		n = max(n, c.height())
	}
	return n + 1
}

func (s *Server) addSubIssue(by *identity, parent, child *issue, replace bool) error {
	if err := s.mayWrite(by, parent.repo, Triage); err != nil {
		return err
	}
	fail := func(message string) error { return unprocessable("Issue", "sub_issue_id", message) }
	switch {
	case parent.pull != nil || child.pull != nil:
		return fail("Pull requests cannot be sub-issues")
	case child.repo.owner != parent.repo.owner:
		return fail("Sub issue must belong to the same owner as its parent")
	case child.parent == parent:
		return fail("Issue may not contain duplicate sub-issues")
	case child.parent != nil && !replace:
		return fail("Sub issue may only have one parent")
	case len(parent.children) >= maxChildren:
		return fail("Parent cannot have more than 100 sub-issues")
	}
	for p := parent; p != nil; p = p.parent {
		if p == child {
			return fail("Sub issue cannot be an ancestor of its parent")
		}
	}
	if parent.depth()+child.height() > maxLevels {
		return fail("Sub-issues may not be nested more than 8 levels deep")
	}
	if child.parent != nil {
		s.detachChild(by, child.parent, child)
	}
	s.change(parent, func() { parent.children = append(parent.children, child) })
	child.parent = parent
	s.record(parent, by, "sub_issue_added", func(e *event) { e.other = child })
	s.record(child, by, "parent_issue_added", func(e *event) { e.other = parent })
	s.tellSubIssue("added", parent, child, by)
	return nil
}

func (s *Server) detachChild(by *identity, parent, child *issue) {
	s.change(parent, func() {
		parent.children = slices.DeleteFunc(slices.Clone(parent.children), func(x *issue) bool { return x == child })
	})
	child.parent = nil
	s.record(parent, by, "sub_issue_removed", func(e *event) { e.other = child })
	s.record(child, by, "parent_issue_removed", func(e *event) { e.other = parent })
	s.tellSubIssue("removed", parent, child, by)
}

type subIssueBody struct {
	ID      json.RawMessage `json:"sub_issue_id"`
	After   *int64          `json:"after_id"`
	Before  *int64          `json:"before_id"`
	Replace bool            `json:"replace_parent"`
}

// byID finds an issue by the database id in a body: a number is 404 where it
// is no such id (an issue's number never is), a string is 500.
func (c *call) byID(raw json.RawMessage) (*issue, error) {
	var id int64
	if raw == nil {
		return nil, invalidRequest("\"sub_issue_id\" wasn't supplied.")
	}
	if json.Unmarshal(raw, &id) != nil {
		return nil, &apiError{status: http.StatusInternalServerError, message: "Server Error"}
	}
	i := c.s.issues[id]
	if i == nil || i.deleted || i.moved != nil || !c.canRead(i.repo) {
		return nil, &apiError{status: http.StatusNotFound, message: "The provided sub-issue does not exist"}
	}
	return i, nil
}

func (c *call) subIssue() (subIssueBody, *issue, error) {
	in, err := decode[subIssueBody](c)
	if err != nil {
		return in, nil, err
	}
	child, err := c.byID(in.ID)
	return in, child, err
}

func listSubIssues(c *call) (int, any, error) {
	parent := c.s.listed(c.issue)
	if parent == nil {
		return http.StatusOK, list[issueView](nil), nil
	}
	// A child the caller may not read is left out.
	children := slices.DeleteFunc(slices.Clone(parent.children), func(i *issue) bool { return !c.canRead(i.repo) })
	return http.StatusOK, c.s.issueViews(page(c, children)), nil
}

func addSubIssue(c *call) (int, any, error) {
	in, child, err := c.subIssue()
	if err == nil {
		err = c.s.addSubIssue(c.who, c.issue, child, in.Replace)
	}
	if err != nil {
		return 0, nil, err
	}
	v := c.s.issueView(c.issue)
	c.header.Set("Location", v.URL+"/sub_issues")
	return http.StatusCreated, v, nil
}

func removeSubIssue(c *call) (int, any, error) {
	_, child, err := c.subIssue()
	if err == nil {
		err = c.mayWrite(c.repo, Triage)
	}
	if err == nil && child.parent != c.issue {
		err = notFound()
	}
	if err != nil {
		return 0, nil, err
	}
	c.s.detachChild(c.who, c.issue, child)
	return http.StatusOK, c.s.issueView(c.issue), nil
}

func moveSubIssue(c *call) (int, any, error) {
	in, child, err := c.subIssue()
	if err == nil {
		err = c.mayWrite(c.repo, Triage)
	}
	if err != nil {
		return 0, nil, err
	}
	if (in.After == nil) == (in.Before == nil) {
		return 0, nil, unprocessable("Issue", "after_id", "exactly one of after_id and before_id must be given")
	}
	order := slices.DeleteFunc(slices.Clone(c.issue.children), func(x *issue) bool { return x == child })
	at := slices.IndexFunc(order, func(x *issue) bool {
		return in.After != nil && x.id == *in.After || in.Before != nil && x.id == *in.Before
	})
	if child.parent != c.issue || at < 0 {
		return 0, nil, notFound()
	}
	if in.After != nil {
		at++
	}
	c.s.change(c.issue, func() { c.issue.children = slices.Insert(order, at, child) })
	return http.StatusOK, c.s.issueView(c.issue), nil
}

func getParent(c *call) (int, any, error) {
	p := c.issue.parent
	if p == nil || !c.canRead(p.repo) {
		return 0, nil, notFound()
	}
	return http.StatusOK, c.s.issueView(p), nil
}
