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

// The assignee of a role's ticket holds the role. An order changes the tenure
// first and the assignee follows; somebody's hand changes the assignee first
// and the tenure follows (design, sections 5 and 8).

func (d *decision) begin(role incident.Role, who incident.Person, at time.Time, how string) {
	t := incident.Tenure{Role: role, Who: who, From: at, How: how}
	d.enter(ledger.Entry{Kind: ledger.RoleBegan, At: at, By: who, Text: string(role), Tenure: &t})
}

func (d *decision) finish(role incident.Role, who incident.Person, at time.Time, how string) {
	t := incident.Tenure{Role: role, Who: who, To: at, How: how}
	d.enter(ledger.Entry{Kind: ledger.RoleEnded, At: at, By: who, Text: string(role), Tenure: &t})
}

// crew is who holds what: a scratch copy on which changes are tried.
type crew map[incident.Role][]incident.Person

func (v *view) crew() crew {
	c := crew{}
	for _, role := range incident.Roles {
		c[role] = v.holders(role)
	}
	return c
}

// put gives a role to people: operations grows, the other roles pass on.
func (c crew) put(role incident.Role, people []incident.Person) {
	if role != incident.Operations {
		c[role] = people[:1]
		return
	}
	for _, who := range people {
		if !slices.Contains(c[role], who) {
			c[role] = append(slices.Clone(c[role]), who)
		}
	}
}

func (c crew) drop(role incident.Role, who incident.Person) {
	c[role] = slices.DeleteFunc(slices.Clone(c[role]), func(p incident.Person) bool { return p == who })
}

// clash is two roles that one person may not hold at once.
type clash struct {
	who  incident.Person
	a, b incident.Role
}

// clashes returns what breaks the rules: nobody who is command holds another
// role, in any profile (O20); operations and communications are different
// people unless the team is small.
func (c crew) clashes(small bool) []clash {
	var list []clash
	both := func(a, b incident.Role) {
		for _, who := range c[a] {
			if slices.Contains(c[b], who) {
				list = append(list, clash{who, a, b})
			}
		}
	}
	both(incident.CommandRole, incident.Operations)
	both(incident.CommandRole, incident.Communications)
	both(incident.CommandRole, incident.Planning)
	if !small {
		both(incident.Operations, incident.Communications)
	}
	return list
}

// takeover turns what people did to the roles by hand into tenures, and ends
// the tenures of people who lost access.
func (d *decision) takeover() {
	if d.ended() {
		return
	}
	for _, t := range d.s.Tickets {
		role := t.Slot.Role()
		if role == "" || t.Gone || t.State != incident.Open {
			continue
		}
		if kept, ok := d.ticket(t.Slot); !ok || kept.Ref != t.Ref {
			continue // a double, which repair closes
		}
		if d.byHand(t) {
			d.followHand(role, t)
		}
	}
	for _, role := range incident.Roles {
		for _, who := range d.holders(role) {
			if st, ok := d.s.People[who]; ok && !st.Trusted && !st.Assignable {
				d.finish(role, who, d.s.At, "left")
			}
		}
	}
}

// wanted returns who should be assigned to a role's ticket by its tenures.
func (v *view) wanted(slot incident.Slot) []incident.Person {
	role := slot.Role()
	if role != incident.Operations {
		return v.holders(role)
	}
	for _, who := range v.holders(role) {
		if incident.RoleSlot(role, who) == slot {
			return []incident.Person{who}
		}
	}
	return nil
}

// byHand reports whether somebody else than us changed the assignees of a
// role's ticket since the last snapshot. Without one (a lost store) the
// assignee is the truth, if there is one.
func (v *view) byHand(t incident.Ticket) bool {
	if sameSet(t.Assignees, v.wanted(t.Slot)) {
		return false
	}
	last := v.r.Last
	if last.ID == "" {
		return len(t.Assignees) > 0
	}
	before, ok := last.Find(t.Slot, t.Ref)
	return ok && before.Ref == t.Ref && !sameSet(before.Assignees, t.Assignees)
}

// followHand makes the tenures say what the assignees of a role's ticket say,
// as far as the rules allow; roleTickets undoes the rest.
func (d *decision) followHand(role incident.Role, t incident.Ticket) {
	before := d.wanted(t.Slot)
	now := slices.DeleteFunc(slices.Clone(t.Assignees), func(p incident.Person) bool { return d.breaks(role, p) })
	var added []incident.Person
	for _, who := range now {
		if !slices.Contains(before, who) {
			added = append(added, who)
		}
	}
	kept := func(who incident.Person) bool { return slices.Contains(now, who) }
	single := role != incident.Operations
	if single && len(before) == 1 && kept(before[0]) {
		return // a second one: who began first stays
	}
	if len(t.Assignees) > 0 && len(now) == 0 {
		return // nobody of them may
	}
	for _, who := range before {
		if !kept(who) {
			d.finish(role, who, d.s.At, "hand")
		}
	}
	for i, who := range added {
		if single && i > 0 {
			break
		}
		d.begin(role, who, d.s.At, "hand")
	}
}

