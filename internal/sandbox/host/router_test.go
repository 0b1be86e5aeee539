package host

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRouterPrefersLiterals(t *testing.T) {
	r := NewRouter()
	for _, p := range []string{"GET /r/{o}/issues/comments/{comment}", "GET /r/{o}/issues/{number}/labels", "GET /r/{o}/issues/comments", "GET /r/{o}", "DELETE /r/{o}/labels/{name}"} {
		r.Handle(p, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
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
		if h := r.Find(req); h != nil {
			h.ServeHTTP(rec, req)
		}
		if got := rec.Body.String(); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}
