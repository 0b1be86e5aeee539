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

// takeover turns what people did to the roles by hand since the last snapshot
// into tenures, and ends the tenures of people who lost access.
func (d *decision) takeover() {
	for _, t := range d.s.Tickets {
		role := t.Slot.Role()
		kept, ok := d.ticket(t.Slot)
		if role == "" || t.Gone || !ok || kept.Ref != t.Ref { // a double is closed by repair
			continue
		}
		if before, ok := d.r.Last.Ticket(t.Ref); ok && !sameSet(before.Assignees, t.Assignees) && !d.due(t) {
			d.followHand(role, t, before.Assignees)
		}
	}
	if d.ended() { // who had the roles in the end stays on record
		return
	}
	for _, role := range incident.Roles {
		for _, who := range d.holders(role) {
			if d.left(who) {
				d.finish(role, who, d.s.At, "left")
			}
		}
	}
}

// due reports whether a role's ticket shows what an order that is still to be
// decided makes of it: that was no hand, but a process that decided and died, or
// whose store was lost. The order brings it about, at its time.
func (d *decision) due(t incident.Ticket) bool {
	return slices.ContainsFunc(d.inHand(), func(c crew) bool { return sameSet(c.wanted(t.Slot), t.Assignees) })
}

// inHand returns what each comment that is still to be decided makes of the roles.
func (d *decision) inHand() (list []crew) {
	for _, a := range d.undecided() {
		for i := range a.lines {
			d.judge(a.Comment, &a.lines[i])
		}
		list = append(list, d.constrain(a.lines))
	}
	return list
}

// left reports whether somebody lost access: they count as gone (section 8).
func (v *view) left(who incident.Person) bool {
	st, ok := v.s.People[who]
	return ok && !st.Trusted && !st.Assignable
}

// wanted returns who should be assigned to a role's ticket by its tenures.
func (v *view) wanted(slot incident.Slot) []incident.Person { return v.crew().wanted(slot) }

func (c crew) wanted(slot incident.Slot) []incident.Person {
	role := slot.Role()
	if role != incident.Operations {
		return c[role]
	}
	for _, who := range c[role] {
		if incident.RoleSlot(role, who) == slot {
			return []incident.Person{who}
		}
	}
	return nil
}

// followHand makes the tenures say what somebody's hand made of the assignees
// of a role's ticket, as far as the rules allow; assign undoes the rest. What
// an order of ours changed the tenures say already.
func (d *decision) followHand(role incident.Role, t incident.Ticket, before []incident.Person) {
	may := slices.DeleteFunc(slices.Clone(t.Assignees), func(p incident.Person) bool { return d.breaks(role, p) })
	if len(t.Assignees) > 0 && len(may) == 0 {
		return
	}
	for _, who := range before {
		theirs := role != incident.Operations || incident.RoleSlot(role, who) == t.Slot
		if theirs && d.holds(role, who) && !slices.Contains(t.Assignees, who) {
			d.finish(role, who, d.s.At, "hand")
		}
	}
	for _, who := range may {
		if slices.Contains(before, who) || d.holds(role, who) {
			continue
		}
		held := d.holder(role)
		switch {
		case held == "" || role == incident.Operations:
		case role == incident.CommandRole: // assigning it is a hand-over
			d.finish(role, held, d.s.At, "hand")
		default:
			continue // a second one: who began first stays
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

// patience is how long command may show no sign of life, and the same in words.
func (v *view) patience() (time.Duration, string) {
	if _, back := v.restored(); back {
		return 7 * 24 * time.Hour, "7 days"
	}
	return 15 * time.Minute, "15 minutes"
}

// absent reports whether command has not acted for so long that anybody
// trusted may take over: 15 minutes, or 7 days after service came back.
func (v *view) absent(at time.Time) bool {
	who := v.holder(incident.CommandRole)
	limit, _ := v.patience()
	if back, ok := v.restored(); ok && at.Before(back.Add(limit)) {
		return false
	}
	acted := v.r.Declared.At
	for _, t := range v.r.Tenures {
		if t.Role == incident.CommandRole && t.Who == who && t.From.After(acted) {
			acted = t.From
		}
	}
	for _, sign := range v.signs(who) {
		if sign.After(acted) && !sign.After(at) {
			acted = sign
		}
	}
	return !at.Before(acted.Add(limit))
}

// signs returns when somebody did something that we can see: said something,
// now deleted or not, or did something to the head or a ticket.
func (v *view) signs(who incident.Person) []time.Time {
	var all []time.Time
	for _, c := range v.s.Comments {
		if c.Author == who && !c.Ours {
			all = append(all, c.At, c.EditedAt)
		}
	}
	for _, o := range v.r.Orders {
		if o.By == who {
			all = append(all, o.At)
		}
	}
	for _, e := range v.s.Events {
		if e.By == who {
			all = append(all, e.At)
		}
	}
	for t := range v.s.All() {
		if t.Closed.By == who {
			all = append(all, t.Closed.At)
		}
	}
	return all
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
		_, limit := v.patience()
		return fmt.Sprintf("%s is in command and can hand over with `/ic %s`; after %s without a sign of life `/ic` takes over", render.Quiet(commander), c.People[0].Mention(), limit)
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
		return fmt.Sprintf("%s is an automation; name a person", render.Quiet(who))
	case !st.Assignable:
		return fmt.Sprintf("tickets cannot be assigned to %s: they need access to %s first", render.Quiet(who), render.Code(v.home().Place()))
	}
	return ""
}

// rule returns the rule that a clash breaks.
func (x clash) rule() rule {
	if x.a == incident.CommandRole || x.b == incident.CommandRole {
		return commandDirects
	}
	return oneRoleEach
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
