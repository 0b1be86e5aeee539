package jira

import (
	"net/http"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// newAPI registers the routes. Version 2 and 3 share them; "latest" is 2.
func (s *Server) newAPI() http.Handler {
	root := host.NewRouter()
	add := func(pattern string, h handler) {
		method, path, _ := strings.Cut(pattern, " ")
		for _, version := range []string{"2", "3", "latest"} {
			if version == "3" && !s.cloud() {
				continue
			}
			full := method + " /rest/api/" + version + path
			root.Handle(full, s.serve(full, h))
		}
	}
	for pattern, h := range issueRoutes {
		add(pattern, h)
	}
	for pattern, h := range serverRoutes {
		add(pattern, loggedIn(h))
	}
	edition := cloudRoutes
	if !s.cloud() {
		edition = dataCenterRoutes
	}
	for pattern, h := range edition {
		add(pattern, loggedIn(h))
	}
	s.addHookRoutes(root)
	other := s.serve("other", func(*call) (int, any, error) { return 0, nil, notFound("null for uri: no such resource") })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := root.Find(r); h != nil {
			h.ServeHTTP(w, r)
			return
		}
		other(w, r)
	})
}

// issueRoutes are about issues: to nobody they do not exist.
var issueRoutes = map[string]handler{
	"POST /issue":                                       postIssue,
	"POST /issue/bulk":                                  postBulk,
	"GET /issue/{issue}":                                getIssue,
	"PUT /issue/{issue}":                                putIssue,
	"DELETE /issue/{issue}":                             deleteIssue,
	"PUT /issue/{issue}/assignee":                       putAssignee,
	"GET /issue/{issue}/transitions":                    listTransitions,
	"POST /issue/{issue}/transitions":                   postTransition,
	"GET /issue/{issue}/comment":                        listComments,
	"POST /issue/{issue}/comment":                       postComment,
	"GET /issue/{issue}/comment/{comment}":              getComment,
	"PUT /issue/{issue}/comment/{comment}":              putComment,
	"DELETE /issue/{issue}/comment/{comment}":           deleteCommentAPI,
	"GET /issue/{issue}/properties":                     listProperties(ofIssue),
	"GET /issue/{issue}/properties/{property}":          getProperty(ofIssue),
	"PUT /issue/{issue}/properties/{property}":          putProperty(ofIssue),
	"DELETE /issue/{issue}/properties/{property}":       deleteProperty(ofIssue),
	"GET /comment/{comment}/properties":                 listProperties(ofComment),
	"GET /comment/{comment}/properties/{property}":      getProperty(ofComment),
	"PUT /comment/{comment}/properties/{property}":      putProperty(ofComment),
	"DELETE /comment/{comment}/properties/{property}":   deleteProperty(ofComment),
	"POST /issueLink":                                   postLink,
	"GET /issueLink/{link}":                             getLink,
	"DELETE /issueLink/{link}":                          deleteLink,
	"GET /issue/createmeta/{project}/issuetypes":        createTypes,
	"GET /issue/createmeta/{project}/issuetypes/{type}": createFields,
	"GET /project/{project}":                            getProject,
	"GET /project/{project}/role":                       listRoles,
	"GET /project/{project}/role/{role}":                getRole,
	"GET /serverInfo":                                   getServerInfo,
}

// serverRoutes want an account.
var serverRoutes = map[string]handler{
	"GET /myself":                 getMyself,
	"GET /mypermissions":          myPermissions,
	"GET /field":                  listFields,
	"GET /status":                 listStatuses,
	"GET /resolution":             listResolutions,
	"GET /issuetype":              listTypes,
	"GET /issueLinkType":          listLinkTypes,
	"GET /project":                listProjects,
	"GET /user":                   getUser,
	"GET /user/search":            searchUsers,
	"GET /user/assignable/search": searchAssignable,
	"GET /group/member":           listMembers,
}

// cloudRoutes are Cloud's alone.
var cloudRoutes = map[string]handler{
	"POST /search/jql":             postSearchJQL,
	"GET /search":                  goneSearch,
	"POST /search":                 goneSearch,
	"GET /project/search":          searchProjects,
	"GET /user/groups":             getUserGroups,
	"GET /issue/{issue}/changelog": getChangelog,
}

// dataCenterRoutes are Data Center's alone.
var dataCenterRoutes = map[string]handler{
	"GET /search":  getSearch,
	"POST /search": postSearch,
}
