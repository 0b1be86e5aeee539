package host

import (
	"net/http"
	"net/url"
	"strings"
)

// Router finds the route of a request. Trackers' routes overlap in a way that
// [http.ServeMux] refuses: issues/comments/{id} and issues/{number}/labels
// both match issues/comments/labels. Here a literal segment wins.
type Router struct {
	literal map[string]*Router
	param   *Router
	name    string // of the parameter that leads here
	methods map[string]http.Handler
}

// NewRouter returns a router without routes.
func NewRouter() *Router {
	return &Router{literal: map[string]*Router{}, methods: map[string]http.Handler{}}
}

// Handle adds a route such as "GET /users/{username}".
func (n *Router) Handle(pattern string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	for _, segment := range segments(path) {
		next := n.literal[segment]
		if strings.HasPrefix(segment, "{") {
			next = n.param
		}
		if next == nil {
			next = NewRouter()
		}
		if strings.HasPrefix(segment, "{") {
			next.name = strings.Trim(segment, "{}")
			n.param = next
		} else {
			n.literal[segment] = next
		}
		n = next
	}
	n.methods[method] = h
}

// Find returns the handler of a request, and sets its path values; nil: there
// is none.
func (n *Router) Find(r *http.Request) http.Handler { return n.find(r, segments(r.URL.EscapedPath())) }

// find follows path segments, and sets the path values on the way back.
func (n *Router) find(r *http.Request, path []string) http.Handler {
	if len(path) == 0 {
		return n.methods[r.Method]
	}
	if next := n.literal[path[0]]; next != nil {
		if h := next.find(r, path[1:]); h != nil {
			return h
		}
	}
	value, err := url.PathUnescape(path[0])
	if n.param == nil || value == "" || err != nil {
		return nil
	}
	h := n.param.find(r, path[1:])
	if h != nil {
		r.SetPathValue(n.param.name, value)
	}
	return h
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
