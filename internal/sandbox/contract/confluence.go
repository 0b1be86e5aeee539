package contract

import (
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// ConfluenceExceptions are what specs/confluence-cloud-v2.json lacks: nothing
// that we use. Version 1 of the API is not described there at all.
var ConfluenceExceptions []Exception

// correctConfluence corrects the description in three things. What writes a
// version answers 409 if it is not the next one, which the description leaves
// out. A property's value
// may be anything, as its text says; the schema without a word allows null,
// which the validator overlooks. And a body is one of two forms, which exclude
// each other only if neither may hold what the other names.
func correctConfluence(doc *openapi3.T) error {
	for _, r := range doc.Components.RequestBodies {
		for _, form := range r.Value.Content {
			if body := form.Schema.Value.Properties["body"]; body != nil {
				for _, one := range body.Value.OneOf {
					one.Value.AdditionalProperties = openapi3.AdditionalProperties{Has: new(bool)}
				}
			}
		}
	}
	for _, path := range doc.Paths.Map() {
		for _, write := range []*openapi3.Operation{path.Put, path.Post} {
			if write != nil && write.Responses.Status(http.StatusConflict) == nil {
				write.Responses.Set("409", &openapi3.ResponseRef{Value: openapi3.NewResponse().WithDescription("not the next version")})
			}
		}
	}
	for _, s := range doc.Components.Schemas {
		for _, p := range s.Value.Properties {
			if p.Value != nil && p.Value.IsEmpty() {
				p.Value.Nullable = true
			}
		}
	}
	return nil
}

func loadConfluence(path string) (*Contract, error) {
	return Load(path, "", ConfluenceExceptions, correctConfluence)
}

// Confluence is [GitHub] for version 2 of Confluence Cloud's API, at the root of
// which the handler it wraps answers.
func Confluence(t testing.TB) func(http.Handler) http.Handler {
	t.Helper()
	return failing(t, ConfluenceTo(t))
}

// ConfluenceTo is [GitHubTo] for Confluence Cloud.
func ConfluenceTo(t testing.TB) func(h http.Handler, report func(error)) http.Handler {
	t.Helper()
	return to(t, "confluence-cloud-v2.json", loadConfluence)
}
