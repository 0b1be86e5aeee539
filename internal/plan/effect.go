package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// effect completes an obeyed order: what it means beyond being on record, and
// what there is to say about it. Some only prove impossible here.
func (d *decision) effect(c incident.Comment, l *line) {
	cmd := &l.Command
	switch cmd.Word {
	case "change":
		d.overlap(c, l)
	case "note":
		if !cmd.When.IsZero() {
			l.reply = "at " + render.Stamp(cmd.When, d.p.Zone)
		}
	case "restored":
		d.restore(c, l)
	case "unrestored":
		if _, ok := d.restored(); !ok {
			l.refuse("service was not reported back yet")
		}
	case "wontfix":
		if t, ok := d.lookup(cmd.Ref); ok && t.State != incident.Open && !d.forgotten(c) {
			l.reply = "it is closed already, as " + string(t.State)
		}
	case "review":
		d.review(c, l)
	case "close":
		if left := d.gate(); len(left) > 0 {
			l.breaks(theGate, "%s still %s against it:\n\n%s", count(len(left), "thing", "things"), stands(len(left)), bullets(left))
		}
	case "issue":
		if d.p.Wiki == nil || d.external() != "" {
			l.refuse("no post-mortem is kept here; file it as a ticket: %s", render.Code("/followup "+firstLine(cmd.Text)))
		}
	case "update":
		d.unreached(l)
	case "publish":
		d.publish(l)
	case "postmortem":
		d.elsewhere(l)
	case "retract":
		d.retract(c, l)
	case "duplicate":
		d.sameAs(l)
	case "status":
		l.reply = d.status()
	case "help":
		l.reply = d.help(c.Author)
	}
}

// overlap warns everybody concerned when two people change things at once: it
// is how nobody can say afterwards what helped (the essay's Alice and Bob, O28).
func (d *decision) overlap(c incident.Comment, l *line) {
	name := l.Command.Text
	var others []string
	started := false
	for _, x := range d.changes() {
		started = started || x.Name == name
		if x.Who != c.Author {
			others = append(others, fmt.Sprintf("%s by %s since %s", render.Code(x.Name), x.Who.Mention(), render.Stamp(x.Since, d.p.Zone)))
		}
	}
	if l.Command.Verb == "done" {
		if !started {
			l.refuse("no change %s is in progress; start it with %s", render.Code(name), render.Code("/change start "+name))
		}
		return
	}
	if len(others) == 0 {
		return
	}
	l.reply = joinSentences(l.reply, "⚠️ also in progress: "+strings.Join(others, "; ")+". If service comes back now, nobody can say which change did it.")
	if ic := d.holder(incident.CommandRole); ic != "" {
		l.reply += fmt.Sprintf(" %s, please decide which one goes first.", ic.Mention())
	}
}

func (d *decision) restore(c incident.Comment, l *line) {
	at := c.At
	if !l.Command.When.IsZero() {
		at = l.Command.When
	}
	if at.Before(d.r.Declared.At.Add(-24 * time.Hour)) {
		l.refuse("%s is more than a day before the declaration; give the time as HH:MM or as 2006-01-02T15:04:05Z", render.Stamp(at, d.p.Zone))
		return
	}
	if !l.Command.When.IsZero() {
		l.reply = "service is back since " + render.Stamp(at, d.p.Zone)
	}
	var open []string
	for _, x := range d.changes() {
		open = append(open, fmt.Sprintf("%s (%s)", render.Code(x.Name), x.Who.Mention()))
	}
	if len(open) > 0 {
		l.reply = joinSentences(l.reply, "still being changed: "+strings.Join(open, ", ")+"; write `/change done NAME` when it is over")
	}
}

func (d *decision) retract(c incident.Comment, l *line) {
	first := d.firstRetraction(c.Author, c.At)
	switch {
	case d.alone(c.Author, c.At), first != "":
		l.Command.Verb = effective
		l.reply = "retracted; it stays on record, and reopening the issue takes it up again"
	default:
		l.reply = fmt.Sprintf("a second trusted person must repeat it within 24 h: %s", render.Code(l.Said))
	}
}

// sameAs accepts only another open incident as the target, so that calling
// something a duplicate cannot bury it.
func (d *decision) sameAs(l *line) {
	for _, o := range d.s.Others {
		if o.Key.Ref() == l.Command.Ref {
			l.reply = "goes on in " + d.otherLink(o)
			return
		}
	}
	l.refuse("%s is not an open incident here", render.Code(l.Command.Ref.Near(d.home())))
}

// status is six lines with links: the phase, the roles, and what stands
// against closing.
func (d *decision) status() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**, declared by %s on %s", d.phase(), render.Quiet(d.r.Declared.By), render.Stamp(d.r.Declared.At, d.p.Zone))
	board, ok := d.s.Said(incident.Board)
	if ok && board.URL != "" {
		fmt.Fprintf(&b, " ([board](%s))", board.URL)
	}
	b.WriteString("\n")
	for _, role := range incident.Roles {
		fmt.Fprintf(&b, "- %s: %s\n", d.list(role).Name, d.whoHas(role))
	}
	left := d.gate()
	if len(left) == 0 {
		return b.String() + "- Nothing stands against closing."
	}
	fmt.Fprintf(&b, "- %s %s against closing: ", count(len(left), "thing", "things"), stands(len(left)))
	for i, m := range left[:min(len(left), maxStatus)] {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(m.Text)
	}
	if more := len(left) - maxStatus; more > 0 {
		fmt.Fprintf(&b, "; and %d more on the board", more)
	}
	return b.String()
}

// maxStatus is how much of what stands against closing a status names.
const maxStatus = 5

// whoHas names the holders of a role, or the word that takes it.
func (v *view) whoHas(role incident.Role) string {
	var names []string
	for _, who := range v.holders(role) {
		names = append(names, render.Quiet(who))
	}
	if names == nil {
		return "vacant – take it with `" + v.list(role).Takes + "`"
	}
	return strings.Join(names, ", ")
}

// help lists the commands that apply now to whoever asks.
func (d *decision) help(by incident.Person) string {
	return "\n" + command.Help(d.form(), func(s command.Spec) bool {
		switch s.Who {
		case command.ByCommand:
			return d.holds(incident.CommandRole, by)
		case command.ByOperations:
			return d.holds(incident.Operations, by) || d.holds(incident.CommandRole, by) && len(d.holders(incident.Operations)) == 0
		case command.ByComms:
			return d.holds(incident.Communications, by) || d.holds(incident.CommandRole, by) && d.holder(incident.Communications) == ""
		case command.ByPlanning:
			return d.holds(incident.Planning, by) || d.holds(incident.CommandRole, by)
		}
		return true
	})
}

func bullets(list []missing) string {
	var b strings.Builder
	for _, m := range list {
		b.WriteString("- " + m.Text + "\n")
	}
	return b.String()
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func stands(n int) string { return verb(n, "stand") }

// verb returns a verb as n things do it.
func verb(n int, word string) string {
	if n == 1 {
		return word + "s"
	}
	return word
}

func joinSentences(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// otherLink shows another incident: by its title only in its own place, since
// who reads this one may not be allowed to read there.
func (v *view) otherLink(o incident.Other) string {
	ref := string(o.Key.Ref())
	if o.URL != "" {
		ref = fmt.Sprintf("[%s](%s)", ref, o.URL)
	}
	if !strings.EqualFold(o.Key.Place(), v.s.Key.Place()) {
		return ref
	}
	return strings.TrimSpace(ref + " " + render.Inline(o.Title))
}
