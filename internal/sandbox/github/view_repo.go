package github

import "strings"

// repoLinks are the links of a repository below its API address.
var repoLinks = func() map[string]string {
	m := map[string]string{}
	for _, line := range strings.Fields(`
		archive:/{archive_format}{/ref} assignees:/assignees{/user} blobs:/git/blobs{/sha} branches:/branches{/branch}
		collaborators:/collaborators{/collaborator} comments:/comments{/number} commits:/commits{/sha}
		compare:/compare/{base}...{head} contents:/contents/{+path} contributors:/contributors deployments:/deployments
		downloads:/downloads events:/events forks:/forks git_commits:/git/commits{/sha} git_refs:/git/refs{/sha}
		git_tags:/git/tags{/sha} hooks:/hooks issue_comment:/issues/comments{/number} issue_events:/issues/events{/number}
		issues:/issues{/number} keys:/keys{/key_id} labels:/labels{/name} languages:/languages merges:/merges
		milestones:/milestones{/number} notifications:/notifications{?since,all,participating} pulls:/pulls{/number}
		releases:/releases{/id} stargazers:/stargazers statuses:/statuses/{sha} subscribers:/subscribers
		subscription:/subscription tags:/tags teams:/teams trees:/git/trees{/sha}`) {
		name, path, _ := strings.Cut(line, ":")
		m[name+"_url"] = path
	}
	return m
}()

// simpleRepo shows a repository's name and links.
func (s *Server) simpleRepo(r *repo) map[string]any {
	api, web := s.apiRepo(r), s.web+"/"+r.full()
	v := map[string]any{
		"id": r.id, "node_id": nodeID("R", r.id), "name": r.name, "full_name": r.full(), "owner": s.simpleUser(r.owner),
		"private": r.private, "html_url": web, "description": nil, "fork": false, "url": api,
	}
	for k, path := range repoLinks {
		v[k] = api + path
	}
	return v
}

// fullRepo shows a repository to a caller, or in a payload with nil.
func (s *Server) fullRepo(r *repo, who *identity) map[string]any {
	v := s.simpleRepo(r)
	web := v["html_url"].(string)
	open := 0
	for _, i := range r.issues {
		if i != nil && i.state == "open" {
			open++
		}
	}
	visibility := "public"
	if r.private {
		visibility = "private"
	}
	for k, x := range map[string]any{
		"git_url": "git" + strings.TrimLeft(web, "htps") + ".git", "ssh_url": "git@github.com:" + r.full() + ".git", "clone_url": web + ".git", "svn_url": web,
		"mirror_url": nil, "homepage": nil, "language": nil, "forks_count": 0, "forks": 0, "stargazers_count": 0, "watchers_count": 0, "watchers": 0,
		"size": 0, "default_branch": "main", "open_issues_count": open, "open_issues": open, "is_template": false, "topics": []string{},
		"has_issues": r.hasIssues, "has_projects": true, "has_wiki": true, "has_pages": false, "has_downloads": true, "has_discussions": false,
		"archived": r.archived, "disabled": false, "visibility": visibility, "pushed_at": jsonTime(r.created), "created_at": jsonTime(r.created),
		"updated_at": jsonTime(r.updated), "allow_forking": true, "web_commit_signoff_required": false, "license": nil,
		"subscribers_count": 0, "network_count": 0,
	} {
		v[k] = x
	}
	if who != nil && who.user != nil {
		role := s.role(who.user, r)
		if who.inst != nil && who.inst.allows("issues", true) {
			role = Read // an installation's rights are its permissions, not a role
		}
		v["permissions"] = role.flags()
	}
	if r.owner.isOrg() {
		v["organization"] = s.simpleUser(r.owner)
	}
	return v
}
