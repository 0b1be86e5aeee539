package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// duties returns the duties of a role in this incident: those fixed at its
// declaration, worded as the texts word them today.
func (v *view) duties(role incident.Role) []render.Duty {
	var list []render.Duty
	for _, id := range v.dutyIDs()[role] {
		i := slices.IndexFunc(v.list(role).Duties, func(d render.Duty) bool { return d.ID == id })
		if i < 0 {
			list = append(list, render.Duty{ID: id, Text: id})
		} else {
			list = append(list, v.list(role).Duties[i])
		}
	}
	return list
}

// proven reports whether a duty is done as far as the record tells: by what
// proves it, or by /done and /skip of whoever holds the role.
func (v *view) proven(role incident.Role, d render.Duty) bool {
	for _, o := range v.obeyed("done", "skip") {
		if o.Command.Verb == string(role)+"-"+d.ID {
			return true
		}
	}
	switch d.Proof {
	case "":
		return false
	case "board":
		_, ok := v.s.Said(incident.Board)
		return ok
	case "staffed":
		_, ok := v.staffedAt()
		return ok
	case "restored":
		_, ok := v.restored()
		return ok
	}
	word, detail, _ := strings.Cut(d.Proof, " ")
	return slices.ContainsFunc(v.obeyed(word), func(o incident.Order) bool {
		return detail == "" || o.Command.Verb == detail
	})
}

type roleTicket struct {
	Head, Name, Purpose string
	Duties              []render.Duty
}

type dutyTicket struct{ Head, Name, Text string }

// roleTickets keeps one ticket per filled role, with its holder as assignee
// and its duties as boxes, or as tickets of their own where texts carry no
// boxes (O73). Planning's comes when service is back.
func roleTickets(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	for _, role := range incident.Roles {
		if _, back := v.restored(); role == incident.Planning && !back {
			continue
		}
		for _, who := range v.holders(role) {
			v.roleTicket(pl, role, who)
		}
		if v.items() && len(v.holders(role)) > 0 {
			v.dutyTickets(pl, role)
		}
	}
	v.leftTickets(pl)
}

func (v *view) roleTicket(pl *Plan, role incident.Role, who incident.Person) {
	slot := incident.RoleSlot(role, who)
	t, ok := v.ticket(slot)
	if !ok {
		text := roleTicket{Head: v.home().Near(v.home()), Name: v.list(role).Name, Purpose: v.list(role).Purpose}
		if !v.items() {
			text.Duties = v.duties(role)
		}
		name := v.list(role).Name
		if role == incident.Operations {
			name += " " + v.letter(who)
		}
		v.create(pl, slot, name, v.p.Texts.Render("role.md", text), who)
		return
	}
	if t.State != incident.Open {
		v.comeBack(pl, role, who, t)
		return
	}
	v.assign(pl, t)
}

// letter tells operators apart: A, B, C by first tenure, never reused.
func (v *view) letter(who incident.Person) string {
	var seen []incident.Person
	for _, t := range v.r.Tenures {
		if t.Role == incident.Operations && !slices.Contains(seen, t.Who) {
			seen = append(seen, t.Who)
		}
	}
	n := slices.Index(seen, who)
	if n < 26 {
		return string(rune('A' + n))
	}
	return fmt.Sprintf("%c%d", 'A'+n%26, n/26)
}

// create opens a ticket of ours under the head.
func (v *view) create(pl *Plan, slot incident.Slot, name, body string, who ...incident.Person) {
	pl.do(incident.Create{
		Slot: slot, Place: v.home().Place(), Parent: v.home(), Assignees: who,
		Title: title(name + ": " + v.s.Head.Title), Body: body,
	})
}

// title bounds a title as trackers do, in characters.
func title(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 250 {
		return string(r[:249]) + "…"
	}
	return s
}

// comeBack opens an operator's ticket again when he rejoins after it was
// closed; a ticket that its holder closed by hand stays closed.
func (v *view) comeBack(pl *Plan, role incident.Role, who incident.Person, t incident.Ticket) {
	for _, x := range v.r.Tenures {
		if x.Role == role && x.Who == who && x.To.IsZero() && x.From.After(t.Closed.At) && t.State == incident.Wontfix {
			pl.do(incident.Reopen{Ref: t.Ref})
		}
	}
}

// assign makes the ticket's assignees those its tenures say, and tells whoever
// is taken off again why.
func (v *view) assign(pl *Plan, t incident.Ticket) {
	want := v.wanted(t.Slot)
	if sameSet(t.Assignees, want) {
		return
	}
	role := t.Slot.Role()
	for _, who := range t.Assignees {
		if !v.s.People[who].Known || slices.Contains(want, who) {
			continue
		}
		if v.breaks(role, who) || role != incident.Operations && len(want) > 0 && !v.heldBefore(role, who) {
			v.sayOnce(pl, incident.Slot("say/undone/"+t.Ref.Number()+"-"+string(who)), "undone.md", undoneText{who, v.list(role), v.home().Near(v.home())})
		}
	}
	pl.do(incident.Assign{Ref: t.Ref, People: want})
}

type undoneText struct {
	Who  incident.Person
	Role render.Checklist
	Head string
}

