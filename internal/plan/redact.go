package plan

import (
	"slices"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/postmortem"
)

// blankedItems returns the hashes of the items that comments asked for and whose
// texts had to go: what stands on the page of them is our copy.
func (v *view) blankedItems() (hashes []string) {
	for _, o := range v.obeyed("issue") {
		if isBlanked(o) {
			hashes = append(hashes, v.askedHash(o))
		}
	}
	return hashes
}

// copies returns our tickets that were filed of a text that had to go and of
// which it was not yet taken out.
func (v *view) copies() (list []incident.Ticket) {
	slots := v.blankedSlots()
	for _, t := range v.s.Tickets {
		if !t.Gone && !t.Unreadable && v.holdsBlanked(t, slots) {
			list = append(list, t)
		}
	}
	return list
}

// blankedSlots returns the slots of what blanked orders asked for.
func (v *view) blankedSlots() (slots []incident.Slot) {
	for _, o := range v.obeyed("followup") {
		if isBlanked(o) {
			slots = append(slots, followSlot(o))
		}
	}
	for _, hash := range v.blankedItems() {
		slots = append(slots, postmortem.Item{Hash: hash}.Slot())
	}
	return slots
}

// holdsBlanked reports whether a ticket of ours was filed of a text that had to
// go, of an order that was blanked or with a title that was, and may hold it
// still.
func (v *view) holdsBlanked(t incident.Ticket, slots []incident.Slot) bool {
	counted, known := v.r.Counted[t.Ref]
	return t.Slot.Under("follow") && (known && counted.Title == "" || slices.Contains(slots, t.Slot)) &&
		!v.once(redactedTicket+string(t.Ref))
}

// titled is a ticket's title as we show it: not the one that had to go, though
// the ticket has it until its edit was seen.
func (v *view) titled(t incident.Ticket) string {
	if t.Slot.Under("follow") && v.holdsBlanked(t, v.blankedSlots()) {
		return blanked
	}
	return t.Title
}

const redactedTicket = "redacted/" // on record, with the name of the ticket

// redactCopies takes a text that had to go out of the tickets that we filed of
// it, once: what people write there later is theirs. The tracker keeps what a
// text was before.
func redactCopies(v *view, pl *Plan) {
	for _, t := range v.copies() {
		name, body := blanked, v.blankedBody(t)
		if t.Title != name || t.Body != body {
			pl.do(incident.Edit{Ref: t.Ref, Slot: t.Slot, Title: &name, Body: &body})
		}
	}
}

// blankedBody is what a ticket says of itself whose text had to go.
func (v *view) blankedBody(t incident.Ticket) string {
	for _, o := range v.obeyed("followup") {
		if followSlot(o) == t.Slot {
			return v.followupBody(o, t.Ref.Place(), blanked, "")
		}
	}
	_, head := v.whereto(t.Ref.Place())
	return v.render("item.md", itemTicket{Head: head, Page: v.pageLink(), Title: blanked, Body: blanked})
}

// noticeRedacted puts on record which of our tickets were redacted.
func (d *decision) noticeRedacted() {
	for _, t := range d.copies() {
		if t.Title == blanked {
			d.enter(ledger.Entry{Kind: ledger.Did, At: d.s.At, Ref: t.Ref, Name: redactedTicket + string(t.Ref), Text: "a text that had to go was taken out of it"})
		}
	}
}
