package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/render"
)

// orders decides every command comment once, as it reads now, oldest first.
func (d *decision) orders() {
	for _, a := range d.undecided() {
		if d.unseen(a) {
			return
		}
		if !d.again(a) {
			d.comment(a)
		}
	}
}

// asked is a comment with commands.
type asked struct {
	incident.Comment
	lines []line
}

// undecided returns the comments with commands that are not decided yet. What
// was said before the declaration was said to nobody.
func (d *decision) undecided() []asked {
	decided := map[string]bool{}
	for _, o := range d.r.Orders {
		decided[o.Comment] = true
	}
	var list []asked
	for _, c := range d.s.Comments {
		early := c.At.Before(d.r.Declared.At) && c.ID != d.r.Declared.Comment
		if c.Ours || early || decided[c.ID] || d.s.People[c.Author].Bot {
			continue
		}
		a := asked{Comment: c}
		for _, p := range command.Parse(c.Said, command.Context{Author: c.Author, Home: d.home(), Host: d.host(), At: c.At, Zone: d.p.Zone}) {
			p.Command.Ref = d.canonical(p.Command.Ref)
			a.lines = append(a.lines, line{Parsed: p})
		}
		if len(a.lines) > 0 {
			list = append(list, a)
		}
	}
	return list
}

// line is one command of a comment while it is judged.
type line struct {
	command.Parsed
	refusal   string // why not, and what to write instead; "" obeys
	silent    bool   // refused without a reply
	reply     string // what there is to say about an obeyed line
	unstaffed incident.Role
}

func (l *line) refuse(format string, args ...any) {
	l.refusal = fmt.Sprintf(format, args...)
}

// comment decides the commands of one comment: permission is judged as things
// stood at its start, constraints after all its lines (design, section 9).
func (d *decision) comment(a asked) {
	for i := range a.lines {
		d.judge(a.Comment, &a.lines[i])
	}
	d.apply(d.constrain(a.lines), a.At, "order")
	for i := range a.lines {
		d.conclude(a, i)
	}
}

// judge decides whether a line may be obeyed, leaving out constraints.
func (d *decision) judge(c incident.Comment, l *line) {
	switch {
	case !d.s.People[c.Author].Trusted:
		l.refusal, l.silent = "not a member of the team", true
	case !c.EditedAt.IsZero() && c.EditedAt.After(c.At):
		l.breaks(asItWasSaid, "this comment was edited before I read it, so I cannot tell what was said when; post it again: %s", render.Code(l.Said))
	case l.Err != "":
		l.refusal = l.Err
	case d.ended() && !asks(l.Command.Word):
		l.breaks(overIsOver, "the incident is %s; %s first if it is not over", d.ending(), d.resumption())
	case c.Private && l.Command.Text != "":
		l.breaks(restricted, "only some may read this comment, and the incident's texts are for everybody: post %s without the restriction", render.Code(l.Said))
	default:
		d.permit(c, l)
	}
}

// asks reports whether a command only asks: it is answered when all is over too.
func asks(word string) bool { return word == "status" || word == "help" }

// constrain tries the role lines that may be obeyed, all together, and refuses
// the last of those that bring about a clash until none is left.
func (d *decision) constrain(lines []line) crew {
	for {
		c := d.crew()
		staff(lines, c)
		clashes := c.clashes(d.p.SmallTeam)
		refused := slices.ContainsFunc(clashes, func(x clash) bool {
			for i := len(lines) - 1; i >= 0; i-- {
				if l := &lines[i]; l.refusal == "" && l.causes(x) {
					l.breaks(x.rule(), "%s", d.explain(x, l.Command.Role))
					return true
				}
			}
			return false
		})
		if !refused {
			return c
		}
	}
}

// staff makes a crew what the lines that are obeyed make of it.
func staff(lines []line, c crew) {
	for i := range lines {
		if lines[i].refusal == "" {
			lines[i].staff(c)
		}
	}
}

func (l *line) staff(c crew) {
	switch l.Command.Word {
	case "role":
		c.put(l.Command.Role, l.Command.People)
	case "release":
		for _, role := range incident.Roles {
			for _, who := range l.Command.People {
				c.drop(role, who)
			}
		}
	}
}

func (l *line) causes(x clash) bool {
	return l.Command.Word == "role" && (l.Command.Role == x.a || l.Command.Role == x.b) && slices.Contains(l.Command.People, x.who)
}

// apply makes the tenures those of a crew.
func (d *decision) apply(after crew, at time.Time, how string) {
	before := d.crew()
	for _, role := range incident.Roles {
		for _, who := range before[role] {
			if !slices.Contains(after[role], who) {
				d.finish(role, who, at, how)
			}
		}
		for _, who := range after[role] {
			if !slices.Contains(before[role], who) {
				d.begin(role, who, at, how)
			}
		}
	}
}

// conclude works out what an obeyed line brings about beyond the roles, and
// puts the order on the ledger.
func (d *decision) conclude(a asked, n int) {
	l := &a.lines[n]
	if l.refusal == "" {
		d.effect(a.Comment, l) // which may refuse it yet
	}
	o := d.order(a, n)
	d.enterOrder(o)
	if o.Verdict == incident.Obeyed && (o.Command.Word == "duplicate" || o.Command.Verb == effective) {
		d.enter(ledger.Entry{Kind: ledger.Sealed, At: o.At, By: o.By, Name: endingOf[o.Command.Word]})
	}
}

// order returns the nth line of a comment as it was judged.
func (d *decision) order(a asked, n int) incident.Order {
	l := a.lines[n]
	o := incident.Order{
		Comment: a.ID, Line: n, At: a.At, By: a.Author, Command: l.Command, Said: l.Said,
		Verdict: incident.Obeyed, Reply: l.reply, Decided: d.s.At, Unstaffed: l.unstaffed,
	}
	if l.refusal != "" {
		o.Verdict, o.Reply, o.Unstaffed = incident.RefusedByRule, l.refusal, ""
	}
	if l.silent {
		o.Reply = ""
	}
	return o
}

func (d *decision) enterOrder(o incident.Order) {
	d.enter(ledger.Entry{Kind: ledger.Ordered, At: o.At, By: o.By, Comment: o.Comment, Ref: o.Command.Ref, Text: o.Said, Order: &o})
}

// effective marks the retraction that was enough.
const effective = "effective"

var endingOf = map[string]string{"retract": "retracted", "duplicate": "duplicate"}
