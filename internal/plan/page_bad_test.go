package plan_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Two hundred issues on a page become two hundred tickets, each once, within
// the hours that the share of changes allows, and all of them stand on the page.
func TestTwoHundredFollowUps(t *testing.T) {
	w := newWorld(t).restored()
	var items strings.Builder
	for i := range 200 {
		fmt.Fprintf(&items, "- Issue number %d of many @bob\n", i)
	}
	w.write(func(text string) string {
		return strings.Replace(text, "## Issues discovered\n", "## Issues discovered\n\n"+items.String(), 1)
	})
	for range 40 {
		w.after(11 * time.Minute).pass()
		w.after(2 * time.Second).pass()
	}
	titles := map[string]int{}
	for _, x := range w.s.Tickets {
		if x.Slot.Under("follow") {
			titles[x.Title]++
		}
	}
	for title, n := range titles {
		if n != 1 {
			t.Errorf("%s: %d tickets", title, n)
		}
	}
	if shown := strings.Count(w.text12(), " open <!-- hereby:item-"); len(titles) != 200 || shown != 200 {
		t.Errorf("%d tickets, %d of them on the page", len(titles), shown)
	}
}

// A page that is deleted after the close reopens nothing and is not written
// anew: what it said is in the wiki's history.
func TestAPageDeletedAfterTheClose(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	w.say("alice", "/publish")
	w.after(11 * time.Minute).settle()
	w.finish().review("alice").say("alice", "/close")
	if w.ended() != "closed" {
		t.Fatalf("not closed:\n%s", w.board())
	}
	w.after(11 * time.Minute).settle()
	delete(w.pages, postName)
	w.after(time.Hour).settle()
	if w.pages[postName].Exists || w.s.Head.State == incident.Open || w.ended() != "closed" {
		t.Errorf("written anew: %v; the head is %s", w.pages[postName].Exists, w.s.Head.State)
	}
}

// Incidents that are linked with each other in a cycle wait for each other
// neither at the review nor at the close; each is shown to the other.
func TestLinkedIncidentsInACycle(t *testing.T) {
	w := open(t)
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/shop#13", ID: "9013", Title: "Payments fail", State: incident.Open, Linked: true, Incident: true, Parent: w.s.Head.Ref, Opened: w.s.At})
	w.s.Head.Parent = "acme/shop#13"
	w.settle()
	x := w.ticket("acme/shop#50")
	x.State, x.Closed = incident.Done, incident.Closed{By: "dave", At: w.s.At}
	w.after(time.Minute).settle()
	contains(t, w.reply(w.say("alice", "/review done")), "Nothing else stands against closing")
	w.say("alice", "/close")
	if w.ended() != "closed" || w.ticket("acme/shop#13").State != incident.Open {
		t.Errorf("closed: %q; the other is %s:\n%s", w.ended(), w.ticket("acme/shop#13").State, w.board())
	}
}

func (w *world) followups() (list []*incident.Ticket) {
	for i := range w.s.Tickets {
		if w.s.Tickets[i].Slot.Under("follow") {
			list = append(list, &w.s.Tickets[i])
		}
	}
	return list
}

// Without any of our markers the page gets its blocks back, its items are known
// by what they say, and nobody's words are touched.
func TestAPageWithoutItsMarkers(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound @bob\n- Alerts come late @carol")
	w.after(11 * time.Minute).settle()
	before := w.text12()
	w.write(func(s string) string { return regexp.MustCompile(`<!--.*?-->`).ReplaceAllString(s, "") })
	lacks(t, w.text12(), "hereby:")
	w.after(11 * time.Minute).settle()
	w.after(11 * time.Minute).settle()
	if got := len(w.followups()); got != 2 {
		t.Errorf("%d tickets of 2 issues", got)
	}
	for _, mark := range regexp.MustCompile(`block/[a-z]+`).FindAllString(before, -1) {
		contains(t, w.text12(), mark)
	}
	contains(t, w.text12(), "The checkout answered 502 for an hour", "- The pool has no bound @bob", "- Alerts come late @carol")
}

// An item that is rewritten between any two passes of ours has one ticket.
func TestAnItemEditedWhileItsTicketIsCreated(t *testing.T) {
	for when := range 4 {
		w := newWorld(t).restored()
		w.write(func(s string) string {
			return strings.Replace(s, "## Issues discovered\n", "## Issues discovered\n\n- The pool has no bound @bob\n", 1)
		})
		w.after(11 * time.Minute)
		for range when {
			w.pass()
			w.after(2 * time.Second)
		}
		w.write(func(s string) string { return strings.Replace(s, "has no bound", "was never bounded", 1) })
		w.after(11 * time.Minute).settle()
		w.after(11 * time.Minute).settle()
		if got := w.followups(); len(got) != 1 || strings.Count(w.text12(), "hereby:item-") != 1 {
			t.Errorf("edited after %d passes: %d tickets for\n%s", when, len(got), w.text12())
		}
		contains(t, w.text12(), "- The pool was never bounded @bob → #")
	}
}

// An item that is copied with its mark is an issue of its own from then on.
func TestACopiedItem(t *testing.T) {
	w := newWorld(t).restored().post("- The pool has no bound @bob")
	w.after(11 * time.Minute).settle()
	line := regexp.MustCompile(`(?m)^- The pool.*$`)
	w.write(func(s string) string {
		is := line.FindString(s)
		return strings.Replace(s, is, is+"\n"+strings.Replace(is, "The pool", "The cache", 1), 1)
	})
	w.after(11 * time.Minute).settle()
	w.after(11 * time.Minute).settle()
	list := w.followups()
	if len(list) != 2 || list[0].Title != "The pool has no bound" || !strings.HasPrefix(list[1].Title, "The cache has no bound") {
		t.Fatalf("%d tickets: %+v", len(list), list)
	}
	for _, x := range list {
		if strings.Count(w.text12(), "#"+x.Ref.Number()+" open <!-- hereby:item-") != 1 {
			t.Errorf("%s does not stand once on\n%s", x.Ref, w.text12())
		}
	}
}

// A follow-up that was transferred keeps its slot, and is counted once.
func TestATransferredFollowUp(t *testing.T) {
	w := gated(t)
	id := w.say("bob", "/followup Bound the pool")
	x := w.slot(incident.Slot("follow/" + id + ".0"))
	w.moved = map[incident.Ref]bool{x.Ref: true}
	x.Ref = "acme/infra#900"
	w.settle()
	w.after(time.Hour).settle()
	if got := w.unfinished(); len(w.followups()) != 1 || len(got) != 1 || !strings.Contains(got[0], "acme/infra#900") {
		t.Errorf("%d tickets; %q", len(w.followups()), got)
	}
	w.ticket("acme/infra#900").State = incident.Done
	w.settle()
	if got := w.unfinished(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
