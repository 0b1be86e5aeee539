package github

import (
	"fmt"
	"testing"
)

// open opens n issues as alice and returns their database ids by number.
func (l *lab) open(repo string, n int) map[int]int64 {
	l.t.Helper()
	ids := map[int]int64{}
	for range n {
		number := must(l.As("alice").OpenIssue(repo, "issue", ""))
		ids[number] = l.Issue(repo, number).ID
	}
	return ids
}

func TestSubIssues(t *testing.T) {
	l := newLab(t, Options{})
	id, other := l.open("acme/shop", 4), l.open("acme/other", 1)
	add := func(parent int, child int64) reply {
		return l.do("alice", "POST", fmt.Sprintf("/repos/acme/shop/issues/%d/sub_issues", parent), map[string]any{"sub_issue_id": child})
	}
	add(1, id[2]).want(201).is("number", 1).is("sub_issues_summary.total", 1)
	add(1, other[1]).want(201)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/sub_issues", nil).want(200).is("0.number", 2).is("1.repository_url", "https://api.github.com/repos/acme/other").
		is("0.parent_issue_url", "https://api.github.com/repos/acme/shop/issues/1")
	l.do("alice", "GET", "/repos/acme/shop/issues/2/parent", nil).want(200).is("number", 1)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/parent", nil).want(404)
	if err := l.As("alice").Close("acme/shop", 2, "not_planned"); err != nil {
		t.Fatal(err)
	}
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("sub_issues_summary.completed", 1).is("sub_issues_summary.percent_completed", 50)
	l.do("alice", "PATCH", "/repos/acme/shop/issues/1/sub_issues/priority", map[string]any{"sub_issue_id": other[1], "before_id": id[2]}).want(200)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/sub_issues", nil).want(200).is("1.number", 2)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/timeline", nil).want(200).is("0.event", "sub_issue_added").is("0.sub_issue.number", 2)

	add(3, 2).want(404)     // the number is not the id
	add(3, id[2]).want(422) // has a parent
	add(1, id[2]).want(422) // this very one
	add(2, id[1]).want(422) // would be a circle
	add(3, id[3]).want(422) // itself
	l.do("alice", "POST", "raw:/repos/acme/shop/issues/3/sub_issues", `{"sub_issue_id":"`+fmt.Sprint(id[4])+`"}`).want(500)
	l.do("alice", "POST", "raw:/repos/acme/shop/issues/3/sub_issues", `{}`).want(422)
	l.do("mia", "POST", "/repos/acme/shop/issues/3/sub_issues", map[string]any{"sub_issue_id": id[4]}).want(403)

	l.do("alice", "POST", "/repos/acme/shop/issues/3/sub_issues", map[string]any{"sub_issue_id": id[2], "replace_parent": true}).want(201)
	l.do("alice", "GET", "/repos/acme/shop/issues/2/parent", nil).want(200).is("number", 3)
	l.do("alice", "DELETE", "/repos/acme/shop/issues/1/sub_issue", map[string]any{"sub_issue_id": id[2]}).want(404)
	l.do("alice", "DELETE", "/repos/acme/shop/issues/3/sub_issue", map[string]any{"sub_issue_id": id[2]}).want(200).is("sub_issues_summary.total", 0)

	pr := must(l.As("alice").OpenPR("acme/shop", "fix", ""))
	add(3, l.Issue("acme/shop", pr).ID).want(422)
	l.AddOrg("rival", "alice")
	l.AddRepo("rival/site")
	l.SetRole("rival/site", "alice", Admin)
	add(3, l.open("rival/site", 1)[1]).want(422)
}

