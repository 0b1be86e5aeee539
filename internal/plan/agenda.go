package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/render"
)

// early is how long before a review its ticket is opened.
const early = 7 * 24 * time.Hour

// agendaText is what templates/review.md shows. Nothing in it changes as time
// passes: ages are those at the review.
type agendaText struct {
	Head     string
	N        int
	Day      string // with the time, in the zone and in UTC
	Length   string
	Required []incident.Person
	Summary  string
	Open     []agendaItem
	Besides  []missing // what else stands against closing
	Closed   []missing // since the last review
	Flagged  []missing // closed in a way that wants a word
	Since    string    // the last review
	Age      string    // of the incident
	Until    string    // when it may be moved to at the latest
	Cost     cost      // until service was back
}

type agendaItem struct {
	Ticket, Owners, Since, Age, Flags string
}

// reviewTickets keeps a ticket with the agenda for the review that stands, from
// a week before it, and closes it once the review is on record (O56, O60). It
// is in nobody's way: the gate's condition on the reviews speaks for it.
func reviewTickets(v *view, pl *Plan) {
	if !v.declared() || v.ended() && v.ending() != "closed" { // endings closes it
		return
	}
	r, stands := v.standing()
	for _, t := range v.s.Tickets {
		if n := reviewOf(t.Slot); n > 0 && (n < r.next || v.ended()) && !v.double(t) {
			v.closeOnce(pl, t)
		}
	}
	if !stands {
		return
	}
	t, ok := v.ticket(reviewSlot(r.next))
	switch opens := r.at().Add(-early); {
	case ok && !t.Gone && !t.Unreadable && t.State == incident.Open:
		v.keepAgenda(pl, t, r)
	case ok:
	case v.s.At.Before(opens):
		pl.wake(opens)
	default:
		v.create(pl, reviewSlot(r.next), fmt.Sprintf("Review %d of incident", r.next), v.render("review.md", v.agenda(r)), v.convener()...)
	}
}

func reviewSlot(n int) incident.Slot { return incident.Slot(fmt.Sprintf("review/%d", n)) }

// reviewOf returns the number of the review whose ticket stands in a slot, else 0.
func reviewOf(slot incident.Slot) int {
	n, err := strconv.Atoi(strings.TrimPrefix(string(slot), "review/"))
	if err != nil || !isReview(slot) {
		return 0
	}
	return n
}

// convener returns who sees to it that a review is held: planning, or command
// while planning is vacant.
func (v *view) convener() []incident.Person {
	if list := v.holders(incident.Planning); len(list) > 0 {
		return list
	}
	return v.holders(incident.CommandRole)
}

// keepAgenda keeps the ticket of a review as things stand. Whom people assign
// instead stays, and so does what they write around the agenda.
func (v *view) keepAgenda(pl *Plan, t incident.Ticket, r reviews) {
	convened := func(who incident.Person) bool {
		return v.heldBefore(incident.Planning, who) || v.heldBefore(incident.CommandRole, who)
	}
	if want := v.convener(); !sameSet(t.Assignees, want) && len(want) > 0 && !slices.ContainsFunc(t.Assignees, func(p incident.Person) bool { return !convened(p) }) {
		pl.do(incident.Assign{Ref: t.Ref, People: want})
	}
	if body := replaceAgenda(t.Body, v.render("review.md", v.agenda(r))); body != t.Body {
		pl.do(incident.Edit{Ref: t.Ref, Slot: t.Slot, Body: &body})
	}
}

// The agenda stands between these lines of a ticket's body.
const agendaBegins, agendaEnds = "<!-- agenda -->", "<!-- agenda ends -->"

// replaceAgenda puts the agenda of one text in place of another's. A text in
// which it is not to be found once is left alone.
func replaceAgenda(text, with string) string {
	before, _, after, ok := cutAgenda(text)
	_, agenda, _, there := cutAgenda(with)
	if !ok || !there {
		return text
	}
	return before + agenda + after
}

func cutAgenda(text string) (before, agenda, after string, ok bool) {
	if strings.Count(text, agendaBegins) != 1 || strings.Count(text, agendaEnds) != 1 {
		return "", "", "", false
	}
	i, j := strings.Index(text, agendaBegins), strings.Index(text, agendaEnds)
	if j < i {
		return "", "", "", false
	}
	return text[:i], text[i:j], text[j:], true
}

