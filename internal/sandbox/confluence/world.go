package confluence

import (
	"cmp"
	"slices"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// WorldPage is a page as it is in the end, or a file attached to one.
type WorldPage = host.WorldPage

// Pages returns the current pages of a space but its home, and what is attached
// to them, by name. Ids that Confluence adds to what it stores are left out.
func (s *Server) Pages(key string) []WorldPage {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []WorldPage{}
	sp := s.space(key)
	for _, p := range s.pages {
		if p.space != sp || p.status != current || p.id == sp.home {
			continue
		}
		out = append(out, WorldPage{Name: p.title, Content: added.ReplaceAllString(p.now().storage, "")})
		for _, f := range p.files {
			out = append(out, WorldPage{Name: f.name, Content: f.content})
		}
	}
	slices.SortStableFunc(out, func(a, b WorldPage) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// State is what a page is, for tests.
type State struct {
	ID, Title, Status, Parent string
	Storage                   string
	Version                   int
	Message                   string
	Minor                     bool // watchers were not told of the version
	Labels                    []string
	Properties                map[string]string
	Files                     map[string]string
}

// Page returns a page by its title, or by its id as "#98111"; ok is false if
// there is none.
func (s *Server) Page(key, name string) (st State, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.space(key)
	for _, p := range s.pages {
		if p.space != sp || p.purged || p.title != name && "#"+text(p.id) != name {
			continue
		}
		v := p.now()
		st = State{text(p.id), p.title, p.status, text(p.parent), v.storage, v.number, v.message, v.minor, slices.Clone(p.labels), map[string]string{}, map[string]string{}}
		for k, x := range p.properties {
			st.Properties[k] = string(x.value)
		}
		for _, f := range p.files {
			st.Files[f.name] = f.content
		}
		return st, true
	}
	return State{}, false
}
