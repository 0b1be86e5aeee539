package github

import (
	"fmt"
	"testing"
)

func TestPermissionLevels(t *testing.T) {
	l := newLab(t, Options{})
	l.AddTeam("acme", "on-call", "mia")
	for n, role := range []Role{Read, Triage, Write, Maintain, Admin} {
		l.SetRole("acme/other", fmt.Sprintf("p%d", n), role)
	}
	tests := []struct{ repo, who, permission, role string }{
		{"acme/other", "p0", "read", "read"},
		{"acme/other", "p1", "read", "triage"},
		{"acme/other", "p2", "write", "write"},
		{"acme/other", "p3", "write", "maintain"},
		{"acme/other", "p4", "admin", "admin"},
		{"acme/other", "mia", "read", "read"},
		{"acme/other", "stan", "none", "none"},
		{"acme/open", "stan", "read", "read"},
	}
	for _, x := range tests {
		l.do("alice", "GET", "/repos/"+x.repo+"/collaborators/"+x.who+"/permission", nil).want(200).
			is("permission", x.permission).is("role_name", x.role).is("user.role_name", x.role).is("user.permissions.push", x.permission == "write" || x.permission == "admin")
	}
	l.do("alice", "GET", "/repos/acme/other/collaborators/nobody/permission", nil).want(404)
	l.do("stan", "GET", "/repos/acme/other/collaborators/p0/permission", nil).want(404)
	l.SetTeamRole("acme/other", "acme", "on-call", Maintain)
	l.do("alice", "GET", "/repos/acme/other/collaborators/mia/permission", nil).want(200).is("role_name", "maintain")
	l.do("alice", "GET", "/repos/acme/other/collaborators", nil).want(200)
	l.do("alice", "GET", "/repos/acme/other/collaborators/mia", nil).want(204)
	l.do("alice", "GET", "/repos/acme/other/collaborators/stan", nil).want(404)
}

func TestWhoMayWhat(t *testing.T) {
	l := newLab(t, Options{})
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(201)
	l.do("stan", "POST", "/repos/acme/open/issues", map[string]any{"title": "mine", "labels": []string{"bug"}, "assignees": []string{"alice"}}).want(201).
		is("labels.0", nil).is("assignees.0", nil)
	tests := []struct {
		who, method, path string
		body              any
		want              int
	}{
		{"", "POST", "/repos/acme/open/issues", map[string]any{"title": "t"}, 401},
		{"", "GET", "/repos/acme/open/issues/1", nil, 200},
		{"", "GET", "/repos/acme/shop/issues/1", nil, 404},
		{"stan", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "x"}, 404},
		{"stan", "POST", "/repos/acme/open/issues/1/labels", map[string]any{"labels": []string{"bug"}}, 403},
		{"stan", "PATCH", "/repos/acme/open/issues/1", map[string]any{"state": "closed"}, 200},
		{"mia", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "closed"}, 403},
		{"mia", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"body": "x"}, 403},
		{"tia", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"body": "x"}, 403},
		{"tia", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"state": "closed"}, 200},
		{"tia", "POST", "/repos/acme/shop/issues/1/labels", map[string]any{"labels": []string{"bug"}}, 200},
		{"tia", "POST", "/repos/acme/shop/issues/1/labels", map[string]any{"labels": []string{"brand new"}}, 403},
		{"tia", "POST", "/repos/acme/shop/labels", map[string]any{"name": "brand new"}, 403},
		{"mia", "PUT", "/repos/acme/shop/issues/1/lock", nil, 403},
		{"alice", "PUT", "/repos/acme/shop/issues/1/lock", map[string]any{"lock_reason": "resolved"}, 204},
		{"mia", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "x"}, 403},
		{"mia", "POST", "/repos/acme/shop/issues/1/reactions", map[string]any{"content": "eyes"}, 403},
		{"alice", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "x"}, 201},
		{"alice", "DELETE", "/repos/acme/shop/issues/1/lock", nil, 204},
		{"mia", "POST", "/repos/acme/shop/issues/1/assignees", map[string]any{"assignees": []string{"mia"}}, 201},
		{"mia", "GET", "/repos/acme/shop/hooks", nil, 404},
	}
	for _, x := range tests {
		if r := l.do(x.who, x.method, x.path, x.body); r.Status != x.want {
			t.Errorf("%s %s %s %v: %d, want %d: %s", x.who, x.method, x.path, x.body, r.Status, x.want, r.Raw)
		}
	}
	if got := l.Issue("acme/shop", 1); len(got.Assignees) != 0 {
		t.Errorf("who may not assign did: %v", got.Assignees)
	}
	l.token["bad"] = "ghp_wrong"
	l.do("bad", "GET", "/user", nil).want(401).is("message", "Bad credentials")
}

