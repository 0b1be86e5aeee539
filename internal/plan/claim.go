package plan

import (
	"slices"

	"github.com/hereby/hereby/internal/incident"
)

// claim gives their slots back to what is ours by the journal, or by what the
// board remembers, though somebody edited its marker away (design, section 5).
// An account that is not ours keeps what it wrote: such a ticket holds its
// slot, but is never edited.
func (v *view) claim() {
	v.claimComments()
	if c, ok := v.s.Said(incident.Board); ok {
		v.kept = recall(c.Data)
	}
	v.claimTickets()
}

func (v *view) claimComments() {
	slots := map[string]incident.Slot{}
	for slot, a := range v.j.Slots {
		if a.Comment != "" {
			slots[a.Comment] = slot
		}
	}
	ours := v.ourAccounts()
	v.s.Comments = slices.Clone(v.s.Comments)
	for i := range v.s.Comments {
		c := &v.s.Comments[i]
		if slot := slots[c.ID]; slot != "" && !c.Ours && slices.Contains(ours, c.Author) {
			c.Ours, c.Slot, c.Hash = true, slot, ""
		}
	}
}

func (v *view) claimTickets() {
	slots := map[incident.Ref]incident.Slot{}
	for slot, ref := range v.kept.Made {
		if v.j.Slots[slot].Ref == "" {
			slots[ref] = slot
		}
	}
	for slot, a := range v.j.Slots {
		if a.Ref != "" {
			slots[a.Ref] = slot
		}
	}
	tickets := slices.Clone(v.s.Tickets)
	for i := range tickets {
		if t := &tickets[i]; t.Slot == "" {
			t.Slot, t.Unmarked = slots[t.Ref], true
		}
	}
	var foreign []incident.Ticket
	for _, t := range v.s.Foreign {
		t.Slot = slots[t.Ref]
		if t.Slot == "" || t.Incident || t.Gone || t.Unreadable {
			t.Slot = ""
			foreign = append(foreign, t)
		} else {
			tickets = append(tickets, t)
		}
	}
	v.s.Tickets, v.s.Foreign = tickets, foreign
}

// ourAccounts returns the accounts that wrote what is certainly ours.
func (v *view) ourAccounts() []incident.Person {
	var list []incident.Person
	for _, t := range v.s.Tickets {
		list = append(list, t.Author)
	}
	for _, c := range v.s.Comments {
		if c.Ours {
			list = append(list, c.Author)
		}
	}
	return list
}

// disowned reports that the comment which the journal knows as our board is
// by an account that is not ours: the token was changed, and going on would
// say everything a second time (design, section 5).
func (v *view) disowned() bool {
	id := v.j.Slots[incident.Board].Comment
	return slices.ContainsFunc(v.s.Comments, func(c incident.Comment) bool { return c.ID == id && !c.Ours })
}
