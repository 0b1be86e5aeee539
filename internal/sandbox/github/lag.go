package github

import "slices"

// change changes an issue. With a lag, lists go on showing what it was.
func (s *Server) change(i *issue, f func()) {
	if s.opt.Lag > 0 {
		was := *i
		was.past = nil
		was.labels, was.assignees, was.children = slices.Clone(i.labels), slices.Clone(i.assignees), slices.Clone(i.children)
		was.reactions = slices.Clone(i.reactions)
		s.hide(i, &was)
	}
	f()
}

// hide has lists show for the lag what an issue was; nil: it was not there.
func (s *Server) hide(i, was *issue) {
	if s.opt.Lag > 0 {
		now := s.now()
		i.past.Keep(now, now.Add(s.opt.Lag), was)
	}
}

// listed returns an issue as lists show it now, or nil if they do not.
func (s *Server) listed(i *issue) *issue {
	if i == nil {
		return nil
	}
	if i = i.past.Shown(s.now(), i); i == nil || i.deleted || i.moved != nil {
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
