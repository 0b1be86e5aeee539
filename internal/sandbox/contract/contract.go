// Package contract holds exchanges over HTTP against a vendor's published
// OpenAPI description: what our clients send and what our sandboxes answer.
//
// What is checked: that path and method exist; path and query parameters and
// the request's body; that the status is described, and the answer's body
// against its schema. A refusal whose body a description leaves out, and a
// status that it leaves out although every endpoint can answer so (401, 403,
// 429, 5xx, …), must carry the API's error object. An answer 304 must have no body.
//
// What is not checked: header values beyond what the description requires,
// order and completeness of lists, business rules, fields that a description
// does not mention (the vendors' schemas are open), and answers that never
// arrive because a fault closed the connection; of those the request is
// checked. Paths that the description lacks must be excepted by name.
package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// ErrAbsent says that the description is not on this machine.
var ErrAbsent = errors.New("the API description is absent")

// maxBody bounds what is read of a request to check it.
const maxBody = 32 << 20

// Exception is a path, or a request's body, that the description lacks
// although the API has it.
type Exception struct {
	// Method and Path, such as "/orgs/{org}/repos"; a Path that ends in "/…"
	// stands for everything below.
	Method, Path string
	// Body excepts only the request's body, and only where it says so.
	Body func([]byte) bool
	// Why is for the reader.
	Why string
}

// Contract is a loaded description.
type Contract struct {
	router     routers.Router
	failure    *openapi3.Schema // of the API's error object; nil: unknown
	exceptions []Exception
	described  func(path string) string // under which path the description has it; nil: the same
}

// Load reads a description from a file. failure names the component schema of
// the API's error object. Corrections put right what the description says
// wrongly. The error is [ErrAbsent] where the file is not there.
func Load(path, failure string, exceptions []Exception, corrections ...func(*openapi3.T) error) (*Contract, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: no file %s (HEREBY_SHARED names the directory that holds specs/)", ErrAbsent, path)
	}
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, correct := range corrections {
		if err := correct(doc); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	doc.Servers = nil // so that any host will do
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &Contract{router: router, exceptions: exceptions}
	if s := doc.Components.Schemas[failure]; s != nil {
		c.failure = s.Value
	}
	return c, nil
}

// Handler checks every exchange with next, whose paths are those of the
// description, and reports each violation. Reports come one at a time.
func (c *Contract) Handler(next http.Handler, report func(error)) http.Handler {
	var mu sync.Mutex
	say := func(r *http.Request, err error) {
		if err != nil {
			mu.Lock()
			defer mu.Unlock()
			report(fmt.Errorf("%s %s: %w", r.Method, r.URL.RequestURI(), err))
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.excepted(r) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		in, err := c.request(r, body)
		if err != nil {
			say(r, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		if in != nil {
			say(r, c.answer(in, rec))
		}
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes()) // the client went away: nobody to tell
	})
}

// path is where the description has what a request asks for.
func (c *Contract) path(r *http.Request) string {
	if c.described != nil {
		return c.described(r.URL.EscapedPath())
	}
	return r.URL.EscapedPath()
}

func (c *Contract) excepted(r *http.Request) bool {
	for _, e := range c.exceptions {
		if e.Body == nil && e.covers(r.Method, c.path(r)) {
			return true
		}
	}
	return false
}

func (e Exception) covers(method, path string) bool {
	if e.Method != method && e.Method != "*" {
		return false
	}
	want, got := strings.Split(e.Path, "/"), strings.Split(path, "/")
	for n, w := range want {
		switch {
		case w == "…":
			return true
		case n >= len(got) || !strings.HasPrefix(w, "{") && w != got[n]:
			return false
		}
	}
	return len(want) == len(got)
}

// request checks a request. It returns what is needed to check the answer, or
// nil where the description has no such path.
func (c *Contract) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	copied := r.Clone(context.WithoutCancel(r.Context()))
	copied.Body = io.NopCloser(bytes.NewReader(body))
	if c.described != nil {
		copied.URL.Path, copied.URL.RawPath = c.described(r.URL.Path), c.described(r.URL.RawPath)
	}
	route, params, err := c.router.FindRoute(copied)
	if err != nil {
		return nil, fmt.Errorf("the description has no such path: %w", err)
	}
	options := &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
	for _, e := range c.exceptions {
		if e.Body != nil && e.covers(r.Method, c.path(r)) && e.Body(body) {
			options.ExcludeRequestBody = true
		}
	}
	in := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route, Options: options}
	if err := openapi3filter.ValidateRequest(copied.Context(), in); err != nil {
		return in, fmt.Errorf("request: %s", brief(err))
	}
	return in, nil
}

func (c *Contract) answer(in *openapi3filter.RequestValidationInput, rec *httptest.ResponseRecorder) error {
	body := rec.Body.Bytes()
	said := in.Route.Operation.Responses.Status(rec.Code)
	described := said != nil
	switch {
	case rec.Code == http.StatusNotModified:
		if len(body) > 0 {
			return errors.New("answer 304 has a body")
		}
		return nil
	case rec.Code >= 300 && (!described || rec.Code < 400):
		if !described && !always(rec.Code) {
			return fmt.Errorf("answer %d is not described", rec.Code)
		}
		return c.failed(rec.Code, body)
	case rec.Code >= 400 && len(said.Value.Content) == 0:
		return c.failed(rec.Code, body)
	case len(body) == 0 && saysNothing(said):
		return nil
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		return fmt.Errorf("answer %d: %s", rec.Code, brief(err))
	}
	return nil
}

// saysNothing reports whether a described answer may be anything at all, so also
// nothing.
func saysNothing(described *openapi3.ResponseRef) bool {
	if described == nil || described.Value == nil {
		return false
	}
	for _, of := range described.Value.Content {
		if of.Schema != nil && !of.Schema.Value.IsEmpty() {
			return false
		}
	}
	return true
}

// brief tells what is wrong and where, without the schema and the value.
func brief(err error) string {
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var all []string
		for _, e := range many {
			all = append(all, brief(e))
		}
		return strings.Join(all, "; ")
	}
	var wrong *openapi3.SchemaError
	if !errors.As(err, &wrong) {
		return err.Error()
	}
	at := "/" + strings.Join(wrong.JSONPointer(), "/")
	if wrong.Origin != nil {
		return at + ": " + wrong.Reason + " (" + brief(wrong.Origin) + ")"
	}
	return at + ": " + wrong.Reason
}

// always reports whether any endpoint can answer with a status, described or
// not: trouble with credentials, rights, limits, bodies, moves and the server.
func always(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// failed checks an answer against the API's error object.
func (c *Contract) failed(status int, body []byte) error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return fmt.Errorf("answer %d is no JSON: %w", status, err)
	}
	if c.failure == nil {
		return nil
	}
	if err := c.failure.VisitJSON(v, openapi3.MultiErrors()); err != nil {
		return fmt.Errorf("answer %d: %s", status, brief(err))
	}
	return nil
}
