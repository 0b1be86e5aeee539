package plan

import (
	"slices"
	"time"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

// Look returns what the next observation of an incident must cover, once its
// pages were read.
func Look(key incident.Key, j incident.Journal, r incident.Record, pages incident.Shelf, now time.Time, settle time.Duration) incident.Look {
	l := &looking{
		Look: incident.Look{Key: key, ID: r.ID, Since: since(j, r, now, settle), Decided: map[string]bool{}, AsOf: map[incident.Ref]time.Time{}},
		refs: map[incident.Ref]bool{},
	}
	l.Ends = func(c incident.Comment) bool {
		return !r.Declared.At.IsZero() && !c.Ours && !l.Decided[c.ID] && !c.At.Before(r.Declared.At) && ends(c)
	}
	l.known(j, r)
	l.changed(j, r.Last, now, settle)
	l.ordered(j, r)
	l.written(j, issues(r.ID, pages))
	return l.done(r)
}

// looking is what an observation must cover, while that is gathered.
type looking struct {
	incident.Look
	refs map[incident.Ref]bool // false: taken out, unless something else wants it
}

// since is from when on all that is ours must be listed: from the oldest open
// intent, while the journal is young from the declaration. Zero: not at all.
func since(j incident.Journal, r incident.Record, now time.Time, settle time.Duration) time.Time {
	from, open := j.Oldest()
	if d := r.Declared.At; !d.IsZero() && now.Before(j.Epoch.Add(settle)) && (!open || d.Before(from)) {
		return d
	}
	return from
}

// known are the tickets that count, and those that we created or tried to.
func (l *looking) known(j incident.Journal, r incident.Record) {
	for ref, c := range r.Counted {
		l.refs[ref] = !c.Out
	}
	for _, a := range j.Slots {
		if a.Ref != "" {
			l.refs[a.Ref] = true
		}
		if a.Open() && a.Place != "" {
			l.Places = append(l.Places, a.Place)
		}
	}
}

// changed is as of when tickets must be shown, and what duplicates lead to.
func (l *looking) changed(j incident.Journal, last incident.Snapshot, now time.Time, settle time.Duration) {
	for t := range last.All() {
		if !t.Changed.IsZero() {
			l.AsOf[t.Ref] = t.Changed
		}
		if t.DuplicateOf != "" {
			l.refs[t.DuplicateOf] = true
		}
	}
	for ref, t := range j.Touched {
		if now.Before(t.At.Add(settle)) {
			l.AsOf[ref] = t.Over.Add(time.Millisecond)
		}
	}
}

// ordered is what orders speak of. A follow-up may have been filed elsewhere
// before the store forgot.
func (l *looking) ordered(j incident.Journal, r incident.Record) {
	for _, o := range r.Orders {
		l.Decided[o.Comment] = true
		if j.Slots[followSlot(o)].Ref == "" && o.Command.Place != "" {
			l.Places = append(l.Places, o.Command.Place)
		}
		if o.Verdict == incident.Obeyed && o.Command.Word == "link" && !r.Counted[o.Command.Ref].Out {
			l.refs[o.Command.Ref] = true
		}
	}
}

// written is what the items of the page speak of.
func (l *looking) written(j incident.Journal, items []postmortem.Item) {
	for _, it := range items {
		l.People = append(l.People, it.Owners...)
		if it.Place != "" && j.Slots[it.Slot()].Ref == "" {
			l.Places = append(l.Places, it.Place)
		}
	}
}

// done is the look, in order and each thing once.
func (l *looking) done(r incident.Record) incident.Look {
	delete(l.refs, l.Key.Ref())
	for ref, wanted := range l.refs {
		if wanted {
			l.Tickets = append(l.Tickets, ref)
		}
	}
	if len(l.Places) > 0 && l.Since.IsZero() {
		l.Since = r.Declared.At // what was filed there the store may have forgotten
	}
	slices.Sort(l.Tickets)
	slices.Sort(l.Places)
	slices.Sort(l.People)
	l.Places, l.People = slices.Compact(l.Places), slices.Compact(l.People)
	return l.Look
}

// ends reports whether somebody orders the close.
func ends(c incident.Comment) bool {
	return slices.ContainsFunc(command.Parse(c.Said, command.Context{Author: c.Author, At: c.At}), func(p command.Parsed) bool { return p.Command.Word == "close" })
}
