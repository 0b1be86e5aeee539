package plan

import (
	"fmt"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

type followupTicket struct {
	Head, Title string
	By          incident.Person
	At          time.Time
}

// followups files the tickets people asked for with /followup (O35).
func followups(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	for _, o := range v.obeyed("followup") {
		slot := followSlot(o)
		if _, ok := v.ticket(slot); ok {
			continue
		}
		place := o.Command.Place
		if place == "" {
			place = v.home().Place()
		}
		head := v.home().Near(v.home())
		if place != v.home().Place() {
			head = string(v.home())
		}
		pl.do(incident.Create{
			Slot: slot, Place: place, Parent: v.home(), Assignees: o.Command.People, Title: title(o.Command.Text),
			Body: v.p.Texts.Render("followup.md", followupTicket{head, render.Inline(o.Command.Text), o.By, o.At}),
		})
	}
}

// followSlot names the follow-up that one line of a comment asked for.
func followSlot(o incident.Order) incident.Slot {
	return incident.Slot(fmt.Sprintf("follow/%s.%d", o.Comment, o.Line))
}

// links carries out /link, /unlink and /wontfix on the tickets themselves,
// once each: whoever undoes it by hand has his reasons, and the gate counts by
// the record (O55).
func links(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	for _, o := range v.obeyed("link", "unlink", "wontfix") {
		t, ok := v.lookup(o.Command.Ref)
		name := fmt.Sprintf("%s/%s.%d", o.Command.Word, o.Comment, o.Line)
		if !ok || t.Gone || t.Unreadable || v.once(name) {
			continue
		}
		switch o.Command.Word {
		case "link":
			if v.s.Caps.Parents && !t.Linked && !t.Incident && !v.r.Counted[t.Ref].Out {
				pl.do(incident.Link{Ref: t.Ref, On: true, Name: name})
			}
		case "unlink":
			if t.Linked && v.r.Counted[t.Ref].Out {
				pl.do(incident.Link{Ref: t.Ref, Name: name})
			}
		case "wontfix":
			if t.State == incident.Open {
				pl.do(incident.Close{Ref: t.Ref, As: incident.Wontfix, Name: name})
			}
		}
	}
}
