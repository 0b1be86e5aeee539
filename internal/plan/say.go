package plan

import (
	"github.com/hereby/hereby/internal/incident"
)

// say makes our comment in a slot read text, unless fits says of the one that
// is there that it will do. One that a person deleted stays deleted: see mayCreate.
func (v *view) say(pl *Plan, slot incident.Slot, text, data string, fits func(incident.Comment) bool) {
	c, ok := v.s.Said(slot)
	switch {
	case ok && fits(c):
	case ok:
		pl.do(incident.Say{Slot: slot, Comment: c.ID, Text: text, Data: data})
	default:
		pl.do(incident.Say{Slot: slot, Text: text, Data: data})
	}
}

// sayOnce says something that is never edited afterwards.
func (v *view) sayOnce(pl *Plan, slot incident.Slot, template string, data any) {
	if _, ok := v.s.Said(slot); ok {
		return
	}
	v.say(pl, slot, v.render(template, data), "", nil)
}

// tell says something once, before what it explains is done, and reports
// whether that may be done now: what follows an explanation is the only reason
// to give it, so it must not be done while whether it was given is uncertain.
func (v *view) tell(pl *Plan, slot incident.Slot, template string, data any) bool {
	if _, ok := v.s.Said(slot); ok || v.j.Slots[slot].Comment != "" {
		return true
	}
	v.sayOnce(pl, slot, template, data)
	return v.mayCreate(pl, incident.Say{Slot: slot})
}
