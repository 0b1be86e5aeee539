package jira

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Serves reports whether a project is one of those configured. It asks nobody.
func (t *Tracker) Serves(place string) bool { return t.served[place] }

// Visit reads tickets for an incident whose head is on another tracker: those
// of look.Tickets, and what we created under look.ID, in whatever project.
func (t *Tracker) Visit(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	snap, err := t.visit(ctx, look)
	return snap, t.explain(err)
}

func (t *Tracker) visit(ctx context.Context, look incident.Look) (snap incident.Snapshot, err error) {
	// The head is elsewhere: nothing hangs under this one but by its ID.
	s := &sight{Tracker: t, look: look, people: newCrowd(), head: &issue{ID: look.ID}}
	s.snap = incident.Snapshot{ID: look.ID, At: t.opt.Clock().UTC(), Settling: settling}
	if s.epic, err = t.epics(ctx); err != nil {
		return snap, err
	}
	if s.self, err = t.self(ctx); err != nil {
		return snap, err
	}
	g := &gathering{sight: s, byID: map[string]*issue{}, own: map[string]mark{}}
	before, _ := s.families.Peek(look.ID)
	for _, part := range []func() error{
		func() error { return g.search(ctx, "labels = "+quote(incident.LabelOf(look.ID)), before.ids) },
		func() error { return g.claim(ctx) },
		func() error { return g.counted(ctx) },
		func() error { return g.refresh(ctx) },
		func() error { return g.distrust(ctx) },
		func() error { return g.sort(ctx) },
	} {
		if err := part(); err != nil {
			return snap, fmt.Errorf("tickets of the incident %s: %w", look.ID, err)
		}
	}
	return s.snap, nil
}

// lately is how long a comment is news.
const lately = time.Hour

// Find reads what an issue says that a delivery named by its id alone, with
// what was commented lately. An issue that is not there, or in a project that
// is not served, says nothing.
func (t *Tracker) Find(ctx context.Context, id string) (incident.Hint, error) {
	if checkID(id) != nil {
		return incident.Hint{}, nil
	}
	i, err := get[*issue](ctx, t, "issue/"+id+"?fields="+strings.Join(hintFields, ","))
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) || err == nil && !t.served[i.ref().Place()] {
		return incident.Hint{}, nil
	}
	if err != nil {
		return incident.Hint{}, t.explain(err)
	}
	h := t.hint(i)
	texts, err := t.talk(ctx, i, t.opt.Clock().Add(-lately))
	h.Texts = append(h.Texts, texts...)
	return h, t.explain(err)
}
