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
// proves it, or by /done and /skip of whoever holds the role. Each operator
// has a ticket, and says so of his own: the others' are not his to tick.
func (v *view) proven(slot incident.Slot, d render.Duty) bool {
	role := roleOf(slot)
	for _, o := range v.obeyed("done", "skip") {
		theirs := slot.Role() != incident.Operations || incident.RoleSlot(role, o.By) == slot
		if theirs && o.Command.Verb == string(role)+"-"+d.ID {
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
		return detail == "" || o.Command.Verb == detail || word == "update" && o.Command.Verb == "all"
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
		if !v.begun(role) {
			continue
		}
		for _, who := range v.holders(role) {
			v.roleTicket(pl, role, who)
		}
		if v.items() {
			v.dutyTickets(pl, role)
		}
	}
	v.leftTickets(pl)
}

// begun reports whether a role has its checklist: planning works on what is
// left when service is back.
func (v *view) begun(role incident.Role) bool {
	_, back := v.restored()
	return role != incident.Planning || back
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
		v.create(pl, slot, name, v.withUnscheduled(slot, v.render("role.md", text)), who)
		return
	}
	if t.State == incident.Wontfix && len(t.Assignees) == 0 {
		pl.do(incident.Reopen{Ref: t.Ref}) // an operator who left and joins again
		return
	}
	v.assign(pl, t)
}

// letter tells operators apart: A, B, C by first tenure, never reused.
func (v *view) letter(who incident.Person) string {
	n := slices.Index(v.operators(), who)
	if n < 26 {
		return string(rune('A' + n))
	}
	return fmt.Sprintf("%c%d", 'A'+n%26, n/26)
}

