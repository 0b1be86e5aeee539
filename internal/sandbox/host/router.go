package github

import (
	"net/http"
	"net/url"
	"strings"
)

// router finds the route of a request. GitHub's routes overlap in a way that
// [http.ServeMux] refuses: issues/comments/{id} and issues/{number}/labels
// both match issues/comments/labels. Here a literal segment wins.
type router struct {
	literal map[string]*router
	param   *router
	name    string // of the parameter that leads here
	methods map[string]http.Handler
}

func newRouter() *router {
	return &router{literal: map[string]*router{}, methods: map[string]http.Handler{}}
}

// handle adds a route such as "GET /users/{username}".
func (n *router) handle(pattern string, h http.Handler) {
	method, path, _ := strings.Cut(pattern, " ")
	for _, segment := range segments(path) {
		next := n.literal[segment]
		if strings.HasPrefix(segment, "{") {
			next = n.param
		}
		if next == nil {
			next = newRouter()
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

// find returns the handler for a method and path segments, and sets the path
// values on the way back; nil: there is none.
func (n *router) find(r *http.Request, path []string) http.Handler {
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
