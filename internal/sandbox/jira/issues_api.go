package jira

import (
	"encoding/json"
	"net/http"
)

func getIssue(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	v := c.view(i, c.listed("fields"), []string{"*all"}, c.listed("properties"), 100)
	if c.expands("transitions") {
		v["transitions"] = c.transitionViews(i, c.expands("transitions.fields"))
	}
	return http.StatusOK, v, nil
}

func postIssue(c *call) (int, any, error) {
	in, err := c.update()
	if err != nil {
		return 0, nil, err
	}
	i, err := c.s.create(c.who, in)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, c.s.created(i), nil
}

func (s *Server) created(i *issue) map[string]any {
	return map[string]any{"id": text(i.id), "key": i.key, "self": s.rest("issue/%d", i.id)}
}

// maxBulk bounds the issues of one request.
const maxBulk = 50

// postBulk creates what it can: each issue is accepted or refused alone.
func postBulk(c *call) (int, any, error) {
	in, err := decode[struct {
		IssueUpdates []update `json:"issueUpdates"`
	}](c)
	if err != nil {
		return 0, nil, err
	}
	if len(in.IssueUpdates) == 0 || len(in.IssueUpdates) > maxBulk {
		e := badRequest("The request must hold between 1 and %d issues.", maxBulk)
		return e.status, map[string]any{"issues": []any{}, "errors": []any{failure(e, 0)}}, nil
	}
	var made, failed []any
	for n, one := range in.IssueUpdates {
		one.v3 = c.v3
		i, err := c.s.create(c.who, one)
		if e, ok := err.(*apiError); ok {
			failed = append(failed, failure(e, n))
			continue
		}
		made = append(made, c.s.created(i))
	}
	status := http.StatusCreated
	if len(made) == 0 {
		status = http.StatusBadRequest
	}
	return status, map[string]any{"issues": list(made), "errors": list(failed)}, nil
}

// failure is the refusal of one of several issues.
func failure(e *apiError, n int) map[string]any {
	return map[string]any{"status": e.status, "elementErrors": e.collection(), "failedElementNumber": n}
}

func putIssue(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	in, err := c.update()
	if err != nil {
		return 0, nil, err
	}
	if len(in.Fields)+len(in.Update)+len(in.Properties) == 0 {
		return 0, nil, badRequest("one of 'fields' or 'update' required")
	}
	if err := c.s.edit(c.who, i, in, c.quiet(i.project)); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func putAssignee(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	if !c.s.may(c.who, i.project, AssignIssues) {
		return 0, nil, forbidden("You do not have permission to assign issues in this project.")
	}
	in := update{Fields: map[string]json.RawMessage{"assignee": c.body}}
	if err := c.s.edit(c.who, i, in, false); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

func deleteIssue(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	if err := c.s.delete(c.who, i, c.query("deleteSubtasks") == "true"); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

// getChangelog is Cloud's paged history, oldest first.
func getChangelog(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	start, size := c.window(100, 100)
	var values []any
	for _, r := range cut(i.history, start, size) {
		values = append(values, c.s.recordView(r))
	}
	return http.StatusOK, map[string]any{"self": c.s.rest("issue/%s/changelog?maxResults=%d&startAt=%d", i.key, size, start), "maxResults": size,
		"startAt": start, "total": len(i.history), "isLast": start+len(values) >= len(i.history), "values": list(values)}, nil
}
