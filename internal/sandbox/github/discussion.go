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
		s.change(i, func() {
			i.talked, i.state, i.reason, i.locked = true, "closed", "", true
			i.closed, i.closedBy, i.updated = s.now(), a.by.user, s.now()
		})
		s.record(i, a.by, "locked", nil)
		s.record(i, a.by, "converted_to_discussion", nil)
		s.tellIssue("closed", i, a.by, nil)
		s.tellIssue("locked", i, a.by, nil)
		return nil
	})
}
