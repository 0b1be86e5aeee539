package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/templates"
)

// open is an incident after /restored, with one linked ticket of dave's open.
// Review 1 is due on Wednesday, 2026-12-23.
func open(t tester) *world {
	w := newWorld(t).staffed()
	w.say("alice", "/restored")
	w.finish().link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.settle()
	return w
}

// at lets time pass until a moment of the zone of the policy.
func (w *world) at(text string) *world {
	w.t.Helper()
	to, err := time.ParseInLocation("2006-01-02 15:04", text, w.p.Zone)
	if err != nil || to.Before(w.s.At) {
		w.t.Fatalf("%q is no time to go to: %v", text, err)
	}
	w.run(to.Sub(w.s.At))
	return w
}

func (w *world) has(slot incident.Slot) bool { return slices.Contains(w.slots(), string(slot)) }

// zoned gives the policy a time zone.
func (w *world) zoned(name string) *world {
	var err error
	if w.p.Zone, err = time.LoadLocation(name); err != nil {
		w.t.Fatalf("%v", err)
	}
	if w.p.Texts, err = render.Load(templates.FS, nil, w.p.Zone); err != nil {
		w.t.Fatalf("%v", err)
	}
	return w
}

// A review held while something is open leads to the next one, and only one
// that was held when all else was done is the last (O57, O61, O62).
func TestTheLastReviewFindsNothingOpen(t *testing.T) {
	closes := func(w *world) bool { w.say("alice", "/close"); return w.ended() == "closed" }
	for name, c := range map[string]struct {
		do     func(w *world)
		closed bool
	}{
		"none":                         {func(w *world) { w.finish() }, false},
		"while one is open":            {func(w *world) { w.review("alice") }, false},
		"before the last one was done": {func(w *world) { w.review("alice").finish() }, false},
		"after the last one was done":  {func(w *world) { w.finish().review("alice") }, true},
		"twice":                        {func(w *world) { w.review("alice").finish().review("alice") }, true},
		"and then one is linked":       {func(w *world) { w.finish().review("alice").link("acme/shop#51", "Alert"); w.finish() }, false},
		"and then one was done before": {func(w *world) {
			w.finish().review("alice").link("acme/shop#51", "Alert")
			w.ticket("acme/shop#51").State = incident.Done
		}, true},
		"and then one is opened again": {func(w *world) {
			w.finish().review("alice").ticket("acme/shop#50").State = incident.Open
			w.settle()
			w.finish()
		}, false},
		"and then one is taken out": {func(w *world) {
			w.finish().review("alice").link("acme/shop#51", "Alert")
			w.say("alice", "/unlink #51 not ours")
		}, false},
		"and then a duty's ticket is open": {func(w *world) {
			w.finish().review("alice").slot("role/communications").State = incident.Open
			w.settle()
			w.finish()
		}, false},
		"and then it breaks":             {func(w *world) { w.finish().review("alice").say("alice", "/unrestored"); w.say("alice", "/restored") }, false},
		"and then the time is corrected": {func(w *world) { w.finish().review("alice").say("alice", "/restored -1m") }, true},
		"and then a page is named":       {func(w *world) { w.finish().review("alice").say("alice", "/postmortem https://docs.acme.example/12") }, true},
		"and then the page is published": {func(w *world) {
			w.wiki()
			w.finish().review("alice").say("alice", "/postmortem https://docs.acme.example/12")
		}, false},
		"and then one's double is done": {func(w *world) {
			w.finish().review("alice")
			x := w.ticket("acme/shop#50")
			x.State, x.DuplicateOf = incident.Duplicate, "acme/shop#51"
			w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/shop#51", State: incident.Open})
			w.settle()
			w.finish()
		}, false},
		"written before the last was done": {func(w *world) {
			id := w.tell("alice", "/review done")
			w.finish()
			contains(t, w.reply(id), "Something was still open when you wrote this")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			c.do(w)
			w.settle()
			if got := closes(w); got != c.closed {
				t.Errorf("closed: %v\n%s", got, w.board())
			}
			if !c.closed {
				w.finish().review("alice")
				if !closes(w) {
					t.Errorf("another review did not do:\n%s", w.board())
				}
			}
		})
	}
}

