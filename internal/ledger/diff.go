package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Diff returns what changed between two snapshots of one incident, in the
// order in which it happened as far as the tracker tells; what it does not
// tell has the time of the later snapshot, and nobody in By. last may be
// trimmed (see trim); if it is zero, all that is there is news. The order within
// a snapshot's lists does not matter.
//
// Our own comments are left out: they are on the ledger as what we did.
//
// Of a head that is gone nothing else can be seen, so only that is news.
func Diff(last, now incident.Snapshot) []Entry {
	d := &diff{last: last, now: now, first: isZero(last)}
	d.head()
	if !now.Gone {
		d.comments()
		d.tickets()
	}
	slices.SortFunc(d.entries, byTime)
	return d.entries
}

type diff struct {
	last, now incident.Snapshot
	first     bool
	entries   []Entry
}

// add notes an entry; one without a time happened before the later snapshot.
func (d *diff) add(e Entry) {
	if e.At.IsZero() {
		e.At = d.now.At
	}
	e.At = e.At.UTC()
	d.entries = append(d.entries, e)
}

// byTime is a total order of entries as Diff makes them.
func byTime(a, b Entry) int {
	return cmp.Or(
		a.At.Compare(b.At),
		cmp.Compare(rank(a.Kind), rank(b.Kind)),
		cmp.Compare(a.Comment, b.Comment),
		cmp.Compare(a.Ref, b.Ref),
		cmp.Compare(a.By, b.By),
		cmp.Compare(a.Text, b.Text),
		cmp.Compare(a.State, b.State),
		cmp.Compare(a.Slot, b.Slot),
	)
}

// rank orders what has the same time: a thing comes before what befalls it.
func rank(k Kind) int {
	return slices.Index([]Kind{
		HeadChanged, Commented, CommentEdited, CommentDeleted,
		TicketMoved, TicketAdded, TicketAssigned, TicketClosed, TicketReopened, TicketRemoved,
	}, k)
}

func (d *diff) comments() {
	before := map[string]incident.Comment{}
	for _, c := range d.last.Comments {
		before[c.ID] = c
	}
	there := map[string]bool{}
	for _, c := range d.now.Comments {
		there[c.ID] = true
		if c.Ours {
			continue
		}
		if old, ok := before[c.ID]; !ok || old.Ours {
			d.commented(c)
		} else if digest(old) != digest(c) || !old.EditedAt.Equal(c.EditedAt) {
			d.edited(c, old.EditedAt)
		}
	}
	for _, c := range d.last.Comments {
		if !c.Ours && !there[c.ID] {
			d.add(Entry{Kind: CommentDeleted, Comment: c.ID, Text: "comment by " + c.Author.Mention()})
		}
	}
}

// commented notes a new comment. If it was edited before we first saw it, that
// is said as well: the text may not be what was written at first.
func (d *diff) commented(c incident.Comment) {
	d.add(Entry{Kind: Commented, At: c.At, By: c.Author, Comment: c.ID, Text: c.Raw})
	if !c.EditedAt.IsZero() {
		d.edited(c, time.Time{})
	}
}

// edited notes that a comment reads otherwise now. Who edited it the trackers
// do not tell.
func (d *diff) edited(c incident.Comment, before time.Time) {
	e := Entry{Kind: CommentEdited, Comment: c.ID, Text: c.Raw}
	if c.EditedAt.After(before) {
		e.At = c.EditedAt
	}
	d.add(e)
}

func (d *diff) tickets() {
	before, after := byRef(d.last), byRef(d.now)
	d.moved(before, after)
	for ref, t := range after {
		old, known := before[ref]
		d.ticket(old, t, known)
	}
	for ref, old := range before {
		if _, ok := after[ref]; !ok && part(old) {
			d.removed(old, "can no longer be found")
		}
	}
}

// byRef returns all tickets of a snapshot but the head. One that is in both
// lists is ours.
func byRef(s incident.Snapshot) map[incident.Ref]incident.Ticket {
	all := map[incident.Ref]incident.Ticket{}
	for _, list := range [][]incident.Ticket{s.Foreign, s.Tickets} {
		for _, t := range list {
			all[t.Ref] = t
		}
	}
	return all
}

