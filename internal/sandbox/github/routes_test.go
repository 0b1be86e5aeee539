package github

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/sandbox/contract"
)

// Every route is one that GitHub describes, or a listed exception.
func TestRoutesAreGitHubs(t *testing.T) {
	checked := contract.GitHub(t)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(404)
		io.WriteString(w, `{"message":"Not Found"}`)
	}))
	bodies := map[string]string{"labels": `{"name":"x"}`, "reactions": `{"content":"eyes"}`, "sub_issues": `{"sub_issue_id":1}`, "sub_issue": `{"sub_issue_id":1}`,
		"priority": `{"sub_issue_id":1}`, "blocked_by": `{"issue_id":1}`, "comments": `{"body":"x"}`, "{comment}": `{"body":"x"}`, "issues": `{"title":"x"}`, "assignees": `{"assignees":[]}`}
	for pattern := range routes {
		method, path, _ := strings.Cut(pattern, " ")
		if path == "/search/issues" {
			path += "?q=x"
		}
		body := ""
		if method != "GET" {
			body = bodies[path[strings.LastIndex(path, "/")+1:]]
			if strings.HasSuffix(path, "{number}/labels") {
				body = `{"labels":["x"]}`
			}
		}
		req := httptest.NewRequest(method, regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "1"), strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		checked.ServeHTTP(httptest.NewRecorder(), req)
	}
}

func TestRouterPrefersLiterals(t *testing.T) {
	r := newRouter()
	for _, p := range []string{"GET /r/{o}/issues/comments/{comment}", "GET /r/{o}/issues/{number}/labels", "GET /r/{o}/issues/comments", "GET /r/{o}", "DELETE /r/{o}/labels/{name}"} {
		r.handle(p, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			io.WriteString(w, p+" "+q.PathValue("o")+q.PathValue("number")+q.PathValue("comment")+q.PathValue("name"))
		}))
	}
	for path, want := range map[string]string{
		"/r/a/issues/comments/7":      "GET /r/{o}/issues/comments/{comment} a7",
		"/r/a/issues/comments/labels": "GET /r/{o}/issues/comments/{comment} alabels",
		"/r/a/issues/7/labels":        "GET /r/{o}/issues/{number}/labels a7",
		"/r/a%2Fb/":                   "GET /r/{o} a/b",
		"/r":                          "",
		"/r//issues/comments":         "",
		"/r/a/issues/7":               "",
		"/r/a/labels/x":               "",
	} {
		req, rec := httptest.NewRequest("GET", path, nil), httptest.NewRecorder()
		if h := r.find(req, segments(req.URL.EscapedPath())); h != nil {
			h.ServeHTTP(rec, req)
		}
		if got := rec.Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
