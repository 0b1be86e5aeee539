package jira

import (
	"context"
	"fmt"
	"net/http"
)

// CloudID names the sandbox's site at Atlassian's gateway, which Cloud's tokens
// with scopes must go through: https://api.atlassian.com/ex/jira/CloudID/rest/….
// Here the gateway is below Options.URL.
const CloudID = "6a7d2c1e-0000-4000-8000-000000000001"

// viaKey is the context key of the path below which the gateway serves.
type viaKey struct{}

func via(r *http.Request) string {
	v, _ := r.Context().Value(viaKey{}).(string)
	return v
}

// gateway serves the API below its path; addresses in answers then lead there.
func (s *Server) gateway() http.Handler {
	const path = "/ex/jira/" + CloudID
	h := http.StripPrefix(path, s.root)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), viaKey{}, path)))
	})
}

// tenantInfo tells where the gateway has the site.
func tenantInfo(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"cloudId":%q}`, CloudID)
}

// ScopedToken is [Server.Token] for a token with scopes, which Cloud takes at
// the gateway alone, and the gateway takes no other.
func (s *Server) ScopedToken(name string) string {
	t := s.Token(name)
	defer s.lock()()
	s.scoped[t] = true
	return t
}
