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

// A week before a review its ticket is there, with an agenda that is kept as
// things stand and costs nothing while they do not change (O56, O59, O60).
func TestTheAgenda(t *testing.T) {
	w := open(t)
	w.at("2026-12-16 09:59")
	if w.has("review/1") {
		t.Fatal("the ticket is too early")
	}
	w.at("2026-12-16 10:00")
	x := w.slot("review/1")
	ref := x.Ref
	if x.Parent != w.s.Head.Ref || x.Title != "Review 1 of incident: Checkout is down" || fmtList(x.Assignees) != "[alice]" {
		t.Errorf("%+v", x)
	}
	contains(t, x.Body, "**Review 1 of #12: Wednesday 2026-12-23 10:00 UTC**, 30 min, 29 days after", "Required: @alice, @bob, @carol, @dave\n",
		"| #50 Pool | @\u2060dave | 2026-11-23 | 29 days | ⚠️ no due date |", "**Open** (1)", "`/review done`", "`/review move YYYY-MM-DD`", "2027-01-06 at the latest")
	contains(t, w.board(), "**Next review**: review 1 on Wednesday 2026-12-23 10:00 UTC (#"+ref.Number()+")")
	lacks(t, strings.Join(w.missing(), "\n"), "#"+ref.Number())
	lacks(t, x.Body, "- #50 Pool", "no owner")

	writes := w.writes
	w.at("2026-12-22 10:00")
	if why := strings.Join(w.plan().Why, "; "); strings.Contains(why, "was due") {
		t.Errorf("a day before: %s", why)
	}
	if w.writes != writes {
		t.Errorf("%d writes while nothing changed: %v", w.writes-writes, w.done[len(w.done)-w.writes+writes:])
	}
	w.ticket(ref).Body = "I cannot come before ten. @bob\n" + w.ticket(ref).Body + "\nMinutes:"
	w.say("dave", "/planning")
	w.link("acme/infra#7", "Alert | <!-- agenda ends -->")
	w.ticket("acme/shop#50").Assignees = nil
	w.finishOne("acme/infra#7", incident.Wontfix)
	body := w.ticket(ref).Body
	if !strings.HasPrefix(body, "I cannot come before ten. @bob\n") || !strings.HasSuffix(body, "\nMinutes:") {
		t.Errorf("what people wrote is gone:\n%s", body)
	}
	contains(t, body, "| #50 Pool | – | 2026-11-23 | 29 days | ⚠️ no owner, no due date |", "**Wants a word**", "- ⚠️ acme/infra#7 Alert \\| &lt;", "wontfix", "**Also stands against closing**", "Planning: Checkout is down")
	if got := fmtList(w.ticket(ref).Assignees); got != "[dave]" {
		t.Errorf("assigned to %s", got)
	}
	w.say("dave", "/wontfix acme/infra#7 the pool goes away")
	lacks(t, w.ticket(ref).Body, "**Wants a word**")
	contains(t, w.ticket(ref).Body, "**Closed so far**", "wontfix – the pool goes away")
	w.assign("review/1", "carol")
	if got := fmtList(w.ticket(ref).Assignees); got != "[carol]" {
		t.Errorf("a person's assignee is gone: %s", got)
	}
	w.tellAll(t, line{"alice", "/wontfix #" + ref.Number() + " no time", "can be moved and not be cancelled"}, line{"alice", "/unlink #" + ref.Number() + " no time", "can be moved and not be cancelled"})
	w.finish()
	if w.ticket(ref).State == incident.Open {
		t.Fatal("finish closes everything")
	}
	w.ticket(ref).State = incident.Open
	w.settle()
	if w.review("alice"); w.ticket(ref).State != incident.Done {
		t.Errorf("after the review its ticket is %s", w.ticket(ref).State)
	}
	w.ticket(ref).State = incident.Open // whoever opens it again has his reasons
	w.settle()
	if w.say("alice", "/close"); w.ended() != "closed" || w.ticket(ref).State != incident.Open {
		t.Errorf("%q, %s", w.ended(), w.ticket(ref).State)
	}
}

// finishOne closes one ticket.
func (w *world) finishOne(ref incident.Ref, as incident.State) {
	w.after(time.Second)
	x := w.ticket(ref)
	x.State, x.Closed = as, incident.Closed{By: "dave", At: w.s.At}
	w.settle()
}

// The agenda tells what was closed since the last review, and no longer what
// that one saw.
func TestWhatWasClosedSinceTheLastReview(t *testing.T) {
	w := open(t)
	w.link("acme/shop#51", "Alert")
	w.finishOne("acme/shop#51", incident.Done)
	w.at("2026-12-16 10:00")
	contains(t, w.slot("review/1").Body, "**Closed so far**\n\n- #51 Alert: done\n")
	w.review("alice").link("acme/shop#52", "Runbook")
	w.finishOne("acme/shop#52", incident.Done)
	w.at("2027-01-15 10:00")
	contains(t, w.slot("review/2").Body, "**Closed since the last review, Wednesday 2026-12-16", "- #52 Runbook: done\n")
	lacks(t, w.slot("review/2").Body, "#51")
}

