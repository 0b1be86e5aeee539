package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// permitUpdate keeps command out of communications' tasks (O20, O22), except
// that it may stand in while nobody else does, once the staffing time is over.
func (d *decision) permitUpdate(c incident.Comment, l *line) {
	switch {
	case d.holds(incident.Communications, c.Author):
	case !d.holds(incident.CommandRole, c.Author) && d.holder(incident.Communications) != "":
		l.breaks(eachToTheirRole, "that is for communications: %s can write it", render.Quiet(d.holder(incident.Communications)))
	case !d.holds(incident.CommandRole, c.Author):
		l.breaks(eachToTheirRole, "that is for communications: take it with `/comms`, then write %s again", render.Code(l.Said))
	case d.holder(incident.Communications) != "":
		l.breaks(commandDirects, "you are in command, and command does not talk to customers; %s can write it", render.Quiet(d.holder(incident.Communications)))
	case c.At.Before(d.r.Declared.At.Add(d.p.Staffing)):
		l.breaks(rolesFirst, "nobody has communications yet: `/comms @somebody` first")
	default:
		l.unstaffed = incident.Communications
		l.reply = "noted as unstaffed: communications is vacant, `/comms @somebody` fills it"
	}
}

// unreached says of an update whom no channel reaches: it is on record, and
// they must be told another way.
func (d *decision) unreached(l *line) {
	asked := []string{l.Command.Verb}
	if l.Command.Verb == "all" {
		asked = []string{"owner", "customers", "internal"}
	}
	var deaf []string
	for _, who := range asked {
		company := l.Command.Verb == "all" && who == "internal" && d.p.Mail != nil && len(d.p.Mail.Lists["all"]) > 0
		if !d.p.Reaches(who, d.owner()) && !company {
			deaf = append(deaf, audiences[who])
		}
	}
	switch {
	case len(deaf) == 0:
	case len(deaf) == len(asked):
		l.reply = joinSentences(l.reply, fmt.Sprintf("recorded, not sent: no channel is configured for %s; tell them another way", listed(deaf)))
	default:
		l.reply = joinSentences(l.reply, fmt.Sprintf("sent, but only recorded for %s, for whom no channel is configured; tell them another way", listed(deaf)))
	}
}

// audiences are whom an update is for, as a sentence names them.
var audiences = map[string]string{"owner": "the service owner", "customers": "the customers", "internal": "the teams", "all": "everybody"}

