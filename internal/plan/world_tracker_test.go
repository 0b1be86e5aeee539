package plan_test

import (
	"maps"
	"slices"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/postmortem"
)

// observe returns the world as it is now, which later changes leave alone.
func (w *world) observe() incident.Snapshot {
	s := w.s
	s.Head.Labels = slices.Clone(s.Head.Labels)
	s.Events, s.Comments = slices.Clone(s.Events), slices.Clone(s.Comments)
	s.Tickets, s.Foreign = slices.Clone(s.Tickets), slices.Clone(s.Foreign)
	s.People = maps.Clone(s.People)
	s.Wiki = w.shelf()
	s.Places = plan.Look(s.Key, w.j, w.r, s.Wiki, s.At, s.Settling.Tickets).Places
	known := map[incident.Ref]bool{s.Head.Ref: true}
	for t := range s.All() {
		known[t.Ref] = true
	}
	for _, ref := range plan.Look(s.Key, w.j, w.r, s.Wiki, s.At, s.Settling.Tickets).Tickets {
		if !known[ref] && !w.moved[ref] {
			t := incident.Ticket{Ref: ref, Gone: w.deleted[ref], Unreadable: !w.deleted[ref]}
			if t.Unreadable {
				t.State = incident.Open
			}
			s.Foreign = append(s.Foreign, t)
		}
	}
	return s
}

// shelf is the wiki as it is observed.
func (w *world) shelf() incident.Shelf {
	names := plan.Pages(w.p, w.r, w.s.Key)
	if len(names) == 0 {
		return incident.Shelf{}
	}
	s := incident.Shelf{Place: w.s.Key.Ref().Place(), Problem: w.broken, Passing: w.broken != "" && w.passing}
	if w.broken != "" {
		return s
	}
	s.Pages = map[string]incident.Page{}
	for _, name := range names {
		s.Pages[name] = w.pages[name]
	}
	return s
}

// wiki has post-mortems kept in a wiki.
func (w *world) wiki() *world {
	w.p.Wiki, w.p.Words = &plan.Wiki{}, postmortem.DefaultWords()
	w.pages = map[string]incident.Page{}
	return w
}

// write is a person's edit of the page.
func (w *world) write(edit func(text string) string) {
	p := w.pages[postName]
	p.Text, p.Edited, p.Exists = edit(p.Text), w.s.At, true
	w.pages[postName] = p
}

func (w *world) apply(a incident.Action) {
	w.t.Helper()
	w.writes++
	w.done = append(w.done, a)
	switch a := a.(type) {
	case incident.Create:
		ref := incident.Ref(a.Place + "#" + w.id())
		w.s.Tickets = append(w.s.Tickets, incident.Ticket{
			Ref: ref, ID: w.id(), Author: us, Assignees: a.Assignees, Slot: a.Slot, Title: a.Title, Body: a.Body,
			State: incident.Open, Opened: w.s.At, Linked: a.Parent != "", Parent: a.Parent, Labels: []string{"hereby", "hereby-" + w.s.ID},
		})
		w.intend(a.Slot, incident.Attempt{At: w.s.At, Ref: ref})
	case incident.Say:
		if a.Comment == "" {
			id := w.id()
			w.s.Comments = append(w.s.Comments, incident.Comment{ID: id, URL: w.s.URL + "#" + id, Author: us, Ours: true, At: w.s.At, Slot: a.Slot, Data: a.Data, Raw: a.Text, Hash: incident.HashText(a.Text)})
			w.intend(a.Slot, incident.Attempt{At: w.s.At, Comment: id})
			return
		}
		written := w.j.Slots[a.Slot]
		written.Written = incident.Writing(a, w.s, w.s.At)
		w.intend(a.Slot, written)
		for i := range w.s.Comments {
			if c := &w.s.Comments[i]; c.ID == a.Comment {
				c.Ours, c.Slot, c.Raw, c.Data, c.Hash = true, a.Slot, a.Text, a.Data, incident.HashText(a.Text)
			}
		}
	case incident.Unsay:
		w.deleteComment(a.Comment)
	case incident.Edit:
		t := w.ticket(a.Ref)
		t.Slot, t.Unmarked = a.Slot, false
		if a.Body != nil {
			t.Body = *a.Body
		}
		if a.Title != nil {
			t.Title = *a.Title
		}
	case incident.Link:
		w.ticket(a.Ref).Linked = a.On
	case incident.Assign:
		w.ticket(a.Ref).Assignees = a.People
	case incident.Tag:
		h := w.ticket(a.Ref)
		h.Labels = slices.DeleteFunc(h.Labels, func(l string) bool { return l == a.Label })
		if a.On {
			h.Labels = append(h.Labels, a.Label)
		}
	case incident.Reopen:
		if a.Ref == w.s.Head.Ref {
			w.s.Events = append(w.s.Events, incident.Event{At: w.s.At, By: us, Kind: "reopened"})
		}
		t := w.ticket(a.Ref)
		t.State, t.Closed = incident.Open, incident.Closed{}
	case incident.Close:
		if a.Ref == w.s.Head.Ref {
			w.s.Events = append(w.s.Events, incident.Event{At: w.s.At, By: us, Kind: "closed"})
		}
		t := w.ticket(a.Ref)
		t.State, t.DuplicateOf, t.Closed = a.As, a.Of, incident.Closed{By: us, At: w.s.At}
	case incident.Ack:
		for i := range w.s.Comments {
			if w.s.Comments[i].ID == a.Comment {
				w.s.Comments[i].Acked = a.As
			}
		}
	case incident.PutPages:
		w.j.Wrote = w.s.At
		for _, d := range a.Pages {
			p := w.pages[d.Name]
			if p.Text != d.Was.Text || p.Exists != d.Was.Exists {
				w.t.Fatalf("%s was written from a text that it does not have", d.Name)
			}
			p.Text, p.Exists, p.URL = d.Text, true, "https://tracker.example/acme/shop/wiki/"+d.Name
			w.pages[d.Name] = p
		}
		if m := a.Mirror; m != nil {
			p := w.pages[m.Name]
			p.Text, p.Exists = ledger.Mirror(p.Text, w.entries, m.As), true
			w.pages[m.Name] = p
		}
	case incident.Notify:
		w.sent = append(w.sent, a)
	}
}

func (w *world) intend(slot incident.Slot, a incident.Attempt) {
	if w.j.Slots == nil {
		w.j.Slots = map[incident.Slot]incident.Attempt{}
	}
	w.j.Slots[slot] = a
}
