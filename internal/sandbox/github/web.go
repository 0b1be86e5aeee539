package github

import "net/http"

// WebHandler serves the pages.
func (s *Server) WebHandler() http.Handler { return http.NotFoundHandler() }
