package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// unsure says that it is not known whether the ticket in a slot was created: we
// sent it, and its answer was lost (design, section 6). It reads the same until
// the ticket is seen or sent again.
func (v *view) unsure(slot incident.Slot) (text string, ok bool) {
	tried, ok := v.j.Slots[slot]
	if !ok || !tried.Open() {
		return "", false
	}
	return fmt.Sprintf("it is not known yet whether it was created in %s (%s); it is looked for until %s, and created then if it is not there",
		tried.Place, render.Inline(cmp.Or(tried.Why, "we were interrupted")), render.Stamp(v.knownBy(slot), v.p.Zone)), true
}

// knownBy is until when what was tried in a slot is looked for.
func (v *view) knownBy(slot incident.Slot) time.Time {
	return v.j.Slots[slot].Again(v.s.Settling.Of(slot))
}

// allUnsure returns what the board says of tickets that nobody has seen yet.
func (v *view) allUnsure() (list []string) {
	for slot, tried := range v.j.Slots {
		if text, ok := v.unsure(slot); ok && !slot.IsComment() && v.s.At.Before(v.knownBy(slot)) {
			what := incident.Trace(incident.Create{Slot: slot, Place: tried.Place})
			if name := v.askedTitle(slot); name != "" {
				what += ": " + name
			}
			list = append(list, render.Inline(what)+": "+text)
		}
	}
	slices.Sort(list)
	return list
}

// askedTitle returns the title of the ticket that a comment or an item of the page
// asked for in a slot; "" if none did, or it had to go.
func (v *view) askedTitle(slot incident.Slot) string {
	for _, o := range v.obeyed("followup") {
		if followSlot(o) == slot && !isBlanked(o) {
			return title(firstLine(o.Command.Text))
		}
	}
	if page, ok := v.post(); ok {
		for _, it := range page.Items {
			if it.Slot() == slot {
				return title(it.Title())
			}
		}
	}
	return ""
}
