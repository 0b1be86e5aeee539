package github

import (
	"slices"
	"time"
)

// past is what lists show of an issue until a time; nil: it is not listed yet.
type past struct {
	until time.Time
	was   *issue
}

// change changes an issue. With a lag, lists go on showing what it was.
func (s *Server) change(i *issue, f func()) {
	if s.opt.Lag > 0 {
		was := *i
		was.past = nil
		was.labels, was.assignees, was.children = slices.Clone(i.labels), slices.Clone(i.assignees), slices.Clone(i.children)
		was.reactions = slices.Clone(i.reactions)
		s.remember(i, &was)
	}
	f()
}

// hideNew keeps a new issue out of lists for the lag.
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

// listed returns an issue as lists show it now, or nil if they do not.
func (s *Server) listed(i *issue) *issue {
	if i == nil {
		return nil
	}
	now := s.now()
	for _, p := range i.past {
		if now.Before(p.until) {
			i = p.was
			break
		}
	}
	if i == nil || i.deleted || i.moved != nil {
		return nil
	}
	return i
}

func (s *Server) listedAll(is []*issue) []*issue {
	var out []*issue
	for _, i := range is {
		if shown := s.listed(i); shown != nil {
			out = append(out, shown)
		}
	}
	return out
}