// Who speaks of reviews, when, and what there is to say about it (O18, O62).
func TestReviewOrders(t *testing.T) {
	w := newWorld(t).staffed()
	w.tellAll(t, line{"alice", "/review done", "service was not reported back"}, line{"alice", "/review move 2026-12-22", "service was not reported back"})
	w.say("alice", "/restored")
	w.finish().link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave", "robot"}
	w.link("acme/shop#51", "Alert")
	w.ticket("acme/shop#51").Assignees = []incident.Person{"erin"}
	w.finishOne("acme/shop#51", incident.Done)
	w.tellAll(t,
		line{"bob", "/review done", "only command (@\u2060alice) may write `/review`"},
		line{"bob", "/review move 2026-12-22", "only command (@\u2060alice) may write `/review`"},
		line{"alice", "/review done except @bob", "why was `@bob` not there?"},
		line{"alice", "/review done except @alice, @bob, @carol, @dave on leave", "then nobody was there, which is no quorum"},
	)
	if w.hasLabel("hereby/reviewing") {
		t.Error("reviewing before any was held")
	}
	reply := w.reply(w.say("alice", "/review done except @bob ill, @erin on leave"))
	contains(t, reply, "review 1 is on record as held with everybody required: @\u2060alice, @\u2060carol, @\u2060dave; excused: @\u2060bob; @\u2060erin need not have been there. 1 thing still stands against closing, so review 2 follows on Friday 2027-01-22 10:00 UTC")
	if !w.hasLabel("hereby/reviewing") {
		t.Errorf("%v", w.s.Head.Labels)
	}
	contains(t, w.board(), "**Next review**: review 2 on Friday 2027-01-22 10:00 UTC")
	contains(t, w.reply(w.say("alice", "/review done")), "one more review is on record as held before review 2")

	w.say("alice", "/planning @erin", "/release me")
	w.tellAll(t, line{"bob", "/review done", "nobody is in command"})
	w.s.People["carol"] = incident.Standing{Known: true}
	contains(t, w.reply(w.say("erin", "/review done")), "@\u2060alice, @\u2060bob, @\u2060erin, @\u2060dave; no longer here: @\u2060carol.")
}

// A review is moved by 14 days at most, to a weekday that is to come, and moves
// no other (O57).
func TestMovingAReview(t *testing.T) {
	for text, want := range map[string]string{ // due on Wednesday, 2026-12-23
		"2026-12-22":           "review 1 is on Tuesday 2026-12-22 10:00 CET (09:00 UTC)",
		"2026-12-22T08:30:00Z": "review 1 is on Tuesday 2026-12-22 09:30 CET (08:30 UTC)",
		"2026-12-22 08:30":     "review 1 is on Tuesday 2026-12-22 08:30 CET (07:30 UTC)",
		"2026-12-09":           "review 1 is on Wednesday 2026-12-09",
		"2026-12-08":           "review 1 is due on Wednesday 2026-12-23 10:00 CET (09:00 UTC) and can be moved by 14 days at most, so from 2026-12-09 to 2027-01-06",
		"2027-01-06T22:59:00Z": "review 1 is on Wednesday 2027-01-06 23:59",
		"2027-01-06T23:00:00Z": "can be moved by 14 days at most",
		"2027-01-07":           "can be moved by 14 days at most",
		"2026-12-26":           "Saturday 2026-12-26 10:00 CET (09:00 UTC) is at a weekend, when nobody is there; write `/review move 2026-12-28`",
		"2026-12-27":           "write `/review move 2026-12-28`",
		"2026-11-20":           "Friday 2026-11-20 10:00 CET (09:00 UTC) is past",
		"2025-12-23":           "is past",
		"2027-02-29":           "there is no day `2027-02-29`",
	} {
		w := newWorld(t).zoned("Europe/Zurich").staffed()
		w.say("alice", "/restored")
		id := w.say("alice", "/review move "+text)
		contains(t, w.reply(id), want)
		next := w.board()[strings.Index(w.board(), "**Next review**"):]
		if moved := !strings.Contains(next, "Wednesday 2026-12-23 10:00 CET"); moved != strings.HasPrefix(want, "review 1 is on") {
			t.Errorf("%s: %s", text, next[:80])
		}
	}

	w := newWorld(t).zoned("Europe/Zurich")
	w.s.At = time.Date(2028, 1, 17, 12, 0, 0, 0, time.UTC)
	w.s.Head.Opened = w.s.At
	w.staffed().say("alice", "/restored") // due on 2028-02-16
	contains(t, w.reply(w.say("alice", "/review move 2028-02-29")), "Tuesday 2028-02-29 10:00 CET (09:00 UTC)")
	w.at("2028-02-29 10:30").review("alice")
	contains(t, w.board(), "review 2 on Friday 2028-03-17 10:00 CET (09:00 UTC)")
	contains(t, w.reply(w.say("alice", "/review move 2028-03-27")), "Monday 2028-03-27 10:00 CEST (08:00 UTC)") // the clocks were put forward

	w = gated(t)
	w.tellAll(t, line{"alice", "/review move 2026-12-22", "no review stands"})
}

