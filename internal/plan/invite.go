package plan

import (
	"cmp"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// invitation is what people were last told by mail of a review. It stands on
// the board before it goes out, so that a lost store neither invites twice nor
// forgets whom to uninvite.
type invitation struct {
	Seq   int               `json:"seq"`
	Start time.Time         `json:"start"`
	Who   []incident.Person `json:"who"`
	Fresh bool              `json:"fresh,omitempty"` // Who is as of a week before
	Off   bool              `json:"off,omitempty"`   // it was cancelled
}

// invited returns which invitations should stand, each with a sequence that
// rises with every change (RFC 5546): the review that is next is invited to
// anew when its time changes, and once a week before if other people must come;
// one that will not take place is cancelled.
func (v *view) invited() map[int]invitation {
	if v.p.Mail == nil || len(v.kept.Invited) == 0 && !v.mailable() {
		return v.kept.Invited
	}
	all := maps.Clone(v.kept.Invited)
	r, stands := v.standing()
	for n, i := range all {
		if (!stands || n != r.next) && !i.Off && v.s.At.Before(i.Start) {
			i.Seq, i.Off = i.Seq+1, true
			all[n] = i
		}
	}
	if !stands || !v.s.At.Before(r.at()) {
		return all
	}
	i, was := all[r.next]
	who := v.reachable(v.required())
	again := i.Off || !i.Start.Equal(r.at())
	if fresh := !v.s.At.Before(r.at().Add(-early)); again {
		i.Fresh = fresh
	} else if fresh && !i.Fresh {
		again, i.Fresh = !sameSet(i.Who, who), true
	}
	switch {
	case again && len(who) == 0:
		return all
	case again && was:
		i.Seq++
		fallthrough
	case again:
		i.Start, i.Who, i.Off = r.at().UTC(), who, false
	}
	if all == nil {
		all = map[int]invitation{}
	}
	all[r.next] = i
	return all
}

// mailable reports whether there is anybody to invite.
func (v *view) mailable() bool { return len(v.reachable(v.required())) > 0 }

// reachable returns those of some people who can be invited.
func (v *view) reachable(people []incident.Person) []incident.Person {
	return slices.DeleteFunc(slices.Clone(people), func(who incident.Person) bool {
		_, ok := v.p.address(who)
		return !ok
	})
}

// address returns somebody as calendars name them. Their addresses are ASCII.
func (p *Policy) address(who incident.Person) (calendar.Person, bool) {
	x := p.People[who]
	a, err := mail.ParseAddress(x.Mail)
	if err != nil || strings.ContainsFunc(a.Address, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return calendar.Person{}, false
	}
	return calendar.Person{Name: cmp.Or(x.Name, a.Name), Mail: a.Address}, true
}

// invitations sends each invitation once: it has its review and its sequence
// for a name (O56).
func invitations(v *view, pl *Plan) {
	if !v.declared() || v.p.Mail == nil {
		return
	}
	due := v.invited()
	for _, n := range slices.Sorted(maps.Keys(due)) {
		if kept, ok := v.kept.Invited[n]; ok && kept.Seq == due[n].Seq && kept.Start.Equal(due[n].Start) {
			v.invite(pl, n, due[n])
		}
	}
}

type invitationText struct {
	N                  int
	Head, URL, Day     string
	Every              string
	Moved, Off, Closed bool
	Channel            string
}

func (v *view) invite(pl *Plan, n int, i invitation) {
	who := v.reachable(i.Who)
	if len(who) == 0 {
		return
	}
	e := v.meeting(n, i.Start)
	e.Sequence, e.Stamp = i.Seq, v.s.At
	m := incident.Mail{Subject: e.Title}
	c := calendar.Calendar{Method: calendar.Request}
	news := fmt.Sprintf("Review %d of %s is on %s", n, v.home(), v.p.day(i.Start))
	if i.Off {
		c.Method, m.Subject = calendar.Cancel, "Cancelled: "+e.Title
		news = fmt.Sprintf("Review %d of %s on %s is cancelled", n, v.home(), v.p.day(i.Start))
	}
	m.Text = v.render("invitation.md", invitationText{N: n, Head: string(v.home()), URL: v.s.URL, Every: render.Span(v.p.ReviewEvery), Day: v.p.day(i.Start), Moved: i.Seq > 0, Off: i.Off, Closed: v.ended(), Channel: v.channel()})
	e.Text = m.Text
	for _, p := range who {
		x, _ := v.p.address(p)
		e.Attendees = append(e.Attendees, x)
		m.To = append(m.To, (&mail.Address{Name: x.Name, Address: x.Mail}).String())
	}
	c.Events = []calendar.Event{e}
	var err error
	if m.Calendar, err = c.Encode(); err != nil {
		pl.because(fmt.Sprintf("the invitation to review %d cannot be written: %v", n, err))
		return
	}
	v.send(pl, fmt.Sprintf("%d/%d", n, i.Seq), incident.Notify{Event: "review", Text: news, Mail: &m})
}

// meeting returns a review as calendars show it, without people and version.
func (v *view) meeting(n int, start time.Time) calendar.Event {
	return calendar.Event{
		UID: calendar.UID(v.host(), v.s.ID, n), Start: start.In(v.p.zone()), Length: v.p.length(),
		Title: fmt.Sprintf("Review %d of %s: %s", n, v.home(), oneLine(v.s.Head.Title)),
		URL:   v.s.URL, Organizer: v.organizer(),
	}
}

// organizer is who mail comes from; without mail an address that takes none.
func (v *view) organizer() calendar.Person {
	if v.p.Mail != nil {
		if a, err := mail.ParseAddress(v.p.Mail.From); err == nil {
			return calendar.Person{Name: a.Name, Mail: a.Address}
		}
	}
	return calendar.Person{Name: "Hereby", Mail: "hereby@nowhere.invalid"}
}

// Reviews returns the review that stands for an incident, as a feed shows it,
// from the record alone; none if nothing is to be reviewed.
func Reviews(p *Policy, record incident.Record) []calendar.Event {
	v := newView(p, incident.Journal{}, record, record.Last)
	if !v.declared() || v.s.Gone {
		return nil
	}
	r, stands := v.standing()
	if !stands {
		return nil
	}
	e := v.meeting(r.next, r.at())
	if e.Stamp = v.r.Declared.At; len(v.r.Orders) > 0 {
		for _, o := range v.obeyed("restored", "review") {
			e.Stamp = o.At
		}
	}
	e.Sequence = v.kept.Invited[r.next].Seq
	e.Text = v.render("invitation.md", invitationText{N: r.next, Head: string(v.home()), URL: v.s.URL, Every: render.Span(v.p.ReviewEvery), Day: v.p.day(r.at())})
	return []calendar.Event{e}
}
