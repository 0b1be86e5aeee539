package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// reviews is the schedule of an incident's reviews, read off its orders and,
// by the board too, off when they were resumed: a lost store changes nothing
// about it (O56, O57; design, section 12).
type reviews struct {
	p        *Policy
	anchor   time.Time        // since when service is back; zero: it is not
	before   int              // how many numbers were used before it came back
	next     int              // the number of the review that is next
	moved    time.Time        // when that one is held instead; zero: when it is due
	reminded int              // how many reminders of it fell due before it was moved
	held     []incident.Order // since service came back
}

func (v *view) reviews() reviews {
	r := reviews{p: v.p, next: 1}
	resumed := v.resumed()
	for _, o := range v.obeyed("restored", "unrestored", "review") {
		for len(resumed) > 0 && resumed[0].Before(o.At) {
			r.resume(resumed[0])
			resumed = resumed[1:]
		}
		switch {
		case o.Command.Word == "restored":
			if r.anchor.IsZero() {
				r.before, r.held = r.next-1, nil
			}
			r.anchor = when(o)
		case r.anchor.IsZero():
		case o.Command.Word == "unrestored":
			r.reminded += r.overdue(o.At)
			r.anchor, r.moved = time.Time{}, time.Time{}
		case o.Command.Verb == "move":
			r.reminded += r.overdue(o.At)
			r.moved = v.p.date(o.Command)
		default:
			r.hold(o)
		}
	}
	for _, at := range resumed {
		r.resume(at)
	}
	return r
}

// resume goes on with reviews after a time in which none stood: those that fell
// due meanwhile were not missed, and the next one can still be announced.
func (r *reviews) resume(at time.Time) {
	for !r.anchor.IsZero() && r.at().Before(at.Add(early)) {
		r.next, r.moved, r.reminded = r.next+1, time.Time{}, 0
	}
}

// hold notes that a review was held, and which one is the next.
//
// A review held before its day counts for it, and one held late for all that
// were missed. One more in the same month counts for nothing to come: else
// meeting often today would do away with next month's.
func (r *reviews) hold(o incident.Order) {
	r.held = append(r.held, o)
	passed, next := r.before, r.next
	for !r.due(passed + 1).After(o.At) {
		passed++
	}
	switch {
	case next <= passed:
		next = passed + 1
	case next == passed+1:
		next++
	}
	if next != r.next {
		r.next, r.moved, r.reminded = next, time.Time{}, 0
	}
}

// due returns when a review is due, wherever others were moved to. Settings
// allow no less than a day between two.
func (r *reviews) due(n int) time.Time {
	return calendar.Due(r.anchor, max(r.p.ReviewEvery, 24*time.Hour), n-r.before, r.p.Review.At, r.p.zone())
}

// at returns when the next review is to be held.
func (r *reviews) at() time.Time {
	if !r.moved.IsZero() {
		return r.moved.In(r.p.zone())
	}
	return r.due(r.next)
}

// overdue returns how many reminders of the next review fall due until a time.
func (r *reviews) overdue(until time.Time) (n int) {
	for !calendar.Reminder(r.at(), n+1).After(until) {
		n++
	}
	return n
}

func (p *Policy) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

// date returns when a review is held that was moved: a day without a time of
// day means the usual one.
func (p *Policy) date(c incident.Command) time.Time {
	if !c.When.IsZero() {
		return c.When.In(p.zone())
	}
	t, err := time.Parse(time.DateOnly, c.Text)
	if err != nil {
		return time.Time{} // unreachable: the operand reads nothing else
	}
	return calendar.On(t.Year(), t.Month(), t.Day(), p.Review.At, p.zone())
}

// day shows when a review is held.
func (p *Policy) day(t time.Time) string {
	return t.In(p.zone()).Format("Monday ") + render.Stamp(t, p.zone())
}

// standing returns the review that is to be held next; none stands before
// service is back, after the end, and once the last one was held.
func (v *view) standing() (reviews, bool) {
	r := v.reviews()
	return r, !r.anchor.IsZero() && !v.ended() && len(v.notReviewed()) > 0
}

// reviewing reports whether the incident has come to its reviews.
func (v *view) reviewing() bool {
	r := v.reviews()
	return !r.anchor.IsZero() && len(r.held) > 0
}

// notReviewed is the gate's condition on the reviews: one that was held while
// something was open leads to the next, and only one that was held when all
// else was done is the last (O61, O62; design, section 10).
func (v *view) notReviewed() []missing {
	r := v.reviews()
	if r.anchor.IsZero() {
		return nil
	}
	open := len(v.unfinished()) > 0
	switch o, ok := last(r.held); {
	case ok && !open && !o.At.Before(v.finished()):
		return nil
	case !open:
		return []missing{{Text: "No review was held since everything else is done: command holds it, on any day, and writes `/review done`"}}
	}
	return []missing{{Text: "The last review, to be held when nothing else stands here: command records it with `/review done`"}}
}

// finished returns when the last of what stood against closing since service is
// back, other than the review, was done. It is read off the tracker, so that it holds for tickets
// that were opened again, or added, and done since, whatever we saw of it.
func (v *view) finished() (at time.Time) {
	later := func(t time.Time) {
		if t.After(at) {
			at = t
		}
	}
	if published := v.obeyed("publish", "postmortem"); len(published) > 0 && v.p.Wiki != nil {
		later(published[0].At)
	}
	for _, t := range v.s.Tickets {
		if isDuty(t.Slot) && !t.Gone && !v.double(t) && !v.closedWithReview(t) {
			later(t.Closed.At)
		}
	}
	for _, ref := range v.counted() {
		visited := map[incident.Ref]bool{}
		for t, ok := v.lookup(ref); ok && !t.Incident && !visited[t.Ref]; t, ok = v.lookup(t.DuplicateOf) {
			later(t.Closed.At)
			visited[t.Ref] = true
		}
	}
	for _, o := range v.obeyed("unlink") {
		if t, ok := v.lookup(o.Command.Ref); !ok || t.State == incident.Open {
			later(o.At)
		}
	}
	return at
}

// closedWithReview reports whether we closed command's own ticket: its last
// duty is that everybody attends the review, which may be ticked with it.
func (v *view) closedWithReview(t incident.Ticket) bool {
	return t.Slot == incident.RoleSlot(incident.CommandRole, "") && slices.Contains(v.ourAccounts(), t.Closed.By)
}

// required returns who must attend the next review: all who held a role, and
// the owners of open follow-ups (O18). Who left is excused.
func (v *view) required() []incident.Person {
	var list []incident.Person
	add := func(who incident.Person) {
		if !slices.Contains(list, who) && !v.left(who) && !v.s.People[who].Bot {
			list = append(list, who)
		}
	}
	for _, t := range v.r.Tenures {
		add(t.Who)
	}
	for _, ref := range v.counted() {
		if t, ok := v.lookup(ref); ok && !t.Incident && !t.Gone && v.outcome(t) == incident.Open {
			for _, who := range t.Assignees {
				add(who)
			}
		}
	}
	return list
}

// isReview reports whether a slot is that of a review's ticket. The gate's
// condition on the reviews covers it, so it counts for nothing by itself.
func isReview(slot incident.Slot) bool { return slot.Under("review") }

// announced shows the review that is next, with its ticket if that is there.
func (v *view) announced(r reviews) string {
	text := fmt.Sprintf("review %d on %s", r.next, v.p.day(r.at()))
	if t, ok := v.ticket(reviewSlot(r.next)); ok && !t.Gone {
		text += " (" + v.name(t.Ref, "") + ")"
	}
	return text
}
