package github

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits are GitHub's rate limits, each per identity.
type Limits struct {
	// Primary is the number of requests an hour; zero means 5000 (none on
	// GHES), negative none.
	Primary int
	// Points, Content and ContentHour are secondary limits; zero means none.
	// Points a minute: a read costs 1, a write 5. Content: what creates issues
	// or comments, a minute and an hour. GitHub documents 900, 80 and 500.
	Points, Content, ContentHour int
	// TooMany answers an exceeded secondary limit with 429 in place of 403.
	TooMany bool
}

// usage is what one identity has used up.
type usage struct {
	reset   time.Time // of the primary window
	used    int
	spent   []spending // within the last hour
	blocked time.Time  // by a secondary limit, until
}

type spending struct {
	at      time.Time
	points  int
	content bool
}

const anonymousLimit = 60

func (s *Server) primary(who *identity) int {
	switch {
	case s.opt.Limits.Primary < 0, s.opt.Limits.Primary == 0 && s.opt.GHES:
		return 0
	case who.anonymous():
		return anonymousLimit
	case s.opt.Limits.Primary > 0:
		return s.opt.Limits.Primary
	}
	return 5000
}

func (s *Server) usage(who *identity) *usage {
	u := s.used[who.name]
	if u == nil {
		u = &usage{}
		s.used[who.name] = u
	}
	if now := s.now(); !now.Before(u.reset) {
		u.reset, u.used = now.Add(time.Hour), 0
	}
	return u
}

// limited reports whether the call is over a limit.
func (c *call) limited(pattern string) error {
	if isFree(pattern) {
		return nil
	}
	u, now := c.s.usage(c.who), c.s.now()
	if limit := c.s.primary(c.who); limit > 0 && u.used >= limit {
		return &apiError{status: http.StatusForbidden, message: "API rate limit exceeded for " + c.who.name + "."}
	}
	if now.Before(u.blocked) {
		return c.secondary(u.blocked.Sub(now))
	}
	if wait := c.over(u, c.cost(pattern)); wait > 0 {
		u.blocked = now.Add(wait)
		return c.secondary(wait)
	}
	return nil
}

func (c *call) secondary(wait time.Duration) error {
	status := http.StatusForbidden
	if c.s.opt.Limits.TooMany {
		status = http.StatusTooManyRequests
	}
	return secondary(status, wait)
}

// over returns how long to wait until the spending fits all secondary limits;
// 0: it fits now.
func (c *call) over(u *usage, want spending) (wait time.Duration) {
	count := func(window time.Duration, of func(spending) int, limit int) {
		if limit == 0 || of(want) == 0 {
			return
		}
		sum := of(want)
		for i := len(u.spent) - 1; i >= 0; i-- {
			left := window - want.at.Sub(u.spent[i].at)
			if left <= 0 {
				return
			}
			if sum += of(u.spent[i]); sum > limit {
				wait = max(wait, left)
				return
			}
		}
	}
	content := func(s spending) int {
		if s.content {
			return 1
		}
		return 0
	}
	l := c.s.opt.Limits
	count(time.Minute, func(s spending) int { return s.points }, l.Points)
	count(time.Minute, content, l.Content)
	count(time.Hour, content, l.ContentHour)
	return wait
}

func (c *call) cost(pattern string) spending {
	p := spending{at: c.s.now(), points: 1}
	if m := c.r.Method; m != http.MethodGet && m != http.MethodHead {
		p.points = 5
		p.content = m == http.MethodPost && (strings.HasSuffix(pattern, "/issues") || strings.HasSuffix(pattern, "/comments"))
	}
	return p
}

// spend books the call; a 304 is never booked.
func (c *call) spend(pattern string) {
	if isFree(pattern) {
		return
	}
	u := c.s.usage(c.who)
	u.used++
	if l := c.s.opt.Limits; l.Points == 0 && l.Content == 0 && l.ContentHour == 0 {
		return
	}
	now := c.s.now()
	for len(u.spent) > 0 && now.Sub(u.spent[0].at) >= time.Hour {
		u.spent = u.spent[1:]
	}
	u.spent = append(u.spent, c.cost(pattern))
}

func isFree(pattern string) bool { return pattern == "GET /rate_limit" }

// rated writes the rate limit headers.
func (c *call) rated(a answer) answer {
	limit := c.s.primary(c.who)
	if limit == 0 {
		return a
	}
	u := c.s.usage(c.who)
	for k, v := range map[string]int64{"Limit": int64(limit), "Remaining": int64(max(limit-u.used, 0)), "Used": int64(u.used), "Reset": u.reset.Unix()} {
		a.header.Set("X-Ratelimit-"+k, strconv.FormatInt(v, 10))
	}
	a.header.Set("X-Ratelimit-Resource", "core")
	return a
}

func getRateLimit(c *call) (int, any, error) {
	limit := c.s.primary(c.who)
	if limit == 0 {
		return 0, nil, &apiError{status: http.StatusNotFound, message: "Rate limiting is not enabled."}
	}
	u := c.s.usage(c.who)
	rate := func(limit, used int) map[string]any {
		return map[string]any{"limit": limit, "used": used, "remaining": max(limit-used, 0), "reset": u.reset.Unix()}
	}
	core := rate(limit, u.used)
	return http.StatusOK, map[string]any{"resources": map[string]any{"core": core, "search": rate(30, 0), "graphql": rate(limit, 0)}, "rate": core}, nil
}
