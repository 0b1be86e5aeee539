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
