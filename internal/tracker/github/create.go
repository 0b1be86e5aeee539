package github

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// part is the marker's data on a ticket that could not be attached to the head
// and says "Part of" in its text instead.
const part = "part"

// create opens a ticket and attaches it. An answer that says it was created
// decides: what fails afterwards is mended by a later pass, which sees it.
func (c *change) create(ctx context.Context, a incident.Create) incident.Result {
	account, err := c.place(ctx, a.Place)
	if err != nil {
		return c.result(err)
	}
	attach := c.attachable(a)
	labels := incident.LabelsOf(c.on.ID, a.Labels)
	if err := c.prepareLabels(ctx, account, a.Place, labels); err != nil {
		return c.result(err)
	}
	var made issue
	_, err = account.send(ctx, http.MethodPost, "repos/"+a.Place+"/issues", map[string]any{
		"title":     a.Title,
		"body":      c.body(a.Body, a.Slot, !attach),
		"labels":    labels,
		"assignees": logins(a.Assignees),
	}, &made)
	r := c.result(err)
	if r.Outcome != incident.Applied {
		return r
	}
	r.Ref = made.ref()
	if dropped := missing(a.Assignees, made.Assignees); dropped != nil {
		c.log.Warn("a new ticket lacks an assignee", "ticket", r.Ref, "error", dropped)
	}
	if len(made.Labels) == 0 {
		c.log.Error("GitHub dropped the labels of a new ticket, by which we find it again: our account needs at least triage permission", "ticket", r.Ref)
	}
	if attach {
		if err := c.adopt(ctx, a.Parent, made.GetID()); err != nil {
			c.log.Warn("a new ticket could not be attached", "ticket", r.Ref, "parent", a.Parent, "error", c.clear(err))
		}
	}
	return r
}

// place returns the account for a repository that we serve.
func (c *change) place(ctx context.Context, repo string) (*account, error) {
	if _, _, err := split(repo); err != nil {
		return nil, refuse("%v", err)
	}
	if !c.served.match(repo) {
		return nil, refuse("%s is not among the repositories of the configuration: add it there, or choose another place", repo)
	}
	return c.credentials(ctx, repo)
}

// attachable reports whether a new ticket can become a sub-issue: the server
// has them, the owner is the same, and there is room.
func (c *change) attachable(a incident.Create) bool {
	owner, _, _ := strings.Cut(a.Place, "/")
	theirs, _, _ := strings.Cut(a.Parent.Place(), "/")
	return a.Parent != "" && c.on.Caps.Parents && strings.EqualFold(owner, theirs) && c.room()
}

func (c *change) room() bool {
	n := 0
	for t := range c.on.All() {
		if t.Parent == c.on.Head.Ref {
			n++
		}
	}
	return c.on.Caps.Max == 0 || n < c.on.Caps.Max
}

// body puts the marker under a ticket's text, and above it, on a ticket that
// hangs nowhere, what it is part of, unless that stands among people's words.
func (c *change) body(text string, slot incident.Slot, loose bool) string {
	m := marker.Mark{ID: c.on.ID, Slot: slot}
	if loose {
		m.Data = part
		if line := partOf + string(c.on.Head.Ref); !slices.Contains(strings.Split(text, "\n"), line) {
			text = strings.TrimRight(text, "\n") + "\n\n" + line
		}
	}
	return marker.Put(text, m)
}

const partOf = "Part of "

// partLine matches the line that body adds, whatever the head was called then.
var partLine = regexp.MustCompile(`^` + partOf + `\S+$`)

// withoutPart takes off the line that body added.
func withoutPart(text string, m marker.Mark) string {
	if m.Data != part {
		return text
	}
	rest, last, ok := cutLast(text, "\n\n")
	if !ok || !partLine.MatchString(last) {
		return text // people edited it: theirs
	}
	return rest
}

// adopt attaches an issue to a parent.
func (c *change) adopt(ctx context.Context, parent incident.Ref, child int64) error {
	account, err := c.ready(ctx, parent)
	if err != nil {
		return err
	}
	_, err = account.send(ctx, http.MethodPost, path(parent)+"/sub_issues", map[string]any{"sub_issue_id": child}, nil)
	return err
}

// unsentRead marks the failure of a reading that was needed before a change:
// the change itself was never sent.
func unsentRead(err error) error {
	if isStatus(err, http.StatusNotFound, http.StatusGone, http.StatusForbidden) {
		return err
	}
	return &httpx.NotSent{Err: err}
}