// operators returns everybody who ever held operations, by first tenure.
func (v *view) operators() []incident.Person {
	all := slices.Clone(v.kept.Operators)
	for _, t := range v.r.Tenures {
		if t.Role == incident.Operations && !slices.Contains(all, t.Who) {
			all = append(all, t.Who)
		}
	}
	return all
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

// assign makes the ticket's assignees those its tenures say, and tells whoever
// is taken off again why.
func (v *view) assign(pl *Plan, t incident.Ticket) {
	want := v.wanted(t.Slot)
	if sameSet(t.Assignees, want) {
		return
	}
	role, told := t.Slot.Role(), true
	for _, who := range t.Assignees {
		if !v.s.People[who].Known || slices.Contains(want, who) || v.heldBefore(role, who) {
			continue
		}
		if v.breaks(role, who) || role != incident.Operations && len(want) > 0 {
			slot := incident.Slot("say/undone/" + t.Ref.Number() + "-" + string(who))
			told = v.tell(pl, slot, "undone.md", undoneText{who, v.list(role), v.home().Near(v.home()), v.breaks(role, who), want}) && told
		}
	}
	if told {
		pl.do(incident.Assign{Ref: t.Ref, People: want})
	}
}

type undoneText struct {
	Who  incident.Person
	Role render.Checklist
	Head string
	// Clash tells that he holds another role; else the holders were there first.
	Clash   bool
	Holders []incident.Person
}

// heldBefore reports whether somebody had the role earlier: then he was
// relieved, and needs no explanation.
func (v *view) heldBefore(role incident.Role, who incident.Person) bool {
	return slices.ContainsFunc(v.r.Tenures, func(t incident.Tenure) bool { return t.Role == role && t.Who == who })
}

// leftTickets deals with the tickets of roles nobody holds any more: nobody is
// assigned, and an operator's is closed, since he has left; that of a role for
// one stays open until somebody takes the role.
func (v *view) leftTickets(pl *Plan) {
	for _, t := range v.s.Tickets {
		role := t.Slot.Role()
		if kept, ok := v.ticket(t.Slot); role == "" || !ok || kept.Ref != t.Ref || len(v.wanted(t.Slot)) > 0 {
			continue
		}
		if len(t.Assignees) > 0 {
			v.assign(pl, t)
		}
		if role == incident.Operations && t.State == incident.Open {
			pl.do(incident.Close{Ref: t.Ref, As: incident.Wontfix})
		}
	}
}

func dutySlot(role incident.Role, id string) incident.Slot {
	return incident.Slot("check/" + string(role) + "-" + id)
}

// dutyTickets keeps a ticket per duty of a role for whoever holds it. Whom
// people assign instead stays, if they may.
func (v *view) dutyTickets(pl *Plan, role incident.Role) {
	who := v.holders(role)
	who = who[:min(1, len(who))]
	for _, d := range v.duties(role) {
		slot := dutySlot(role, d.ID)
		t, ok := v.ticket(slot)
		lent := slices.ContainsFunc(t.Assignees, func(p incident.Person) bool { return !v.heldBefore(role, p) && !v.breaks(role, p) })
		switch {
		case !ok && len(who) > 0:
			text := dutyTicket{v.home().Near(v.home()), v.list(role).Name, d.Text}
			v.create(pl, slot, plain(d.Text), v.withUnscheduled(slot, v.render("duty.md", text)), who...)
		case ok && t.State == incident.Open && !lent && !sameSet(t.Assignees, who):
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
			if t, ok := v.ticket(dutySlot(role, d.ID)); ok {
				v.dutyTicket(pl, t, d)
			}
		}
	}
	for _, t := range v.s.Tickets {
		if kept, ok := v.ticket(t.Slot); !isDuty(t.Slot) || !ok || kept.Ref != t.Ref {
			continue
		}
		if t.Slot.Role() != "" {
			v.tick(pl, t)
		}
		v.tooEager(pl, t)
	}
}

// dutyTicket keeps the text of a duty's own ticket, and closes it once the duty
// is done.
func (v *view) dutyTicket(pl *Plan, t incident.Ticket, d render.Duty) {
	if body := v.keepUnscheduled(t.Slot, t.Body); body != t.Body {
		pl.do(incident.Edit{Ref: t.Ref, Slot: t.Slot, Body: &body})
	}
	if v.proven(t.Slot, d) {
		v.closeOnce(pl, t)
	}
}

func (v *view) tick(pl *Plan, t incident.Ticket) {
	role, body := t.Slot.Role(), v.keepUnscheduled(t.Slot, t.Body)
	for _, d := range v.duties(role) {
		if t.State == incident.Open && v.proven(t.Slot, d) {
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

// allDutiesClosed reports whether every duty's ticket is closed. One that a
// person deleted is out of the way.
func (v *view) allDutiesClosed(role incident.Role) bool {
	for _, d := range v.duties(role) {
		slot := dutySlot(role, d.ID)
		t, ok := v.ticket(slot)
		if deleted := v.j.Slots[slot].Ref != ""; !ok && !deleted || ok && t.State == incident.Open {
			return false
		}
	}
	return len(v.duties(role)) > 0
}

// closeOnce closes a finished ticket; whoever opens it again has his reasons.
func (v *view) closeOnce(pl *Plan, t incident.Ticket) {
	name := finishedName(t)
	if t.State == incident.Open && !t.Gone && !v.once(name) {
		pl.do(incident.Close{Ref: t.Ref, As: incident.Done, Name: name})
	}
}

func finishedName(t incident.Ticket) string { return "finished/" + string(t.Ref) }

// tooEager reopens, once, another role's ticket that command closed while the
// incident burns: command does not perform the tasks of other roles (O20).
func (v *view) tooEager(pl *Plan, t incident.Ticket) {
	role := roleOf(t.Slot)
	ic, holders := v.holder(incident.CommandRole), v.holders(role)
	if t.Slot.Role() != "" {
		holders = v.wanted(t.Slot)
	}
	if _, back := v.restored(); back || ic == "" || role == incident.CommandRole || len(holders) == 0 {
		return
	}
	name, slot := "eager/"+string(t.Ref), incident.Slot("say/eager/"+t.Ref.Number())
	_, told := v.s.Said(slot)
	if t.State == incident.Open || t.Closed.By != ic || told || v.once(name) || v.once(finishedName(t)) {
		return
	}
	if v.tell(pl, slot, "eager.md", eagerText{ic, v.link(t), holders}) {
		pl.do(incident.Reopen{Ref: t.Ref, Name: name})
	}
}

// roleOf returns the role that a role's or a duty's ticket belongs to.
func roleOf(slot incident.Slot) incident.Role {
	if rest, ok := strings.CutPrefix(string(slot), "check/"); ok {
		role, _, _ := strings.Cut(rest, "-")
		return incident.Role(role)
	}
	return slot.Role()
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

// ticked reports whether the box of the duty with an id is ticked.
func ticked(body, id string) bool {
	return slices.ContainsFunc(strings.Split(body, "\n"), func(l string) bool {
		return strings.Contains(l, "<!-- duty:"+id+" -->") && !openBox.MatchString(l)
	})
}
