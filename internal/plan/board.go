package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// boardText is what templates/board.md shows.
type boardText struct {
	Phase      string
	By         incident.Person
	At         time.Time
	Via        string
	Restored   time.Time
	Page       string
	Published  time.Time
	External   bool
	Ended      string
	Summary    string
	SummaryAt  time.Time
	Roles      []boardRole
	Starting   bool
	Commander  incident.Person
	Call       []string
	ReviewDays int
	Review     string // the next one
	Changes    []change
	Missing    []missing
	Settled    []missing
	MayClose   bool
	Others     []string
	Private    string
	Trouble    []string
	Unsure     []string
	Channel    string
	Owner      incident.Person
	Marks      []boardMark
	Epic       string
}

// maxOthers is how many other open incidents a new one shows: one of the
// latest is the likeliest to be the same outage.
const maxOthers = 5

type boardRole struct {
	Role                 incident.Role
	Name, Purpose, Takes string
	People               []incident.Person
}

// board keeps our one comment that shows everything, and is the first thing
// written about an incident (O3, O13, O58, O78). It shows nothing that changes
// by itself as time passes: an unchanged incident costs no write.
func board(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	text, data := v.render("board.md", v.boardText()), v.remember()
	c, ok := v.s.Said(incident.Board)
	switch known := v.j.Slots[incident.Board]; {
	case ok && c.Hash == incident.HashText(text) && c.Data == data:
	case ok && v.s.At.Before(v.calmUntil(c)):
		pl.wake(v.calmUntil(c))
	case ok:
		pl.do(incident.Say{Slot: incident.Board, Comment: c.ID, Text: text, Data: data})
	case known.Comment == "" || !v.s.At.Before(known.At.Add(v.s.Settling.Comments)):
		pl.do(incident.Say{Slot: incident.Board, Text: text, Data: data}) // never written, or deleted
	default:
		pl.wake(known.At.Add(v.s.Settling.Comments))
	}
}

// calmUntil is until when the board is left as it is, where every edit reaches
// everybody's mailbox: a while after the last one, unless the phase changes.
func (v *view) calmUntil(c incident.Comment) time.Time {
	last := v.j.Slots[incident.Board].Written.At
	if c.EditedAt.After(last) {
		last = c.EditedAt
	}
	if last.IsZero() || !has(v.s.Head.Labels, incident.LabelFor(v.phase())) {
		return time.Time{}
	}
	return last.Add(v.s.Caps.Calm)
}

func (v *view) boardText() boardText {
	b := boardText{
		Phase: v.phase(), By: v.r.Declared.By, At: v.r.Declared.At, Via: v.r.Declared.Via,
		Starting: v.starting() && !v.ended(), Commander: v.holder(incident.CommandRole), Call: v.p.Call,
		ReviewDays: int(v.p.ReviewEvery / (24 * time.Hour)), Private: v.p.Private, Settled: v.settled(), Marks: v.boardMarks(), Epic: v.epicLink(),
	}
	for _, role := range incident.Roles {
		l := v.list(role)
		b.Roles = append(b.Roles, boardRole{role, l.Name, l.Purpose, l.Takes, v.holders(role)})
	}
	b.Channel, b.Owner = v.channel(), v.owner()
	if o, ok := last(v.obeyed("summary")); ok {
		b.Summary, b.SummaryAt = o.Command.Text, o.At
	}
	if at, ok := v.restored(); ok {
		b.Restored = at
	}
	if v.paged() && (v.p.Wiki != nil || v.external() != "") {
		b.Page, b.External = v.pageLink(), v.external() != ""
	}
	if o, ok := v.published(); ok {
		b.Published = o.At
	}
	if v.ended() {
		b.Ended = v.endedText()
		return b
	}
	if r, ok := v.standing(); ok {
		b.Review = v.announced(r)
	}
	b.Changes, b.Missing, b.Trouble, b.Unsure = v.changes(), v.gate(), v.trouble(), v.allUnsure()
	b.MayClose = len(b.Missing) == 0
	for _, o := range v.s.Others {
		if !b.Starting || len(b.Others) == maxOthers {
			break
		}
		b.Others = append(b.Others, fmt.Sprintf("%s, since %s", v.otherLink(o), render.Stamp(o.Since, v.p.Zone)))
	}
	return b
}

func (v *view) endedText() string {
	stamp := render.Stamp(v.r.Sealed, v.p.Zone)
	switch v.ending() {
	case "retracted":
		if o, ok := last(v.obeyed("retract")); ok {
			return fmt.Sprintf("Retracted on %s: %s", stamp, render.Inline(o.Command.Text))
		}
		return fmt.Sprintf("Retracted on %s.", stamp)
	case "duplicate":
		if o, ok := last(v.obeyed("duplicate")); ok {
			return fmt.Sprintf("The same outage as %s.", v.name(o.Command.Ref, ""))
		}
	}
	return fmt.Sprintf("Closed on %s: nothing stood against it any more.", stamp)
}

// trouble tells people what the tracker refuses to do.
func (v *view) trouble() []string {
	var list []string
	for what, r := range v.j.Refused {
		if !r.Lasts() {
			continue
		}
		line := render.Inline(what) + ": " + render.Inline(r.Why)
		if givenUp(what, r) {
			line += " – given up"
		}
		list = append(list, line)
	}
	slices.Sort(list)
	if spent := v.spent(); len(spent) >= PerHour {
		list = append(list, fmt.Sprintf("More than %d changes in an hour; the rest follows from %s on.", PerHour, render.Stamp(spent[0].Add(time.Hour), v.p.Zone)))
	}
	return list
}
