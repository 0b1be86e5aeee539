package plan

import (
	"github.com/hereby/hereby/internal/incident"
)

// tamper puts back what people may not take away: the marker of a ticket of
// ours, without which a lost store could not find it again. Their edits of its
// text stay.
func tamper(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	for _, t := range v.s.Tickets {
		if t.Unmarked && t.Slot != "" && !t.Gone && !t.Unreadable {
			body := t.Body
			pl.do(incident.Edit{Ref: t.Ref, Slot: t.Slot, Body: &body})
		}
	}
}
