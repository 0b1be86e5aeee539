package github

import (
	"net/http"
	"testing"
)

func TestAnIssueFromOpeningToClosing(t *testing.T) {
	l := newLab(t, Options{})
	r := l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "Checkout is down", "labels": []string{"incident", "BUG"}, "assignees": []string{"alice", "stan"}}).want(201)
	r.is("number", 1).is("state", "open").is("labels.0.name", "incident").is("labels.1.name", "bug").is("assignees.0.login", "alice").
		is("body", nil).is("state_reason", nil).is("author_association", "MEMBER")
	if r.at("assignees.1") != nil {
		t.Error("a stranger was assigned")
	}
	if id := r.at("id").(float64); id < 1e9 {
		t.Errorf("id %v is not large", id)
	}
	l.do("mia", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "On it"}).want(201).is("user.login", "mia")
	l.do("alice", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "closed", "state_reason": "not_planned", "title": "Checkout was down"}).want(200).
		is("state_reason", "not_planned").is("closed_by.login", "alice").is("title", "Checkout was down")
	l.do("alice", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "closed", "state_reason": "completed"}).want(200).is("state_reason", "not_planned")
	l.do("alice", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "open"}).want(200).is("state_reason", "reopened").is("closed_at", nil)
	events := l.do("alice", "GET", "/repos/acme/shop/issues/1/events", nil).want(200)
	var kinds []string
	for n := range events.len() {
		kinds = append(kinds, events.JSON.([]any)[n].(map[string]any)["event"].(string))
	}
	if got := join(kinds); got != "labeled labeled assigned renamed closed reopened" {
		t.Errorf("events: %s", got)
	}
	l.do("alice", "GET", "/repos/acme/shop/issues/1/timeline", nil).want(200).is("3.event", "commented")
	l.do("alice", "GET", "/repos/acme/shop/issues/events", nil).want(200).is("0.event", "reopened").is("0.issue.number", 1)
	l.do("stan", "GET", "/repos/acme/shop/issues/1", nil).want(http.StatusNotFound)
}

func join(s []string) string {
	out := ""
	for n, x := range s {
		if n > 0 {
			out += " "
		}
		out += x
	}
	return out
}