// moved notes the tickets that are the same under another name, as after the
// renaming of a repository, and renames them in what was before.
func (d *diff) moved(before, after map[incident.Ref]incident.Ticket) {
	byID := map[string]incident.Ref{}
	for ref, t := range after {
		if _, known := before[ref]; !known && t.ID != "" {
			byID[t.ID] = ref
		}
	}
	for ref, old := range before {
		if _, there := after[ref]; there || byID[old.ID] == "" {
			continue
		}
		now := byID[old.ID]
		d.add(Entry{Kind: TicketMoved, Ref: now, Slot: old.Slot, State: old.State, Name: string(ref), Text: join(old.Title, "moved from "+string(ref))})
		delete(before, ref)
		before[now] = old
	}
}

// part reports whether a ticket is part of the incident: ours always is, and
// another while it is linked.
func part(t incident.Ticket) bool { return !t.Gone && (t.Slot != "" || t.Linked) }

func (d *diff) ticket(old, t incident.Ticket, known bool) {
	was, is := known && part(old), part(t)
	switch {
	case !was && is:
		d.added(t)
	case was && t.Gone:
		d.removed(t, "was deleted or converted")
	case was && old.Linked && !t.Linked:
		d.removed(t, "is no longer linked")
	}
	if t.Gone || t.Unreadable {
		return
	}
	if !known || old.Gone {
		d.assigned(TicketAssigned, t, nil, opened(t))
		return
	}
	d.state(old, t)
	d.assigned(TicketAssigned, t, old.Assignees, time.Time{})
}

// added notes a ticket as part of the incident: ours since it was opened,
// another since we saw it.
func (d *diff) added(t incident.Ticket) {
	e := Entry{Kind: TicketAdded, At: opened(t), Ref: t.Ref, Slot: t.Slot, State: t.State, Text: t.Title}
	if t.Slot != "" {
		e.By = t.Author
	}
	d.add(e)
	if t.Slot != "" && closed(t) {
		d.closed(t)
	}
}

func (d *diff) removed(t incident.Ticket, how string) {
	d.add(Entry{Kind: TicketRemoved, Ref: t.Ref, Slot: t.Slot, State: t.State, Text: join(t.Title, how)})
}

// opened returns when a ticket became part of the incident, if it can be told.
func opened(t incident.Ticket) time.Time {
	if t.Slot == "" {
		return time.Time{}
	}
	return t.Opened
}

// closed reports whether a ticket is closed for all we have seen; one that
// never could be read counts as open.
func closed(t incident.Ticket) bool {
	return t.State != incident.Open && t.State != ""
}

// state notes that a ticket was closed, reopened, or closed anew.
func (d *diff) state(old, t incident.Ticket) {
	switch {
	case !closed(t) && closed(old):
		d.add(Entry{Kind: TicketReopened, Ref: t.Ref, Slot: t.Slot, State: t.State, Text: t.Title})
	case closed(t) && (!closed(old) || old.State != t.State || !old.Closed.At.Equal(t.Closed.At)):
		d.closed(t)
	}
}

func (d *diff) closed(t incident.Ticket) {
	var of string
	if t.DuplicateOf != "" {
		of = "duplicate of " + string(t.DuplicateOf)
	}
	d.add(Entry{Kind: TicketClosed, At: t.Closed.At, By: t.Closed.By, Ref: t.Ref, Slot: t.Slot, State: t.State, Text: join(t.Title, of, via(t.Closed.Via))})
}

// assigned notes who was assigned and who no longer is.
func (d *diff) assigned(kind Kind, t incident.Ticket, before []incident.Person, at time.Time) {
	var changes []string
	for _, p := range missing(t.Assignees, before) {
		changes = append(changes, "assigned "+p.Mention())
	}
	for _, p := range missing(before, t.Assignees) {
		changes = append(changes, "unassigned "+p.Mention())
	}
	if len(changes) > 0 {
		d.add(Entry{Kind: kind, At: at, Ref: t.Ref, Slot: t.Slot, State: t.State, Text: strings.Join(changes, ", ")})
	}
}

// missing returns, sorted and each once, who is in all but not in some.
func missing(all, some []incident.Person) []incident.Person {
	var out []incident.Person
	for _, p := range all {
		if !slices.Contains(some, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// join puts what is said between commas.
func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
