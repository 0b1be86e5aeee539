package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/command"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/render"
)

// orders decides every command comment once, as it reads now, oldest first.
func (d *decision) orders() {
	decided := map[string]bool{}
	for _, o := range d.r.Orders {
		decided[o.Comment] = true
	}
	for _, c := range d.s.Comments {
		early := c.At.Before(d.r.Declared.At) && c.ID != d.r.Declared.Comment
		if c.Ours || early || decided[c.ID] || d.s.People[c.Author].Bot {
			continue
		}
		parsed := command.Parse(c.Said, command.Context{Author: c.Author, Home: d.home(), At: c.At, Zone: d.p.Zone})
		if len(parsed) > 0 {
			d.comment(c, parsed)
		}
	}
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
func (d *decision) comment(c incident.Comment, parsed []command.Parsed) {
	lines := make([]line, len(parsed))
	for i, p := range parsed {
		lines[i].Parsed = p
	}
	if !d.replay(c, lines) {
		for i := range lines {
			d.judge(c, &lines[i])
		}
	}
	before, after := d.crew(), d.constrain(lines)
	d.apply(before, after, c.At)
	for i := range lines {
		d.conclude(c, i, &lines[i])
	}
}

// judge decides whether a line may be obeyed, leaving out constraints.
func (d *decision) judge(c incident.Comment, l *line) {
	switch {
	case !d.s.People[c.Author].Trusted:
		l.refusal, l.silent = "not a member of the team", true
	case !c.EditedAt.IsZero() && c.EditedAt.After(c.At):
		l.refuse("this comment was edited before I read it, so I cannot tell what was said when; post it again: %s", render.Code(l.Said))
	case l.Err != "":
		l.refusal = l.Err
	case d.ended() && l.Command.Word != "status" && l.Command.Word != "help":
		l.refuse("the incident is %s; reopen the issue first if it is not over", d.ending())
	default:
		d.permit(c, l)
	}
}

// replay restores the verdicts of a comment that was decided before the store
// forgot: from our acknowledgement, or from the data of our reply.
func (d *decision) replay(c incident.Comment, lines []line) bool {
	reply, replied := d.s.Said(incident.ReplySlot(c.ID))
	verdicts, ok := recallVerdicts(reply.Data, len(lines))
	switch {
	case replied && ok:
		for i := range lines {
			if verdicts[i] != 'o' {
				lines[i].refusal, lines[i].silent = "refused before", true
			}
		}
	case c.Acked == incident.Obeyed:
	case c.Acked == incident.RefusedByRule:
		for i := range lines {
			lines[i].refusal, lines[i].silent = "refused before", true
		}
	default:
		return false
	}
	for i := range lines {
		if lines[i].Err != "" && lines[i].refusal == "" {
			lines[i].refusal, lines[i].silent = lines[i].Err, true
		}
	}
	return true
}

// constrain tries the role lines that may be obeyed, all together, and refuses
// the last of those that bring about a clash until none is left.
func (d *decision) constrain(lines []line) crew {
	for {
		c := d.crew()
		for i := range lines {
			if lines[i].refusal == "" {
				lines[i].staff(c)
			}
		}
		clashes := c.clashes(d.p.SmallTeam)
		refused := slices.ContainsFunc(clashes, func(x clash) bool {
			for i := len(lines) - 1; i >= 0; i-- {
				if l := &lines[i]; l.refusal == "" && l.causes(x) {
					l.refusal = d.explain(x, l.Command.Role)
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

// apply turns the difference of two crews into tenures.
func (d *decision) apply(before, after crew, at time.Time) {
	for _, role := range incident.Roles {
		for _, who := range before[role] {
			if !slices.Contains(after[role], who) {
				d.finish(role, who, at, "order")
			}
		}
		for _, who := range after[role] {
			if !slices.Contains(before[role], who) {
				d.begin(role, who, at, "order")
			}
		}
	}
}

// conclude puts the order on the ledger, and works out what an obeyed one
// brings about beyond the roles.
func (d *decision) conclude(c incident.Comment, n int, l *line) {
	o := incident.Order{Comment: c.ID, Line: n, At: c.At, By: c.Author, Command: l.Command, Said: l.Said, Verdict: incident.Obeyed, Unstaffed: l.unstaffed}
	if l.refusal == "" {
		d.effect(c, l)
		o.Command, o.Reply = l.Command, l.reply
	}
	if l.refusal != "" { // judged, or by its effect
		o.Verdict, o.Reply = incident.RefusedByRule, l.refusal
		if l.silent {
			o.Reply = ""
		}
	}
	d.enter(ledger.Entry{Kind: ledger.Ordered, At: c.At, By: c.Author, Comment: c.ID, Ref: l.Command.Ref, Text: l.Said, Order: &o})
	if o.Verdict == incident.Obeyed && (o.Command.Word == "duplicate" || o.Command.Verb == effective) {
		d.enter(ledger.Entry{Kind: ledger.Sealed, At: c.At, By: c.Author, Name: endingOf[o.Command.Word]})
	}
}

// effective marks the retraction that was enough.
const effective = "effective"

var endingOf = map[string]string{"retract": "retracted", "duplicate": "duplicate"}

// recallVerdicts reads what replyData wrote.
func recallVerdicts(data string, n int) (string, bool) {
	verdicts, _, _ := strings.Cut(data, ".")
	return verdicts, len(verdicts) == n && n > 0 && strings.Trim(verdicts, "or") == ""
}
