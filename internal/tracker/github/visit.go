package github

import (
	"context"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
)

// Serves reports whether a repository is one of those configured. It asks nobody.
func (t *Tracker) Serves(place string) bool { return t.served.match(place) }

// Visit reads tickets for an incident whose head is on another tracker: those
// of look.Tickets, and what we created under look.ID in their repositories and
// in look.Places.
func (t *Tracker) Visit(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	snap, err := t.visit(ctx, look)
	return snap, t.explain(err)
}

func (t *Tracker) visit(ctx context.Context, look incident.Look) (snap incident.Snapshot, err error) {
	s := &sight{Tracker: t, look: look, people: newCrowd(), head: new(issue)}
	s.snap = incident.Snapshot{ID: look.ID, At: t.opt.Clock().UTC(), Settling: settling}
	for _, place := range append(places(look.Tickets), look.Places...) {
		if s.account, err = t.account(ctx, place); err != nil {
			return snap, err
		}
	}
	if s.account == nil {
		return s.snap, nil
	}
	if s.self, err = t.self(ctx, s.account); err != nil {
		return snap, err
	}
	g := &gathering{sight: s, byID: map[string]*found{}, byRef: map[incident.Ref]bool{}}
	for _, part := range []func(context.Context) error{g.created, g.counted, g.sort} {
		if err := part(ctx); err != nil {
			return snap, fmt.Errorf("tickets of the incident %s: %w", look.ID, err)
		}
	}
	return s.snap, nil
}