func (v *view) agenda(r reviews) agendaText {
	at := r.at()
	a := agendaText{
		Head: v.home().Near(v.home()), N: r.next, Day: v.p.day(at), Length: render.Span(v.p.length()),
		Required: v.required(), Cost: v.cost(), Age: days(v.r.Declared.At, at), Until: shift(r.due(r.next), mostMoved).Format(time.DateOnly),
	}
	if o, ok := last(v.obeyed("summary")); ok {
		a.Summary = o.Command.Text
	}
	var since time.Time
	if o, ok := last(r.held); ok {
		since, a.Since = o.At, v.p.day(o.At)
	}
	listed, items := map[incident.Ref]bool{}, v.filedFrom()
	for _, ref := range v.counted() {
		t, ok := v.lookup(ref)
		switch {
		case !ok || t.Gone || t.Unreadable || t.Incident:
		case v.outcome(t) == incident.Open:
			listed[ref] = true
			it, found := items[t.Slot]
			a.Open = append(a.Open, v.agendaItem(t, it, found, at))
		default:
			if flag := v.flag(t); flag != "" {
				a.Flagged = append(a.Flagged, missing{Text: v.link(t) + ": " + flag, Ref: ref})
			} else if !t.Closed.At.Before(since) {
				a.Closed = append(a.Closed, missing{Text: v.link(t) + ": " + v.manner(t, v.outcome(t)), Ref: ref})
			}
		}
	}
	for _, m := range v.unfinished() {
		if !listed[m.Ref] || m.Ref == "" {
			a.Besides = append(a.Besides, m)
		}
	}
	return a
}

// agendaItem is an open ticket on the agenda.
func (v *view) agendaItem(t incident.Ticket, it postmortem.Item, filed bool, at time.Time) agendaItem {
	item := agendaItem{Ticket: v.link(t) + v.viaDuplicate(t), Owners: names(t.Assignees)}
	if !t.Opened.IsZero() {
		item.Since, item.Age = t.Opened.In(v.p.zone()).Format(time.DateOnly), days(t.Opened, at)
	}
	flags := v.ownerless(t)
	switch day := due(t, it, filed); {
	case day.IsZero():
		flags = append(flags, "no due date")
	case day.Format(time.DateOnly) < at.Format(time.DateOnly):
		flags = append(flags, "was due "+day.Format(time.DateOnly))
	}
	item.Flags = strings.Join(flags, ", ")
	return item
}

// days shows for how long something will have lasted.
func days(from, to time.Time) string {
	return count(max(0, int(to.Sub(from)/(24*time.Hour))), "day", "days")
}

// length is how long a review takes.
func (p *Policy) length() time.Duration { return max(p.Review.Length, time.Minute) }

type overdueText struct {
	Who    []string
	N      int
	Day    string
	Ticket string // a link; "" if there is none
	Until  string // it may be moved to then; "" if it no longer may
}

// reviewReminders reminds of a review that nobody recorded, on five weekdays and
// then every week, and mentions only who must act (O69; design, section 12).
func reviewReminders(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	r, stands := v.standing()
	if !stands {
		return
	}
	k := r.overdue(v.s.At)
	pl.wake(calendar.Reminder(r.at(), k+1))
	if v.s.At.Before(r.at()) {
		pl.wake(r.at())
		return
	}
	pl.because(fmt.Sprintf("review %d was due on %s", r.next, v.p.day(r.at())))
	if k == 0 {
		return
	}
	text := overdueText{Who: v.mentions(incident.Planning), N: r.next, Day: v.p.day(r.at())}
	if t, ok := v.ticket(reviewSlot(r.next)); ok && !t.Gone {
		text.Ticket = v.name(t.Ref, "")
	}
	if latest := shift(r.due(r.next), mostMoved); calendar.Reminder(r.at(), k).Before(latest) {
		text.Until = latest.Format(time.DateOnly)
	}
	v.sayOnce(pl, incident.Slot(fmt.Sprintf("say/review/%d.%d", r.next, r.reminded+k)), "review-due.md", text)
}
