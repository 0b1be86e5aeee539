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

// permit refuses a line its author may not give as things stand now, with the
// line to paste.
func (d *decision) permit(c incident.Comment, l *line) {
	by, word := c.Author, l.Command.Word
	switch word {
	case "role":
		d.permitRole(c, l)
	case "release":
		d.permitRelease(by, l)
	case "action", "change":
		d.permitOperations(c, l)
	case "summary", "restored", "unrestored", "publish", "postmortem":
		if !d.holds(incident.CommandRole, by) {
			d.leaveToCommand(l)
		}
	case "wontfix", "unlink":
		d.permitPlanning(by, l)
	case "close", "duplicate", "review":
		if !d.mayEnd(by) {
			d.leaveToCommand(l)
		}
	case "retract":
		if by != d.r.Declared.By && !d.mayEnd(by) && d.firstRetraction(by, c.At) == "" {
			d.leaveToCommand(l)
		}
	case "done", "skip":
		d.permitDuty(by, l)
	case "update":
		d.permitUpdate(c, l)
	case "owner":
		d.permitOwner(by, l)
	case "followup":
		d.permitFollowup(l)
	case "link":
		if l.Command.Ref == d.home() {
			l.refuse("that is this incident itself")
		}
	}
}

func (d *decision) permitRole(c incident.Comment, l *line) {
	role, people := l.Command.Role, l.Command.People
	if role != incident.Operations && len(people) > 1 {
		l.breaks(oneHolder, "%s is one person; name one: `%s %s`", d.list(role).Name, d.list(role).Takes, people[0].Mention())
		return
	}
	var already []string
	var fresh []incident.Person
	for _, who := range people {
		switch {
		case !d.holds(role, who):
			fresh = append(fresh, who)
		default:
			already = append(already, render.Quiet(who))
		}
	}
	if len(fresh) == 0 { // whoever says so
		if len(already) > 0 && !d.forgotten(c) {
			l.reply = fmt.Sprintf("%s already has it", strings.Join(already, ", "))
		}
		return
	}
	if why := d.mayStaff(c.Author, l.Command, c.At); why != "" {
		l.breaks(commandAssigns, "%s", why)
		return
	}
	for _, who := range fresh {
		if why := d.fitness(who); why != "" {
			l.refuse("%s", why)
			return
		}
	}
}

// forgotten reports that what a comment asked for may have been done before the
// store forgot: then that it is done is nothing to wonder at.
func (v *view) forgotten(c incident.Comment) bool { return c.At.Before(v.j.Epoch) }

func (d *decision) permitRelease(by incident.Person, l *line) {
	for _, who := range l.Command.People {
		holds := slices.ContainsFunc(incident.Roles, func(r incident.Role) bool { return d.holds(r, who) })
		switch {
		case !holds:
			l.refuse("%s holds no role here", render.Quiet(who))
		case who != by && !d.holds(incident.CommandRole, by):
			l.breaks(commandAssigns, "only command takes others off their roles")
		default:
			continue
		}
		return
	}
}

// permitOperations keeps command out of operations' tasks (O20, O21), except
// that it may stand in while nobody else does, once the staffing time is over.
func (d *decision) permitOperations(c incident.Comment, l *line) {
	switch {
	case d.holds(incident.Operations, c.Author):
	case !d.holds(incident.CommandRole, c.Author):
		l.breaks(eachToTheirRole, "that is for operations: join with `/ops`, then write %s again", render.Code(l.Said))
	case len(d.holders(incident.Operations)) > 0:
		l.breaks(commandDirects, "you are in command, and command does not repair; %s can write it", render.Quiet(d.holder(incident.Operations)))
	case c.At.Before(d.r.Declared.At.Add(d.p.Staffing)):
		l.breaks(rolesFirst, "nobody is in operations yet: `/ops @somebody` first")
	default:
		l.unstaffed = incident.Operations
		l.reply = "noted as unstaffed: operations is vacant, `/ops @somebody` fills it"
	}
}

