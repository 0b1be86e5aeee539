package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/render"
)

type followupTicket struct {
	Head, Title, Text string
	By                incident.Person
	At                time.Time
	Name              string // of By on another tracker, where By is none; "": unknown
}

// followups files the tickets people asked for with /followup (O35).
func followups(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	for _, o := range v.obeyed("followup") {
		if t, ok := v.ticket(followSlot(o)); ok {
			v.passOn(pl, t)
		} else if !isBlanked(o) {
			v.file(pl, o)
		}
	}
}

func (v *view) file(pl *Plan, o incident.Order) {
	asked := o.Command.Place
	if v.confined(asked) {
		asked = "" // restricted since the order
	}
	place, _ := v.whereto(asked)
	name, text, _ := strings.Cut(o.Command.Text, "\n")
	day, _ := postmortem.Due(o.Command.Text) // zero where it is none
	pl.do(incident.Create{
		Slot: followSlot(o), Place: place, Parent: v.home(), Assignees: o.Command.People, Title: title(name), Due: day,
		Body: v.followupBody(o, place, name, text),
	})
}

// followupBody is the text of the ticket that an order asked for in a place.
func (v *view) followupBody(o incident.Order, place, name, text string) string {
	_, head := v.whereto(place)
	ticket := followupTicket{head, render.Inline(name), strings.TrimSpace(text), o.By, o.At, ""}
	if v.abroad(place) {
		ticket.By, ticket.Name = "", render.Inline(cmp.Or(v.p.People[o.By].Name, v.s.People[o.By].Name))
	}
	return v.render("followup.md", ticket)
}

// whereto returns where a ticket is filed that was asked for in a place ("": at
// home), and what the head is called there.
func (v *view) whereto(asked string) (place, head string) {
	if home := v.home().Place(); asked == "" || asked == home {
		return home, v.home().Near(v.home())
	}
	if v.s.URL != "" && v.abroad(asked) {
		return asked, fmt.Sprintf("[%s](%s)", v.home(), v.s.URL) // no name of ours is a link there
	}
	return asked, string(v.home())
}

// confined reports whether no ticket may be filed in the place that was asked
// for: of a head that only some may see they are filed at home alone, where they
// are restricted too.
func (v *view) confined(asked string) bool {
	return v.s.Head.Private && asked != "" && !strings.EqualFold(asked, v.home().Place())
}

// abroad reports whether a place is on another tracker: its name has another
// form, and neither names nor people of ours mean anything there.
func (v *view) abroad(place string) bool {
	return strings.Contains(place, "/") != strings.Contains(v.home().Place(), "/")
}

// passOn gives the follow-up of somebody who lost access to planning (O36).
func (v *view) passOn(pl *Plan, t incident.Ticket) {
	heirs := v.holders(incident.Planning)
	if t.Gone || t.State != incident.Open || len(heirs) == 0 || !slices.ContainsFunc(t.Assignees, v.left) {
		return
	}
	stay := slices.DeleteFunc(slices.Clone(t.Assignees), v.left)
	if len(stay) == 0 {
		stay = heirs
	}
	pl.do(incident.Assign{Ref: t.Ref, People: stay})
}

// followSlot names the follow-up that one line of a comment asked for.
func followSlot(o incident.Order) incident.Slot {
	return incident.Slot(fmt.Sprintf("follow/%s.%d", o.Comment, o.Line))
}

// carriedOut are the commands that change a ticket once.
var carriedOut = []string{"link", "unlink", "wontfix"}

// carryName is the name under which such a change is done once.
func carryName(o incident.Order) string {
	return fmt.Sprintf("%s/%s.%d", o.Command.Word, o.Comment, o.Line)
}

// links carries out /link, /unlink and /wontfix on the tickets themselves,
// once each: whoever undoes it by hand has his reasons, and the gate counts by
// the record (O55).
func links(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	for _, o := range v.obeyed(carriedOut...) {
		t, ok := v.lookup(o.Command.Ref)
		name := carryName(o)
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
