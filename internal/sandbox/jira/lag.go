package jira

import (
	"maps"
	"slices"
	"time"
)

// past is what searches show of an issue until a time; nil: it is not found
// yet.
type past struct {
	until time.Time
	was   *issue
}

// change changes an issue. With a lag, searches go on showing what it was.
func (s *Server) change(i *issue, f func()) {
	if s.opt.Lag > 0 {
		was := *i
		was.past = nil
		was.labels, was.links, was.comments = slices.Clone(i.labels), slices.Clone(i.links), slices.Clone(i.comments)
		was.properties, was.custom, was.history = maps.Clone(i.properties), maps.Clone(i.custom), slices.Clone(i.history)
		s.remember(i, &was)
	}
	f()
}

// hideNew keeps a new issue out of searches for the lag.
func (s *Server) hideNew(i *issue) {
	if s.opt.Lag > 0 {
		s.remember(i, nil)
	}
}

func (s *Server) remember(i *issue, was *issue) {
	now := s.now()
	i.past = slices.DeleteFunc(i.past, func(p past) bool { return !now.Before(p.until) })
	i.past = append(i.past, past{now.Add(s.opt.Lag), was})
}

// found returns an issue as searches have it now, or nil if they do not yet.
func (s *Server) found(i *issue) *issue {
	now := s.now()
	for _, p := range i.past {
		if now.Before(p.until) {
			i = p.was
			break
		}
	}
	return i
}