func (d *decision) permitPlanning(by incident.Person, l *line) {
	if !d.holds(incident.Planning, by) && !d.holds(incident.CommandRole, by) {
		l.breaks(eachToTheirRole, "only planning and command decide that: `/planning` takes planning if it is vacant")
		return
	}
	ref, word := l.Command.Ref, l.Command.Word
	counted, ok := d.r.Counted[ref]
	t, seen := d.lookup(ref)
	name := render.Code(ref.Near(d.home()))
	switch {
	case isReview(cmp.Or(t.Slot, counted.Slot)):
		l.breaks(reviewsGoOn, "%s is the ticket of a review, which can be moved and not be cancelled: `/review move DATE`", name)
	case !ok || counted.Out:
		l.refuse("%s is not part of this incident; the board lists what is", name)
	case cmp.Or(t.Slot, counted.Slot) == incident.Epic:
		l.breaks(theGate, "%s is the epic, which is closed with the incident", name)
	case word == "unlink" && isDuty(cmp.Or(t.Slot, counted.Slot)) && !t.Unreadable:
		l.breaks(theGate, "%s is a role's ticket and cannot be taken out: its duties are ticked, or left out with `/skip N REASON`", name)
	case word == "wontfix" && (!seen || t.Unreadable || t.Gone):
		l.refuse("%s cannot be read, so I cannot close it; take it out with %s", name, render.Code("/unlink "+ref.Near(d.home())+" "+l.Command.Text))
	case word == "wontfix" && t.Incident:
		l.refuse("%s is an incident of its own and is closed there", name)
	}
}

// permitFollowup refuses what would be left out of the ticket without a word: a
// date that is none, and an owner to whom it could not be assigned. Nor does it
// let what only some may see out of its place.
func (d *decision) permitFollowup(l *line) {
	if _, err := postmortem.Due(firstLine(l.Command.Text)); err != nil {
		l.refuse("%s", err)
		return
	}
	place := l.Command.Place
	if d.confined(place) {
		l.breaks(restricted, "only some may see this incident, and a ticket in %s would be open to others; leave out %s, and it is filed here, restricted as the incident is", render.Inline(place), render.Code("to:"+place))
		return
	}
	if place != "" && !strings.EqualFold(place, d.home().Place()) {
		return // who may be assigned there we do not know
	}
	for _, who := range l.Command.People {
		if why := d.fitness(who); why != "" {
			l.refuse("%s", why)
			return
		}
	}
}

// mayEnd reports whether somebody may close, retract, call a duplicate or
// speak of reviews: command, or planning while command is vacant.
func (v *view) mayEnd(by incident.Person) bool {
	if v.holder(incident.CommandRole) == "" {
		return v.holds(incident.Planning, by)
	}
	return v.holds(incident.CommandRole, by)
}

// leaveToCommand refuses what is command's to say.
func (d *decision) leaveToCommand(l *line) {
	r := eachToTheirRole
	if d.holder(incident.CommandRole) == "" {
		r = rolesFirst
	}
	l.breaks(r, "%s", d.onlyCommand(l.Command.Word))
}

func (v *view) onlyCommand(word string) string {
	who := v.holder(incident.CommandRole)
	if who == "" {
		return "nobody is in command: take it with `/ic` first"
	}
	return fmt.Sprintf("only command (%s) may write `/%s`", render.Quiet(who), word)
}

// permitDuty finds the duty that N means: it counts through the duties of the
// author's roles, in the order of the roles.
func (d *decision) permitDuty(by incident.Person, l *line) {
	var mine []string
	for _, role := range incident.Roles {
		if d.holds(role, by) && d.begun(role) {
			for _, duty := range d.duties(role) {
				mine = append(mine, string(role)+"-"+duty.ID)
			}
		}
	}
	switch n := l.Command.N; {
	case len(mine) == 0 && d.holds(incident.Planning, by):
		l.refuse("planning's checklist comes when service is back")
	case len(mine) == 0:
		l.breaks(eachToTheirRole, "you hold no role here; whoever does ticks its duties")
	case n < 1 || n > len(mine):
		l.refuse("your checklist has %d duties, counted from the top: `/%s 1` to `/%s %d`", len(mine), l.Command.Word, l.Command.Word, len(mine))
	default:
		l.Command.Verb = mine[n-1]
	}
}

// aloneFor is how long command may retract alone (design, section 9).
const aloneFor = time.Hour

// alone reports whether whoever may retract needs no second person for it.
func (v *view) alone(by incident.Person, at time.Time) bool {
	others := slices.ContainsFunc(v.r.Tenures, func(t incident.Tenure) bool { return t.To.IsZero() && t.Who != by })
	return !others && !at.After(v.r.Declared.At.Add(aloneFor))
}

// firstRetraction returns who else asked for a retraction in the day before.
func (v *view) firstRetraction(by incident.Person, at time.Time) incident.Person {
	for _, o := range v.obeyed("retract") {
		if o.By != by && o.Command.Verb != effective && !at.After(o.At.Add(24*time.Hour)) && o.At.After(v.lastReopened()) {
			return o.By
		}
	}
	return ""
}

// lastReopened returns when the head was last reopened, zero if never.
func (v *view) lastReopened() (at time.Time) {
	for _, e := range v.s.Events {
		if e.Kind == "reopened" {
			at = e.At
		}
	}
	return at
}
