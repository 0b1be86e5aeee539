package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// edits counts how often we wrote a ticket's text.
func (w *world) edits(slot incident.Slot) (n int) {
	for _, a := range w.done {
		if e, ok := a.(incident.Edit); ok && e.Slot == slot {
			n++
		}
	}
	return n
}

// planned has service back and planning filled, in an incident with a page.
func planned(t tester, boxes bool) (w *world, slot incident.Slot) {
	w = newWorld(t).wiki()
	w.s.Caps.Boxes = boxes
	w.staffed()
	w.say("alice", "/planning @erin", "/restored")
	if slot = "role/planning"; !boxes {
		slot = "check/planning-tickets"
	}
	return w, slot
}

// Planning's checklist lists tickets without owner or date, as things stand,
// with one edit for what changed and none for nothing (O35, O36).
func TestPlanningListsWhatHasNoOwnerOrDate(t *testing.T) {
	for _, boxes := range []bool{true, false} {
		t.Run(fmt.Sprintf("boxes %v", boxes), func(t *testing.T) {
			w, slot := planned(t, boxes)
			list := func() string {
				_, rest, _ := strings.Cut(w.slot(slot).Body, "<!-- tickets ")
				_, rest, _ = strings.Cut(rest, "-->\n")
				rest, _, _ = strings.Cut(rest, "<!-- tickets end -->")
				return rest
			}
			n := 0
			step := func(what string, want int, parts ...string) {
				t.Helper()
				w.settle()
				if got := w.edits(slot); got != n+want {
					t.Errorf("%s: %d edits, want %d", what, got-n, want)
				}
				n = w.edits(slot)
				contains(t, list(), parts...)
			}
			step("at the start", 0, "No follow-up is open.")
			w.link("acme/shop#50", "Pool | <!-- tickets end -->")
			step("linked", 1, "- #50 Pool \\| &lt;\\!-- tickets end --&gt;: no owner, no due date\n")
			w.after(25 * time.Hour)
			step("a day later", 0)
			w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
			step("assigned", 1, "- #50 Pool \\| &lt;\\!-- tickets end --&gt;: no due date\n")
			w.ticket("acme/shop#50").Body = "Bound it.\n\n`due:2026-12-01` was too early, so: due:2026-12-24."
			step("dated in its text", 1, "Every open ticket has an owner and a date.")
			w.s.People["dave"] = incident.Standing{Known: true}
			step("its owner left", 1, ": owner left\n")
			w.ticket("acme/shop#50").State, w.ticket("acme/shop#50").Closed = incident.Done, incident.Closed{By: "bob", At: w.s.At}
			step("done", 1, "No follow-up is open.")
			id := w.tell("bob", "/followup Alert earlier @bob\nwithin a minute, due:2026-12-24")
			w.settle()
			step("a follow-up with both", 1, "Every open ticket")
			follow := w.slot(incident.Slot("follow/" + id + ".0"))
			w.link("acme/shop#51", "Same")
			step("another", 1, "- #51 Same: no owner, no due date\n")
			x := w.ticket("acme/shop#51")
			x.State, x.DuplicateOf = incident.Duplicate, follow.Ref
			step("which is a duplicate", 1, "Every open ticket")
			w.ticket("acme/shop#51").Gone = true
			step("deleted", 0)
		})
	}
}

// What stands on the page counts too: its dates, and issues that nobody owns.
func TestPlanningListsIssuesOfThePage(t *testing.T) {
	w, slot := planned(t, true)
	w.post("- The pool has no bound @bob\n- Alerts come late")
	item := "The pool has no bound"
	contains(t, w.slot(slot).Body, item+": no due date", "1 issue without a ticket")
	n := w.edits(slot)
	w.write(func(s string) string { return strings.Replace(s, "bound @bob", "bound @bob due:2026-12-24", 1) })
	w.after(time.Second).settle()
	lacks(t, w.slot(slot).Body, item)
	contains(t, w.slot(slot).Body, "1 issue without a ticket")
	w.broken, w.passing = "the wiki does not answer", true
	w.after(time.Second).settle()
	lacks(t, w.slot(slot).Body, item) // we do not know better
	w.broken, w.passing = "", false
	w.after(11 * time.Minute).settle()
	if got := w.edits(slot) - n; got != 1 {
		t.Errorf("%d edits for one date", got)
	}
	w.say("alice", "/publish")
	w.after(11 * time.Minute).settle()
	contains(t, w.slot(slot).Body, "Alerts come late: no owner, no due date")
	lacks(t, w.slot(slot).Body, "without a ticket")
}