// What a caller may not read is left out of what he may.
func TestRelationsHideWhatOneMayNotRead(t *testing.T) {
	l := newLab(t, Options{})
	l.SetRole("acme/shop", "stan", Read)
	l.open("acme/shop", 2)
	must(l.As("alice").OpenIssue("acme/other", "secret", "see acme/shop#1"))
	a := l.As("alice")
	for _, err := range []error{a.AddSubIssue("acme/shop", 1, "acme/other", 1), a.BlockedBy("acme/shop", 1, "acme/other", 1), a.BlockedBy("acme/other", 1, "acme/shop", 2)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for who, want := range map[string]any{"alice": 1.0, "stan": nil} {
		for _, path := range []string{"1/sub_issues", "1/dependencies/blocked_by", "2/dependencies/blocking"} {
			l.do(who, "GET", "/repos/acme/shop/issues/"+path, nil).want(200).is("0.number", want)
		}
		l.do(who, "GET", "/repos/acme/shop/issues/1/timeline", nil).want(200).is("0.source.issue.number", want)
	}
}

func TestSubIssueLimits(t *testing.T) {
	l := newLab(t, Options{})
	a := l.As("alice")
	l.open("acme/shop", 102)
	for child := 2; child <= 101; child++ {
		if err := a.AddSubIssue("acme/shop", 1, "acme/shop", child); err != nil {
			t.Fatal(child, err)
		}
	}
	if err := a.Close("acme/shop", 2, ""); err != nil {
		t.Fatal(err)
	}
	// The closed one counts.
	if err := a.AddSubIssue("acme/shop", 1, "acme/shop", 102); err == nil {
		t.Error("the 101st sub-issue was taken")
	}
	l.do("alice", "GET", "/repos/acme/shop/issues/1/sub_issues?per_page=100", nil).want(200).is("99.number", 101)

	l.open("acme/other", 9)
	for n := 1; n < 8; n++ {
		if err := a.AddSubIssue("acme/other", n, "acme/other", n+1); err != nil {
			t.Fatal(n, err)
		}
	}
	if err := a.AddSubIssue("acme/other", 8, "acme/other", 9); err == nil {
		t.Error("the ninth level was taken")
	}
}

func TestDependencies(t *testing.T) {
	l := newLab(t, Options{})
	id := l.open("acme/shop", 3)
	path := "/repos/acme/shop/issues/1/dependencies/blocked_by"
	l.do("alice", "POST", path, map[string]any{"issue_id": id[2]}).want(201)
	l.do("alice", "POST", path, map[string]any{"issue_id": id[2]}).want(422)
	l.do("alice", "POST", path, map[string]any{"issue_id": id[1]}).want(422)
	l.do("alice", "POST", path, map[string]any{"issue_id": 2}).want(404)
	l.do("alice", "POST", "/repos/acme/shop/issues/2/dependencies/blocked_by", map[string]any{"issue_id": id[1]}).want(422)
	l.do("alice", "GET", path, nil).want(200).is("0.number", 2)
	l.do("alice", "GET", "/repos/acme/shop/issues/2/dependencies/blocking", nil).want(200).is("0.number", 1)
	l.do("alice", "PATCH", "/repos/acme/shop/issues/2", map[string]any{"state": "closed"}).want(200).is("issue_dependencies_summary.total_blocking", 1)
	l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("issue_dependencies_summary.blocked_by", 0).is("issue_dependencies_summary.total_blocked_by", 1)
	l.do("alice", "DELETE", fmt.Sprintf("%s/%d", path, id[2]), nil).want(200)
	l.do("alice", "DELETE", fmt.Sprintf("%s/%d", path, id[2]), nil).want(404)
	l.do("alice", "GET", path, nil).want(200).is("0", nil)
}

func TestEnterpriseServerLacksThings(t *testing.T) {
	l := newLab(t, Options{GHES: true})
	id := l.open("acme/shop", 2)
	l.do("alice", "GET", "/meta", nil).want(200).is("installed_version", ghesVersion)
	l.do("alice", "GET", "/rate_limit", nil).want(404)
	r := l.do("alice", "GET", "/repos/acme/shop/issues/1", nil).want(200).is("sub_issues_summary", nil).is("reactions", nil)
	if r.Header.Get("X-RateLimit-Limit") != "" {
		t.Error("an Enterprise Server told a rate limit")
	}
	for _, path := range []string{"/sub_issues", "/parent", "/dependencies/blocked_by", "/reactions"} {
		l.do("alice", "GET", "/repos/acme/shop/issues/1"+path, nil).want(404)
	}
	l.do("alice", "POST", "/repos/acme/shop/issues/1/sub_issues", map[string]any{"sub_issue_id": id[2]}).want(404)
	l.do("alice", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "x"}).want(201)
}
