package plan

import "github.com/hereby/hereby/internal/incident"

// attach hangs our own tickets under the head where creating and attaching are
// two requests and only the first was made, and under the epic where there was
// none yet when they were filed. Once each: a ticket that cannot be attached, or
// that a person takes off again, is counted all the same.
func attach(v *view, pl *Plan) {
	if !v.declared() || v.ended() || !v.s.Caps.Parents {
		return
	}
	for _, t := range v.s.Tickets {
		name := "attach/" + string(t.Ref)
		if t.Linked {
			name = "under/" + string(t.Ref)
		}
		double := t.State == incident.Duplicate
		taken := t.Slot == incident.Epic && !v.s.Caps.Epic // the head hangs under another
		if taken {
			continue
		}
		if t.Slot != "" && (!t.Linked || t.Loose) && !t.Gone && !t.Unreadable && !double && !v.once(name) {
			pl.do(incident.Link{Ref: t.Ref, On: true, Name: name})
		}
	}
}
