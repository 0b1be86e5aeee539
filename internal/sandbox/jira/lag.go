package jira

import (
	"maps"
	"slices"
)

// change changes an issue. With a lag, searches go on showing what it was.
func (s *Server) change(i *issue, f func()) {
	if s.opt.Lag > 0 {
		was := *i
		was.past = nil
		was.labels, was.links, was.comments = slices.Clone(i.labels), slices.Clone(i.links), slices.Clone(i.comments)
		was.properties, was.custom, was.history = maps.Clone(i.properties), maps.Clone(i.custom), slices.Clone(i.history)
		s.hide(i, &was)
	}
	f()
}

// hide has searches show for the lag what an issue was; nil: it was not there.
func (s *Server) hide(i, was *issue) {
	if s.opt.Lag > 0 {
		now := s.now()
		i.past.Keep(now, now.Add(s.opt.Lag), was)
	}
}

// found returns an issue as searches have it now, or nil if they do not yet.
func (s *Server) found(i *issue) *issue { return i.past.Shown(s.now(), i) }
