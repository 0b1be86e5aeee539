package jira

import (
	"net/http"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/httpx"
)

// Cloud's published limits (reference, section 4.6): so many requests a second
// for each endpoint and method, and for each issue so many writes. Data Center's
// are an administrator's choice; ours are below its usual ones too.
var (
	reads      = httpx.Rate{N: 100, Per: time.Second}
	writes     = httpx.Rate{N: 50, Per: time.Second}
	issueBurst = httpx.Rate{N: 20, Per: 2 * time.Second}
	issueSpell = httpx.Rate{N: 100, Per: 30 * time.Second}
)

func (t *Tracker) lanes(next http.RoundTripper) http.RoundTripper {
	return &httpx.Lanes{Next: next, Clock: t.opt.Clock, Of: lanesOf, Blame: blame, Sleep: t.opt.Sleep, Moment: moment}
}

// lanesOf returns what a request counts against: its endpoint, and its issue if
// it writes to one.
func lanesOf(req *http.Request) []httpx.Lane {
	rate := reads
	if req.Method == http.MethodPut || req.Method == http.MethodDelete {
		rate = writes
	}
	lanes := []httpx.Lane{{Name: endpoint(req), Rates: []httpx.Rate{rate}}}
	if issue := written(req); issue != "" {
		lanes = append(lanes, httpx.Lane{Name: issue, Rates: []httpx.Rate{issueBurst, issueSpell}})
	}
	return lanes
}

// endpoint names a request's method and address, with "*" for every id and key.
func endpoint(req *http.Request) string {
	_, path, _ := strings.Cut(req.URL.Path, "/rest/")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.ContainsAny(p, "0123456789") && i > 1 {
			parts[i] = "*"
		}
	}
	return req.Method + " " + strings.Join(parts, "/")
}

// written names the issue that a request writes to, or "".
func written(req *http.Request) string {
	if req.Method == http.MethodGet {
		return ""
	}
	_, rest, ok := strings.Cut(req.URL.Path, "/issue/")
	issue, _, _ := strings.Cut(rest, "/")
	if !ok || issue == "bulk" {
		return ""
	}
	return "issue " + issue
}

// blame tells by Jira's own word whose limit was reached.
func blame(req *http.Request, resp *http.Response) string {
	switch reason := resp.Header.Get("RateLimit-Reason"); {
	case reason == "jira-per-issue-on-write" && written(req) != "":
		return written(req)
	case strings.HasPrefix(reason, "jira-quota"):
		return ""
	case reason == "jira-burst-based", resp.StatusCode == http.StatusServiceUnavailable, resp.StatusCode < 400:
		return endpoint(req)
	}
	return ""
}
