package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// What the first board says at once: that it costs four people's work, and that
// reviews go on until each ticket is settled (O58, O78).
func TestTheFirstBoardTellsThePrice(t *testing.T) {
	w := newWorld(t).declare()
	contains(t, w.board(), "What this costs: at least four people now leave their work", "a review is held every 30 days until each ticket is done or wontfix")
}

// Command assigns the roles (O14), sums up for everybody (O15) and alone says
// when service is back (O16).
func TestWhatCommandDoes(t *testing.T) {
	w := newWorld(t).declare()
	w.say("alice", "/ops @bob", "/comms @carol")
	for slot, who := range map[incident.Slot]incident.Person{"role/operations/bob": "bob", "role/communications": "carol"} {
		if got := w.slot(slot).Assignees; len(got) != 1 || got[0] != who {
			t.Errorf("%s is assigned to %v", slot, got)
		}
	}
	w.say("alice", "/summary the pool is full")
	contains(t, w.board(), "> the pool is full")
	contains(t, w.reply(w.say("bob", "/restored")), "❌", "only command")
	lacks(t, w.board(), "service back")
	contains(t, w.reply(w.say("bob", "/summary all is well")), "❌", "only command")
}

// What operations measured stands on the timeline of the page (O27).
func TestMeasuresStandOnTheTimeline(t *testing.T) {
	w := newWorld(t).restored()
	contains(t, w.text12(), "| Operations A | **action**: fewer workers |")
}

// The page asks for what only people can tell (O38, O41, O42, O45), and is not
// published without it.
func TestThePageAsksForWhatOnlyPeopleCanTell(t *testing.T) {
	w := newWorld(t).restored()
	contains(t, w.text12(), "## Abstract", "what happened, in a few sentences", "## Impact on stakeholders", "who was affected",
		"## Issues discovered", "what would have let us see it coming? What would have let us repair it faster? Why were we surprised? Where else can it happen?")
	contains(t, w.reply(w.say("alice", "/publish")), "❌ `/publish`", "Abstract", "Impact on stakeholders", "Issues discovered")
}

// There is rarely one cause, and not all are technical (O52, O53): said as
// advice, and each kind is a label of its ticket.
func TestRarelyOneCause(t *testing.T) {
	w := newWorld(t).restored().post("- Nobody had time for the upgrade @bob #budget")
	contains(t, w.text("say/blame"), "there is rarely one cause", "`#budget`", "`#people`", "`#communication`")
	lacks(t, w.text("say/blame"), "Holds back")
	for _, a := range w.done {
		if c, ok := a.(incident.Create); ok && c.Slot.Under("follow") {
			if len(c.Labels) != 1 || c.Labels[0] != "hereby/budget" {
				t.Errorf("%v", c.Labels)
			}
			return
		}
	}
	t.Error("no ticket")
}

// The page shows what became of each ticket (O43), and a twin says so to
// machines (O47).
func TestThePageShowsWhatBecameOfTickets(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound @bob #technical due:2026-12-24\n- Alerts come late #communication")
	w.say("alice", "/publish")
	w.after(time.Minute).settle()
	contains(t, w.text12(), "| The pool has no bound | open | Operations A | 2026-12-24 | technical |", "| Alerts come late | open | – | – | communication |")
	contains(t, w.pages["Postmortem-12.json"].Text, `"schema": "hereby/postmortem/1"`, `"state": "open"`, `"due": "2026-12-24"`, `"category": "technical"`)
	for _, x := range w.s.Tickets {
		if x.Slot.Under("follow") && strings.Contains(x.Title, "Alerts") {
			w.closeTicket(x.Ref, "carol", incident.Done)
		}
	}
	w.after(11 * time.Minute).settle()
	contains(t, w.text12(), "| Alerts come late | done |")
}

// Each review says how long it has been, and how long each ticket is open: the
// pain is kept fresh (O63).
func TestAReviewKeepsThePainFresh(t *testing.T) {
	w := newWorld(t).restored()
	w.say("dave", "/followup Bound the pool @bob")
	w.after(26 * 24 * time.Hour).settle()
	contains(t, w.slot("review/1").Body, "29 days after the incident was declared", "person-hours", "called off their work", "Bound the pool", "| 29 days |")
}
