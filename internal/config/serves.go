package config

import (
	"slices"
	"strings"
)

// Serves reports whether a repository, "owner/name" in any case, is one of
// Repos; a public one only where Public opted in.
func (g *GitHub) Serves(name string, private bool) bool {
	owner, _, ok := strings.Cut(name, "/")
	if g == nil || !ok || !private && !g.Public {
		return false
	}
	for _, pattern := range g.Repos {
		if strings.EqualFold(pattern, name) || strings.EqualFold(pattern, owner+"/*") {
			return true
		}
	}
	return false
}

// Names returns the repositories that are named in full, without patterns.
func (g *GitHub) Names() []string {
	if g == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(g.Repos), func(r string) bool { return strings.HasSuffix(r, "/*") })
}
