package contract

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// JiraExceptions are what specs/jira-cloud-v3.json lacks. The description is of
// version 3 of the API; version 2 has the same paths and bodies, but for texts:
// wiki markup where version 3 has documents. There the description allows
// anything, so that no exception is needed.
var JiraExceptions = append(missing("/rest/api/3/project", "/rest/api/3/group/member"),
	Exception{Method: http.MethodGet, Path: "/rest/api/3/project/search", Why: shadowed},
	Exception{Method: "*", Path: "/rest/webhooks/1.0/…", Why: "administrators' webhooks have an API of their own"},
	Exception{Method: http.MethodGet, Path: "/rest/api/3/search", Why: goneSearch},
	Exception{Method: http.MethodPost, Path: "/rest/api/3/search", Why: goneSearch},
)

const shadowed = "not among the paths kept in the trimmed description, which takes it for a project called search"

const goneSearch = "still described, and gone: 410"

// jiraNulls are what Jira answers with null although the description does not
// say so.
var jiraNulls = map[string][]string{
	"ChangeDetails": {"from", "fromString", "to", "toString"},
}

// allowNulls corrects the description in that.
func allowNulls(doc *openapi3.T) error {
	for name, fields := range jiraNulls {
		for _, f := range fields {
			s := doc.Components.Schemas[name]
			if s == nil || s.Value.Properties[f] == nil {
				return fmt.Errorf("the description has no %s.%s to correct", name, f)
			}
			s.Value.Properties[f].Value.Nullable = true
		}
	}
	return nil
}

func loadJira(path string) (*Contract, error) {
	c, err := Load(path, "ErrorCollection", JiraExceptions, allowNulls)
	if err == nil {
		c.described = asVersion3
	}
	return c, err
}

// asVersion3 finds a path of version 2 in the description of version 3.
func asVersion3(path string) string {
	for _, prefix := range []string{"/rest/api/2/", "/rest/api/latest/"} {
		if rest, ok := strings.CutPrefix(path, prefix); ok {
			return "/rest/api/3/" + rest
		}
	}
	return path
}

// Jira is [GitHub] for Jira Cloud.
func Jira(t testing.TB) func(http.Handler) http.Handler {
	t.Helper()
	check := JiraTo(t)
	return func(h http.Handler) http.Handler {
		return check(h, func(err error) { t.Errorf("contract: %v", err) })
	}
}

// JiraTo is [GitHubTo] for Jira Cloud.
func JiraTo(t testing.TB) func(h http.Handler, report func(error)) http.Handler {
	t.Helper()
	return to(t, "jira-cloud-v3.json", loadJira)
}