// finishOne closes one ticket.
func (w *world) finishOne(ref incident.Ref, as incident.State) {
	w.after(time.Second)
	x := w.ticket(ref)
	x.State, x.Closed = as, incident.Closed{By: "dave", At: w.s.At}
	w.settle()
}

// What is retracted needs no review, and a ticket of one is closed with it.
func TestARetractedIncidentHasNoReview(t *testing.T) {
	w := open(t).at("2026-12-16 10:00")
	ref := w.slot("review/1").Ref
	w.say("alice", "/retract it was a drill")
	w.say("bob", "/retract it was")
	if w.ended() != "retracted" || w.ticket(ref).State != incident.Wontfix {
		t.Errorf("%q, %s", w.ended(), w.ticket(ref).State)
	}
	writes := w.writes
	w.at("2027-03-01 10:00")
	if w.writes != writes {
		t.Errorf("%v", w.done[len(w.done)-w.writes+writes:])
	}
}

// Nobody recorded a review: reminded on five weekdays, then every week, and
// only who must act is mentioned (O69). A lost store repeats nothing.
func TestReviewReminders(t *testing.T) {
	w := open(t)
	var said []string
	for _, at := range []string{
		"2026-12-23 10:00", "2026-12-24 09:59", "2026-12-24 10:00", "2026-12-25 10:00", "2026-12-28 10:00", "2026-12-29 10:00", "2026-12-30 10:00",
		"2027-01-05 10:00", "2027-01-06 10:00", "2027-01-13 10:00",
	} {
		w.at(at)
		said = append(said, strings.Repeat("i", len(w.said("say/review"))))
	}
	if got := strings.Join(said, " "); got != "  i ii iii iiii iiiii iiiii iiiiii iiiiiii" {
		t.Errorf("said %q", got)
	}
	first := w.said("say/review")[0]
	contains(t, first, "@alice: review 1 was due on Wednesday 2026-12-23 10:00 UTC (#", "`/review done`", "to 2027-01-06 at the latest")
	lacks(t, first, "@bob", "@dave", "@acme")
	lacks(t, w.said("say/review")[6], "at the latest")
	w.forget()
	w.after(time.Hour).settle()
	if n := len(w.said("say/review")); n != 7 {
		t.Errorf("said %d after the store was lost", n)
	}
	w.say("erin", "/planning")
	w.review("alice")
	w.at("2027-01-22 09:59")
	if n := len(w.said("say/review")); n != 7 {
		t.Errorf("%d reminders of a review that was held", n)
	}
	w.at("2027-01-25 10:00")
	if n := len(w.said("say/review")); n != 8 || w.text("say/review/2.1") == "" {
		t.Errorf("%d reminders", n)
	}
	contains(t, w.text("say/review/2.1"), "@erin: review 2 was due on Friday 2027-01-22")
}

