package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// maxBody bounds a request's body; GitHub's own bound is of this order.
const maxBody = 4 << 20

// call is one API request being answered, under the server's mutex.
type call struct {
	s      *Server
	r      *http.Request
	body   []byte
	who    *identity
	repo   *repo  // of routes below /repos/{owner}/{repo}
	issue  *issue // of routes below …/issues/{number}
	header http.Header
}

// handler answers a call with a status and what to send as JSON (nil: nothing).
type handler func(*call) (status int, body any, err error)

// answer is an answer before it is sent, or not sent, as the fault wants.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) send(w http.ResponseWriter) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
	w.Write(a.body) // the client went away: nobody to tell
}

// prefixKey is the context key of the path below which the API is mounted.
type prefixKey struct{}

// under mounts the API below a prefix and remembers it for links.
func under(prefix string, h http.Handler) http.Handler {
	h = http.StripPrefix(prefix, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), prefixKey{}, prefix)))
	})
}

// base returns where the client reaches the API: for links it is to follow.
func (c *call) base() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	prefix, _ := c.r.Context().Value(prefixKey{}).(string)
	return scheme + "://" + c.r.Host + prefix
}

// request is what is needed to carry a request out, at once or later.
type request struct {
	*http.Request
	body    []byte
	pattern string
	handler
}

// serve is the way of every API request: read, disturb, answer.
func (s *Server) serve(pattern string, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		s.mu.Lock()
		n := s.Asked(pattern)
		choose := s.opt.Fault
		s.mu.Unlock()
		if err != nil {
			s.finish(w, encode(&apiError{status: http.StatusRequestEntityTooLarge, message: "Payload too large"}))
			return
		}
		var f Fault
		if choose != nil {
			f = choose(r, n)
		}
		s.disturb(w, f, request{r, body, pattern, h})
	}
}

func (s *Server) finish(w http.ResponseWriter, a answer) {
	s.Answered(a.status)
	a.send(w)
}

// answer carries a request out. The caller does not hold the mutex.
func (s *Server) answer(q request) answer {
	defer s.lock()()
	return s.carryOut(q)
}

func (s *Server) carryOut(q request) answer {
	c := &call{s: s, r: q.Request, body: q.body, header: http.Header{}}
	a := c.run(q.pattern, q.handler)
	a.header.Set("Date", s.now().Format(http.TimeFormat))
	a.header.Set("X-Github-Media-Type", "github.v3; format=json")
	a.header.Set("X-Github-Request-Id", fmt.Sprintf("%X", s.Total()))
	if s.opt.GHES {
		a.header.Set("X-Github-Enterprise-Version", ghesVersion)
	}
	return a
}

func (c *call) run(pattern string, h handler) answer {
	var err error
	if c.who, err = c.s.authenticate(c.r); err != nil {
		return encode(err)
	}
	if c.who.app != nil && c.who.inst == nil && !forApps(pattern) {
		return encode(&apiError{status: http.StatusForbidden, message: "Resource not accessible by integration"})
	}
	if err := c.limited(pattern); err != nil {
		return c.rated(encode(err))
	}
	status, body, err := h(c)
	if err != nil {
		c.spend(pattern)
		return c.rated(encode(err))
	}
	a := answer{status: status, header: c.header}
	if body != nil {
		a.body = host.JSON(body)
		a.header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if c.r.Method == http.MethodGet && status == http.StatusOK {
		tag := etag(a.body, c.header.Get("Link"))
		a.header.Set("Etag", tag)
		a.header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
		if matches(c.r.Header.Get("If-None-Match"), tag) {
			a.status, a.body = http.StatusNotModified, nil
			a.header.Del("Content-Type")
			return c.rated(a)
		}
	}
	c.spend(pattern)
	return c.rated(a)
}

// forApps reports whether an app may call the route as itself, with a JWT.
func forApps(pattern string) bool {
	_, path, _ := strings.Cut(pattern, " ")
	return path == "/app" || strings.HasPrefix(path, "/app/") || strings.HasSuffix(path, "/installation") || path == "/rate_limit" || path == "/meta"
}

// decode reads the request's body as GitHub does: broken JSON is 400, a value
// of the wrong type 422. An empty body reads as an empty object.
func decode[T any](c *call) (T, error) {
	var v T
	if len(bytes.TrimSpace(c.body)) == 0 {
		return v, nil
	}
	err := json.Unmarshal(c.body, &v)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return v, nil
	case errors.As(err, &wrong):
		return v, invalidRequest(fmt.Sprintf("For 'properties/%s', %s is not a %s.", wrong.Field, wrong.Value, wrong.Type))
	}
	return v, &apiError{status: http.StatusBadRequest, message: "Problems parsing JSON"}
}

// number returns a path value that must be a number; GitHub knows no other
// resource by that path.
func (c *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(c.r.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, notFound()
	}
	return n, nil
}

// oneOf returns a query value that must be one of the words; the first is the
// default.
func (c *call) oneOf(name string, words ...string) (string, error) {
	v := c.r.URL.Query().Get(name)
	if v == "" {
		return words[0], nil
	}
	for _, w := range words {
		if v == w {
			return v, nil
		}
	}
	return "", invalid("Search", name, "invalid", v)
}

// page cuts a page out of a whole list and writes the Link header.
func page[T any](c *call, all []T) []T {
	q := c.r.URL.Query()
	size, n := atoi(q.Get("per_page"), 30), atoi(q.Get("page"), 1)
	size, n = min(max(size, 1), 100), max(n, 1)
	last := max((len(all)+size-1)/size, 1)
	var links []string
	link := func(n int, rel string) {
		q.Set("page", strconv.Itoa(n))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, c.base(), (&url.URL{Path: c.r.URL.Path, RawPath: c.r.URL.RawPath}).EscapedPath(), q.Encode(), rel))
	}
	if n > 1 {
		link(n-1, "prev")
	}
	if n < last {
		link(n+1, "next")
		link(last, "last")
	}
	if n > 1 {
		link(1, "first")
	}
	if links != nil {
		c.header.Set("Link", strings.Join(links, ", "))
	}
	from := min((n-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

func atoi(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return n
	}
	return otherwise
}

// list makes an empty list read [] and not null.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
