package confluence

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// call is one API request being answered, under the server's mutex.
type call struct {
	s    *Server
	r    *http.Request
	body []byte
	who  *user
	v2   bool
}

// handler answers a call with what to send as JSON; nil: nothing.
type handler func(*call) (any, error)

// reply is an answer before it is sent.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// raw is a body that is no JSON.
type raw struct{ kind, text string }

// elsewhere is an answer that leads to another address.
type elsewhere string

// maxRequest bounds a request's body.
const maxRequest = 64 << 20

// routes returns the handler of all paths.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	one := func(pattern string, h handler) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.Handle(method+" "+s.prefix()+path, s.serve(pattern, false, h))
	}
	for pattern, h := range versionOne {
		one(pattern, h)
	}
	if s.opt.DataCenter {
		for pattern, h := range dataCenterOnly {
			one(pattern, h)
		}
	} else {
		two := http.NewServeMux()
		for pattern, h := range versionTwo {
			two.Handle(pattern, s.serve(pattern, true, h))
		}
		two.Handle("/", s.serve("other", true, func(c *call) (any, error) { return nil, refuse(http.StatusNotFound, "no such path") }))
		var api http.Handler = two
		if s.opt.Wrap != nil {
			api = s.opt.Wrap(api)
		}
		mux.Handle("/wiki/api/v2/", http.StripPrefix("/wiki/api/v2", api))
		mux.Handle("GET /rest/media/{id}/{file}", http.HandlerFunc(s.media))
		mux.HandleFunc("/ex/confluence/{cloud}/wiki/", func(w http.ResponseWriter, r *http.Request) {
			http.StripPrefix("/ex/confluence/"+r.PathValue("cloud"), mux).ServeHTTP(w, r)
		})
	}
	s.browse(mux)
	return mux
}

// serve answers a route.
func (s *Server) serve(route string, v2 bool, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		s.Settle()
		s.mu.Lock()
		before := s.before
		var f Fault
		n, decide := s.Asked(route), s.opt.Fault
		s.mu.Unlock()
		if before != nil {
			before(r)
		}
		if decide != nil {
			f = decide(r, n)
		}
		c := &call{s: s, r: r, body: body, v2: v2}
		a := c.disturb(f, h)
		for k, v := range a.header {
			w.Header()[k] = v
		}
		s.Answered(a.status)
		w.WriteHeader(a.status)
		w.Write(a.body) // the client went away: nobody to tell
	})
}

// answer carries a call out. The caller does not hold the mutex.
func (c *call) answer(h handler) reply {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.carryOut(h)
}

func (c *call) carryOut(h handler) reply {
	if err := c.authenticate(); err != nil {
		return c.failed(err)
	}
	v, err := h(c)
	if err != nil {
		return c.failed(err)
	}
	switch v := v.(type) {
	case nil:
		return reply{status: http.StatusNoContent}
	case elsewhere:
		return reply{status: http.StatusFound, header: http.Header{"Location": {string(v)}}}
	case raw:
		return reply{http.StatusOK, http.Header{"Content-Type": {v.kind}}, []byte(v.text)}
	}
	return asJSON(http.StatusOK, v)
}

func asJSON(status int, v any) reply {
	return reply{status, http.Header{"Content-Type": {"application/json"}}, host.JSON(v)}
}

// failed answers an error in the form of the API's version.
func (c *call) failed(err error) reply {
	var e *refusal
	if !errors.As(err, &e) {
		e = &refusal{status: http.StatusInternalServerError, message: err.Error()}
	}
	var a reply
	if c.v2 {
		type one struct {
			Status int     `json:"status"`
			Code   string  `json:"code"`
			Title  string  `json:"title"`
			Detail *string `json:"detail"`
		}
		code := strings.ToUpper(strings.ReplaceAll(http.StatusText(e.status), " ", "_"))
		a = asJSON(e.status, map[string]any{"errors": []one{{e.status, code, e.message, nil}}})
	} else {
		a = asJSON(e.status, map[string]any{"statusCode": e.status, "message": e.message})
	}
	for k, v := range e.header {
		a.header[k] = v
	}
	return a
}

// authenticate finds out who asks.
func (c *call) authenticate() error {
	no := refuse(http.StatusUnauthorized, "Current user is not authenticated")
	if name, token, ok := c.r.BasicAuth(); ok && !c.s.opt.DataCenter {
		if u := c.s.tokens[token]; u != nil && strings.EqualFold(u.email, name) {
			c.who = u
			return nil
		}
		return no
	}
	token, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if c.who = c.s.tokens[token]; !ok || c.who == nil {
		return no
	}
	return nil
}

// read reads the request's JSON.
func (c *call) read(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return refuse(http.StatusBadRequest, "Could not parse JSON: %v", err)
	}
	return nil
}

// page returns the page that the path names, if it may be seen.
func (c *call) page() (*page, error) {
	raw := c.r.PathValue("id")
	id, err := strconv.ParseInt(raw, 10, 64)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%q is no id", raw)
	}
	p := c.s.byID(id)
	if p == nil || !p.sees(c.who) {
		return nil, noPage(id)
	}
	return p, nil
}

// limit returns how many results are asked for.
func (c *call) limit() int {
	n, err := strconv.Atoi(c.r.URL.Query().Get("limit"))
	if err != nil || n < 1 || n > 250 {
		return 25
	}
	return n
}
