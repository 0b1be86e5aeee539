package github

import "testing"

func TestMilestones(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	issues := "/repos/acme/shop/issues"
	for _, x := range [][2]string{{"2026-12-24", "2026-12-24T08:00:00Z"}, {"2026-07-01", "2026-07-01T07:00:00Z"}} {
		day, want := x[0], x[1]
		n := must(a.AddMilestone("acme/shop", "by "+day, day))
		r := l.do("alice", "POST", issues, map[string]any{"title": "x", "milestone": n}).want(201)
		r.is("milestone.due_on", want).is("milestone.title", "by "+day).is("milestone.open_issues", 1)
	}
	if never := must(a.AddMilestone("acme/shop", "some day", "")); never != 3 {
		t.Errorf("milestone %d", never)
	}
	l.do("alice", "PATCH", issues+"/1", map[string]any{"milestone": 3}).want(200).is("milestone.due_on", nil)
	l.do("alice", "PATCH", issues+"/1", map[string]any{"title": "y"}).want(200).is("milestone.number", 3)
	l.do("alice", "GET", issues+"?milestone=3", nil).want(200).is("0.number", 1)
	l.do("alice", "GET", issues+"?milestone=*&state=all", nil).want(200).is("0.number", 2)
	l.do("alice", "PATCH", issues+"/1", map[string]any{"milestone": nil}).want(200).is("milestone", nil)
	if got := l.do("alice", "GET", issues+"?milestone=none", nil).want(200); got.len() != 1 {
		t.Error(got.Raw)
	}
	l.do("alice", "PATCH", issues+"/1", map[string]any{"milestone": 9}).want(422).is("errors.0.field", "milestone")
	l.do("alice", "GET", issues+"?milestone=9", nil).want(422)
	events := l.do("alice", "GET", issues+"/1/events", nil).want(200)
	events.is("0.event", "milestoned").is("0.milestone.title", "by 2026-12-24").is("1.event", "demilestoned").is("2.event", "milestoned")
	// Who may only read plans nothing: it is dropped.
	l.do("mia", "POST", issues, map[string]any{"title": "z", "milestone": 1}).want(201).is("milestone", nil)
	if a.SetMilestone("acme/shop", 2, 9) == nil || l.As("mia").SetMilestone("acme/shop", 2, 1) == nil {
		t.Error("not refused")
	}
	if _, err := l.As("mia").AddMilestone("acme/shop", "x", ""); err == nil {
		t.Error("mia made a milestone")
	}
	// A transfer keeps the milestone that is there too.
	must(a.AddMilestone("acme/other", "else", ""))
	must(a.AddMilestone("acme/other", "By 2026-07-01", "2026-07-02"))
	n := must(a.Transfer("acme/shop", 2, "acme/other"))
	if n != 1 {
		t.Error(n)
	}
	l.do("alice", "GET", "/repos/acme/other/issues/1", nil).want(200).is("milestone.number", 2)
}

func TestAnIssueBecomesADiscussion(t *testing.T) {
	l := newLab(t, Options{})
	must(l.As("alice").OpenIssue("acme/shop", "x", ""))
	if l.As("stan").Converse("acme/shop", 1) == nil {
		t.Error("a stranger converted it")
	}
	if err := l.As("alice").Converse("acme/shop", 1); err != nil {
		t.Fatal(err)
	}
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("state", "closed").is("locked", true).is("state_reason", nil).is("closed_by.login", "alice")
	l.do("alice", "GET", "/repos/acme/shop/issues/1/events", nil).want(200).is("0.event", "locked").is("1.event", "converted_to_discussion")
	l.do("alice", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "open"}).want(403)
	l.do("alice", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "x"}).want(403)
}
