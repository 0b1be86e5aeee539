package plan

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/render"
)

// view is the working picture of one incident: the four inputs and what is
// read off them. Nothing in it is stored.
type view struct {
	p *Policy
	j incident.Journal
	r incident.Record
	s incident.Snapshot

	kept  memory // what our board remembers, for the case that the store forgot
	index map[string]incident.Ticket
	read  *postmortem.Page // the page, once it was read: see post

	found  []postmortem.Finding // on the page, once linted: see lint
	linted bool
}

func newView(p *Policy, j incident.Journal, r incident.Record, s incident.Snapshot) *view {
	v := &view{p: p, j: j, r: r, s: s, index: map[string]incident.Ticket{}}
	v.claim()
	for _, list := range [][]incident.Ticket{v.s.Foreign, v.s.Tickets} {
		for _, t := range list {
			v.index[strings.ToLower(string(t.Ref))] = t
		}
	}
	return v
}

func (v *view) home() incident.Ref { return v.s.Head.Ref }

// host is the server on which the head has its page.
func (v *view) host() string {
	u, err := url.Parse(v.s.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

func (v *view) declared() bool { return !v.r.Declared.IsZero() }

// ended reports whether the incident is over: closed for good, retracted, or
// a duplicate.
func (v *view) ended() bool { return !v.r.Sealed.IsZero() }

// ticket returns our ticket in a slot.
func (v *view) ticket(slot incident.Slot) (incident.Ticket, bool) {
	return v.s.Find(slot, v.j.Slots[slot].Ref)
}

// lookup returns a ticket that was observed, ours or not, by its name in any case.
func (v *view) lookup(ref incident.Ref) (incident.Ticket, bool) {
	t, ok := v.index[strings.ToLower(string(ref))]
	return t, ok
}

// canonical returns a ticket's name as the tracker writes it, if it was observed.
func (v *view) canonical(ref incident.Ref) incident.Ref {
	if t, ok := v.lookup(ref); ok {
		return t.Ref
	}
	return ref
}

// once reports whether a named thing was done.
func (v *view) once(name string) bool {
	_, ok := v.r.Done[name]
	return ok
}

// holders returns who holds a role now, by first tenure.
func (v *view) holders(role incident.Role) []incident.Person {
	var list []incident.Person
	for _, t := range v.r.Tenures {
		if t.Role == role && t.To.IsZero() {
			list = append(list, t.Who)
		}
	}
	if role == incident.Operations && len(list) > 1 {
		order := v.operators()
		slices.SortFunc(list, func(a, b incident.Person) int { return slices.Index(order, a) - slices.Index(order, b) })
	}
	return list
}

// holder returns who holds a role of one, or "".
func (v *view) holder(role incident.Role) incident.Person {
	if list := v.holders(role); len(list) > 0 {
		return list[0]
	}
	return ""
}

func (v *view) holds(role incident.Role, who incident.Person) bool {
	return slices.Contains(v.holders(role), who)
}

// needed are the roles without which nobody responds.
var needed = []incident.Role{incident.CommandRole, incident.Operations, incident.Communications}

// vacant returns the needed roles nobody holds.
func (v *view) vacant() []incident.Role {
	var list []incident.Role
	for _, role := range needed {
		if len(v.holders(role)) == 0 {
			list = append(list, role)
		}
	}
	return list
}

// staffedAt returns when every needed role was held for the first time.
func (v *view) staffedAt() (at time.Time, ok bool) {
	for _, role := range needed {
		var first time.Time
		for _, t := range v.r.Tenures {
			if t.Role == role && (first.IsZero() || t.From.Before(first)) {
				first = t.From
			}
		}
		if first.IsZero() {
			return time.Time{}, false
		}
		if first.After(at) {
			at = first
		}
	}
	return at, true
}

// obeyed yields the obeyed orders with one of the words, in order.
func (v *view) obeyed(words ...string) []incident.Order {
	var list []incident.Order
	for _, o := range v.r.Orders {
		if o.Verdict == incident.Obeyed && slices.Contains(words, o.Command.Word) {
			list = append(list, o)
		}
	}
	return list
}

// when returns the time an order speaks of.
func when(o incident.Order) time.Time {
	if !o.Command.When.IsZero() {
		return o.Command.When
	}
	return o.At
}

// restored returns since when service is back.
func (v *view) restored() (at time.Time, ok bool) {
	for _, o := range v.obeyed("restored", "unrestored") {
		at, ok = when(o), o.Command.Word == "restored"
	}
	return at, ok
}

// phase names where the incident stands (design, section 2).
func (v *view) phase() string {
	if v.ended() {
		return v.ending()
	}
	if v.reviewing() {
		return "reviewing"
	}
	if _, ok := v.restored(); ok {
		if _, published := v.published(); published {
			return "documented"
		}
		return "restored"
	}
	if _, ok := v.staffedAt(); ok {
		return "responding"
	}
	return "declared"
}

// texts returns the role's description.
func (v *view) list(role incident.Role) render.Checklist { return v.p.Texts.Checklists[role] }

// change is something that operations changed, or changes right now (design,
// section 9).
type change struct {
	Name  string
	Who   incident.Person
	Since time.Time
	To    time.Time // zero: still
}

// allChanges returns every change with its interval, by its start. It is ended
// by who started it, else by whoever says so first.
func (v *view) allChanges() []change {
	var list []change
	for _, o := range v.obeyed("change") {
		open := func(c change) bool { return c.Name == o.Command.Text && c.To.IsZero() }
		mine := func(c change) bool { return open(c) && c.Who == o.By }
		i := slices.IndexFunc(list, mine)
		switch {
		case o.Command.Verb == "start" && i < 0:
			list = append(list, change{Name: o.Command.Text, Who: o.By, Since: o.At})
		case o.Command.Verb == "start":
		case i >= 0:
			list[i].To = o.At
		default:
			if i = slices.IndexFunc(list, open); i >= 0 {
				list[i].To = o.At
			}
		}
	}
	return list
}

// changes returns the changes that were started and not yet done.
func (v *view) changes() []change {
	return slices.DeleteFunc(v.allChanges(), func(c change) bool { return !c.To.IsZero() })
}
