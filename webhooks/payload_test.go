package webhooks

import (
	"encoding/json"
	"fmt"
)

// The payloads below have the shape and the size, some 12 KB, of what GitHub
// sends: an issue, a comment and a repository with all their addresses.

func account(login string) map[string]any {
	m := map[string]any{"login": login, "id": 21031067, "node_id": "MDQ6VXNlcjIxMDMxMDY3", "type": "User", "site_admin": false, "gravatar_id": ""}
	for _, what := range []string{"", "html", "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events"} {
		m[what+"_url"] = "https://api.github.example/users/" + login + "/" + what + "{/other_user}{/gist_id}{/owner}{/repo}{/privacy}"
	}
	return m
}

func repository(name string, private bool) map[string]any {
	m := map[string]any{"id": 186853002, "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=", "full_name": name, "private": private, "fork": false,
		"owner": account("acme"), "description": "The shop, its checkout & all that", "size": 1024, "default_branch": "main", "open_issues_count": 12,
		"license": nil, "topics": []string{"shop", "go"}, "visibility": "private", "has_wiki": true, "pushed_at": "2026-01-02T03:04:05Z"}
	for _, what := range []string{"archive", "assignees", "blobs", "branches", "clone", "collaborators", "comments", "commits", "compare", "contents",
		"contributors", "deployments", "downloads", "events", "forks", "git", "git_commits", "git_refs", "git_tags", "hooks", "issue_comment",
		"issue_events", "issues", "keys", "labels", "languages", "merges", "milestones", "mirror", "notifications", "pulls", "releases", "ssh",
		"stargazers", "statuses", "subscribers", "subscription", "svn", "tags", "teams", "trees"} {
		m[what+"_url"] = "https://api.github.example/repos/" + name + "/" + what + "{/number}{/sha}"
	}
	return m
}

func labelsOf(names ...string) []any {
	list := []any{}
	for i, n := range names {
		list = append(list, map[string]any{"id": 1362934389 + i, "name": n, "color": "d73a4a", "default": true, "description": "Something",
			"url": "https://api.github.example/repos/acme/shop/labels/" + n})
	}
	return list
}

func issueOf(number int, labels ...string) map[string]any {
	m := map[string]any{"id": 444500041 + number, "number": number, "title": "Checkout answers 500", "state": "open", "locked": false,
		"body":   "Customers cannot pay.\r\n\r\n- seen by \"support\" at 10:02\r\n- dashboards: https://grafana.example/d/1 – größer als sonst",
		"labels": labelsOf(labels...), "user": account("carol"), "assignee": account("alice"), "assignees": []any{account("alice"), account("bob")},
		"comments": 3, "created_at": "2026-01-02T03:04:05Z", "closed_at": nil, "author_association": "MEMBER", "active_lock_reason": nil,
		"sub_issues_summary":         map[string]any{"total": 0, "completed": 0, "percent_completed": 0},
		"issue_dependencies_summary": map[string]any{"blocked_by": 0, "total_blocked_by": 0, "blocking": 0, "total_blocking": 0},
		"repository_url":             "https://api.github.example/repos/acme/shop", "parent_issue_url": nil}
	for _, what := range []string{"", "labels", "comments", "events", "html", "timeline"} {
		m[what+"_url"] = fmt.Sprintf("https://api.github.example/repos/acme/shop/issues/%d/%s", number, what)
	}
	return m
}

// commentEvent is somebody's comment on an issue of acme/shop.
func commentEvent(number int, text string, labels ...string) string {
	return encode(map[string]any{"action": "created", "issue": issueOf(number, labels...), "repository": repository("acme/shop", true),
		"comment": map[string]any{"id": 492700400, "body": text, "user": account("bob"), "author_association": "MEMBER",
			"reactions": map[string]any{"total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "eyes": 0}},
		"organization": account("acme"), "sender": account("bob"), "installation": map[string]any{"id": 1, "node_id": "MDIz"}})
}

func encode(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}