// What was filed from the page is flagged by the date that the page gives it,
// and an owner who left is.
func TestWhatTheAgendaFlags(t *testing.T) {
	w := newWorld(t).wiki().staffed()
	w.say("alice", "/restored")
	w.write(func(text string) string {
		return strings.Replace(text, "## Issues discovered\n\n", "## Issues discovered\n\n- The pool has no bound @bob due:2026-12-01\n- The alert went to nobody @dave\n- The index could be deleted @dave due:2026-12-23\n\n", 1)
	})
	w.run(time.Hour)
	w.finish()
	for i := range w.s.Tickets {
		if x := &w.s.Tickets[i]; x.Slot.Under("follow") {
			x.State = incident.Open
		}
	}
	w.s.People["dave"] = incident.Standing{Known: true}
	w.at("2026-12-16 10:00")
	body := w.slot("review/1").Body
	for what, flags := range map[string]string{"The pool has no bound": "⚠️ was due 2026-12-01 |", "The alert went to nobody": "⚠️ owner left, no due date |", "The index could be deleted": "⚠️ owner left |"} {
		_, row, _ := strings.Cut(body, what+" |")
		row, _, _ = strings.Cut(row, "\n")
		if !strings.HasSuffix(row, flags) {
			t.Errorf("%s: %q in\n%s", what, row, body)
		}
	}
}

func droppedMail(t *testing.T) string {
	w := newWorld(t).inviting().staffed()
	w.link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.say("alice", "/restored")
	w.ticket("acme/shop#50").Assignees = nil
	w.say("alice", "/review move 2026-12-22")
	mails := w.told("review")
	return mails[len(mails)-1].Mail.Subject + "\n\n" + mails[len(mails)-1].Mail.Text
}

// reviewTexts are the texts of a review, for testdata.
func reviewTexts(t *testing.T, all map[string]string) {
	w := newWorld(t).inviting().zoned("Europe/Zurich").staffed()
	w.say("alice", "/summary The connection pool was exhausted; it is bounded now.", "/restored")
	w.link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.link("acme/shop#51", "Alert | earlier")
	w.finishOne("acme/shop#51", incident.Wontfix)
	w.link("acme/shop#52", "Runbook")
	w.finishOne("acme/shop#52", incident.Done)
	w.link("acme/shop#53", "Load test")
	w.at("2026-12-16 10:00")
	all["ticket-review"] = w.slot("review/1").Body
	all["mail-review"] = w.told("review")[0].Mail.Subject + "\n\n" + w.told("review")[0].Mail.Text
	all["board-review"] = w.board()
	all["reply-refused-review"] = w.reply(w.say("alice", "/review move 2026-12-26", "/review move 2027-12-26", "/review done except @bob", "/review"))
	w.at("2026-12-24 10:00")
	all["review-due"] = w.text("say/review/1.1")
	all["reply-review-open"] = w.reply(w.say("alice", "/review move 2026-12-28", "/review done except @bob ill"))
	w.finish().review("alice")
	mails := w.told("review")
	all["mail-review-dropped"] = droppedMail(t)
	all["mail-review-cancelled"] = mails[len(mails)-1].Mail.Subject + "\n\n" + mails[len(mails)-1].Mail.Text
}

// An agenda from which somebody took our lines is theirs.
func TestAnAgendaWithoutItsLinesIsLeftAlone(t *testing.T) {
	w := open(t).at("2026-12-16 10:00")
	w.slot("review/1").Body = "Let us just meet."
	w.link("acme/shop#51", "Alert")
	if got := w.slot("review/1").Body; got != "Let us just meet." {
		t.Errorf("%q", got)
	}
}

