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
	// Out are those who were invited once and need not come any more, with the
	// sequence from which on they need not.
	Out map[incident.Person]int `json:"out,omitempty"`
}

// invited returns which invitations should stand, each with a sequence that
// rises with every change (RFC 5546): the review that is next is invited to
// anew when its time changes, and once a week before if other people must come;
// one that will not take place is cancelled, and whoever need not come any more
// is uninvited.
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
	must := v.required()
	who := v.reachable(must)
	again := i.Off || !i.Start.Equal(r.at())
	if fresh := !v.s.At.Before(r.at().Add(-early)); again {
		i.Fresh = fresh
	} else if fresh && !i.Fresh {
		again, i.Fresh = !sameSet(i.Who, who), true
	}
	switch {
	case again && len(who) == 0 && (!was || i.Off || len(i.staying(must)) > 0):
		return all
	case again && len(who) == 0:
		i.Seq, i.Off = i.Seq+1, true
	case again && was:
		i.Seq++
		i.drop(must)
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

// drop notes who was invited and is not among those who must come any more.
// After a cancellation nobody is.
func (i *invitation) drop(must []incident.Person) {
	out := map[incident.Person]int{}
	for who, seq := range i.Out {
		if !slices.Contains(must, who) {
			out[who] = seq
		}
	}
	for _, who := range i.Who {
		if _, known := out[who]; !known && !i.Off && !slices.Contains(must, who) {
			out[who] = i.Seq
		}
	}
	i.Out = out
}

// staying returns who was invited and must still come.
func (i *invitation) staying(must []incident.Person) []incident.Person {
	return slices.DeleteFunc(slices.Clone(i.Who), func(who incident.Person) bool { return !slices.Contains(must, who) })
}

// dropped returns who need not come since a sequence, by sequence.
func (i *invitation) dropped() map[int][]incident.Person {
	all := map[int][]incident.Person{}
	for _, who := range slices.Sorted(maps.Keys(i.Out)) {
		all[i.Out[who]] = append(all[i.Out[who]], who)
	}
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
			v.uninvite(pl, n, due[n])
		}
	}
}

type invitationText struct {
	N                  int
	Head, URL, Day     string
	Every              string
	Moved, Off, Closed bool
	Dropped            bool // it takes place, without those who read this
	Channel            string
}

func (v *view) invite(pl *Plan, n int, i invitation) {
	c, news, subject := calendar.Request, "is on "+v.p.day(i.Start), ""
	if i.Off {
		c, news, subject = calendar.Cancel, "on "+v.p.day(i.Start)+" is cancelled", "Cancelled: "
	}
	e := v.meeting(n, i.Start)
	e.Sequence = i.Seq
	v.mailReview(pl, n, reviewMail{
		which: fmt.Sprintf("%d/%d", n, i.Seq), who: i.Who, method: c, event: e, subject: subject,
		news: fmt.Sprintf("Review %d of %s %s", n, v.home(), news),
		text: invitationText{Moved: i.Seq > 0, Off: i.Off, Closed: v.ended()},
	})
}

// uninvite tells those who were invited to a review and need not come any more,
// and nobody else, for whom it takes place (RFC 5546, section 3.2.5).
func (v *view) uninvite(pl *Plan, n int, i invitation) {
	all := i.dropped()
	for _, seq := range slices.Sorted(maps.Keys(all)) {
		e := v.meeting(n, i.Start)
		e.Sequence, e.Uninvited = seq, true
		v.mailReview(pl, n, reviewMail{
			which: fmt.Sprintf("%d/%d/out", n, seq), who: all[seq], method: calendar.Cancel, event: e, subject: "No longer invited: ",
			news: fmt.Sprintf("Review %d of %s on %s goes on without some who were invited", n, v.home(), v.p.day(i.Start)),
			text: invitationText{Dropped: true},
		})
	}
}

// reviewMail is a mail about a review.
type reviewMail struct {
	which         string // tells it apart from all others: see view.send
	who           []incident.Person
	method        calendar.Method
	event         calendar.Event
	subject, news string
	text          invitationText
}

func (v *view) mailReview(pl *Plan, n int, l reviewMail) {
	who := v.reachable(l.who)
	if len(who) == 0 || v.went("review", l.which) {
		return
	}
	m, e := incident.Mail{Subject: l.subject + l.event.Title}, l.event
	l.text.N, l.text.Head, l.text.URL, l.text.Channel = n, string(v.home()), v.s.URL, v.channel()
	l.text.Every, l.text.Day = render.Span(v.p.ReviewEvery), v.p.day(e.Start)
	m.Text = v.p.Texts.Render("invitation.md", l.text)
	e.Stamp, e.Text = v.s.At, m.Text
	for _, p := range who {
		x, _ := v.p.address(p)
		e.Attendees = append(e.Attendees, x)
		m.To = append(m.To, (&mail.Address{Name: x.Name, Address: x.Mail}).String())
	}
	var err error
	if m.Calendar, err = (calendar.Calendar{Method: l.method, Events: []calendar.Event{e}}).Encode(); err != nil {
		pl.because(fmt.Sprintf("the mail about review %d cannot be written: %v", n, err))
		return
	}
	v.send(pl, l.which, incident.Notify{Event: "review", Text: l.news, Mail: &m})
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
