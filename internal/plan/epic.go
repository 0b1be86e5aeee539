package plan

import (
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

type epicText struct {
	Head string
	By   incident.Person
	At   time.Time
}

// epic keeps an epic over the head where the tracker has such a thing (design,
// section 13); elsewhere the head is the epic. That the head hangs under it is
// attach's work, as for every ticket of ours.
func epic(v *view, pl *Plan) {
	if !v.declared() || v.ended() || !v.s.Caps.Epic {
		return
	}
	if _, ok := v.ticket(incident.Epic); ok {
		return
	}
	d := v.r.Declared
	pl.do(incident.Create{
		Slot: incident.Epic, Place: v.home().Place(), Title: title("Incident: " + v.s.Head.Title),
		Body: v.render("epic.md", epicText{v.home().Near(v.home()), d.By, d.At}),
	})
}

// epicGate undoes a closing of the epic as reopen does one of the head, and
// closes the epic with the head once the incident is over: closing either is
// the same claim.
func epicGate(v *view, pl *Plan) {
	t, ok := v.ticket(incident.Epic)
	if !ok || !v.declared() || t.Gone || t.Unreadable {
		return
	}
	switch open := t.State == incident.Open; {
	case v.ended() && open:
		a := incident.Close{Ref: t.Ref, As: v.epicEnd(), Name: "close-epic/" + stampOf(v.r.Sealed)}
		if v.s.Head.State != incident.Open && !v.once(a.Name) {
			pl.do(a)
		}
	case !v.ended() && !open && len(v.gate()) > 0:
		v.reopenEpic(pl, t)
	}
}

// epicEnd is as what the epic is closed: a duplicate is its head's to tell.
func (v *view) epicEnd() incident.State {
	if v.ending() == "closed" {
		return incident.Done
	}
	return incident.Wontfix
}

const epicReopened = "reopen-epic/"

func (v *view) reopenEpic(pl *Plan, t incident.Ticket) {
	times := v.epicReopenings() + 1
	if at := t.Closed.At.Add(backOff(times)); v.s.At.Before(at) {
		pl.wake(at)
		return
	}
	pl.do(incident.Reopen{Ref: t.Ref, Name: epicReopened + stampOf(t.Closed.At)})
	v.explainReopening(pl, t.Ref, t.Closed, times)
}

// epicReopenings counts those of the last day.
func (v *view) epicReopenings() (n int) {
	for name, at := range v.r.Done {
		if strings.HasPrefix(name, epicReopened) && v.s.At.Sub(at) < 24*time.Hour {
			n++
		}
	}
	return n
}

// epicLink shows the epic on the board; "" where the head is the epic.
func (v *view) epicLink() string {
	t, ok := v.ticket(incident.Epic)
	if !ok || t.Gone {
		return ""
	}
	return v.name(t.Ref, "")
}