// A ticket of a review that a person closed is not touched any more; one for
// which nobody is left keeps who had it.
func TestAReviewsTicketInOtherHands(t *testing.T) {
	w := open(t).at("2026-12-16 10:00")
	w.say("alice", "/release me")
	if got := fmtList(w.slot("review/1").Assignees); got != "[alice]" {
		t.Errorf("assigned to %s while nobody is in command", got)
	}
	w.say("alice", "/ic")
	w.closeTicket(w.slot("review/1").Ref, "bob", incident.Done)
	w.settle()
	body := w.slot("review/1").Body
	w.link("acme/shop#51", "Alert")
	if x := w.slot("review/1"); x.Body != body || x.State != incident.Done {
		t.Errorf("%s:\n%s", x.State, x.Body)
	}
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

// inviting gives some people an address.
func (w *world) inviting() *world {
	w.p.Mail = &plan.Mail{From: "Hereby <hereby@acme.example>"}
	w.p.People = map[incident.Person]plan.Contact{
		"alice": {Name: "Alice Doe", Mail: "alice@acme.example"}, "bob": {Mail: "Bob <bob@acme.example>"}, "dave": {Name: "Dave\r\nBcc: x", Mail: "dave@acme.example"},
		"erin": {Mail: "erin@äcme.example"}, "frank": {Mail: "frank@acme.example"},
	}
	return w
}

// invites returns what went out about reviews: review/sequence method day to whom.
func (w *world) invites(t *testing.T) (list []string) {
	t.Helper()
	for _, n := range w.told("review") {
		_, id, _ := strings.Cut(n.ID, "/review/")
		text := strings.ReplaceAll(string(n.Mail.Calendar), "\r\n ", "")
		value := func(name string) string {
			_, rest, ok := strings.Cut(text, "\r\n"+name+":")
			if !ok {
				t.Fatalf("no %s in %s", name, text)
			}
			value, _, _ := strings.Cut(rest, "\r\n")
			return value
		}
		var who []string
		for _, a := range n.Mail.To {
			addr := a[strings.LastIndexByte(a, '<')+1:]
			who = append(who, addr[:strings.IndexByte(addr, '@')])
			if !strings.Contains(text, "mailto:"+strings.TrimSuffix(addr, ">")+"\r\n") {
				t.Errorf("%s is not invited by %s", a, text)
			}
		}
		if !strings.HasSuffix(strings.TrimSuffix(id, "/out"), "/"+value("SEQUENCE")) || strings.ContainsAny(n.Mail.Subject, "\r\n") {
			t.Errorf("%s: %q\n%s", n.ID, n.Mail.Subject, text)
		}
		list = append(list, strings.Join([]string{id, value("METHOD"), value("DTSTART")[:8], strings.Join(who, ",")}, " "))
	}
	return list
}

// One invitation per review and sequence goes to those who must come and have
// an address: at /restored, when it is moved, when others must come, when it
// will not take place, and once however often the store is lost (O56).
func TestInvitations(t *testing.T) {
	w := newWorld(t).inviting().staffed()
	w.s.Head.Title = "Checkout\r\nBcc: all | is down"
	var want []string
	check := func(what string, more ...string) {
		t.Helper()
		want = append(want, more...)
		if got := w.invites(t); !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", what, got, want)
		}
	}
	check("before it is restored")
	w.say("alice", "/restored")
	check("restored", "1/0 REQUEST 20261223 alice,bob")
	w.say("alice", "/review move 2026-12-22")
	check("moved", "1/1 REQUEST 20261222 alice,bob")
	w.say("alice", "/review move 2027-12-22")
	check("refused")
	w.finish().link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave", "erin"}
	w.settle()
	w.forget()
	w.after(2 * time.Minute).settle()
	check("others must come, and the store was lost")
	w.at("2026-12-15 10:00")
	check("a week before", "1/2 REQUEST 20261222 alice,bob,dave")
	w.ticket("acme/shop#50").Assignees = nil
	w.at("2026-12-22 10:05")
	check("nothing after that")
	w.review("alice")
	check("the next one", "2/0 REQUEST 20270122 alice,bob")
	w.finish().review("alice")
	check("held early, as the last one", "2/1 CANCEL 20270122 alice,bob")
	w.say("alice", "/close")
	w.forget()
	w.after(2 * time.Minute).settle()
	check("closed, and the store was lost")
	w.reopenHead("bob")
	w.settle()
	check("reopened, with nothing to look at")
	w.ticket("acme/shop#50").State = incident.Open
	w.settle()
	check("something is open again", "2/2 REQUEST 20270122 alice,bob")
	w.say("alice", "/unrestored")
	check("it broke again", "2/3 CANCEL 20270122 alice,bob")
	w.say("alice", "/restored")
	check("and is back", "2/4 REQUEST 20270121 alice,bob")
	w.say("alice", "/retract for good")
	w.say("bob", "/retract yes")
	check("retracted", "2/5 CANCEL 20270121 alice,bob")
}

