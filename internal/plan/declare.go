package plan

import (
	"strings"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// declare decides whether the head is an incident, and makes whoever declared
// it incident command (O1, O2, O12). A head that was decided before stays
// decided; one that only our own board remembers is taken up from there.
func (d *decision) declare() {
	if d.declared() {
		return
	}
	found, ok := d.declaration()
	if !ok {
		return
	}
	d.enter(ledger.Entry{Kind: ledger.Declared, At: found.At, By: found.By, Comment: found.Comment, Text: found.Via, Declared: &found})
	for _, ref := range d.kept.Also {
		d.enter(ledger.Entry{Kind: ledger.TicketAdded, At: d.s.At, Ref: ref})
	}
	if found.Via != automation && d.s.People[found.By].Assignable {
		d.begin(incident.CommandRole, found.By, found.At, "declared")
	}
	if !d.kept.Sealed.IsZero() {
		d.enter(ledger.Entry{Kind: ledger.Sealed, At: d.kept.Sealed, Name: d.kept.Ending})
	}
}

const automation = "automation"

// declaration finds the earliest valid declaration. Only an open issue that
// was declared within the adoption window is an incident; one with our board
// is one whatever its age (design, section 5).
func (v *view) declaration() (incident.Declared, bool) {
	if !v.kept.Declared.IsZero() {
		return v.kept.Declared, true
	}
	if _, ok := v.s.Said(incident.Board); ok { // a board whose marker lost its data
		return incident.Declared{By: v.s.Head.Author, At: v.s.Head.Opened, Via: "board"}, true
	}
	if v.s.Head.State != incident.Open || v.s.PullRequest {
		return incident.Declared{}, false
	}
	var best incident.Declared
	for _, found := range append(v.labelled(), v.spoken()...) {
		recent := !found.At.Before(v.s.At.Add(-v.p.Adopt))
		if recent && (best.IsZero() || found.At.Before(best.At)) {
			best = found
		}
	}
	return best, !best.IsZero()
}

// labelled returns the declaration by the label that is on the head, if the
// one who set it last is trusted. Who may label an issue by permission may
// declare; who got it set by a template may not.
func (v *view) labelled() []incident.Declared {
	if !has(v.s.Head.Labels, v.p.Label) {
		return nil
	}
	for i := len(v.s.Events) - 1; i >= 0; i-- {
		e := v.s.Events[i]
		if e.Kind != "labeled" || !strings.EqualFold(e.Label, v.p.Label) {
			continue
		}
		who := v.s.People[e.By]
		switch {
		case who.Bot:
			return []incident.Declared{{By: e.By, At: e.At, Via: automation}}
		case who.Trusted:
			return []incident.Declared{{By: e.By, At: e.At, Via: "label"}}
		}
		return nil
	}
	return nil
}

// spoken returns the declarations by the phrase.
func (v *view) spoken() []incident.Declared {
	var found []incident.Declared
	ours := v.s.Head.Slot != "" // a ticket of ours may quote the title of its incident
	if !ours && v.mayDeclare(v.s.Head.Author) && command.Declares(v.s.HeadSaid).Yes {
		found = append(found, incident.Declared{By: v.s.Head.Author, At: v.s.Head.Opened, Via: "phrase"})
	}
	for _, c := range v.s.Comments {
		if c.Ours || !v.mayDeclare(c.Author) || !command.Declares(c.Said).Yes {
			continue
		}
		at := c.At
		if c.EditedAt.After(at) {
			at = c.EditedAt
		}
		found = append(found, incident.Declared{By: c.Author, At: at, Via: "phrase", Comment: c.ID})
	}
	return found
}

func (v *view) mayDeclare(who incident.Person) bool {
	st := v.s.People[who]
	return st.Trusted && !st.Bot
}

// hint answers somebody who nearly declared, once, and the phrase on a pull
// request with the way to declare.
func hint(v *view, pl *Plan) {
	if v.declared() || v.s.Head.State != incident.Open || v.s.Head.Slot != "" {
		return
	}
	near := func(said []string) bool {
		d := command.Declares(said)
		return d.NearMiss || d.Yes && v.s.PullRequest
	}
	recent := func(c incident.Comment) bool { return !c.At.Before(v.s.At.Add(-v.p.Adopt)) }
	for _, c := range v.s.Comments {
		if c.Ours && c.Slot.Under("reply") {
			return // one hint is enough
		}
	}
	if v.mayDeclare(v.s.Head.Author) && !v.s.Head.Opened.Before(v.s.At.Add(-v.p.Adopt)) && near(v.s.HeadSaid) {
		pl.do(v.hintTo("head", v.s.Head.Author))
		return
	}
	for _, c := range v.s.Comments {
		if !c.Ours && v.mayDeclare(c.Author) && recent(c) && near(c.Said) {
			pl.do(v.hintTo(c.ID, c.Author))
			return
		}
	}
}

type hintText struct {
	To          incident.Person
	Label       string
	PullRequest bool
	NewURL      string
}

func (v *view) hintTo(comment string, to incident.Person) incident.Say {
	return incident.Say{
		Slot: incident.ReplySlot(comment),
		Text: v.render("hint.md", hintText{to, v.p.Label, v.s.PullRequest, v.s.NewURL}),
		Data: "hint",
	}
}

func has(labels []string, label string) bool {
	for _, l := range labels {
		if strings.EqualFold(l, label) {
			return true
		}
	}
	return false
}
