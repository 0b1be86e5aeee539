package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// recollect learns from the tracker what the store forgot, before anything new
// is decided: the orders by our acknowledgements and replies, the roles by
// their tickets. With a store that remembers it finds nothing to do.
func (d *decision) recollect() {
	undecided := d.undecided()
	_, board := d.s.Said(incident.Board)
	switch {
	case d.r.Last.ID == "" && board:
		d.gap()
	case d.r.Last.ID != "" && slices.ContainsFunc(undecided, d.answeredBefore):
		d.putBack()
	case d.r.Last.ID != "":
		return
	}
	for _, a := range undecided {
		if d.again(a) {
			d.takenUp(a)
			crew := d.crew()
			staff(a.lines, crew)
			d.apply(crew, a.At, "order")
		}
	}
	d.readRoles()
}

// gap says that the store was lost: our board tells of an incident of which it
// knows nothing (O46).
func (d *decision) gap() {
	text := "the store was lost: what happened until now is on record only as far as the tracker tells"
	if shown := d.boardMarks(); len(shown) > 0 {
		last := shown[len(shown)-1]
		text += fmt.Sprintf("; the ledger before had at least %d entries", last.Seq)
	}
	d.enter(ledger.Entry{Kind: ledger.Gap, At: d.r.Declared.At, Name: storeLost, Text: text})
}

// answeredBefore reports whether a comment was decided by us that is not on
// record. A decision is durable before it is shown, so a store that remembers
// knows of none.
func (d *decision) answeredBefore(a asked) bool {
	_, ok := d.verdicts(a)
	return ok
}

// putBack says that what is on record ends too early: the store is an older copy
// of itself, such as a backup, or a replica that lagged when its master went.
func (d *decision) putBack() {
	d.enter(ledger.Entry{Kind: ledger.Gap, At: d.r.Last.At, Text: "an older copy of the store was put back: what happened until now is on record only as far as the tracker tells"})
}

// takenUp takes up again an incident that had ended when the store was copied,
// for a command that was obeyed since: once over, it takes none.
func (d *decision) takenUp(a asked) {
	commands := func(l line) bool { return l.refusal == "" && !asks(l.Command.Word) }
	if d.ended() && a.At.After(d.r.Sealed) && slices.ContainsFunc(a.lines, commands) {
		d.enter(ledger.Entry{Kind: ledger.Unsealed, At: a.At, By: a.Author})
	}
}

// again puts the orders of a comment that was decided before on record, with
// the verdicts of then. They are not carried out again: a later change by hand
// stands over an older command.
func (d *decision) again(a asked) bool {
	letters, ok := d.verdicts(a)
	if !ok {
		return false
	}
	for i := range a.lines {
		l := &a.lines[i]
		if letters[i] != 'o' || l.Err != "" {
			l.refusal, l.silent = "refused before", true
		}
		if word := l.Command.Word; l.refusal == "" && (word == "done" || word == "skip") {
			d.recallDuty(a.Author, l)
		}
		o := d.order(a, i)
		d.enterOrder(o)
		if o.Verdict == incident.Obeyed && slices.Contains(carriedOut, o.Command.Word) {
			d.did(carryName(o), o)
		}
	}
	if a.Acked != "" {
		d.did(incident.Once(incident.Ack{Comment: a.ID}), d.order(a, 0))
	}
	return true
}

// recallDuty finds the duty that N meant, as the roles were then by the orders;
// an open ticket must show it ticked, for hands may have changed the roles.
func (d *decision) recallDuty(by incident.Person, l *line) {
	found := *l
	d.permitDuty(by, &found)
	role, id, _ := strings.Cut(found.Command.Verb, "-")
	if t, ok := d.ticket(incident.RoleSlot(incident.Role(role), by)); ok && (t.State != incident.Open || ticked(t.Body, id)) {
		l.Command.Verb = found.Command.Verb
	}
}

func (d *decision) did(name string, o incident.Order) {
	d.enter(ledger.Entry{Kind: ledger.Did, At: o.At, Comment: o.Comment, Name: name, Text: "done before this ledger begins"})
}

// verdicts returns what was decided of a comment's commands, a letter each,
// from our reply or our acknowledgement. Either counts only if the comment
// still reads as it did then (design, section 5).
func (d *decision) verdicts(a asked) (letters string, ok bool) {
	n := len(a.lines)
	if reply, said := d.s.Said(incident.ReplySlot(a.ID)); said && !a.EditedAt.After(reply.At) {
		letters, _, _ = strings.Cut(reply.Data, ".")
		if len(letters) == n && strings.Trim(letters, "or") == "" {
			return letters, true
		}
	}
	if a.Acked == "" {
		return "", false
	}
	return strings.Repeat(string(a.Acked)[:1], n), true
}

// readRoles takes the roles from their tickets: who is assigned holds the
// role, whatever was ordered before. A role without a ticket is as ordered, and
// so is one whose ticket shows nobody who may hold it; and so are those of a
// comment that ended the incident: tickets are then left as they are.
func (d *decision) readRoles() {
	c := d.crew()
	for _, t := range d.s.Tickets {
		role := t.Slot.Role()
		if kept, ok := d.ticket(t.Slot); role == "" || !ok || kept.Ref != t.Ref {
			continue
		}
		if role != incident.Operations {
			c[role] = oneOf(t.Assignees, c[role])
			continue
		}
		for _, who := range c[role] {
			if incident.RoleSlot(role, who) == t.Slot {
				c.drop(role, who)
			}
		}
		c.put(role, t.Assignees)
	}
	for _, o := range d.lastOrders() {
		l := line{Parsed: command.Parsed{Command: o.Command}}
		l.staff(c)
	}
	ordered := d.crew()
	for _, x := range c.clashes(d.p.SmallTeam) {
		if c.drop(x.b, x.who); len(c[x.b]) == 0 && x.b != incident.Operations {
			c[x.b] = ordered[x.b]
		}
	}
	for _, x := range c.clashes(d.p.SmallTeam) {
		c.drop(x.b, x.who)
	}
	for _, due := range d.inHand() {
		for _, role := range incident.Roles {
			if sameSet(c[role], due[role]) {
				c[role] = ordered[role] // see due
			}
		}
	}
	d.apply(c, d.s.At, "hand")
}

// lastOrders are those of the comment that retracted the incident or called it
// a duplicate, if that is how it ended.
func (v *view) lastOrders() (list []incident.Order) {
	end, ok := last(v.obeyed("retract", "duplicate"))
	if !ok || !v.ended() || v.ending() == "closed" {
		return nil
	}
	for _, o := range v.r.Orders {
		if o.Comment == end.Comment && o.Verdict == incident.Obeyed {
			list = append(list, o)
		}
	}
	return list
}

// oneOf returns who of several assignees holds a role of one: whoever was
// ordered to, else the first.
func oneOf(assignees, ordered []incident.Person) []incident.Person {
	for _, who := range assignees {
		if slices.Contains(ordered, who) {
			return []incident.Person{who}
		}
	}
	return assignees[:min(1, len(assignees))]
}
