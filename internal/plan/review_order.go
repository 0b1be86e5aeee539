package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// mostMoved is by how many days a review may be moved, either way. It cannot be
// cancelled (O57).
const mostMoved = 14

// review completes what command says of a review.
func (d *decision) review(c incident.Comment, l *line) {
	if _, back := d.restored(); !back {
		l.breaks(reviewsGoOn, "service was not reported back, and reviews begin when it is: first `/restored`")
	} else if l.Command.Verb == "move" {
		d.moveReview(c, l)
	} else {
		d.holdReview(c, l)
	}
}

// holdReview takes command's word that everybody required was there but those
// excused, each for a reason (O18, O62).
func (d *decision) holdReview(c incident.Comment, l *line) {
	var there, away, needless []incident.Person
	for _, who := range d.required() {
		if slices.Contains(l.Command.People, who) {
			away = append(away, who)
		} else {
			there = append(there, who)
		}
	}
	for _, who := range l.Command.People {
		if !slices.Contains(away, who) {
			needless = append(needless, who)
		}
	}
	if len(there) == 0 && len(away) > 0 {
		l.breaks(reviewsGoOn, "then nobody was there, which is no quorum; hold it another day: %s", render.Code("/review move YYYY-MM-DD"))
		return
	}
	r := d.reviews()
	after := r
	after.hold(incident.Order{At: c.At})
	reply := fmt.Sprintf("review %d is on record as held", r.next)
	if after.next == r.next {
		reply = fmt.Sprintf("one more review is on record as held before review %d", r.next)
	}
	if len(there) > 0 {
		reply += " with everybody required: " + names(there)
	}
	if len(away) > 0 {
		reply += "; excused: " + names(away)
	}
	if len(needless) > 0 {
		reply += fmt.Sprintf("; %s need not have been there", names(needless))
	}
	if gone := d.departed(); len(gone) > 0 {
		reply += "; no longer here: " + names(gone)
	}
	l.reply = reply + ". " + d.outlook(c, after)
}

// outlook says what follows from a review that was just held.
func (d *decision) outlook(c incident.Comment, after reviews) string {
	next := fmt.Sprintf("review %d follows on %s", after.next, d.p.day(after.at()))
	switch left := d.unfinished(); {
	case len(left) > 0:
		return fmt.Sprintf("%s still %s against closing, so %s", count(len(left), "thing", "things"), stands(len(left)), next)
	case c.At.Before(d.finished()):
		return "Something was still open when you wrote this, so it was not the last one: write `/review done` again once you looked at that too; else " + next
	}
	return "Nothing else stands against closing: command may write `/close`"
}

// departed returns who held a role and left since.
func (v *view) departed() []incident.Person {
	var list []incident.Person
	for _, t := range v.r.Tenures {
		if v.left(t.Who) && !slices.Contains(list, t.Who) {
			list = append(list, t.Who)
		}
	}
	return list
}

func names(people []incident.Person) string {
	var list []string
	for _, who := range people {
		list = append(list, render.Quiet(who))
	}
	return strings.Join(list, ", ")
}

func (d *decision) moveReview(c incident.Comment, l *line) {
	r, stands := d.standing()
	if !stands {
		l.breaks(reviewsGoOn, "no review stands: the last one was held, and nothing is open since")
		return
	}
	at, due := d.p.date(l.Command), r.due(r.next)
	first, latest := shift(due, -mostMoved), shift(due, mostMoved)
	switch move := "/review move "; {
	case !at.After(c.At):
		l.refuse("%s is past", d.p.day(at))
	case at.Before(startOf(first)) || !at.Before(startOf(shift(latest, 1))):
		l.breaks(reviewsGoOn, "review %d is due on %s and can be moved by %d days at most, so from %s to %s", r.next, d.p.day(due), mostMoved, first.Format(time.DateOnly), latest.Format(time.DateOnly))
	case weekend(at):
		l.breaks(reviewsGoOn, "%s is at a weekend, when nobody is there; write %s", d.p.day(at), render.Code(move+workday(at).Format(time.DateOnly)))
	default:
		l.Command.When = at.UTC()
		l.reply = fmt.Sprintf("review %d is on %s", r.next, d.p.day(at))
	}
}

// shift returns the same time of day some days later.
func shift(t time.Time, days int) time.Time { return t.AddDate(0, 0, days) }

func startOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func weekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

// workday returns the Monday after a day of a weekend. It is never too late for
// a review, which is due on a weekday.
func workday(t time.Time) time.Time {
	for weekend(t) {
		t = shift(t, 1)
	}
	return t
}
