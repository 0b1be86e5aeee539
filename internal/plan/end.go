package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/render"
)

// ending says how the incident ended.
func (v *view) ending() string {
	if v.r.Ending != "" {
		return v.r.Ending
	}
	return "closed"
}

// resume takes an incident up again that a person reopened after its end
// (design, section 10: sealing).
func (d *decision) resume() {
	if !d.ended() {
		return
	}
	if e, ok := d.reopened(); ok && !d.s.People[e.By].Bot {
		d.enter(ledger.Entry{Kind: ledger.Unsealed, At: e.At, By: e.By})
	}
}

// resumption is what a person does to take an ended incident up again.
func (v *view) resumption() string {
	if v.s.Head.State == incident.Open { // opened by an automation, or not yet closed by us
		return "close the issue and reopen it"
	}
	return "reopen the issue"
}

// end decides whether the incident ended.
func (d *decision) end() {
	switch {
	case d.ended():
	case d.unlabelled():
		d.enter(ledger.Entry{Kind: ledger.Sealed, At: d.s.At, By: d.r.Declared.By, Name: "retracted", Text: "the declarer took the label off"})
	case d.s.Head.State != incident.Open && d.rightfullyClosed():
		at := d.s.Head.Closed.At
		if at.IsZero() {
			at = d.s.At
		}
		d.enter(ledger.Entry{Kind: ledger.Sealed, At: at, By: d.s.Head.Closed.By, Name: "closed"})
	}
}

// reopened returns the event by which somebody, or an automation, opened the
// head again since the end. Our own answer to a closing from before the end
// does not count.
func (v *view) reopened() (found incident.Event, ok bool) {
	end := v.r.Sealed.Truncate(time.Second)
	var closed *incident.Event
	for i, e := range v.s.Events {
		switch {
		case e.Kind == "closed":
			closed, ok = &v.s.Events[i], false
		case e.Kind == "reopened" && closed != nil:
			ours := v.once(reopenName(closed.At)) || closed.At.Before(end) && slices.Contains(v.ourAccounts(), e.By)
			if closed = nil; !ours && !e.At.Before(end) {
				found, ok = e, true
			}
		}
	}
	return found, ok && v.s.Head.State == incident.Open
}

// unlabelled reports that the declarer took the label off while he could
// still have retracted alone.
func (v *view) unlabelled() bool {
	if has(v.s.Head.Labels, v.p.Label) || v.s.Head.State != incident.Open {
		return false
	}
	for i := len(v.s.Events) - 1; i >= 0; i-- {
		e := v.s.Events[i]
		if strings.EqualFold(e.Label, v.p.Label) {
			now := !e.At.Before(v.r.Declared.At) && !e.At.Before(v.lastReopened())
			return e.Kind == "unlabeled" && now && e.By == v.r.Declared.By && v.alone(e.By, e.At)
		}
	}
	return false
}

// rightfullyClosed reports that nothing stood against closing and that the one
// who closed may, or command ordered it (O64).
func (v *view) rightfullyClosed() bool {
	if len(v.gate()) > 0 {
		return false
	}
	if _, ok := v.closeOrder(); ok {
		return true
	}
	return v.mayEnd(v.s.Head.Closed.By)
}

// closeOrder returns the obeyed /close that is still in force: none was
// followed by a reopening.
func (v *view) closeOrder() (incident.Order, bool) {
	list := v.obeyed("close")
	if len(list) == 0 {
		return incident.Order{}, false
	}
	o := list[len(list)-1]
	return o, !o.At.Before(v.lastReopened())
}

// endings closes the head once command's /close passed the gate, or once the
// incident was retracted or found a duplicate; and with those, the tickets of
// roles, duties and reviews, for which nobody is left.
func endings(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	if !v.ended() {
		o, ok := v.closeOrder()
		if ok && v.s.Head.State == incident.Open && len(v.gate()) == 0 && !v.once("close/"+o.Comment) {
			pl.do(incident.Close{Ref: v.home(), As: incident.Done, Name: "close/" + o.Comment})
			pl.because("command ordered the close and nothing stands against it")
		}
		return
	}
	if v.ending() == "closed" {
		v.farewell(pl)
		return
	}
	for _, t := range v.s.Tickets {
		if (isDuty(t.Slot) || isReview(t.Slot)) && t.State == incident.Open && !t.Gone {
			pl.do(incident.Close{Ref: t.Ref, As: incident.Wontfix})
		}
	}
	name := "end/" + stampOf(v.r.Sealed)
	if v.s.Head.State == incident.Open && !v.once(name) && !v.closedByUsSince(v.r.Sealed) {
		pl.do(v.lastWord(name))
	}
}

