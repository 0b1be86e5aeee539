package github

// Converse makes a discussion of an issue. The issue stays, closed and locked:
// GitHub's documentation of the event says "closed and converted", and neither
// the issue nor a list of issues tells it, only the issue's events. How GitHub
// refuses to change or reopen it is not documented.
func (a Actor) Converse(full string, number int) error {
	return a.on(full, number, func(i *issue) error {
		s := a.s
		if err := s.mayWrite(a.by, i.repo, Triage); err != nil {
			return err
		}
		open := i.state == "open"
		s.change(i, func() {
			i.talked, i.locked, i.updated = true, true, s.now()
			if open {
				i.state, i.reason, i.closed, i.closedBy = "closed", "", s.now(), a.by.user
			}
		})
		s.record(i, a.by, "locked", nil)
		s.record(i, a.by, "converted_to_discussion", nil)
		if open {
			s.tellIssue("closed", i, a.by, nil)
		}
		s.tellIssue("locked", i, a.by, nil)
		return nil
	})
}
