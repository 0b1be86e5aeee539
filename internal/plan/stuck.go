package plan

import (
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

type stuckText struct {
	Number string
	Why    string // the tracker's words
}

// stuck says once per closing that the head, or the epic over it, rests closed
// because the tracker refuses to open it again: a workflow may have no way back
// from done. It is tried again as whatever is refused, for that may change, and
// labelled for as long as it lasts (see labels).
func stuck(v *view, pl *Plan) {
	for _, t := range v.stuck() {
		why := v.j.Refused[incident.Task(incident.Reopen{Ref: t.Ref})].Why
		slot := incident.Slot("say/stuck/" + t.Ref.Number() + "-" + stampOf(t.Closed.At))
		v.sayOnce(pl, slot, "stuck.md", stuckText{t.Ref.Near(v.home()), render.Inline(why)})
	}
}

// stuck returns what rests closed against our will.
func (v *view) stuck() (list []incident.Ticket) {
	if !v.declared() || v.ended() {
		return nil
	}
	over, _ := v.ticket(incident.Epic)
	for _, t := range []incident.Ticket{v.s.Head, over} {
		if v.refused(incident.Reopen{Ref: t.Ref}) && !t.Gone && !t.Unreadable && t.State != incident.Open {
			list = append(list, t)
		}
	}
	return list
}
