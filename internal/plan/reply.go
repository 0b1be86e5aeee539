package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/render"
)

type replyText struct {
	To     incident.Person
	Lines  []replyLine
	Blocks []replyBlock // what does not fit on a line
}

type replyBlock struct{ Said, Text string }

type replyLine struct {
	OK    bool
	Said  string
	Reply string
}

// byComment groups the orders by the comment they were given in, in order.
func (v *view) byComment() [][]incident.Order {
	var groups [][]incident.Order
	index := map[string]int{}
	for _, o := range v.r.Orders {
		i, ok := index[o.Comment]
		if !ok {
			i = len(groups)
			index[o.Comment] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], o)
	}
	return groups
}

// replies answers each comment with commands once, where there is something to
// say or where the server offers no other acknowledgement: what was done, what
// was not, and the corrected line. Strangers get no reply.
func replies(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	for _, orders := range v.byComment() {
		text, data, ok := v.answer(orders)
		slot := incident.ReplySlot(orders[0].Comment)
		gone := slices.ContainsFunc(orders, isBlanked)
		if gone {
			_, ok = v.s.Said(slot) // which may quote what had to go
		}
		if !ok || v.pending(pl, orders) {
			continue
		}
		says := v.render("reply.md", text)
		v.say(pl, slot, says, data, func(c incident.Comment) bool {
			return c.Data == data && (!gone || c.Hash == incident.HashText(says))
		})
	}
}

// blanked stands where a line was that had to go: see ledger.Expunge.
const blanked = postmortem.Redacted

// isBlanked reports whether an order's text had to go; a line that is spoken is
// never empty.
func isBlanked(o incident.Order) bool { return o.Said == "" }

// answer composes the reply. Its data holds the verdicts, so that a lost store
// does not decide again, and the follow-ups filed so far, so that their links
// are filled in.
func (v *view) answer(orders []incident.Order) (text replyText, data string, ok bool) {
	text.To = orders[0].By
	var verdicts, filed strings.Builder
	for _, o := range orders {
		l := replyLine{OK: o.Verdict == incident.Obeyed, Said: cmp.Or(o.Said, blanked), Reply: o.Reply}
		if o.Command.Word == "followup" && l.OK {
			l.Reply = v.filed(o)
			filed.WriteString("." + l.Reply)
		}
		if o.Command.Word == "link" && l.OK {
			l.Reply = v.outOfSight(o.Command.Ref)
		}
		if first, rest, several := strings.Cut(l.Reply, "\n"); several {
			l.Reply = strings.TrimSpace(first)
			text.Blocks = append(text.Blocks, replyBlock{l.Said, strings.TrimSpace(rest)})
		}
		if o.Reply+l.Reply != "" || !v.s.Caps.Acks && !v.stranger(orders) {
			ok = true
		}
		verdicts.WriteString(string(o.Verdict)[:1])
		text.Lines = append(text.Lines, l)
	}
	data = verdicts.String()
	if filed.Len() > 0 {
		data += "." + incident.HashText(filed.String())
	}
	return text, data, ok
}

// stranger reports whether orders came from somebody who is not to be
// answered: every line refused, and nothing to say about any.
func (v *view) stranger(orders []incident.Order) bool {
	for _, o := range orders {
		if o.Verdict == incident.Obeyed || o.Reply != "" {
			return false
		}
	}
	return true
}

// filed says where a follow-up is, or why it is not.
func (v *view) filed(o incident.Order) string {
	slot := followSlot(o)
	if t, ok := v.ticket(slot); ok {
		return "filed as " + v.name(t.Ref, "")
	}
	for what, r := range v.j.Refused {
		if strings.HasPrefix(what, "create "+string(slot)+" ") {
			return "could not be filed yet: " + r.Why
		}
	}
	if why, ok := v.unsure(slot); ok {
		return why
	}
	if place := o.Command.Place; v.s.MissedIn(place) {
		return "could not be filed yet: " + place + " cannot be looked at now"
	}
	return ""
}

// outOfSight says of a ticket that was linked and never read that it may be
// another than was meant.
func (v *view) outOfSight(ref incident.Ref) string {
	t, seen := v.lookup(ref)
	c := v.r.Counted[v.canonical(ref)]
	if !seen || !t.Unreadable && !t.Gone || c.Title != "" || c.Out {
		return ""
	}
	name := ref.Near(v.home())
	return fmt.Sprintf("is there a %s? I cannot read it, and until I can, it counts as open; %s takes it out", name, render.Code("/unlink "+name+" REASON"))
}

// pending reports that a comment asked for something about a ticket that no
// look has covered yet. It is answered after the next one: an answer says that
// what was asked for is done, and a lost store relies on that.
func (v *view) pending(pl *Plan, orders []incident.Order) bool {
	wait := slices.ContainsFunc(orders, func(o incident.Order) bool {
		_, seen := v.lookup(o.Command.Ref)
		return o.Verdict == incident.Obeyed && o.Command.Word == "link" && !seen && o.Decided.Equal(v.s.At)
	})
	if wait {
		pl.wake(v.s.At)
	}
	return wait
}

// answered reports whether the reply to a comment is there, need not be, or may
// be sent in this pass: after a lost store an acknowledgement is taken as proof
// that everything about its comment is done.
func (v *view) answered(pl *Plan, orders []incident.Order) bool {
	_, _, due := v.answer(orders)
	slot := incident.ReplySlot(orders[0].Comment)
	_, said := v.s.Said(slot)
	return !due || said || v.j.Slots[slot].Comment != "" || v.mayCreate(pl, incident.Say{Slot: slot})
}

// acknowledge marks each decided comment, after what it asked for is done.
func acknowledge(v *view, pl *Plan) {
	if !v.declared() || !v.s.Caps.Acks {
		return
	}
	shown := map[string]incident.Verdict{}
	for _, c := range v.s.Comments {
		shown[c.ID] = c.Acked
	}
	for _, orders := range v.byComment() {
		a := incident.Ack{Comment: orders[0].Comment, As: incident.Obeyed}
		for _, o := range orders {
			if o.Verdict != incident.Obeyed {
				a.As = incident.RefusedByRule
			}
		}
		if acked, there := shown[a.Comment]; there && acked != a.As && !v.once(incident.Once(a)) && !v.pending(pl, orders) && v.answered(pl, orders) {
			pl.do(a)
		}
	}
}
