package github

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// ghesVersion is what an Enterprise Server calls itself.
const ghesVersion = "3.16.4"

// newAPI builds the API's handler.
func (s *Server) newAPI() http.Handler {
	known := host.NewRouter()
	for pattern, h := range routes {
		if s.opt.NoSubIssues && isRelation(pattern) || s.opt.NoReactions && strings.Contains(pattern, "/reactions") {
			continue
		}
		known.Handle(pattern, s.serve(pattern, h))
	}
	other := s.serve("other", func(*call) (int, any, error) { return 0, nil, notFound() })
	return s.byRepositoryID(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := known.Find(r)
		if h == nil {
			h = other
		}
		h.ServeHTTP(w, r)
	}))
}

func isRelation(pattern string) bool {
	for _, part := range []string{"/sub_issue", "/parent", "/dependencies/"} {
		if strings.Contains(pattern, part) {
			return true
		}
	}
	return false
}

var routes = func() map[string]handler {
	m := map[string]handler{
		"GET /user":             getUser,
		"GET /users/{username}": getUserByLogin,
		"GET /meta":             getMeta,
		"GET /rate_limit":       getRateLimit,
		"GET /user/repos":       listUserRepos,
		"GET /orgs/{org}/repos": listOrgRepos,
		"POST /graphql":         graphql,
		"GET /search/issues":    searchIssues,

		"GET /orgs/{org}/members/{username}":                  getMember,
		"GET /orgs/{org}/public_members/{username}":           getPublicMember,
		"GET /orgs/{org}/teams/{slug}/members":                listTeamMembers,
		"GET /orgs/{org}/teams/{slug}/memberships/{username}": getTeamMembership,

		"GET /app":                                                     getApp,
		"GET /app/installations":                                       listInstallations,
		"GET /app/installations/{id}":                                  getInstallation,
		"GET /orgs/{org}/installation":                                 getOrgInstallation,
		"GET /installation/repositories":                               listInstallationRepos,
		"GET /app/hook/config":                                         getAppHookConfig,
		"GET /app/hook/deliveries":                                     appHook(listDeliveries),
		"GET /app/hook/deliveries/{delivery}":                          appHook(getDelivery),
		"POST /app/installations/{id}/access_tokens":                   createInstallationToken,
		"POST /app/hook/deliveries/{delivery}/attempts":                appHook(redeliver),
		"GET /orgs/{org}/hooks":                                        orgHook(listHooks),
		"GET /orgs/{org}/hooks/{hook}":                                 orgHook(getHook),
		"GET /orgs/{org}/hooks/{hook}/deliveries":                      orgHook(listDeliveries),
		"GET /orgs/{org}/hooks/{hook}/deliveries/{delivery}":           orgHook(getDelivery),
		"POST /orgs/{org}/hooks/{hook}/deliveries/{delivery}/attempts": orgHook(redeliver),
	}
	add := func(need func(handler) handler, prefix string, hs map[string]handler) {
		for p, h := range hs {
			method, path, _ := strings.Cut(p, " ")
			m[method+" "+prefix+path] = need(h)
		}
	}
	add(inRepo, "/repos/{owner}/{repo}", map[string]handler{
		"GET ":                                     getRepo,
		"GET /installation":                        getRepoInstallation,
		"GET /assignees":                           listAssignees,
		"GET /assignees/{assignee}":                checkAssignee,
		"GET /collaborators":                       listCollaborators,
		"GET /labels":                              listLabels,
		"POST /labels":                             createLabel,
		"GET /labels/{name}":                       getLabel,
		"PATCH /labels/{name}":                     updateLabel,
		"DELETE /labels/{name}":                    deleteLabel,
		"GET /issues/comments":                     listRepoComments,
		"GET /issues/events":                       listRepoEvents,
		"GET /issues/events/{event}":               getEvent,
		"GET /collaborators/{username}":            checkCollaborator,
		"GET /collaborators/{username}/permission": getPermission,

		"GET /issues/comments/{comment}":                         getComment,
		"PATCH /issues/comments/{comment}":                       updateComment,
		"DELETE /issues/comments/{comment}":                      deleteComment,
		"GET /issues/comments/{comment}/reactions":               listReactions,
		"POST /issues/comments/{comment}/reactions":              createReaction,
		"DELETE /issues/comments/{comment}/reactions/{reaction}": deleteReaction,

		"GET /hooks":                                        repoHook(listHooks),
		"POST /hooks":                                       repoHook(createHook),
		"GET /hooks/{hook}":                                 repoHook(getHook),
		"DELETE /hooks/{hook}":                              repoHook(deleteHook),
		"POST /hooks/{hook}/pings":                          repoHook(pingHook),
		"GET /hooks/{hook}/deliveries":                      repoHook(listDeliveries),
		"GET /hooks/{hook}/deliveries/{delivery}":           repoHook(getDelivery),
		"POST /hooks/{hook}/deliveries/{delivery}/attempts": repoHook(redeliver),
	})
	add(inIssues, "/repos/{owner}/{repo}/issues", map[string]handler{
		"GET ":  listIssues,
		"POST ": createIssue,
	})
	add(onIssue, "/repos/{owner}/{repo}/issues/{number}", map[string]handler{
		"GET ":                                 getIssue,
		"PATCH ":                               updateIssue,
		"PUT /lock":                            lock,
		"DELETE /lock":                         unlock,
		"GET /comments":                        listIssueComments,
		"POST /comments":                       createComment,
		"GET /events":                          listIssueEvents,
		"GET /timeline":                        listTimeline,
		"GET /labels":                          listIssueLabels,
		"POST /labels":                         addIssueLabels,
		"PUT /labels":                          setIssueLabels,
		"DELETE /labels":                       clearIssueLabels,
		"DELETE /labels/{name}":                removeIssueLabel,
		"POST /assignees":                      addAssignees,
		"DELETE /assignees":                    removeAssignees,
		"GET /assignees/{assignee}":            checkIssueAssignee,
		"GET /reactions":                       listReactions,
		"POST /reactions":                      createReaction,
		"DELETE /reactions/{reaction}":         deleteReaction,
		"GET /sub_issues":                      listSubIssues,
		"POST /sub_issues":                     addSubIssue,
		"PATCH /sub_issues/priority":           moveSubIssue,
		"DELETE /sub_issue":                    removeSubIssue,
		"GET /parent":                          getParent,
		"GET /dependencies/blocked_by":         listBlockedBy,
		"POST /dependencies/blocked_by":        addBlockedBy,
		"DELETE /dependencies/blocked_by/{id}": removeBlockedBy,
		"GET /dependencies/blocking":           listBlocking,
	})
	return m
}()

