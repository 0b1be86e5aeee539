package github

import (
	"maps"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// tell sends an event in a repository to every hook that hears it. extra is
// what the payload holds besides action, repository, organisation and sender.
func (s *Server) tell(event, action string, r *repo, by *identity, extra map[string]any) {
	var heard []*hook
	for _, h := range s.hooks {
		if h.hears(event, r) {
			heard = append(heard, h)
		}
	}
	if heard == nil {
		return
	}
	payload := map[string]any{"repository": s.fullRepo(r, nil), "sender": s.simpleUser(by.user)}
	if action != "" {
		payload["action"] = action
	}
	if r.owner.isOrg() {
		payload["organization"] = s.simpleUser(r.owner)
	}
	maps.Copy(payload, extra)
	plain := host.JSON(payload)
	sortHooks(heard)
	for _, h := range heard {
		d := &delivery{id: s.id(), guid: s.guid(), hook: h, event: event, action: action, repo: r.id, payload: plain}
		if in := h.installation(r); in != nil {
			payload["installation"] = map[string]any{"id": in.id, "node_id": nodeID("MDI", in.id)}
			d.payload, d.inst = host.JSON(payload), in.id
		}
		s.Add(d)
	}
}

func (s *Server) tellIssue(action string, i *issue, by *identity, extra map[string]any) {
	if i.pull != nil {
		s.tellPull(action, i, by)
		return
	}
	if len(s.hooks) == 0 {
		return
	}
	s.tell("issues", action, i.repo, by, with(extra, "issue", s.issueView(i)))
}

func (s *Server) tellComment(action string, c *comment, by *identity, extra map[string]any) {
	if len(s.hooks) == 0 {
		return
	}
	s.tell("issue_comment", action, c.issue.repo, by, with(with(extra, "issue", s.issueView(c.issue)), "comment", s.commentView(c)))
}

func (s *Server) tellLabel(action string, l *label, by *identity, extra map[string]any) {
	s.tell("label", action, l.repo, by, with(extra, "label", s.labelView(l)))
}

// tellSubIssue tells both sides: the parent's repository of a sub-issue, the
// child's of a parent. Server without sub-issues have no such event.
func (s *Server) tellSubIssue(verb string, parent, child *issue, by *identity) {
	if s.opt.GHES || len(s.hooks) == 0 {
		return
	}
	both := map[string]any{"parent_issue_id": parent.id, "parent_issue": s.issueView(parent), "sub_issue_id": child.id, "sub_issue": s.issueView(child)}
	s.tell("sub_issues", "sub_issue_"+verb, parent.repo, by, with(both, "sub_issue_repo", s.fullRepo(child.repo, nil)))
	s.tell("sub_issues", "parent_issue_"+verb, child.repo, by, with(both, "parent_issue_repo", s.fullRepo(parent.repo, nil)))
}

func (s *Server) tellDependency(verb string, blocked, blocker *issue, by *identity) {
	if s.opt.GHES || len(s.hooks) == 0 {
		return
	}
	both := map[string]any{"blocked_issue_id": blocked.id, "blocked_issue": s.issueView(blocked), "blocking_issue_id": blocker.id, "blocking_issue": s.issueView(blocker)}
	s.tell("issue_dependencies", "blocked_by_"+verb, blocked.repo, by, with(both, "blocking_issue_repo", s.fullRepo(blocker.repo, nil)))
	s.tell("issue_dependencies", "blocking_"+verb, blocker.repo, by, with(both, "blocked_issue_repo", s.fullRepo(blocked.repo, nil)))
}

func (s *Server) tellPull(action string, i *issue, by *identity) {
	if len(s.hooks) == 0 {
		return
	}
	side := func(ref string) map[string]any {
		return map[string]any{"ref": ref, "label": i.repo.owner.login + ":" + ref, "sha": "0000000000000000000000000000000000000000",
			"user": s.simpleUser(i.repo.owner), "repo": s.fullRepo(i.repo, nil)}
	}
	v := s.issueView(i)
	ref := s.pullRef(i)
	s.tell("pull_request", action, i.repo, by, map[string]any{"number": i.number, "pull_request": map[string]any{
		"url": ref.URL, "html_url": ref.HTMLURL, "diff_url": ref.DiffURL, "patch_url": ref.PatchURL, "issue_url": v.URL,
		"id": i.id, "node_id": v.NodeID, "number": i.number, "state": i.state, "locked": i.locked, "title": i.title, "user": v.User, "body": v.Body,
		"created_at": v.CreatedAt, "updated_at": v.UpdatedAt, "closed_at": v.ClosedAt, "merged_at": ref.MergedAt,
		"merge_commit_sha": textOrNull(i.pull.sha), "assignee": v.Assignee, "assignees": v.Assignees, "requested_reviewers": []any{}, "requested_teams": []any{},
		"labels": v.Labels, "milestone": nil, "draft": false, "head": side("fix"), "base": side("main"), "author_association": v.Association,
		"merged": !i.pull.merged.IsZero(), "comments": len(i.comments),
	}})
}

// tellRepository tells of a repository's new name or owner.
func (s *Server) tellRepository(r *repo, oldOwner *user, oldName string) {
	by := &identity{user: r.owner}
	if oldOwner != r.owner {
		kind := "user"
		if oldOwner.isOrg() {
			kind = "organization"
		}
		s.tell("repository", "transferred", r, by, map[string]any{"changes": map[string]any{
			"owner": map[string]any{"from": map[string]any{kind: s.simpleUser(oldOwner)}}}})
	}
	if oldName != r.name {
		s.tell("repository", "renamed", r, by, map[string]any{"changes": map[string]any{
			"repository": map[string]any{"name": from(oldName)}}})
	}
}

// ping tells a new hook that it exists.
func (s *Server) ping(h *hook, by *identity) {
	payload := map[string]any{"zen": "Keep it logically awesome.", "hook_id": h.id, "hook": s.hookView(h)}
	if by.user != nil {
		payload["sender"] = s.simpleUser(by.user)
	}
	d := &delivery{id: s.id(), guid: s.guid(), hook: h, event: "ping"}
	if r := h.owner.repo; r != nil {
		payload["repository"], d.repo = s.fullRepo(r, nil), r.id
	}
	d.payload = host.JSON(payload)
	s.Add(d)
}

// with returns a copy of a payload's parts with one more.
func with(m map[string]any, key string, value any) map[string]any {
	n := maps.Clone(m)
	if n == nil {
		n = map[string]any{}
	}
	n[key] = value
	return n
}

func (s *Server) toldPage(by *identity, r *repo, name string) {
	s.tell("gollum", "", r, by, map[string]any{"pages": []any{map[string]any{
		"page_name": name, "title": name, "summary": nil, "action": "edited", "sha": s.sha(), "html_url": s.web + "/" + r.full() + "/wiki/" + name,
	}}})
}
