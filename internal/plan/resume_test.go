package plan_test

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// An incident that was reviewed to its end and gains a ticket months later has
// no review overdue at once, nor one before it can be announced: the next one
// is by the old calendar, and its ticket opens a week before (O57, O61). A lost
// store changes nothing about it.
func TestReviewsAreResumed(t *testing.T) {
	for name, forget := range map[string]bool{"as it is": false, "with a lost store": true} {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			w.finish().review("alice")
			lacks(t, w.board(), "Next review")
			w.at("2027-04-19 09:00") // three days before review 5
			w.link("acme/shop#51", "Found much later")
			if forget {
				w.forget()
				w.after(2 * time.Minute).settle()
			}
			contains(t, w.board(), "**Next review**: review 6 on Monday 2027-05-24 10:00 UTC")
			if w.has("review/5") || w.has("review/6") || w.text("say/review/5.1") != "" {
				t.Errorf("overdue at once: %v", w.slots())
			}
			w.say("alice", "/review move 2027-05-17")
			contains(t, w.board(), "review 6 on Monday 2027-05-17 10:00 UTC")
			w.say("alice", "/review move 2027-05-24")
			w.at("2027-05-17 10:30")
			if !w.has("review/6") {
				t.Errorf("not announced: %v", w.slots())
			}
			w.at("2027-05-25 12:00")
			contains(t, w.text("say/review/6.1"), "eview 6")
			w.review("alice")
			contains(t, w.board(), "review 7 on")
		})
	}
}

// It is resumed once: a review that nobody holds from then on is overdue, and a
// ticket more puts nothing off.
func TestReviewsAreResumedOnce(t *testing.T) {
	w := open(t)
	w.finish().review("alice")
	w.at("2027-04-19 09:00")
	w.link("acme/shop#51", "Found much later")
	w.at("2027-05-26 12:00")
	w.link("acme/shop#52", "And one more")
	w.finishOne("acme/shop#51", incident.Done)
	w.settle()
	contains(t, w.board(), "review 6 on Monday 2027-05-24")
	w.finish().review("alice")
	w.at("2027-07-19 09:00")
	w.link("acme/shop#53", "And yet another")
	contains(t, w.board(), "review 9 on Friday 2027-08-20")
}

// So it is when a closed incident is reopened months later.
func TestReviewsAreResumedAfterAReopening(t *testing.T) {
	w := open(t)
	w.finish().review("alice").say("alice", "/close")
	w.at("2027-04-19 09:00")
	w.reopenHead("bob")
	w.ticket("acme/shop#50").State = incident.Open
	w.settle()
	contains(t, w.board(), "**Next review**: review 6 on")
	if w.has("review/2") || w.has("review/6") {
		t.Errorf("%v", w.slots())
	}
}
