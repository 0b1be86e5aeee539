package contract

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/testenv"
)

const small = `{
  "openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.example"}],
  "paths": {
    "/things/{id}": {"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}],
      "get": {"parameters": [{"name": "state", "in": "query", "schema": {"type": "string", "enum": ["open", "closed"]}}],
        "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}}}},
      "post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}},
        "responses": {"201": {"description": "made", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}},
          "422": {"description": "bad", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/failure"}}}}}}}},
  "components": {"schemas": {
    "thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "note": {"type": "string", "nullable": true}}},
    "failure": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}}}}`

func load(t *testing.T, exceptions ...Exception) *Contract {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(path, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, "failure", exceptions)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestExchanges(t *testing.T) {
	excepted := []Exception{
		{Method: "GET", Path: "/other/{x}", Why: "test"}, {Method: "*", Path: "/below/…", Why: "test"},
		{Method: "POST", Path: "/things/{id}", Body: func(b []byte) bool { return string(b) == "[]" }, Why: "test"},
	}
	for _, x := range []struct {
		why, method, path, body string
		status                  int
		answer                  string
		want                    string // part of the violation; "": none
	}{
		{"good", "GET", "/things/1?state=open", "", 200, `{"name":"a","note":null}`, ""},
		{"good write", "POST", "/things/1", `{"name":"a"}`, 201, `{"name":"a"}`, ""},
		{"described refusal", "POST", "/things/1", `{"name":"a"}`, 422, `{"message":"no"}`, ""},
		{"general refusal", "GET", "/things/1", "", 403, `{"message":"no"}`, ""},
		{"server trouble", "GET", "/things/1", "", 502, `{"message":"no"}`, ""},
		{"not modified", "GET", "/things/1", "", 304, "", ""},
		{"moved", "GET", "/things/1", "", 301, `{"message":"moved"}`, ""},
		{"excepted path", "GET", "/other/1", "", 200, `7`, ""},
		{"excepted below", "DELETE", "/below/a/b", "", 200, `7`, ""},
		{"excepted body", "POST", "/things/1", `[]`, 201, `{"name":"a"}`, ""},

		{"unknown path", "GET", "/nothing", "", 200, `{}`, "no such path"},
		{"unknown method", "DELETE", "/things/1", "", 204, "", "no such path"},
		{"exception of another method", "POST", "/other/1", "", 200, `{}`, "no such path"},
		{"exception of a shorter path", "GET", "/other", "", 200, `{}`, "no such path"},
		{"bad path value", "GET", "/things/x", "", 200, `{"name":"a"}`, "request"},
		{"bad query value", "GET", "/things/1?state=odd", "", 200, `{"name":"a"}`, "request"},
		{"bad body", "POST", "/things/1", `{"name":7}`, 201, `{"name":"a"}`, "request: /name"},
		{"missing body", "POST", "/things/1", ``, 201, `{"name":"a"}`, "request"},
		{"answer lacks a field", "GET", "/things/1", "", 200, `{}`, "answer 200: /name"},
		{"answer of a wrong type", "GET", "/things/1", "", 200, `{"name":null}`, "answer 200: /name"},
		{"undescribed status", "GET", "/things/1", "", 201, `{"name":"a"}`, "answer 201"},
		{"undescribed redirect", "GET", "/things/1", "", 302, `{"message":"x"}`, "answer 302 is not described"},
		{"undescribed refusal", "GET", "/things/1", "", 418, `{"message":"x"}`, "answer 418 is not described"},
		{"described refusal without message", "POST", "/things/1", `{"name":"a"}`, 422, `{}`, "answer 422: /message"},
		{"general refusal without message", "GET", "/things/1", "", 404, `{}`, "answer 404: /message"},
		{"refusal that is no JSON", "GET", "/things/1", "", 500, `<html>`, "answer 500 is no JSON"},
		{"304 with a body", "GET", "/things/1", "", 304, `{}`, "answer 304 has a body"},
	} {
		t.Run(x.why, func(t *testing.T) {
			var said []string
			next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if b, err := io.ReadAll(r.Body); err != nil || string(b) != x.body {
					t.Errorf("the request reached the handler as %q, %v", b, err)
				}
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("X-Own", "kept")
				w.WriteHeader(x.status)
				io.WriteString(w, x.answer)
			})
			req := httptest.NewRequest(x.method, x.path, strings.NewReader(x.body))
			req.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			load(t, excepted...).Handler(next, func(err error) { said = append(said, err.Error()) }).ServeHTTP(rec, req)
			if rec.Code != x.status || rec.Body.String() != x.answer || rec.Header().Get("X-Own") != "kept" {
				t.Errorf("the answer became %d %s", rec.Code, rec.Body)
			}
			got := strings.Join(said, "\n")
			if x.want == "" && got != "" || !strings.Contains(got, x.want) {
				t.Errorf("said %q, want %q", got, x.want)
			}
		})
	}
}

// Of a request that is never answered, the request is checked all the same.
func TestALostAnswer(t *testing.T) {
	var said []string
	h := load(t).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		func(err error) { said = append(said, err.Error()) })
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("the end of the connection was swallowed")
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/things/x", nil))
	}()
	if len(said) != 1 {
		t.Errorf("said %q", said)
	}
}

func TestAbsentOrBroken(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.json"), "failure", nil)
	if !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "HEREBY_SHARED") {
		t.Errorf("absent: %v", err)
	}
	path := filepath.Join(t.TempDir(), "bad.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, "failure", nil); err == nil || errors.Is(err, ErrAbsent) {
		t.Errorf("broken: %v", err)
	}
}

// Every exception is about something that the description really lacks, so
// that none outlives its reason.
func TestExceptionsAreNeeded(t *testing.T) {
	for spec, exceptions := range map[string][]Exception{"specs/github-rest.json": GitHubExceptions, "specs/jira-cloud-v3.json": JiraExceptions} {
		c, err := Load(testenv.Shared(t, spec), "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range exceptions {
			if e.Body != nil || strings.HasSuffix(e.Path, "/…") || e.Path == "/app/installations" || e.Why == goneSearch || e.Why == shadowed {
				continue
			}
			path := strings.NewReplacer("{", "", "}", "").Replace(e.Path)
			if _, _, err := c.router.FindRoute(httptest.NewRequest(e.Method, path, nil)); err == nil {
				t.Errorf("%s %s is excepted, yet described", e.Method, e.Path)
			}
		}
	}
}
