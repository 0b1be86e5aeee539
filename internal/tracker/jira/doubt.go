package jira

import (
	"context"
	"fmt"
	"slices"

	"github.com/hereby/hereby/internal/incident"
)

// refresh reads as they are the tickets that the index shows as they were before
// they were seen last, or before we changed them. Otherwise the same would be
// done again, and what another replica saw taken for undone by people.
func (g *gathering) refresh(ctx context.Context) error {
	if g.asIs() {
		return nil
	}
	var old []string
	for _, id := range sorted(g.byID) {
		if i := g.byID[id]; i.Fields.Updated.Before(g.look.AsOf[i.ref()]) {
			old = append(old, id)
		}
	}
	return g.reread(ctx, old...)
}

// maxDoubts is how many tickets that an index calls open are read one by one
// because somebody says that the incident is over.
const maxDoubts = 20

// distrust reads tickets as they are where an index that may lag would decide
// over the end. All of them, if it says that all are done: it must not let an
// incident be closed over one that was reopened a moment ago. Those that it
// calls open, if somebody closed the head or its epic or orders the close: what
// was closed a moment ago must not undo that. One duty that is open as it is
// settles that it is not over, unless we closed it ourselves: then all had been
// done. Otherwise little is lost by believing the index.
func (g *gathering) distrust(ctx context.Context) error {
	if g.asIs() {
		return nil
	}
	open, rest := g.divided()
	if len(open) > 0 {
		said, ordered := g.over()
		if !said || len(open) > maxDoubts && !ordered {
			return nil
		}
		for _, id := range open {
			if err := g.reread(ctx, id); err != nil {
				return err
			}
			if !ordered && g.own[id].Slot.IsDuty() && g.state(g.byID[id]) == incident.Open {
				return nil
			}
		}
		if open, _ = g.divided(); len(open) > 0 {
			return nil
		}
	}
	return g.reread(ctx, rest...)
}

// asIs reports whether the tickets were read as they are: on Cloud, as many as
// one search may name.
func (g *gathering) asIs() bool { return g.cloud && len(g.byID) <= maxReconcile }

// divided returns the ids of the tickets that are open, duties first, and of all
// others.
func (g *gathering) divided() (open, rest []string) {
	var others []string
	for _, id := range sorted(g.byID) {
		switch slot := g.own[id].Slot; {
		case slot == incident.Epic || g.state(g.byID[id]) != incident.Open:
			rest = append(rest, id)
		case slot.IsDuty():
			open = append(open, id)
		default:
			others = append(others, id)
		}
	}
	return append(open, others...), rest
}

// over reports whether somebody says that the incident is over, and whether that
// was ordered and carried out by us: then every ticket had been read.
func (g *gathering) over() (said, ordered bool) {
	if g.head.Key == "" {
		return false, false // of a head elsewhere nothing is known here
	}
	if g.snap.Head.State != incident.Open {
		by := g.snap.Head.Closed.By
		return true, by == g.self.person() || g.authors[by]
	}
	asked := g.look.Ends != nil && slices.ContainsFunc(g.snap.Comments, g.look.Ends)
	return asked || g.epic != nil && g.state(g.epic) != incident.Open, false
}

// reread reads issues as they are. Those that cannot be read stay as found.
func (g *gathering) reread(ctx context.Context, ids ...string) error {
	for _, id := range ids {
		now, err := g.present(ctx, id)
		if err != nil {
			return fmt.Errorf("%s: %w", g.byID[id].Key, err)
		}
		if now == nil {
			continue
		}
		g.byID[id] = now
		if m, ok := readMark(now.Properties[ours]); ok && g.own[id].ID == m.ID {
			g.own[id] = m
			g.marks.Put(id, m)
		}
		if g.epic != nil && g.epic.ID == id {
			g.epic = now
		}
	}
	return nil
}
