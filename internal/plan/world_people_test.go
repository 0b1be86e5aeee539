package plan_test

import (
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// say lets somebody comment, and us react.
func (w *world) say(who incident.Person, lines ...string) string {
	w.t.Helper()
	id := w.tell(who, lines...)
	w.settle()
	return id
}

// tell lets somebody comment while nobody listens yet.
func (w *world) tell(who incident.Person, lines ...string) string {
	w.after(time.Second)
	id, raw := w.id(), strings.Join(lines, "\n")
	w.s.Comments = append(w.s.Comments, incident.Comment{ID: id, URL: w.s.URL + "#" + id, Author: who, Raw: raw, Said: strings.Split(raw, "\n"), At: w.s.At})
	return id
}

// edit changes what a comment says. An acknowledgement binds the text, so the
// tracker no longer shows it.
func (w *world) edit(id string, lines ...string) {
	w.after(time.Second)
	c := w.comment(id)
	c.Raw, c.Said, c.EditedAt, c.Acked = strings.Join(lines, "\n"), lines, w.s.At, ""
}

func (w *world) deleteComment(id string) {
	w.s.Comments = slices.DeleteFunc(w.s.Comments, func(c incident.Comment) bool { return c.ID == id })
}

func (w *world) deleteTicket(ref incident.Ref) {
	if w.deleted == nil {
		w.deleted = map[incident.Ref]bool{}
	}
	w.deleted[ref] = true
	is := func(t incident.Ticket) bool { return t.Ref == ref }
	w.s.Tickets, w.s.Foreign = slices.DeleteFunc(w.s.Tickets, is), slices.DeleteFunc(w.s.Foreign, is)
}

// hide moves a ticket where we may not read it.
func (w *world) hide(ref incident.Ref) {
	w.deleteTicket(ref)
	delete(w.deleted, ref)
}

// assign is somebody's hand on a ticket's assignees.
func (w *world) assign(slot incident.Slot, people ...incident.Person) {
	w.t.Helper()
	w.after(time.Second)
	w.slot(slot).Assignees = people
	w.settle()
}

// closeTicket is somebody's hand on a ticket's state.
func (w *world) closeTicket(ref incident.Ref, who incident.Person, as incident.State) {
	w.t.Helper()
	w.after(time.Second)
	t := w.ticket(ref)
	t.State, t.Closed = as, incident.Closed{By: who, At: w.s.At}
}

// renameRepo gives everything in a repository another reference.
func (w *world) renameRepo(from, to string) {
	w.moved = map[incident.Ref]bool{}
	name := func(ref *incident.Ref) {
		if ref.Place() == from {
			w.moved[*ref] = true
			*ref = incident.PathRef(to, ref.Number())
		}
	}
	w.s.Key = incident.Key(strings.Replace(string(w.s.Key), from, to, 1))
	name(&w.s.Head.Ref)
	for t := range w.s.All() {
		name(&t.Ref)
		name(&t.Parent)
		name(&t.DuplicateOf)
	}
}

func (w *world) event(e incident.Event) {
	w.after(time.Second)
	e.At = w.s.At
	w.s.Events = append(w.s.Events, e)
}

func (w *world) label(who incident.Person, label string) {
	w.event(incident.Event{By: who, Kind: "labeled", Label: label})
	w.s.Head.Labels = append(w.s.Head.Labels, label)
}

func (w *world) unlabel(who incident.Person, label string) {
	w.event(incident.Event{By: who, Kind: "unlabeled", Label: label})
	w.s.Head.Labels = slices.DeleteFunc(w.s.Head.Labels, func(l string) bool { return l == label })
}

func (w *world) declare() *world { w.label("alice", "incident"); w.settle(); return w }

// staffed is the usual crew: alice commands, bob repairs, carol informs.
func (w *world) staffed() *world {
	w.declare()
	w.say("alice", "/ops @bob", "/comms @carol")
	return w
}

func (w *world) closeHead(who incident.Person, as incident.State, via string) {
	w.event(incident.Event{By: who, Kind: "closed", Via: via})
	w.s.Head.State = as
	w.s.Head.Closed = incident.Closed{By: who, At: w.s.At, Via: via}
}

func (w *world) reopenHead(who incident.Person) {
	w.event(incident.Event{By: who, Kind: "reopened"})
	w.s.Head.State, w.s.Head.Closed = incident.Open, incident.Closed{}
}

// finish closes every ticket but the head, by the one who has it.
func (w *world) finish() *world {
	w.after(time.Second)
	for t := range w.s.All() {
		if t.State == incident.Open {
			who := incident.Person("bob")
			if len(t.Assignees) > 0 {
				who = t.Assignees[0]
			}
			t.State, t.Closed = incident.Done, incident.Closed{By: who, At: w.s.At}
		}
	}
	w.settle()
	return w
}

// link adds a ticket of people's under the head.
func (w *world) link(ref incident.Ref, title string) {
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: ref, ID: w.id(), Author: "dave", Title: title, State: incident.Open, Opened: w.s.At, Linked: true})
	w.settle()
}
