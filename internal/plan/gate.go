package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// missing is one thing that still stands against closing, in words and with a
// link.
type missing struct {
	Text string
	Ref  incident.Ref
}

// gate returns what stands against closing (O61, O64, O65; design, section 10).
// The reviews come last, since the last of them looks back on all else. A close
// that was ordered is not undone by a tracker that does not answer; but none is
// ordered, or made by hand, while it does not.
func (v *view) gate() []missing {
	all := append(v.unfinished(), v.notReviewed()...)
	if _, ordered := v.closeOrder(); !ordered {
		all = append(all, v.notAnswering()...)
	}
	return all
}

// unfinished returns what stands against closing besides the reviews: a list of
// conditions, each a function of the view alone.
func (v *view) unfinished() []missing {
	var all []missing
	for _, condition := range []func() []missing{v.notRestored, v.openRoles, v.openLinked, v.notPublished} {
		all = append(all, condition()...)
	}
	return all
}

func (v *view) notRestored() []missing {
	if _, ok := v.restored(); ok {
		return nil
	}
	return []missing{{Text: "Service is not reported back: command writes `/restored`"}}
}

// openRoles are the open tickets of roles and duties.
func (v *view) openRoles() []missing {
	var all []missing
	for _, t := range v.s.Tickets {
		if !isDuty(t.Slot) || t.Gone || t.State != incident.Open || v.double(t) {
			continue
		}
		text := v.link(t)
		if open := openBoxes(t.Body); len(open) > 0 {
			text += fmt.Sprintf(" – %d of its duties open", len(open))
		}
		all = append(all, missing{Text: text + assigned(t), Ref: t.Ref})
	}
	return all
}

// openLinked are the linked tickets that are neither done nor wontfix,
// wherever they live: every ticket that was ever counted and not taken out on
// the record, whether or not it is linked now (O55).
func (v *view) openLinked() []missing {
	var all []missing
	for _, ref := range v.counted() {
		c := v.r.Counted[ref]
		t, seen := v.lookup(ref)
		switch {
		case !seen:
			all = append(all, missing{Text: v.name(ref, c.Title) + " was not looked at yet, which counts as open", Ref: ref})
		case t.Hidden():
			all = append(all, missing{Text: fmt.Sprintf("%s cannot be read, which counts as open: `/unlink %s REASON` takes it out", v.name(ref, c.Title), ref.Near(v.home())), Ref: ref})
		case t.Gone:
			all = append(all, missing{Text: fmt.Sprintf("%s was deleted or converted before it was done: `/unlink %s REASON` takes it out", v.name(ref, c.Title), ref.Near(v.home())), Ref: ref})
		case t.Incident:
		case v.outcome(t) == incident.Open:
			all = append(all, missing{Text: v.link(t) + assigned(t) + v.viaDuplicate(t), Ref: ref})
		}
	}
	return all
}

// notAnswering are the linked tickets that were done when they were seen last, on a
// tracker that does not answer now.
func (v *view) notAnswering() []missing {
	var all []missing
	for _, ref := range v.counted() {
		if t, ok := v.lookup(ref); ok && t.Unreadable && !t.Hidden() && v.outcome(t) != incident.Open {
			all = append(all, missing{Text: v.link(t) + " was done when it was seen last, but cannot be read now, which counts as open until its tracker answers", Ref: ref})
		}
	}
	return all
}

// counted returns the tickets in the gate other than our own of roles, duties
// and reviews, and the epic, which is closed with the head, in a stable order, each once, whatever case people named it in.
func (v *view) counted() []incident.Ref {
	var list []incident.Ref
	for ref, c := range v.r.Counted {
		now := v.canonical(ref)
		t, _ := v.lookup(ref)
		slot := cmp.Or(t.Slot, c.Slot)
		listed := isDuty(slot) && !t.Unreadable // by openRoles
		if _, again := v.r.Counted[now]; again && now != ref {
			continue
		}
		if c.Out || now == v.home() || listed || slot == incident.Epic || isReview(slot) || v.double(t) {
			continue
		}
		list = append(list, now)
	}
	slices.SortFunc(list, byPlace)
	return slices.Compact(list)
}