// After an outage of ours only the last reminder is said; and one that is moved
// after it was due is reminded of anew.
func TestRemindersOfAMovedReview(t *testing.T) {
	w := open(t)
	w.s.At = time.Date(2026, 12, 28, 12, 0, 0, 0, time.UTC)
	w.settle()
	if got := fmtList(w.said("say/review")); len(w.said("say/review")) != 1 || w.text("say/review/1.3") == "" {
		t.Fatalf("%s", got)
	}
	w.say("alice", "/review move 2027-01-04")
	w.at("2027-01-05 09:59")
	if n := len(w.said("say/review")); n != 1 {
		t.Errorf("%d reminders before it is due again", n)
	}
	w.at("2027-01-05 10:00")
	contains(t, w.text("say/review/1.4"), "was due on Monday 2027-01-04")
	w.say("alice", "/unrestored")
	w.say("alice", "/restored") // due on 2027-02-04
	w.at("2027-02-05 10:00")
	contains(t, w.text("say/review/1.5"), "was due on Thursday 2027-02-04")
	w.review("alice")
	w.at("2027-03-09 10:00")
	contains(t, w.text("say/review/2.1"), "was due on Monday 2027-03-08")
}

// When service breaks again the reviews begin anew, by the time when it is back
// for good; a correction of that time begins nothing.
func TestReviewsAfterItBrokeAgain(t *testing.T) {
	w := open(t)
	w.review("alice").say("alice", "/restored -1m")
	if !w.hasLabel("hereby/reviewing") {
		t.Errorf("%v", w.s.Head.Labels)
	}
	w.say("alice", "/review move 2027-01-25")
	contains(t, w.board(), "review 2 on Monday 2027-01-25")
	w.say("alice", "/unrestored")
	if !w.hasLabel("hereby/responding") {
		t.Errorf("%v", w.s.Head.Labels)
	}
	lacks(t, w.board(), "Next review")
	w.say("alice", "/restored")
	if !w.hasLabel("hereby/restored") {
		t.Errorf("%v", w.s.Head.Labels)
	}
	contains(t, w.board(), "review 2 on Wednesday 2026-12-23")
}

// A feed shows the review that stands, from the record alone.
func TestReviewsOfARecord(t *testing.T) {
	w := newWorld(t).zoned("Europe/Zurich").staffed()
	events := func() []calendar.Event { return plan.Reviews(w.p, w.r) }
	if got := events(); len(got) != 0 {
		t.Errorf("before it is restored: %+v", got)
	}
	w.say("alice", "/restored")
	got := events()
	if len(got) != 1 || got[0].UID != "9012-review-1@tracker.example" || got[0].Start.Format(time.RFC3339) != "2026-12-23T10:00:00+01:00" || got[0].Length != 30*time.Minute || len(got[0].Attendees) != 0 {
		t.Fatalf("%+v", got)
	}
	encode := func() string {
		data, err := calendar.Calendar{Method: calendar.Publish, Name: "Incidents", Events: events()}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	before := encode()
	w.after(time.Hour).say("bob", "/note hm")
	if after := encode(); after != before {
		t.Errorf("the feed changes by itself:\n%s\n%s", before, after)
	}
	w.say("alice", "/review move 2026-12-22")
	if after := encode(); !strings.Contains(after, "DTSTART;TZID=Europe/Zurich:20261222T100000") {
		t.Errorf("%s", after)
	}
	w.r.Last.Gone = true
	if got := events(); len(got) != 0 {
		t.Errorf("of a head that is gone: %+v", got)
	}
	w.r.Last.Gone = false
	w.finish().review("alice")
	if got := events(); len(got) != 0 {
		t.Errorf("after the last one: %+v", got)
	}
}
