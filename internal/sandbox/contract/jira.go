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

// jiraNulls are what Jira answers with null, or takes null for, although the
// description's schemas do not say so: an account id of null assigns nobody.
var jiraNulls = map[string][]string{
	"User":          {"accountId"},
	"ChangeDetails": {"from", "fromString", "to", "toString"},
}

// jiraTime is how Jira writes times; the description says RFC 3339, which wants
// a colon in the zone.
const jiraTime = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$`

// correctJira corrects the description in these. A schema that says nothing, as
// that of an issue's fields, allows null too, which the validator overlooks.
func correctJira(doc *openapi3.T) error {
	for _, s := range doc.Components.Schemas {
		correctSchema(s, map[*openapi3.Schema]bool{})
	}
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

func correctSchema(ref *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if ref == nil || ref.Value == nil || seen[ref.Value] {
		return
	}
	s := ref.Value
	seen[s] = true
	if s.Format == "date-time" {
		s.Format, s.Pattern = "", jiraTime
	}
	if s.IsEmpty() {
		s.Nullable = true
		return
	}
	for _, p := range s.Properties {
		correctSchema(p, seen)
	}
	correctSchema(s.Items, seen)
	correctSchema(s.AdditionalProperties.Schema, seen)
}

func loadJira(path string) (*Contract, error) {
	c, err := Load(path, "ErrorCollection", JiraExceptions, correctJira)
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
	return failing(t, JiraTo(t))
}

// JiraTo is [GitHubTo] for Jira Cloud.
func JiraTo(t testing.TB) func(h http.Handler, report func(error)) http.Handler {
	t.Helper()
	return to(t, "jira-cloud-v3.json", loadJira)
}