// Who was invited and need not come any more is told so, and nobody else, once,
// for the same meeting and with a sequence above that of the invitation (RFC
// 5546, section 3.2.5).
func TestWhoDropsOutIsUninvited(t *testing.T) {
	w := newWorld(t).inviting().staffed()
	w.say("alice", "/restored")
	w.finish().link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.settle()
	w.say("alice", "/review move 2026-12-22")
	want := []string{"1/0 REQUEST 20261223 alice,bob", "1/1 REQUEST 20261222 alice,bob,dave"}
	check := func(what string, more ...string) {
		t.Helper()
		want = append(want, more...)
		if got := w.invites(t); !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", what, got, want)
		}
	}
	check("moved")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"bob"}
	w.at("2026-12-15 10:00")
	check("a week before", "1/2 REQUEST 20261222 alice,bob", "1/2/out CANCEL 20261222 dave")
	ics := string(w.told("review")[3].Mail.Calendar)
	uid := func(s string) string { return s[strings.Index(s, "UID:"):strings.Index(s, "SEQUENCE")] }
	if uid(ics) != uid(string(w.told("review")[2].Mail.Calendar)) || strings.Contains(ics, "STATUS:") || strings.Contains(ics, "alice@") {
		t.Errorf("%s", ics)
	}
	w.forget()
	w.after(2 * time.Minute).settle()
	check("the store was lost")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.say("alice", "/review move 2026-12-21")
	check("invited again", "1/3 REQUEST 20261221 alice,bob,dave")
	w.ticket("acme/shop#50").Assignees = nil
	w.say("alice", "/review move 2026-12-22")
	check("and dropped again", "1/4 REQUEST 20261222 alice,bob", "1/4/out CANCEL 20261222 dave")
	for _, who := range []incident.Person{"alice", "bob"} {
		w.s.People[who] = incident.Standing{Known: true} // left
	}
	w.ticket("acme/shop#50").Assignees = []incident.Person{"erin"} // whose address is none
	w.after(time.Hour).settle()
	w.say("carol", "/release me", "/ic me")
	contains(t, w.reply(w.say("carol", "/review move 2026-12-23")), "review 1 is on Wednesday 2026-12-23")
	check("nobody is left who can be invited", "1/5 CANCEL 20261222 alice,bob")
	w.s.People["alice"] = incident.Standing{Known: true, Trusted: true, Assignable: true}
	w.after(time.Hour).settle()
	check("one is back, and the other was told already", "1/6 REQUEST 20261223 alice")
}

// Without mail, or without an address, nobody is invited, and all else goes on.
func TestNobodyIsInvitedWithoutAnAddress(t *testing.T) {
	for name, lose := range map[string]func(w *world){
		"no mail":         func(w *world) { w.p.Mail = nil },
		"no address":      func(w *world) { w.p.People = nil },
		"not one of ours": func(w *world) { w.p.People = map[incident.Person]plan.Contact{"erin": {Mail: "erin@äcme.example"}} },
	} {
		w := newWorld(t).inviting()
		lose(w)
		w.staffed().say("alice", "/restored")
		w.at("2026-12-16 10:00")
		if got := w.told("review"); len(got) != 0 || !w.has("review/1") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An invitation stands on the board before it goes out: what is not there, a
// lost store would send again under another sequence.
func TestAnInvitationStandsOnTheBoardFirst(t *testing.T) {
	w := newWorld(t).inviting().staffed()
	w.refuse = func(a incident.Action) string {
		if s, ok := a.(incident.Say); ok && s.Slot == incident.Board {
			return "locked"
		}
		return ""
	}
	w.say("alice", "/restored")
	if got := w.invites(t); len(got) != 0 {
		t.Errorf("%q", got)
	}
	w.refuse = func(a incident.Action) string {
		if _, ok := a.(incident.Notify); ok {
			return "no mail today"
		}
		return ""
	}
	w.after(2 * time.Hour).settle()
	mail := w.p.Mail
	w.p.Mail, w.refuse = nil, nil
	w.after(2 * time.Hour).settle()
	if got := w.invites(t); len(got) != 0 {
		t.Errorf("invited without mail: %q", got)
	}
	w.p.Mail = mail
	w.settle()
	if got := fmtList(w.invites(t)); got != "[1/0 REQUEST 20261223 alice,bob]" {
		t.Errorf("%s", got)
	}
	people := w.p.People
	w.p.People = nil
	w.say("alice", "/review move 2026-12-22")
	w.p.People = people
	w.settle()
	if got := fmtList(w.invites(t)); got != "[1/0 REQUEST 20261223 alice,bob 1/1 REQUEST 20261222 alice,bob]" {
		t.Errorf("%s", got)
	}
	if e := plan.Reviews(w.p, w.r); len(e) != 1 || e[0].Sequence != 1 || e[0].Organizer.Mail != "hereby@acme.example" {
		t.Errorf("the feed: %+v", e)
	}
}

// Nobody is invited to what is past.
func TestNobodyIsInvitedToThePast(t *testing.T) {
	w := open(t).at("2026-12-24 10:00").inviting()
	w.settle()
	if got := w.invites(t); len(got) != 0 {
		t.Errorf("%q", got)
	}
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