// inRepo finds the repository of the route: 301 by a former name, 404 where
// the caller may not know of it.
func inRepo(h handler) handler {
	return func(c *call) (int, any, error) {
		full := strings.ToLower(c.r.PathValue("owner") + "/" + c.r.PathValue("repo"))
		if r := c.s.renamed[full]; r != nil && c.s.repos[full] == nil {
			if !c.canRead(r) {
				return 0, nil, notFound()
			}
			return 0, nil, movedTo(c.redirected(fmt.Sprintf("/repositories/%d", r.id), 4))
		}
		r := c.s.repos[full]
		if r == nil || !c.canRead(r) {
			return 0, nil, notFound()
		}
		c.repo = r
		return h(c)
	}
}

// redirected returns the request's address with its first segments replaced.
func (c *call) redirected(by string, segments int) string {
	path := c.r.URL.EscapedPath()
	parts := strings.SplitN(path, "/", segments+1)
	to := c.base() + by
	if len(parts) > segments {
		to += "/" + parts[segments]
	}
	if q := c.r.URL.RawQuery; q != "" {
		to += "?" + q
	}
	return to
}

// inIssues is inRepo where issues must be enabled.
func inIssues(h handler) handler {
	return inRepo(func(c *call) (int, any, error) {
		if !c.repo.hasIssues {
			return 0, nil, gone("Issues are disabled for this repo")
		}
		return h(c)
	})
}

// onIssue finds the issue of the route: 301 where it was transferred, 410
// where it was deleted or issues are disabled.
func onIssue(h handler) handler {
	return inRepo(func(c *call) (int, any, error) {
		n, err := c.number("number")
		if err != nil {
			return 0, nil, err
		}
		if n > int64(len(c.repo.issues)) {
			return 0, nil, notFound()
		}
		i := c.repo.issues[n-1]
		switch {
		case i.deleted:
			return 0, nil, gone("This issue was deleted")
		case i.moved != nil:
			to := i.moved
			for to.moved != nil {
				to = to.moved
			}
			if !c.canRead(to.repo) {
				return 0, nil, notFound()
			}
			return 0, nil, movedTo(c.redirected(fmt.Sprintf("/repositories/%d/issues/%d", to.repo.id, to.number), 6))
		case !c.repo.hasIssues && i.pull == nil:
			return 0, nil, gone("Issues are disabled for this repo")
		}
		c.issue = i
		return h(c)
	})
}

// byRepositoryID serves /repositories/{id}/… as /repos/{owner}/{repo}/…: where
// redirects lead.
func (s *Server) byRepositoryID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/repositories/")
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		id, rest, _ := strings.Cut(rest, "/")
		r = r.Clone(r.Context())
		path := "/repos/" + s.nameOf(id)
		if rest != "" {
			path += "/" + rest
		}
		u, err := r.URL.Parse(path)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		u.RawQuery = r.URL.RawQuery
		r.URL = u
		next.ServeHTTP(w, r)
	})
}

// nameOf returns the full name of the repository with an id, or a name that
// no repository has.
func (s *Server) nameOf(id string) string {
	defer s.lock()()
	if r := s.repoIDs[int64(atoi(id, 0))]; r != nil {
		return r.full()
	}
	return "-/-"
}

func getMeta(c *call) (int, any, error) {
	v := map[string]any{"verifiable_password_authentication": true}
	if c.s.opt.GHES {
		v["installed_version"] = ghesVersion
	}
	return http.StatusOK, v, nil
}