// closedByUsSince reports whether we closed the head at some time since.
func (v *view) closedByUsSince(at time.Time) bool {
	us := v.ourAccounts()
	return slices.ContainsFunc(v.s.Events, func(e incident.Event) bool {
		return e.Kind == "closed" && slices.Contains(us, e.By) && !e.At.Before(at.Truncate(time.Second))
	})
}

// lastWord closes the head of a retracted or duplicate incident.
func (v *view) lastWord(name string) incident.Close {
	if v.ending() == "duplicate" {
		if o, ok := last(v.obeyed("duplicate")); ok {
			return incident.Close{Ref: v.home(), As: incident.Duplicate, Of: o.Command.Ref, Name: name}
		}
	}
	return incident.Close{Ref: v.home(), As: incident.Wontfix, Name: name}
}

type closedText struct {
	Roles                     []roleNames
	Staffed, Restored, Closed string
	Done, Wontfix             int
	Published                 string
	Cost                      cost
	Told                      []heard
}

type roleNames struct {
	Name   string
	People []incident.Person
}

// farewell thanks by role and says how long it took and what it cost (O6, O66).
func (v *view) farewell(pl *Plan) {
	if v.s.Head.State == incident.Open {
		return
	}
	v.sayOnce(pl, incident.Slot("say/closed/"+stampOf(v.r.Sealed)), "closed.md", v.thanks())
}

func (v *view) thanks() closedText {
	began := v.r.Declared.At
	text := closedText{Closed: render.Span(v.r.Sealed.Sub(began)), Cost: v.cost(), Told: v.informed()}
	if o, ok := v.published(); ok {
		text.Published = render.Span(o.At.Sub(began))
	}
	for _, role := range incident.Roles {
		var people []incident.Person
		for _, t := range v.r.Tenures {
			if t.Role == role && !slices.Contains(people, t.Who) {
				people = append(people, t.Who)
			}
		}
		if people != nil {
			text.Roles = append(text.Roles, roleNames{v.list(role).Name, people})
		}
	}
	if at, ok := v.staffedAt(); ok {
		text.Staffed = render.Span(at.Sub(began))
	}
	if at, ok := v.restored(); ok {
		text.Restored = render.Span(max(0, at.Sub(began)))
	}
	for _, ref := range v.counted() {
		if t, ok := v.lookup(ref); ok && v.outcome(t) == incident.Done {
			text.Done++
		} else if ok && v.outcome(t) == incident.Wontfix {
			text.Wontfix++
		}
	}
	return text
}

type afterText struct{ Open []missing }

// afterClose notes, in one comment, which tickets are seen open after a close
// that stands: one that cannot be read or was deleted was not opened again.
func afterClose(v *view, pl *Plan) {
	if !v.ended() || v.ending() != "closed" || v.s.Head.State == incident.Open {
		return
	}
	open := slices.DeleteFunc(append(v.openRoles(), v.openLinked()...), func(m missing) bool {
		t, seen := v.lookup(m.Ref)
		return !seen || t.Unreadable || t.Gone
	})
	if len(open) == 0 {
		return
	}
	var refs []string
	for _, m := range open {
		refs = append(refs, string(m.Ref))
	}
	slot := incident.Slot("say/after/" + stampOf(v.r.Sealed))
	data := incident.HashText(strings.Join(refs, " "))
	v.say(pl, slot, v.render("after.md", afterText{open}), data, func(c incident.Comment) bool { return c.Data == data })
}

// stampOf names a moment within a slot.
func stampOf(t time.Time) string { return fmt.Sprint(t.Unix()) }

func last[T any](list []T) (x T, ok bool) {
	if len(list) == 0 {
		return x, false
	}
	return list[len(list)-1], true
}