func TestAssignable(t *testing.T) {
	l := newLab(t, Options{})
	l.SetRole("acme/shop", "stan", Read)
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(201)
	for who, want := range map[string]int{"alice": 204, "mia": 204, "tia": 204, "stan": 404, "nobody": 404} {
		l.do("alice", "GET", "/repos/acme/shop/assignees/"+who, nil).want(want)
	}
	l.do("stan", "POST", "/repos/acme/shop/issues/1/comments", map[string]any{"body": "me too"}).want(201)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/assignees/stan", nil).want(204)
	l.do("alice", "GET", "/repos/acme/shop/issues/1/assignees/nobody", nil).want(404)
	l.do("alice", "POST", "/repos/acme/shop/issues/1/assignees", map[string]any{"assignees": []string{"stan", "nobody", "mia"}}).want(201).
		is("assignees.0.login", "stan").is("assignees.1.login", "mia").is("assignees.2", nil)
	l.do("alice", "DELETE", "/repos/acme/shop/issues/1/assignees", map[string]any{"assignees": []string{"STAN"}}).want(200).is("assignees.0.login", "mia").is("assignees.1", nil)
	l.do("alice", "PATCH", "/repos/acme/shop/issues/1", map[string]any{"assignees": []string{"alice"}}).want(200).is("assignee.login", "alice").is("assignees.1", nil)
	l.do("alice", "GET", "/repos/acme/shop/assignees", nil).want(200).is("0.login", "alice")
	many := []string{}
	for n := range 12 {
		who := fmt.Sprintf("w%02d", n)
		l.SetRole("acme/shop", who, Write)
		many = append(many, who)
	}
	r := l.do("alice", "POST", "/repos/acme/shop/issues/1/assignees", map[string]any{"assignees": many}).want(201)
	if n := len(r.at("assignees").([]any)); n != 10 {
		t.Errorf("%d assignees, want 10 at most", n)
	}
}

func TestMembership(t *testing.T) {
	l := newLab(t, Options{})
	l.SetMember("acme", "mia", false, true)
	l.AddTeam("acme", "on-call", "mia")
	l.do("alice", "GET", "/orgs/acme/members/mia", nil).want(204)
	l.do("alice", "GET", "/orgs/acme/members/stan", nil).want(404)
	if r := l.do("stan", "GET", "/orgs/acme/members/mia", nil).want(302); r.Header.Get("Location") != l.url+"/orgs/acme/public_members/mia" {
		t.Errorf("to %s", r.Header.Get("Location"))
	}
	l.do("stan", "GET", "/orgs/acme/public_members/mia", nil).want(404)
	l.do("stan", "GET", "/orgs/acme/public_members/alice", nil).want(204)
	l.do("alice", "GET", "/orgs/acme/teams/on-call/members", nil).want(200).is("0.login", "mia").is("1", nil)
	l.do("alice", "GET", "/orgs/acme/teams/on-call/memberships/mia", nil).want(200).is("state", "active")
	l.do("alice", "GET", "/orgs/acme/teams/on-call/memberships/alice", nil).want(404)
	l.do("stan", "GET", "/orgs/acme/teams/on-call/members", nil).want(404)
	// A concealed membership does not show as an association.
	l.do("mia", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(201).is("author_association", "NONE")
	l.token["narrow"] = l.Token("alice", "repo")
	l.do("narrow", "GET", "/orgs/acme/members/mia", nil).want(302)
	if r := l.do("narrow", "GET", "/user", nil).want(200); r.Header.Get("X-OAuth-Scopes") != "repo" {
		t.Errorf("scopes %q", r.Header.Get("X-OAuth-Scopes"))
	}
	l.RemoveMember("acme", "mia")
	l.do("alice", "GET", "/orgs/acme/members/mia", nil).want(404)
	l.do("mia", "GET", "/repos/acme/shop", nil).want(404)
}

func TestRepositories(t *testing.T) {
	l := newLab(t, Options{})
	l.do("alice", "GET", "/repos/acme/shop", nil).want(200).is("full_name", "acme/shop").is("private", true).is("permissions.admin", true).is("has_issues", true)
	l.do("alice", "GET", "/orgs/acme/repos?per_page=2", nil).want(200).is("0.full_name", "acme/open").is("1.full_name", "acme/other").is("2", nil)
	l.do("stan", "GET", "/orgs/acme/repos", nil).want(200).is("0.full_name", "acme/open").is("1", nil)
	l.do("stan", "GET", "/user/repos", nil).want(200).is("0", nil)
	l.do("alice", "GET", "/orgs/nope/repos", nil).want(404)
	l.do("alice", "GET", "/users/Mia", nil).want(200).is("login", "mia")
	l.do("alice", "GET", "/meta", nil).want(200).is("installed_version", nil)
	l.ChangeRepo("acme/shop", Archived)
	l.do("alice", "GET", "/repos/acme/shop", nil).want(200).is("archived", true)
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(403)
	l.ChangeRepo("acme/shop", Unarchived, NoIssues)
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(410)
	l.ChangeRepo("acme/shop", HasIssues)
	l.do("alice", "POST", "/repos/acme/shop/issues", map[string]any{"title": "t"}).want(201)
}