// A tick and a change of the list are one edit.
func TestATickAndTheListAreOneEdit(t *testing.T) {
	w, slot := planned(t, true)
	n := w.edits(slot)
	w.tell("erin", "/done 1")
	w.link("acme/shop#50", "Pool")
	body := w.slot(slot).Body
	if got := w.edits(slot) - n; got != 1 || w.box(slot, "Every issue discovered") != "[x]" {
		t.Errorf("%d edits:\n%s", got, body)
	}
	contains(t, body, "#50 Pool")
}

// A ticket from which somebody took the list is theirs.
func TestPlanningsTicketInOtherHands(t *testing.T) {
	w, slot := planned(t, true)
	w.slot(slot).Body = "Mine."
	w.link("acme/shop#50", "Pool")
	if got := w.slot(slot).Body; got != "Mine." {
		t.Errorf("%q", got)
	}
}

// Also in a ticket that was closed the list is as things stand: otherwise it
// would depend on which of two was seen closed first.
func TestTheListInAClosedTicket(t *testing.T) {
	for _, boxes := range []bool{true, false} {
		w, slot := planned(t, boxes)
		w.closeTicket(w.slot(slot).Ref, "erin", incident.Done)
		w.link("acme/shop#50", "Pool")
		contains(t, w.slot(slot).Body, "#50 Pool: no owner, no due date")
		if w.slot(slot).State != incident.Done {
			t.Error("it was opened again")
		}
	}
}

// Where the checklist has no such duty, the role's ticket has the list.
func TestTheListWithoutItsDuty(t *testing.T) {
	w := newWorld(t)
	w.s.Caps.Boxes = false
	texts := *w.p.Texts
	lists := maps.Clone(texts.Checklists)
	planning := lists[incident.Planning]
	planning.Duties = planning.Duties[1:]
	lists[incident.Planning] = planning
	texts.Checklists = lists
	w.p.Texts = &texts
	w.staffed()
	w.say("alice", "/planning @erin", "/restored")
	contains(t, w.slot("role/planning").Body, "No follow-up is open.")
	w.link("acme/shop#50", "Pool")
	contains(t, w.slot("role/planning").Body, "#50 Pool: no owner, no due date")
}

// Whatever people do to the text, and whatever becomes of the tickets: none of
// their words is lost, and the text comes to rest.
func TestNobodyLosesAWordToTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, slot := planned(t, rapid.Bool().Draw(t, "boxes"))
		w.link("acme/shop#50", "Pool")
		words := 0
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			x := w.slot(slot)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				at := rapid.IntRange(0, len(x.Body)).Draw(t, "at")
				words++
				word := fmt.Sprintf("word%dword", words)
				pad := rapid.SampledFrom([]string{"", " ", "\n", "\n\n- "}).Draw(t, "pad")
				x.Body = x.Body[:at] + pad + word + pad + x.Body[at:]
			case 2:
				p := w.ticket("acme/shop#50")
				p.Assignees = rapid.SampledFrom([][]incident.Person{nil, {"dave"}}).Draw(t, "owner")
			case 3:
				w.s.Foreign = slices.DeleteFunc(w.s.Foreign, func(x incident.Ticket) bool { return x.Ref == "acme/shop#51" })
				w.link("acme/shop#51", rapid.String().Draw(t, "title"))
			}
			seen := tokens(w.slot(slot).Body)
			w.settle()
			now := tokens(w.slot(slot).Body)
			for _, word := range seen {
				if !slices.Contains(now, word) {
					t.Fatalf("%s is gone from\n%s", word, w.slot(slot).Body)
				}
			}
		}
		if len(w.pass().Do) > 0 {
			t.Fatalf("no fixpoint")
		}
	})
}

// tokens returns the words that people put into a text.
func tokens(body string) (list []string) {
	for i := 1; i <= 8; i++ {
		if word := fmt.Sprintf("word%dword", i); strings.Contains(body, word) {
			list = append(list, word)
		}
	}
	return list
}
