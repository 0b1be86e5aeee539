package github

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
)

// settleClosed fills in what lists do not say of a closed ticket: who closed
// it, and what a duplicate is a duplicate of. Both are asked once per closing.
func (g *gathering) settleClosed(ctx context.Context, i *issue, t *incident.Ticket) error {
	if t.State == incident.Open {
		t.Closed = incident.Closed{}
		return nil
	}
	gone, err := g.converted(ctx, t)
	if err != nil {
		return err
	}
	if gone {
		t.Gone, t.State, t.Closed = true, incident.Open, incident.Closed{}
		return nil
	}
	closing := t.ID + " " + t.Closed.At.Format(time.RFC3339)
	if t.Closed.By == "" && g.isOurs(i.User) {
		c, err := g.closers.Get(closing, func() (incident.Closed, error) {
			full, err := g.read(ctx, t.Ref)
			if err != nil {
				return incident.Closed{}, err
			}
			return incident.Closed{By: person(full.ClosedBy), At: moment(full.ClosedAt)}, nil
		})
		if err != nil {
			return err
		}
		t.Closed = c
	}
	if t.State == incident.Duplicate {
		of, err := g.originals.Get(closing, func() (incident.Ref, error) { return g.original(ctx, t.Ref) })
		if err != nil {
			return err
		}
		t.DuplicateOf = of
	}
	return nil
}

// converted reports whether a closed ticket was made a discussion. GitHub closes
// and locks it then, and tells why among the issue's events alone; they are
// asked once per closing, of what is locked. One that was closed before it was
// converted was dealt with.
func (g *gathering) converted(ctx context.Context, t *incident.Ticket) (bool, error) {
	if !t.Locked {
		return false, nil
	}
	return g.talks.Get(t.ID+" "+t.Closed.At.Format(time.RFC3339), func() (bool, error) {
		a, err := g.Tracker.account(ctx, t.Ref.Place())
		if err != nil {
			return false, err
		}
		events, _, err := pages[*gh.IssueEvent](ctx, a, path(t.Ref)+"/events", maxPages)
		return talkedOver(events), err
	})
}

// talkedOver reports whether an issue was open when it was made a discussion,
// by its events, oldest first.
func talkedOver(events []*gh.IssueEvent) bool {
	var closed time.Time // zero: open
	for _, e := range events {
		switch at := moment(e.CreatedAt); e.GetEvent() {
		case "closed":
			closed = at
		case "reopened":
			closed = time.Time{}
		case "converted_to_discussion":
			return closed.IsZero() || at.Sub(closed) < conversion
		}
	}
	return false
}

// conversion is how long GitHub may take to convert an issue after closing it.
const conversion = time.Minute

// original asks what an issue is a duplicate of. REST does not tell; GraphQL
// has a field for it, and before that the event of the marking. A server that
// offers neither leaves it unknown.
func (g *gathering) original(ctx context.Context, ref incident.Ref) (incident.Ref, error) {
	const marked = `timelineItems(last:1,itemTypes:[MARKED_AS_DUPLICATE_EVENT]){nodes{... on MarkedAsDuplicateEvent{canonical{... on Issue{number repository{nameWithOwner}}}}}}`
	for _, field := range []string{`duplicateOf{number repository{nameWithOwner}}`, marked} {
		of, err := g.askOriginal(ctx, ref, field)
		if err != nil || of != "" {
			return of, err
		}
	}
	return "", nil
}

func (g *gathering) askOriginal(ctx context.Context, ref incident.Ref, field string) (incident.Ref, error) {
	type target struct {
		Number     json.Number
		Repository struct{ NameWithOwner string }
	}
	var answer struct {
		Data struct {
			Repository struct {
				Issue struct {
					DuplicateOf   *target
					TimelineItems struct {
						Nodes []struct{ Canonical *target }
					}
				}
			}
		}
	}
	owner, name, err := split(ref.Place())
	if err != nil {
		return "", err
	}
	a, err := g.Tracker.account(ctx, ref.Place())
	if err != nil {
		return "", err
	}
	_, err = a.send(ctx, http.MethodPost, g.graphql(), map[string]any{
		"query":     `query($owner:String!,$name:String!,$number:Int!){repository(owner:$owner,name:$name){issue(number:$number){` + field + `}}}`,
		"variables": map[string]any{"owner": owner, "name": name, "number": json.Number(ref.Number())},
	}, &answer)
	if err != nil {
		if isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusBadRequest, http.StatusUnprocessableEntity) {
			return "", nil
		}
		return "", err
	}
	found := answer.Data.Repository.Issue.DuplicateOf
	if nodes := answer.Data.Repository.Issue.TimelineItems.Nodes; len(nodes) > 0 {
		found = nodes[0].Canonical
	}
	if found == nil || found.Number == "" {
		return "", nil
	}
	return incident.PathRef(found.Repository.NameWithOwner, string(found.Number)), nil
}

// graphql returns the address of GraphQL, which is not below REST's on an
// Enterprise Server: https://HOST/api/graphql.
func (t *Tracker) graphql() string {
	u := *t.base
	u.Path = strings.TrimSuffix(u.Path, "v3/") + "graphql"
	return u.String()
}