// heldBefore reports whether somebody had the role earlier: then he was
// relieved, and needs no explanation.
func (v *view) heldBefore(role incident.Role, who incident.Person) bool {
	return slices.ContainsFunc(v.r.Tenures, func(t incident.Tenure) bool { return t.Role == role && t.Who == who })
}

// leftTickets deals with the tickets of roles nobody holds any more: an
// operator's is closed, since he has left; that of a role for one stays open,
// unassigned, until somebody takes the role.
func (v *view) leftTickets(pl *Plan) {
	for _, t := range v.s.Tickets {
		role := t.Slot.Role()
		if role == "" || t.Gone || t.State != incident.Open || len(v.wanted(t.Slot)) > 0 {
			continue
		}
		if role == incident.Operations {
			pl.do(incident.Close{Ref: t.Ref, As: incident.Wontfix})
		} else if len(t.Assignees) > 0 {
			pl.do(incident.Assign{Ref: t.Ref})
		}
	}
}

func dutySlot(role incident.Role, id string) incident.Slot {
	return incident.Slot("check/" + string(role) + "-" + id)
}

func (v *view) dutyTickets(pl *Plan, role incident.Role) {
	who := v.holders(role)[:1]
	for _, d := range v.duties(role) {
		slot := dutySlot(role, d.ID)
		t, ok := v.ticket(slot)
		switch {
		case !ok:
			text := dutyTicket{v.home().Near(v.home()), v.list(role).Name, d.Text}
			v.create(pl, slot, plain(d.Text), v.p.Texts.Render("duty.md", text), who...)
		case t.State == incident.Open && !sameSet(t.Assignees, who):
			pl.do(incident.Assign{Ref: t.Ref, People: who})
		}
	}
}

// plain is a duty's text without its commands, as a title.
func plain(text string) string {
	text, _, _ = strings.Cut(text, ": `")
	return strings.ReplaceAll(text, "`", "")
}

// duties ticks what is done and closes tickets whose last duty is ticked. It
// changes nothing of a text but the box: people may write there too.
func duties(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	for _, role := range incident.Roles {
		for _, d := range v.duties(role) {
			if t, ok := v.ticket(dutySlot(role, d.ID)); ok && v.proven(role, d) {
				v.closeOnce(pl, t)
			}
		}
	}
	for _, t := range v.s.Tickets {
		if t.Slot.Role() == "" || t.Gone {
			continue
		}
		if kept, ok := v.ticket(t.Slot); !ok || kept.Ref != t.Ref {
			continue
		}
		v.tick(pl, t)
		v.tooEager(pl, t)
	}
}

func (v *view) tick(pl *Plan, t incident.Ticket) {
	if t.State != incident.Open {
		return
	}
	role, body := t.Slot.Role(), t.Body
	for _, d := range v.duties(role) {
		if v.proven(role, d) {
			body = tickBox(body, d.ID)
		}
	}
	if body != t.Body {
		pl.do(incident.Edit{Ref: t.Ref, Slot: t.Slot, Body: &body})
	}
	boxes := boxLine.MatchString(body) && len(openBoxes(body)) == 0
	if boxes || v.items() && v.allDutiesClosed(role) {
		v.closeOnce(pl, t)
	}
}

func (v *view) allDutiesClosed(role incident.Role) bool {
	for _, d := range v.duties(role) {
		if t, ok := v.ticket(dutySlot(role, d.ID)); !ok || t.State == incident.Open {
			return false
		}
	}
	return len(v.duties(role)) > 0
}

// closeOnce closes a finished ticket; whoever opens it again has his reasons.
func (v *view) closeOnce(pl *Plan, t incident.Ticket) {
	name := "finished/" + string(t.Ref)
	if t.State == incident.Open && !t.Gone && !v.once(name) {
		pl.do(incident.Close{Ref: t.Ref, As: incident.Done, Name: name})
	}
}

// tooEager reopens, once, another role's ticket that command closed while the
// incident burns: command does not perform the tasks of other roles (O20).
func (v *view) tooEager(pl *Plan, t incident.Ticket) {
	name := "eager/" + string(t.Ref)
	ic := v.holder(incident.CommandRole)
	_, back := v.restored()
	if back || ic == "" || t.State == incident.Open || t.Closed.By != ic || t.Slot.Role() == incident.CommandRole || v.once(name) || len(v.wanted(t.Slot)) == 0 {
		return
	}
	pl.do(incident.Reopen{Ref: t.Ref, Name: name})
	v.sayOnce(pl, incident.Slot("say/eager/"+t.Ref.Number()), "eager.md", eagerText{ic, v.link(t), v.wanted(t.Slot)})
}

type eagerText struct {
	Command incident.Person
	Ticket  string
	Holders []incident.Person
}

var (
	boxLine = regexp.MustCompile(`(?m)^\s*[-*+] \[[ xX]\] `)
	openBox = regexp.MustCompile(`(?m)^\s*[-*+] \[ \] .*$`)
)

// openBoxes returns the unticked boxes of a text.
func openBoxes(body string) []string { return openBox.FindAllString(body, -1) }

// tickBox ticks the box of the duty with an id, and leaves all else alone.
func tickBox(body, id string) string {
	lines := strings.Split(body, "\n")
	for i, l := range lines {
		if strings.Contains(l, "<!-- duty:"+id+" -->") {
			lines[i] = strings.Replace(l, "[ ]", "[x]", 1)
		}
	}
	return strings.Join(lines, "\n")
}