func listed(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// updates sends what communications told, once each (O30 to O32), and watches
// the clock by which they are to tell more.
func updates(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	for _, o := range v.obeyed("update") {
		which := fmt.Sprintf("%s.%d", o.Comment, o.Line)
		if isBlanked(o) || v.went("update", which) {
			continue
		}
		v.send(pl, which, incident.Notify{
			Event: "update",
			Text:  fmt.Sprintf("Update for %s: %s – %s %s", audiences[o.Command.Verb], oneLine(o.Command.Text), v.home(), v.s.Head.Title),
			Mail:  v.updateMail(o),
		})
	}
	v.updateClock(pl)
}

// updateText is what templates/mail-update.md shows.
type updateText struct {
	mailText
	Text     string
	Next     time.Time // of the next word; zero: none is promised
	Restored time.Time
	Inside   bool // its readers may know where the team works
}

func (v *view) updateMail(o incident.Order) *incident.Mail {
	text := updateText{mailText: v.mailText(), Text: o.Command.Text, Inside: o.Command.Verb == "owner" || o.Command.Verb == "internal"}
	if o.Command.Verb == "all" && v.p.Mail != nil {
		text.Inside = len(v.p.Mail.Lists["customers"]) == 0
	}
	if at, ok := v.restoredBy(o.At); ok {
		text.Restored = at
	} else if v.p.UpdateEvery > 0 {
		text.Next = o.At.Add(v.p.UpdateEvery)
	}
	return v.mail(v.p.Addresses(o.Command.Verb, v.owner()), "", "mail-update.md", text)
}

// restoredBy returns since when service was back as it was known at a time.
func (v *view) restoredBy(then time.Time) (at time.Time, ok bool) {
	for _, o := range v.obeyed("restored", "unrestored") {
		if !o.At.After(then) {
			at, ok = when(o), o.Command.Word == "restored"
		}
	}
	return at, ok
}

// escalate is how long after communications command is reminded of an update.
const escalate = 15 * time.Minute

type updateDueText struct {
	Who     []string // who must act
	Told    bool     // there was an update before
	Elapsed string   // since the last one, or since the roles were filled
	Late    bool     // communications was reminded already
	Comms   incident.Person
}

// updateClock reminds of the updates that stakeholders were promised, from
// staffing until service is back (O33): communications when one is due, command
// a quarter of an hour later, and so again in each period without one. It
// mentions only who must act (O69).
func (v *view) updateClock(pl *Plan) {
	since, told, runs := v.lastTold()
	if !runs {
		return
	}
	every, late := v.p.UpdateEvery, min(escalate, v.p.UpdateEvery/2)
	periods := v.s.At.Sub(since) / every
	if periods < 1 {
		pl.wake(since.Add(every))
		return
	}
	at, comms := since.Add(periods*every), v.holder(incident.Communications)
	next, role := at.Add(every), incident.Communications
	if late := at.Add(late); comms != "" && !v.s.At.Before(late) {
		at, role = late, incident.CommandRole
	} else if comms != "" {
		next = late
	}
	pl.wake(next)
	text := updateDueText{Who: v.mentions(role), Told: told, Elapsed: render.Span(at.Sub(since)), Late: role == incident.CommandRole, Comms: comms}
	if len(text.Who) > 0 && !v.saidSince("say/update", at) {
		v.sayOnce(pl, incident.Slot("say/update/"+stampOf(at)), "update-due.md", text)
	}
	pl.because("stakeholders wait for an update since " + render.Stamp(since.Add(every), v.p.Zone))
}

// lastTold returns when stakeholders last heard how things stand, or when they
// should have begun to. The clock runs while people respond and service is not
// back; telling only the service owner does not stop it.
func (v *view) lastTold() (since time.Time, told, runs bool) {
	since, staffed := v.staffedAt()
	if _, back := v.restored(); !staffed || back || v.ended() || v.p.UpdateEvery <= 0 {
		return since, false, false
	}
	for _, o := range v.obeyed("update", "unrestored") {
		if o.Command.Word == "update" && o.Command.Verb == "owner" || o.At.Before(since) {
			continue
		}
		since, told = o.At, told || o.Command.Word == "update"
	}
	return since, told, true
}

// mentions returns who must act for a role: its holder, else command, else the
// people on call.
func (v *view) mentions(role incident.Role) []string {
	for _, r := range []incident.Role{role, incident.CommandRole} {
		if who := v.holder(r); who != "" {
			return []string{who.Mention()}
		}
	}
	return v.p.Call
}

// saidSince reports whether we said something of a family since a time, under
// whatever name: a lost store may reckon otherwise than the one before.
func (v *view) saidSince(family string, at time.Time) bool {
	return slices.ContainsFunc(v.s.Comments, func(c incident.Comment) bool {
		return c.Ours && c.Slot.Under(family) && !c.At.Before(at)
	})
}

// oneLine is a text without its line ends.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// permitOwner refuses a service owner whom nobody could address.
func (d *decision) permitOwner(by incident.Person, l *line) {
	who := l.Command.People[0]
	switch st := d.s.People[who]; {
	case !d.holds(incident.CommandRole, by):
		d.leaveToCommand(l)
	case !st.Known:
		l.refuse("there is no account %s; check the spelling", render.Code(who.Mention()))
	case st.Bot:
		l.refuse("%s is an automation; name a person", render.Quiet(who))
	}
}
