package github

import (
	"encoding/json"
	"net/http"
	"slices"
)

// dependencies counts what blocks an issue and what it blocks: open ones, and
// all.
type dependencies struct {
	BlockedBy      int `json:"blocked_by"`
	TotalBlockedBy int `json:"total_blocked_by"`
	Blocking       int `json:"blocking"`
	TotalBlocking  int `json:"total_blocking"`
}

func (i *issue) dependencies() *dependencies {
	open := func(is []*issue) (n int) {
		for _, x := range is {
			if x.state == "open" {
				n++
			}
		}
		return n
	}
	return &dependencies{open(i.blockedBy), len(i.blockedBy), open(i.blocking), len(i.blocking)}
}

func (s *Server) addBlocker(by *identity, blocked, blocker *issue) error {
	if err := s.mayWrite(by, blocked.repo, Triage); err != nil {
		return err
	}
	switch {
	case blocked == blocker:
		return unprocessable("Issue", "issue_id", "An issue cannot block itself")
	case slices.Contains(blocked.blockedBy, blocker):
		return unprocessable("Issue", "issue_id", "Dependency already exists")
	case slices.Contains(blocker.blockedBy, blocked):
		return unprocessable("Issue", "issue_id", "Dependencies cannot be circular")
	case blocked.repo.owner != blocker.repo.owner:
		return unprocessable("Issue", "issue_id", "Issues must belong to the same owner")
	}
	blocked.blockedBy = append(blocked.blockedBy, blocker)
	blocker.blocking = append(blocker.blocking, blocked)
	s.record(blocked, by, "blocked_by_added", func(e *event) { e.other = blocker })
	s.record(blocker, by, "blocking_added", func(e *event) { e.other = blocked })
	s.tellDependency("added", blocked, blocker, by)
	return nil
}

func (s *Server) removeBlocker(by *identity, blocked, blocker *issue) error {
	if err := s.mayWrite(by, blocked.repo, Triage); err != nil {
		return err
	}
	if !slices.Contains(blocked.blockedBy, blocker) {
		return notFound()
	}
	without := func(is []*issue, x *issue) []*issue {
		return slices.DeleteFunc(slices.Clone(is), func(y *issue) bool { return y == x })
	}
	blocked.blockedBy, blocker.blocking = without(blocked.blockedBy, blocker), without(blocker.blocking, blocked)
	s.record(blocked, by, "blocked_by_removed", func(e *event) { e.other = blocker })
	s.record(blocker, by, "blocking_removed", func(e *event) { e.other = blocked })
	s.tellDependency("removed", blocked, blocker, by)
	return nil
}

func (c *call) readable(is []*issue) []*issue {
	return slices.DeleteFunc(slices.Clone(is), func(i *issue) bool { return !c.canRead(i.repo) })
}

func listBlockedBy(c *call) (int, any, error) {
	return http.StatusOK, c.s.issueViews(page(c, c.readable(c.issue.blockedBy))), nil
}

func listBlocking(c *call) (int, any, error) {
	return http.StatusOK, c.s.issueViews(page(c, c.readable(c.issue.blocking))), nil
}

func addBlockedBy(c *call) (int, any, error) {
	in, err := decode[struct {
		ID json.RawMessage `json:"issue_id"`
	}](c)
	if err != nil {
		return 0, nil, err
	}
	blocker, err := c.byID(in.ID)
	if err == nil {
		err = c.s.addBlocker(c.who, c.issue, blocker)
	}
	if err != nil {
		return 0, nil, err
	}
	c.header.Set("Location", c.s.apiIssue(c.issue)+"/dependencies/blocked_by")
	return http.StatusCreated, c.s.issueView(blocker), nil
}

func removeBlockedBy(c *call) (int, any, error) {
	id, err := c.number("id")
	if err != nil {
		return 0, nil, err
	}
	blocker := c.s.issues[id]
	if blocker == nil {
		return 0, nil, notFound()
	}
	if err := c.s.removeBlocker(c.who, c.issue, blocker); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.s.issueView(blocker), nil
}
