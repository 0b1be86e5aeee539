package jira

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// sort makes tickets of the issues, ours apart from people's, oldest first.
func (g *gathering) sort(ctx context.Context) error {
	links, kept := map[string]bool{}, family{}
	for _, id := range g.linkedIDs(g.head) {
		links[id] = true
	}
	if g.epic != nil {
		kept.epic = g.epic.Key
		for _, id := range g.linkedIDs(g.epic) {
			links[id] = true
		}
		g.snap.Caps.Epic = g.snap.Caps.Epic || g.under(g.head, g.epic.Key)
	}
	for _, id := range sorted(g.byID) {
		i := g.byID[id]
		t, err := g.member(ctx, i, links[id])
		if err != nil {
			return err
		}
		g.people.add(i.Fields.Creator)
		g.people.add(i.Fields.Assignee)
		kept.ids = append(kept.ids, id)
		if _, own := g.own[id]; own || t.Unmarked {
			g.snap.Tickets = append(g.snap.Tickets, t)
			continue
		}
		if level := i.level(); level != "" && level != g.head.level() {
			t.Title, t.Body = "", "" // fewer see it than see the head
		}
		g.snap.Foreign = append(g.snap.Foreign, t)
	}
	slices.SortFunc(g.snap.Tickets, incident.ByAge)
	slices.SortFunc(g.snap.Foreign, incident.ByAge)
	g.families.Put(g.head.ID, kept)
	return nil
}

// member reads an issue as a ticket of the incident. linked says that a link
// leads to it from the head or the epic.
func (g *gathering) member(ctx context.Context, i *issue, linked bool) (incident.Ticket, error) {
	t := g.ticket(i)
	t.Linked = linked || g.under(i, g.head.Key) || g.epic != nil && g.under(i, g.epic.Key)
	m, own := g.own[i.ID]
	if own {
		if err := g.marked(ctx, i, m, linked, &t); err != nil {
			return t, err
		}
	} else {
		t.Incident = i.isHead()
		t.Unmarked = !t.Incident && g.isOurs(i.Fields.Creator) && i.hasLabel(incident.LabelOf(g.head.ID))
	}
	return t, g.settleClosed(ctx, i, &t)
}

// marked reads of a ticket of ours what its mark says.
func (g *gathering) marked(ctx context.Context, i *issue, m mark, linked bool, t *incident.Ticket) (err error) {
	t.Slot, t.Body = m.Slot, m.source(t.Body)
	if i.Fields.Due == m.Due {
		t.Due = incident.Due{}
	}
	if len(m.People) > 0 && slices.Equal(t.Assignees, m.People[:1]) {
		t.Assignees = m.People
	}
	switch { // creating and linking are two requests: half of it is not all
	case t.Slot == incident.Epic:
		t.Linked = g.under(g.head, i.Key)
	case !t.Slot.IsDuty():
		t.Linked = linked || g.under(i, g.head.Key)
		t.Loose, err = g.loose(ctx, i)
	}
	return err
}

// under reports whether an issue hangs under another.
func (s *sight) under(i *issue, key string) bool {
	return key != "" && (i.Fields.Parent != nil && i.Fields.Parent.Key == key || s.epic.Link != "" && i.epicLink(s.epic.Link) == key)
}

// loose reports whether a ticket of ours hangs under nothing though it could
// under our epic, and nobody ever put it anywhere: it was filed before there was
// one. What is not known of that is taken for somebody's wish.
func (g *gathering) loose(ctx context.Context, i *issue) (bool, error) {
	if g.epic == nil || !g.under(g.head, g.epic.Key) || i.ref().Place() != g.epic.ref().Place() {
		return false, nil
	}
	if at, err := g.stand(ctx, i); err != nil || at.parent != "" || at.subtask || at.epic {
		return false, err
	}
	log := i.Changelog
	if log == nil || log.Total > len(log.Histories) {
		return false, nil
	}
	for _, h := range log.Histories {
		for _, item := range h.Items {
			switch strings.ToLower(item.Field) {
			case "parent", "issueparentassociation", "epic link", strings.ToLower(g.sight.epic.Title):
				return false, nil
			}
		}
	}
	return true, nil
}

// settleClosed fills in who closed a ticket, and what a duplicate is one of.
func (g *gathering) settleClosed(ctx context.Context, i *issue, t *incident.Ticket) error {
	if t.State == incident.Open {
		return nil
	}
	if t.State == incident.Duplicate {
		t.DuplicateOf = i.original()
	}
	log, err := g.histories(ctx, i)
	if err != nil {
		return fmt.Errorf("history of %s: %w", i.Key, err)
	}
	events, err := g.events(ctx, i, log)
	if err != nil {
		return err
	}
	t.Closed = closedBy(i, events, *t)
	return g.unspoken(ctx, i, t)
}

// unspoken fills in as what we closed a ticket whose workflow cannot say it. The
// property counts as long as the closing is ours.
func (g *gathering) unspoken(ctx context.Context, i *issue, t *incident.Ticket) error {
	if t.State != incident.Done || i.Fields.Resolution != nil || t.Closed.By != g.self.person() && !g.authors[t.Closed.By] {
		return nil
	}
	raw, ok := i.Properties[ending]
	if !ok && i.Properties == nil {
		var err error
		if raw, err = g.endings.Get(i.ID+" "+t.Closed.At.String(), func() (json.RawMessage, error) { return g.property(ctx, i.ID, ending) }); err != nil {
			return err
		}
	}
	var e end
	if json.Unmarshal(raw, &e) == nil && (e.As == incident.Wontfix || e.As == incident.Duplicate) {
		t.State, t.DuplicateOf = e.As, e.Of
	}
	return nil
}

// ticket makes a ticket of an issue, as far as any issue goes.
func (t *Tracker) ticket(i *issue) incident.Ticket {
	f := i.Fields
	out := incident.Ticket{
		Ref: i.ref(), ID: i.ID, URL: t.browse(i.ref()), Author: f.Creator.person(), Labels: slices.Clone(f.Labels),
		Title: f.Summary, Body: unix(string(f.Description)), State: t.state(i), Opened: f.Created.Time,
		Changed: f.Updated.Time,
	}
	if p := f.Assignee.person(); p != "" {
		out.Assignees = []incident.Person{p}
	}
	if day, err := time.Parse(time.DateOnly, f.Due); err == nil {
		out.Due.Day = day
	}
	if epic, ok := t.fields.Peek(""); ok {
		out.Parent = incident.Ref(i.epicLink(epic.Link))
	}
	if f.Parent != nil {
		out.Parent = incident.Ref(f.Parent.Key)
	}
	return out
}
