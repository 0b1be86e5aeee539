package github

import "slices"

// transfer moves an issue to another repository of the same owner. There it
// has a new number and, as GitHub does, a new database id; labels that the
// other repository has by name stay, and so does the milestone; comments, assignees and relations move
// along, and the old address redirects.
func (s *Server) transfer(by *identity, i *issue, to *repo) (*issue, error) {
	for _, r := range []*repo{i.repo, to} {
		if err := s.mayWrite(by, r, Write); err != nil {
			return nil, err
		}
	}
	switch {
	case i.repo == to || i.repo.owner != to.owner || i.pull != nil:
		return nil, unprocessable("Issue", "repository", "An issue can only be transferred to another repository of the same owner")
	case !to.hasIssues:
		return nil, gone("Issues are disabled for this repo")
	case i.repo.private && !to.private:
		return nil, unprocessable("Issue", "repository", "An issue cannot be transferred from a private to a public repository")
	}
	n := *i
	n.id, n.repo, n.number, n.past, n.labels, n.milestone = s.id(), to, len(to.issues)+1, nil, nil, to.namesake(i.milestone)
	n.updated = s.now()
	for _, l := range i.labels {
		if same := to.label(l.name); same != nil {
			n.labels = append(n.labels, same)
		}
	}
	n.events = slices.Clone(i.events)
	s.hide(&n, nil)
	to.issues = append(to.issues, &n)
	s.issues[n.id] = &n
	s.relink(i, &n)
	s.tellIssue("transferred", i, by, map[string]any{"changes": map[string]any{
		"new_issue": s.issueView(&n), "new_repository": s.fullRepo(to, nil)}})
	s.change(i, func() { i.moved = &n })
	delete(s.issues, i.id)
	s.record(&n, by, "transferred", nil)
	s.tellIssue("opened", &n, by, map[string]any{"changes": map[string]any{
		"old_issue": s.issueView(i), "old_repository": s.fullRepo(i.repo, nil)}})
	return &n, nil
}

// relink makes everything that points at one issue point at another.
func (s *Server) relink(from, to *issue) {
	swap := func(is []*issue) []*issue {
		is = slices.Clone(is)
		for n := range is {
			if is[n] == from {
				is[n] = to
			}
		}
		return is
	}
	for _, c := range to.comments {
		c.issue = to
	}
	for _, e := range to.events {
		e.issue = to
	}
	if to.parent != nil {
		to.parent.children = swap(to.parent.children)
	}
	for _, c := range to.children {
		c.parent = to
	}
	for _, b := range to.blockedBy {
		b.blocking = swap(b.blocking)
	}
	for _, b := range to.blocking {
		b.blockedBy = swap(b.blockedBy)
	}
}
