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

// itemSeen begins the name under which it is on record that an item, which a
// comment asked for, stood on the page.
const itemSeen = "item/"

// askedHash names the item that one line of a comment asked for.
func (v *view) askedHash(o incident.Order) string {
	return postmortem.AskedHash(v.s.ID, fmt.Sprintf("%s.%d", o.Comment, o.Line))
}

type itemTicket struct {
	Head, Page, Title, Body string
	Due                     time.Time
	Category                string
	Problems                []string
}

// items files the issues discovered as linked tickets: each as soon as it
// names an owner, the rest at publication (O35). An item is marked on the page
// before its ticket is created, so that its slot outlives any edit.
func items(v *view, pl *Plan) {
	page, ok := v.post()
	if !v.declared() || v.ended() || !ok {
		return
	}
	for _, it := range page.Items {
		t, filed := v.ticket(it.Slot())
		switch {
		case filed:
			v.passOn(pl, t)
		case it.Marked && v.toFile(it):
			v.fileItem(pl, it)
		}
	}
}

// toFile reports whether an item is to have a ticket now.
func (v *view) toFile(it postmortem.Item) bool {
	return !v.ended() && (v.released() || len(v.owners(it)) > 0)
}

func (v *view) fileItem(pl *Plan, it postmortem.Item) {
	asked, problems := it.Place, it.Problems
	if v.confined(asked) {
		asked, problems = "", append(slices.Clone(problems), fmt.Sprintf("asked for in %s, and filed here, as only some may see the incident", render.Inline(it.Place)))
	}
	place, head := v.whereto(asked)
	var labels []string
	if it.Category != "" {
		labels = []string{incident.LabelFor(string(it.Category))}
	}
	pl.do(incident.Create{
		Slot: it.Slot(), Place: place, Parent: v.home(), Assignees: v.owners(it), Labels: labels, Title: title(it.Title()), Due: it.Due,
		Body: v.render("item.md", itemTicket{head, v.pageLink(), it.Title(), it.Body(), it.Due, string(it.Category), problems}),
	})
}

// owners are whom an item names and to whom a ticket can be given.
func (v *view) owners(it postmortem.Item) []incident.Person {
	var list []incident.Person
	for _, who := range it.Owners {
		if who = cmp.Or(v.p.Aliases[who], who); v.s.People[who].Assignable && !slices.Contains(list, who) {
			list = append(list, who)
		}
	}
	return list
}

// unfiled counts the items of a page that have no ticket yet.
func (v *view) unfiled(page postmortem.Page) (n int) {
	for _, it := range page.Items {
		if _, ok := v.ticket(it.Slot()); !ok {
			n++
		}
	}
	return n
}

// firstLine returns the first line of a text.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// shown is what an item's suffix says about its ticket.
func (v *view) shown(t incident.Ticket) string {
	name := t.Ref.Near(v.home())
	if t.URL != "" {
		name = fmt.Sprintf("[%s](%s)", name, t.URL)
	}
	state := string(v.outcome(t))
	if t.Gone {
		state = "gone"
	}
	return name + " " + state
}
