package github

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// maxSweep bounds one sweep's pages; the next goes on where it stopped.
const maxSweep = 20

// firstSweep is how far back a place is read of which nothing is known, because
// it is new or the store was lost.
const firstSweep = 7 * 24 * time.Hour

// List implements the port of that name: issues and comments of a repository
// that changed since a time; without one, those of a week and every open issue
// with our label, whatever its age. It may bring the same again, never too
// little: the cursor stays as far behind the clock as lists may hide something.
func (t *Tracker) List(ctx context.Context, place string, since time.Time) (incident.Sighting, error) {
	s, err := t.list(ctx, place, since)
	return s, t.explain(err)
}

func (t *Tracker) list(ctx context.Context, place string, since time.Time) (incident.Sighting, error) {
	a, err := t.account(ctx, place)
	if err != nil {
		return incident.Sighting{}, err
	}
	repo, err := t.serve(ctx, a, place)
	if err != nil {
		return incident.Sighting{}, err
	}
	ctx = httpx.Background(ctx)
	w := &sweep{hints: map[incident.Key]*incident.Hint{}}
	if since.IsZero() {
		since = t.opt.Clock().Add(-firstSweep)
		ours, _, err := pages[*issue](ctx, a, "repos/"+repo.Name+"/issues?state=open&labels="+incident.Label, maxSweep)
		if err != nil {
			return incident.Sighting{}, fmt.Errorf("our issues of %s: %w", repo.Name, err)
		}
		for _, i := range ours {
			w.issue(i)
		}
	}
	query := "?sort=updated&direction=asc&since=" + url.QueryEscape(since.UTC().Format(time.RFC3339))
	issues, allIssues, err := pages[*issue](ctx, a, "repos/"+repo.Name+"/issues"+query+"&state=all", maxSweep)
	if err != nil {
		return incident.Sighting{}, fmt.Errorf("issues of %s: %w", repo.Name, err)
	}
	comments, allComments, err := pages[*gh.IssueComment](ctx, a, "repos/"+repo.Name+"/issues/comments"+query, maxSweep)
	if err != nil {
		return incident.Sighting{}, fmt.Errorf("comments in %s: %w", repo.Name, err)
	}
	for _, i := range issues {
		w.issue(i)
	}
	for _, c := range comments {
		w.comment(c)
	}
	// The slower of two cut lists says how far both are known.
	upto := later(lastOf(issues), lastOfComments(comments))
	if !allIssues {
		upto = earlier(upto, lastOf(issues))
	}
	if !allComments {
		upto = earlier(upto, lastOfComments(comments))
	}
	return incident.Sighting{Hints: w.list(), Cursor: t.cursor(since, upto, allIssues && allComments)}, nil
}

// cursor returns from when the next sweep must read. Times on GitHub are whole
// seconds, and a list begins with the second it is asked for.
func (t *Tracker) cursor(since, upto time.Time, whole bool) time.Time {
	next := upto
	if whole {
		next = earlier(upto.Add(time.Second), t.opt.Clock().Add(-2*settle).Truncate(time.Second))
	} else if !next.After(since) {
		next = since.Add(time.Second) // more in one second than a sweep may read
	}
	return later(since, next)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func lastOf(issues []*issue) time.Time {
	if len(issues) == 0 {
		return time.Time{}
	}
	return moment(issues[len(issues)-1].UpdatedAt)
}

func lastOfComments(cs []*gh.IssueComment) time.Time {
	if len(cs) == 0 {
		return time.Time{}
	}
	return moment(cs[len(cs)-1].UpdatedAt)
}

// sweep gathers hints, one for each issue, in the order of the lists.
type sweep struct {
	hints map[incident.Key]*incident.Hint
	order []incident.Key
}

func (w *sweep) hint(ref incident.Ref) *incident.Hint {
	key := incident.KeyOf(Name, ref)
	h := w.hints[key]
	if h == nil {
		h = &incident.Hint{Key: key}
		w.hints[key] = h
		w.order = append(w.order, key)
	}
	return h
}

func (w *sweep) issue(i *issue) {
	h := w.hint(i.ref())
	h.Labels = i.labels()
	h.Texts = append(h.Texts, i.GetTitle(), i.GetBody())
	if p := i.parent(); p != "" {
		h.Parents = append(h.Parents, incident.KeyOf(Name, p))
	}
	h.Tied = i.Blockers != nil && i.Blockers.Total+i.Blockers.Blocking > 0
}

func (w *sweep) comment(c *gh.IssueComment) {
	if ref := refOf(c.GetIssueURL()); ref != "" && strings.Contains(string(ref), "#") {
		h := w.hint(ref)
		h.Texts = append(h.Texts, c.GetBody())
	}
}

func (w *sweep) list() []incident.Hint {
	hints := make([]incident.Hint, 0, len(w.order))
	for _, k := range w.order {
		hints = append(hints, *w.hints[k])
	}
	return hints
}
