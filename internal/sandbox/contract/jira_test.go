package contract

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/testenv"
)

// Version 2 is held against the description of version 3, with nulls where
// Jira has them and anywhere else not.
func TestJiraExchanges(t *testing.T) {
	c, err := loadJira(testenv.Shared(t, "specs/jira-cloud-v3.json"))
	if err != nil {
		t.Fatal(err)
	}
	const history = `{"id":"1","key":"OPS-1","changelog":{"histories":[{"id":"1","created":"2026-03-02T09:00:00.123+0000","items":[{"field":"status","from":null,"fromString":null,"to":"3","toString":"x"}]}]}}`
	for _, x := range []struct {
		why, method, path, body string
		status                  int
		answer, want            string
	}{
		{"version 2", "GET", "/rest/api/2/issue/OPS-1?fields=summary", "", 200, `{"id":"1","key":"OPS-1","fields":{"description":"*wiki*","assignee":null}}`, ""},
		{"latest", "GET", "/rest/api/latest/myself", "", 200, `{"accountId":"1","displayName":"x"}`, ""},
		{"version 3", "GET", "/rest/api/3/myself", "", 200, `{"accountId":"1"}`, ""},
		{"nulls in a history", "GET", "/rest/api/2/issue/OPS-1?expand=changelog", "", 200, history, ""},
		{"wiki markup in a comment", "POST", "/rest/api/2/issue/OPS-1/comment", `{"body":"*wiki*"}`, 201, `{"id":"1","body":"*wiki*"}`, ""},
		{"a link says nothing", "POST", "/rest/api/2/issueLink", `{"type":{"name":"Relates"},"inwardIssue":{"key":"A-1"},"outwardIssue":{"key":"A-2"}}`, 201, "", ""},
		{"refusal", "GET", "/rest/api/2/issue/OPS-1", "", 404, `{"errorMessages":["no"],"errors":{}}`, ""},
		{"limit", "GET", "/rest/api/2/issue/OPS-1", "", 429, `{"errorMessages":["slow"],"errors":{}}`, ""},
		{"gone search", "POST", "/rest/api/2/search", `{}`, 410, `{"errorMessages":["gone"]}`, ""},

		{"another refusal", "GET", "/rest/api/2/issue/OPS-1", "", 404, `{"message":"no"}`, "answer 404"},
		{"null elsewhere", "GET", "/rest/api/2/issue/OPS-1", "", 200, `{"id":null}`, "answer 200: /id"},
		{"a time as others write it", "GET", "/rest/api/2/issue/OPS-1", "", 200, strings.Replace(history, ".123+0000", "Z", 1), "answer 200: /changelog"},
		{"no such path", "GET", "/rest/api/2/epic/OPS-1", "", 200, `{}`, "no such path"},
		{"a member Jira does not know", "POST", "/rest/api/2/search/jql", `{"jql":"project = OPS","startAt":7}`, 200, `{"issues":[]}`, "request"},
		{"empty where something is said", "GET", "/rest/api/2/issue/OPS-1", "", 200, ``, "answer 200"},
	} {
		t.Run(x.why, func(t *testing.T) {
			var said []string
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if want, _, _ := strings.Cut(x.path, "?"); r.URL.Path != want {
					t.Errorf("the handler was asked for %s", r.URL.Path)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(x.status)
				io.WriteString(w, x.answer)
			})
			req := httptest.NewRequest(x.method, x.path, strings.NewReader(x.body))
			req.Header.Set("Content-Type", "application/json")
			c.Handler(next, func(err error) { said = append(said, err.Error()) }).ServeHTTP(httptest.NewRecorder(), req)
			got := strings.Join(said, "\n")
			if x.want == "" && got != "" || !strings.Contains(got, x.want) {
				t.Errorf("said %q, want %q", got, x.want)
			}
		})
	}
}