// breaks reports whether giving a role to somebody breaks a rule.
func (v *view) breaks(role incident.Role, who incident.Person) bool {
	if v.holds(role, who) {
		return false
	}
	c := v.crew()
	if role == incident.Operations {
		c.put(role, []incident.Person{who})
	} else {
		c[role] = []incident.Person{who}
	}
	return slices.ContainsFunc(c.clashes(v.p.SmallTeam), func(x clash) bool { return x.who == who })
}

// absent reports whether command has not acted for so long that anybody
// trusted may take over: 15 minutes, or 7 days after service came back.
func (v *view) absent(at time.Time) bool {
	who := v.holder(incident.CommandRole)
	limit := 15 * time.Minute
	if back, ok := v.restored(); ok {
		limit = 7 * 24 * time.Hour
		if at.Before(back.Add(limit)) {
			return false
		}
	}
	acted := v.r.Declared.At
	for _, t := range v.r.Tenures {
		if t.Role == incident.CommandRole && t.Who == who && t.From.After(acted) {
			acted = t.From
		}
	}
	for _, c := range v.s.Comments {
		if c.Author == who && !c.Ours && c.At.After(acted) && !c.At.After(at) {
			acted = c.At
		}
	}
	return !at.Before(acted.Add(limit))
}

// mayStaff says whether somebody may give a role to people, and if not, why,
// with the line to paste.
func (v *view) mayStaff(by incident.Person, c incident.Command, at time.Time) string {
	commander := v.holder(incident.CommandRole)
	held := v.holders(c.Role)
	self := len(c.People) == 1 && c.People[0] == by
	takes := v.list(c.Role).Takes
	switch {
	case commander == by && commander != "":
		return ""
	case c.Role == incident.CommandRole:
		switch {
		case commander == "" && (self || v.starting()):
			return ""
		case self && v.absent(at):
			return ""
		case commander == "":
			return "nobody is in command: take it yourself with `/ic`"
		}
		return fmt.Sprintf("%s is in command and can hand over with `/ic %s`; after 15 minutes without a sign of life `/ic` takes over", render.Quiet(commander), c.People[0].Mention())
	case self && (c.Role == incident.Operations || len(held) == 0 || held[0] == by):
		return ""
	case !self && v.starting() && (c.Role == incident.Operations || len(held) == 0):
		return "" // before staffing anybody trusted may name people
	case self:
		return fmt.Sprintf("%s has %s; command can pass it on with `%s %s`", render.Quiet(held[0]), v.list(c.Role).Name, takes, by.Mention())
	}
	return fmt.Sprintf("only command gives roles to others; each of them can write `%s`", takes)
}

// starting reports whether the needed roles have not all been filled yet.
func (v *view) starting() bool {
	_, staffed := v.staffedAt()
	_, back := v.restored()
	return !staffed && !back
}

// fitness says why somebody cannot hold a role at all, or "".
func (v *view) fitness(who incident.Person) string {
	st := v.s.People[who]
	switch {
	case !st.Known:
		return fmt.Sprintf("there is no account %s; check the spelling", render.Code(who.Mention()))
	case st.Bot:
		return fmt.Sprintf("%s is an automation; roles are held by people", render.Quiet(who))
	case !st.Assignable:
		return fmt.Sprintf("tickets cannot be assigned to %s: they need access to %s first", render.Quiet(who), render.Code(v.home().Place()))
	}
	return ""
}

// explain says why a clash cannot be, and what to write instead of the line
// that would have given somebody the role asked for.
func (v *view) explain(x clash, asked incident.Role) string {
	held := x.a
	if held == asked {
		held = x.b
	}
	h, a := v.list(held), v.list(asked)
	switch {
	case held == incident.CommandRole:
		return fmt.Sprintf("%s is in command, and command cannot perform the tasks of another role. Hand command over first: `/ic @somebody`, then `%s %s`",
			render.Quiet(x.who), a.Takes, x.who.Mention())
	case asked == incident.CommandRole:
		return fmt.Sprintf("%s has %s, and command cannot perform the tasks of another role. Leave that first: `/release %s`, then `/ic %s`",
			render.Quiet(x.who), lower(h.Name), x.who.Mention(), x.who.Mention())
	}
	return fmt.Sprintf("%s has %s, which leaves no hand free for %s. Give it to somebody else: `%s @somebody`",
		render.Quiet(x.who), lower(h.Name), lower(a.Name), a.Takes)
}

func lower(s string) string { return strings.ToLower(s) }

func sameSet[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	return true
}