// double reports whether a ticket of ours was born twice and another of its
// slot is the one that counts.
func (v *view) double(t incident.Ticket) bool {
	kept, ok := v.ticket(t.Slot)
	return t.Slot != "" && ok && kept.Ref != t.Ref
}

// isDuty reports whether a slot is that of a role's or a duty's ticket.
func isDuty(slot incident.Slot) bool { return slot.Role() != "" || slot.Under("check") }

func byPlace(a, b incident.Ref) int {
	return cmp.Or(
		strings.Compare(a.Place(), b.Place()),
		cmp.Compare(len(a.Number()), len(b.Number())),
		strings.Compare(a.Number(), b.Number()),
	)
}

// outcome is a ticket's state with a duplicate counted as its target. A target
// nobody can name counts as wontfix; one that cannot be read counts as open; a
// circle of duplicates says nobody will do it. A duplicate of this incident, or
// of another, is tracked there and does not stand in its way.
func (v *view) outcome(t incident.Ticket) incident.State {
	visited := map[incident.Ref]bool{}
	for t.State == incident.Duplicate {
		visited[t.Ref] = true
		target := t.DuplicateOf
		switch next, ok := v.lookup(target); {
		case target == "", visited[target]:
			return incident.Wontfix
		case target == v.home(), ok && next.Incident:
			return incident.Done
		case !ok, next.Unreadable, next.Gone:
			return incident.Open
		default:
			t = next
		}
	}
	return t.State
}

// original returns the ticket that counts for one: itself, or what it is a
// duplicate of at last, as far as that was observed.
func (v *view) original(t incident.Ticket) incident.Ticket {
	for visited := map[incident.Ref]bool{}; t.State == incident.Duplicate && !visited[t.Ref]; {
		visited[t.Ref] = true
		if next, ok := v.lookup(t.DuplicateOf); ok {
			t = next
		}
	}
	return t
}

func (v *view) viaDuplicate(t incident.Ticket) string {
	if t.State == incident.Duplicate && t.DuplicateOf != "" {
		return " – as a duplicate it counts as " + v.name(t.DuplicateOf, "")
	}
	return ""
}

// link shows a ticket by its number and title.
func (v *view) link(t incident.Ticket) string { return v.name(t.Ref, v.titled(t)) }

// name shows a reference so that it works as a link where people read it.
func (v *view) name(ref incident.Ref, title string) string {
	text := ref.Near(v.home())
	if t, ok := v.lookup(ref); ok && t.URL != "" && !strings.HasPrefix(text, "#") {
		text = fmt.Sprintf("[%s](%s)", text, t.URL)
	}
	if title != "" {
		text += " " + render.Inline(title)
	}
	return text
}

func assigned(t incident.Ticket) string {
	var names []string
	for _, who := range t.Assignees {
		names = append(names, render.Quiet(who))
	}
	if names == nil {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// settled are the counted tickets that are done, for the board.
func (v *view) settled() []missing {
	var all []missing
	for _, ref := range v.counted() {
		t, ok := v.lookup(ref)
		if !ok || t.Gone {
			continue
		}
		if state := v.outcome(t); state != incident.Open {
			all = append(all, missing{Text: v.link(t) + ": " + v.manner(t, state), Ref: ref})
		}
	}
	return all
}

// manner says how a ticket was settled, with the reason if one is on record.
func (v *view) manner(t incident.Ticket, state incident.State) string {
	text := string(state)
	for _, o := range v.obeyed("wontfix") {
		if o.Command.Ref == t.Ref && state == incident.Wontfix {
			return text + " – " + render.Inline(o.Command.Text)
		}
	}
	if t.State == incident.Duplicate && t.DuplicateOf == "" {
		return text + " – a duplicate of something unknown"
	}
	return text
}
