package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// A marker that somebody edited away is put back; the edit stays (design, section 5).
func TestAMarkerEditedAway(t *testing.T) {
	w := newWorld(t).staffed()
	x := w.slot("role/operations/bob")
	ref := x.Ref
	x.Slot, x.Unmarked, x.Body = "", true, x.Body+"\nmy words"
	w.settle()
	x = w.ticket(ref)
	if x.Slot != "role/operations/bob" || !strings.HasSuffix(x.Body, "\nmy words") {
		t.Errorf("%+v", x)
	}
	w.nothingTwice(t)
}

// Without marker and label a ticket is people's to the tracker, and its text
// is not read. It holds its slot by the journal and is never written.
func TestATicketThatLostAllItsMarks(t *testing.T) {
	w := newWorld(t).staffed()
	x := *w.slot("role/operations/bob")
	w.deleteTicket(x.Ref)
	x.Slot, x.Body, x.Linked = "", "", false
	w.s.Foreign = append(w.s.Foreign, x)
	before := len(w.done)
	w.after(time.Hour).settle()
	w.say("bob", "/action restarted the pool")
	for _, a := range w.done[before:] {
		if e, ok := a.(incident.Edit); ok && e.Ref == x.Ref {
			t.Errorf("its text was written: %v", a)
		}
		if c, ok := a.(incident.Create); ok {
			t.Errorf("made again: %v", c)
		}
	}
}

// A ticket of ours that was declared an incident itself is an incident.
func TestATicketThatBecameAnIncident(t *testing.T) {
	w := newWorld(t).staffed()
	x := *w.slot("role/operations/bob")
	w.deleteTicket(x.Ref)
	x.Slot, x.Incident = "", true
	w.s.Foreign = append(w.s.Foreign, x)
	before := len(w.done)
	w.after(time.Hour).settle()
	for _, a := range w.done[before:] {
		if strings.Contains(a.String(), string(x.Ref)) {
			t.Errorf("%v", a)
		}
	}
	lacks(t, fmtList(w.missing()), "Operations A")
}

// A marker pasted by somebody else is ignored.
func TestAPastedMarker(t *testing.T) {
	w := newWorld(t)
	w.s.Comments = append(w.s.Comments, incident.Comment{ID: "1", Author: "dave", At: start, Slot: incident.Board, Raw: "board", Data: `{"declared":{"by":"dave","at":"2026-11-23T14:00:00Z","via":"board"}}`})
	w.settle()
	if !w.r.Declared.IsZero() || w.writes != 0 {
		t.Fatalf("declared by a pasted board: %+v", w.r.Declared)
	}
	w.staffed()
	w.s.Comments = append(w.s.Comments, incident.Comment{ID: "2", Author: "dave", At: w.s.At, Slot: "reply/1", Raw: "reply", Data: "oo"})
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/shop#66", Author: "dave", Slot: "role/planning", State: incident.Open, Assignees: []incident.Person{"dave"}, Linked: true})
	w.settle()
	if got := w.crewText(); got != "[alice] [bob] [carol] []" {
		t.Errorf("%s", got)
	}
	if w.comment("1").Raw != "board" || w.comment("2").Raw != "reply" || w.ticket("acme/shop#66").Slot != "role/planning" {
		t.Error("somebody's words were changed")
	}
}

// Our board whose marker somebody edited away is still our board.
func TestABoardWithoutItsMarker(t *testing.T) {
	w := newWorld(t).staffed()
	id := w.j.Slots[incident.Board].Comment
	c := w.comment(id)
	c.Ours, c.Slot, c.Data, c.Hash, c.Raw = false, "", "", "", "vandalised"
	w.settle()
	w.after(time.Hour).settle()
	if got := w.comment(id); got.Slot != incident.Board || !strings.Contains(got.Raw, "I hereby declare") {
		t.Errorf("%+v", got)
	}
	w.nothingTwice(t)
}

// A board by an account we do not know as ours stops the pass (design,
// section 5): the token was changed, and `authors` does not say so.
func TestAnUnknownAccountsBoard(t *testing.T) {
	w := newWorld(t).staffed()
	for i := range w.s.Comments {
		w.s.Comments[i].Ours = false
	}
	w.s.Foreign, w.s.Tickets = w.s.Tickets, nil
	for i := range w.s.Foreign {
		w.s.Foreign[i].Slot = ""
	}
	w.after(time.Hour).tell("bob", "/restored")
	orders := len(w.r.Orders)
	pl := w.pass()
	if len(pl.Do) != 0 || len(w.r.Orders) != orders || !strings.Contains(pl.Alarm, "`authors`") || !slices.Contains(pl.Why, pl.Alarm) {
		t.Errorf("%v because %v, alarm %q", pl.Do, pl.Why, pl.Alarm)
	}
}

// After a change of token that `authors` tells of, nothing is said again.
func TestAChangedToken(t *testing.T) {
	w := newWorld(t).staffed()
	before := len(w.s.Comments)
	w.forget()
	for i := range w.s.Tickets {
		w.s.Tickets[i].Author = "former-token"
	}
	for i := range w.s.Comments {
		if w.s.Comments[i].Ours {
			w.s.Comments[i].Author = "former-token"
		}
	}
	w.after(2 * time.Minute).settle()
	if len(w.s.Comments) != before || w.crewText() != "[alice] [bob] [carol] []" {
		t.Errorf("%d comments more; %s", len(w.s.Comments)-before, w.crewText())
	}
}

// A deleted board is written anew, with all it knew; deleted replies are not.
func TestADeletedBoard(t *testing.T) {
	w := newWorld(t).staffed()
	w.deleteComment(w.j.Slots[incident.Board].Comment)
	w.after(time.Hour).settle()
	contains(t, w.board(), "@alice", "@bob", "@carol")
	w.nothingTwice(t)
	n := 0
	for _, m := range w.sent {
		if m.Event == "declared" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("announced %d times", n)
	}
}

// Somebody's edit of the board is undone: it is one text, and ours.
func TestAnEditedBoard(t *testing.T) {
	w := newWorld(t).staffed()
	c := w.comment(w.j.Slots[incident.Board].Comment)
	c.Raw, c.Hash = "all is well", incident.HashText("all is well")
	w.settle()
	contains(t, w.board(), "@alice")
}
