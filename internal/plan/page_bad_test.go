package plan_test

import (
	"fmt"
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
