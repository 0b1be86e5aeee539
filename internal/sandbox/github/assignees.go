package github

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// assign adds people; who cannot be assigned is dropped silently, and so is
// everybody beyond the tenth.
func (s *Server) assign(by *identity, i *issue, logins []string) {
	for _, login := range logins {
		u := s.user(strings.TrimPrefix(login, "@"))
		if !s.assignableTo(u, i) || slices.Contains(i.assignees, u) || len(i.assignees) >= maxAssignees {
			continue
		}
		s.change(i, func() { i.assignees, i.updated = append(i.assignees, u), s.now() })
		s.record(i, by, "assigned", func(e *event) { e.assignee = u })
		s.tellIssue("assigned", i, by, map[string]any{"assignee": s.simpleUser(u)})
	}
}

func (s *Server) unassign(by *identity, i *issue, logins []string) {
	for _, login := range logins {
		u := s.user(strings.TrimPrefix(login, "@"))
		n := slices.Index(i.assignees, u)
		if n < 0 {
			continue
		}
		s.change(i, func() { i.assignees, i.updated = slices.Delete(slices.Clone(i.assignees), n, n+1), s.now() })
		s.record(i, by, "unassigned", func(e *event) { e.assignee = u })
		s.tellIssue("unassigned", i, by, map[string]any{"assignee": s.simpleUser(u)})
	}
}

func (s *Server) setAssignees(by *identity, i *issue, logins []string) {
	var gone []string
	for _, u := range i.assignees {
		if !slices.ContainsFunc(logins, func(l string) bool { return strings.EqualFold(l, u.login) }) {
			gone = append(gone, u.login)
		}
	}
	s.unassign(by, i, gone)
	s.assign(by, i, logins)
}

type assigneesBody struct {
	Assignees loginNames `json:"assignees"`
}

// addAssignees answers 201 also where it dropped everybody: without the right,
// nothing is changed and nothing said.
func addAssignees(c *call) (int, any, error) {
	in, err := decode[assigneesBody](c)
	if err != nil {
		return 0, nil, err
	}
	if err := c.mayWrite(c.repo, Read); err != nil {
		return 0, nil, err
	}
	if c.mayWrite(c.repo, Triage) == nil {
		c.s.assign(c.who, c.issue, in.Assignees)
	}
	return http.StatusCreated, c.s.issueView(c.issue), nil
}

func removeAssignees(c *call) (int, any, error) {
	in, err := decode[assigneesBody](c)
	if err != nil {
		return 0, nil, err
	}
	if err := c.mayWrite(c.repo, Read); err != nil {
		return 0, nil, err
	}
	if c.mayWrite(c.repo, Triage) == nil {
		c.s.unassign(c.who, c.issue, in.Assignees)
	}
	return http.StatusOK, c.s.issueView(c.issue), nil
}

// loginNames reads a list of logins, or one login alone.
type loginNames []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *loginNames) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		b = append(append([]byte{'['}, b...), ']')
	}
	var logins []string
	if err := json.Unmarshal(b, &logins); err != nil {
		return err
	}
	*n = logins
	return nil
}

func checkAssignee(c *call) (int, any, error) {
	if !c.s.assignable(c.s.user(c.r.PathValue("assignee")), c.repo) {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

func checkIssueAssignee(c *call) (int, any, error) {
	if !c.s.assignableTo(c.s.user(c.r.PathValue("assignee")), c.issue) {
		return 0, nil, notFound()
	}
	return http.StatusNoContent, nil, nil
}

func listAssignees(c *call) (int, any, error) {
	var us []*user
	for _, u := range c.s.sortedUsers() {
		if c.s.assignable(u, c.repo) {
			us = append(us, u)
		}
	}
	return http.StatusOK, c.s.userViews(page(c, us)), nil
}
