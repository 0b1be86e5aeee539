package jira

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// maxBody bounds a request's body.
const maxBody = 4 << 20

// call is one API request being answered, under the server's mutex.
type call struct {
	s      *Server
	r      *http.Request
	body   []byte
	who    *user // nil: nobody, or credentials that Cloud took for nobody's
	v3     bool  // texts are documents
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
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	w.Write(a.body) // the client went away: nobody to tell
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
			s.finish(w, encode(refused(http.StatusRequestEntityTooLarge, "The request is too large.")))
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
	c := &call{s: s, r: q.Request, body: q.body, header: http.Header{}, v3: strings.HasPrefix(q.URL.Path, "/rest/api/3/")}
	s.via = via(q.Request)
	defer func() { s.via = "" }()
	a := c.run(q.pattern, q.handler)
	maps.Copy(a.header, c.header)
	a.header.Set("Date", s.now().Format(http.TimeFormat))
	a.header.Set("Cache-Control", "no-cache, no-store, no-transform")
	return a
}

func (c *call) run(pattern string, h handler) answer {
	if err := c.authenticate(); err != nil {
		return encode(err)
	}
	if err := c.limited(pattern); err != nil {
		return encode(err)
	}
	status, body, err := h(c)
	if err != nil {
		return encode(err)
	}
	a := answer{status: status, header: http.Header{}}
	if body != nil {
		a.body = host.JSON(body)
		a.header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	return a
}

// authenticate finds out who asks. Cloud takes bad credentials for nobody's
// and says so in a header only, unless a token was made for the other entrance;
// Data Center refuses them.
func (c *call) authenticate() error {
	token := ""
	if user, password, ok := c.r.BasicAuth(); ok {
		if u := c.s.tokens[password]; c.s.cloud() && u != nil && strings.EqualFold(u.email, user) {
			token = password
		}
	} else if bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer "); ok && !c.s.cloud() {
		token = bearer
	}
	if c.s.tokens[token] != nil && c.s.scoped[token] != (c.s.via != "") {
		return unauthenticated()
	}
	if u := c.s.tokens[token]; u != nil && u.active {
		c.who = u
		c.header.Set("X-Ausername", base64.RawURLEncoding.EncodeToString([]byte(u.id)))
		return nil
	}
	if c.r.Header.Get("Authorization") == "" {
		return nil
	}
	if c.s.cloud() {
		c.header.Set("X-Seraph-Loginreason", "AUTHENTICATED_FAILED")
		return nil
	}
	return unauthenticated()
}

// loggedIn guards what nobody gets without an account.
func loggedIn(h handler) handler {
	return func(c *call) (int, any, error) {
		if c.who == nil {
			return 0, nil, unauthenticated()
		}
		return h(c)
	}
}

func encode(err error) answer {
	var e *apiError
	if !errors.As(err, &e) {
		panic(err) // unreachable: every refusal is one of ours
	}
	a := answer{status: e.status, header: http.Header{}, body: host.JSON(e.collection())}
	maps.Copy(a.header, e.header)
	a.header.Set("Content-Type", "application/json;charset=UTF-8")
	return a
}

// decode reads the request's body.
func decode[T any](c *call) (T, error) {
	var v T
	if err := json.Unmarshal(c.body, &v); err != nil {
		return v, badRequest("Invalid request payload. Refer to the REST API documentation and try again.")
	}
	return v, nil
}

// query returns a query value.
func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// listed returns a query value that is a list, comma-separated or repeated.
func (c *call) listed(name string) []string {
	var out []string
	for _, v := range c.r.URL.Query()[name] {
		for one := range strings.SplitSeq(v, ",") {
			if one = strings.TrimSpace(one); one != "" {
				out = append(out, one)
			}
		}
	}
	return out
}

func (c *call) expands(what string) bool { return slices.Contains(c.listed("expand"), what) }

// window returns startAt and maxResults, the latter bounded.
func (c *call) window(otherwise, most int) (start, size int) {
	start, size = number(c.query("startAt"), 0), number(c.query("maxResults"), otherwise)
	return max(start, 0), min(max(size, 0), most)
}

// cut returns a page of a whole list.
func cut[T any](all []T, start, size int) []T {
	from := min(start, len(all))
	return list(all[from:min(from+size, len(all))])
}

// number reads a number.
func number(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func text(id int64) string { return strconv.FormatInt(id, 10) }
