package jira

import (
	"net/http"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Limits are the rate limits. A zero bound is none.
type Limits struct {
	// Get, Post, Put (and DELETE) and GetIssue bound the requests of one second on one endpoint:
	// on Cloud 100 for GET and POST, 50 for PUT and DELETE, 150 for one issue.
	Get, Post, Put, GetIssue int
	// Issue2s and Issue30s bound the writes on one issue: on Cloud 20 within
	// 2 s and 100 within 30 s.
	Issue2s, Issue30s int
}

// CloudLimits are Jira Cloud's, as it documents them.
var CloudLimits = Limits{Get: 100, Post: 100, Put: 50, GetIssue: 150, Issue2s: 20, Issue30s: 100}

// pace remembers when what was asked for, to judge by Limits.
type pace map[string][]time.Time

// full counts a request under a name and reports whether more than most came
// within the span, and how long to wait then. Refused ones do not count.
func (p pace) full(name string, now time.Time, span time.Duration, most int) (time.Duration, bool) {
	if most <= 0 {
		return 0, false
	}
	recent := p[name]
	for len(recent) > 0 && !recent[0].After(now.Add(-span)) {
		recent = recent[1:]
	}
	if len(recent) >= most {
		p[name] = recent
		return span - now.Sub(recent[0]), true
	}
	p[name] = append(recent, now)
	return 0, false
}

// limited refuses a request beyond the limits.
func (c *call) limited(pattern string) error {
	l, now := c.s.opt.Limits, c.s.now()
	most := map[string]int{http.MethodGet: l.Get, http.MethodPost: l.Post, http.MethodPut: l.Put, http.MethodDelete: l.Put}[c.r.Method]
	if strings.HasSuffix(pattern, "/issue/{issue}") && c.r.Method == http.MethodGet {
		most = l.GetIssue
	}
	if wait, full := c.s.pace.full(pattern, now, time.Second, most); full {
		return c.s.slowDown("jira-burst-based", wait)
	}
	i := c.s.issue(c.r.PathValue("issue"))
	if i == nil || c.r.Method == http.MethodGet {
		return nil
	}
	if wait, full := c.s.pace.full("2s "+text(i.id), now, 2*time.Second, l.Issue2s); full {
		return c.s.slowDown("jira-per-issue-on-write", wait)
	}
	if wait, full := c.s.pace.full("30s "+text(i.id), now, 30*time.Second, l.Issue30s); full {
		return c.s.slowDown("jira-per-issue-on-write", wait)
	}
	return nil
}

// slowDown is a 429. Cloud tells its reason, Data Center how its bucket fills.
func (s *Server) slowDown(reason string, after time.Duration) *apiError {
	if after <= 0 {
		after = time.Minute
	}
	e := refused(http.StatusTooManyRequests, "Rate limit exceeded.")
	e.header = host.Wait(after)
	e.header.Set("X-Ratelimit-Limit", "100")
	e.header.Set("X-Ratelimit-Remaining", "0")
	if s.cloud() {
		e.header.Set("Ratelimit-Reason", reason)
		e.header.Set("X-Ratelimit-Reset", s.now().Add(after).Format(time.RFC3339))
	} else {
		e.header.Set("X-Ratelimit-Fillrate", "100")
		e.header.Set("X-Ratelimit-Interval-Seconds", "1")
	}
	return e
}
