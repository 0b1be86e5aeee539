package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

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
