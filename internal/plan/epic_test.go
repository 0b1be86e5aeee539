package plan_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// epics makes the world one whose tracker keeps epics as tickets.
func (w *world) epics() *world { w.s.Caps.Epic = true; return w }

func (w *world) epic() *incident.Ticket { w.t.Helper(); return w.slot(incident.Epic) }

// An epic is created over the head with the declaration, once, the head is
// hung under it, and the board names it. It is no ticket in the gate.
func TestAnEpicIsKeptOverTheHead(t *testing.T) {
	w := newWorld(t).epics().declare()
	e := w.epic()
	if e.Title != "Incident: Checkout is down" || !e.Linked || e.State != incident.Open {
		t.Errorf("%+v", *e)
	}
	contains(t, e.Body, "#12", "alice")
	contains(t, w.board(), "**Epic**: "+e.Ref.Near(w.s.Head.Ref))
	for _, m := range w.missing() {
		lacks(t, m, "Incident: Checkout is down")
	}
	if plain := newWorld(t).declare(); slices.Contains(plain.slots(), "epic") {
		t.Error("an epic where the head is the epic")
	}
}

// A head that somebody put under another epic stays there.
func TestAForeignEpicIsLeftAlone(t *testing.T) {
	w := newWorld(t).epics().declare()
	w.epic().Linked, w.s.Caps.Epic = false, false
	delete(w.r.Done, "attach/"+string(w.epic().Ref))
	if pl := w.pass(); len(pl.Do) != 0 {
		t.Errorf("%v", pl.Do)
	}
}

// Closing the epic is closing the incident: undone while something stands
// against it, told once, and more slowly the more often it happens.
func TestTheEpicIsGated(t *testing.T) {
	w := newWorld(t).epics().staffed()
	w.after(time.Minute)
	w.closeTicket(w.epic().Ref, "bob", incident.Done)
	closed := w.epic().Closed.At
	pl := w.pass()
	slot := incident.Slot(fmt.Sprintf("say/gate/%d", closed.Unix()))
	if got, want := fmt.Sprint(pl.Do), fmt.Sprintf("[reopen %s say %s]", w.epic().Ref, slot); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	contains(t, w.text(slot), "@bob", w.epic().Ref.Near(w.s.Head.Ref))
	w.settle()
	for range 3 {
		w.after(time.Minute)
		w.closeTicket(w.epic().Ref, "robot", incident.Done)
		w.settle()
	}
	if w.epic().State == incident.Open {
		t.Error("the fourth closing of a day was undone at once")
	}
	w.after(2 * time.Minute)
	w.settle()
	if w.epic().State != incident.Open {
		t.Error("it was given up")
	}
	w.say("alice", "/unlink "+string(w.epic().Ref)+" not wanted")
	w.say("alice", "/wontfix "+string(w.epic().Ref)+" not wanted")
	if w.epic().State != incident.Open {
		t.Error("an order closed the epic")
	}
}

// The epic ends with its head, and stays as people leave it then.
func TestTheEpicEndsWithItsHead(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*world)
		want incident.State
	}{
		"retracted": {func(w *world) { w.say("alice", "/retract a drill") }, incident.Wontfix},
		"duplicate": {func(w *world) { w.say("alice", "/duplicate #7") }, incident.Wontfix},
	} {
		w := newWorld(t).epics().declare()
		w.s.Others = []incident.Other{{Key: "tracker:acme/shop#7", Title: "Checkout is slow", Since: start}}
		c.end(w)
		if w.epic().State != c.want || w.s.Head.State == incident.Open {
			t.Errorf("%s: the epic is %s, the head %s", name, w.epic().State, w.s.Head.State)
		}
	}
	w := newWorld(t).epics().staffed()
	w.say("alice", "/restored")
	w.finish().review("alice")
	w.say("alice", "/close")
	if w.s.Head.State != incident.Done || w.epic().State != incident.Done {
		t.Fatalf("the head is %s, the epic %s: %v", w.s.Head.State, w.epic().State, w.missing())
	}
	w.epic().State, w.epic().Closed = incident.Open, incident.Closed{}
	w.settle()
	if w.epic().State != incident.Open {
		t.Error("somebody's reopening was undone after the end")
	}
}

// Where the editor keeps "/" for itself, no text shows it as a command.
func TestCommandsAreSpelledAsTheyCanBeTyped(t *testing.T) {
	w := newWorld(t)
	w.s.Caps.NoSlash = true
	w.declare()
	contains(t, w.board(), "`hereby ops`", "`hereby retract REASON`")
	lacks(t, w.board(), "`/")
	id := w.say("bob", "hereby restored", "hereby note see `/etc/passwd`")
	contains(t, w.reply(id), "hereby")
	lacks(t, w.reply(id), "`/ic`", "`/restored`")
	id = w.say("alice", "hereby help")
	contains(t, w.reply(id), "hereby close")
	lacks(t, w.reply(id), "`/")
}

// What only some may read gives orders, but none whose text would be shown to
// everybody.
func TestARestrictedCommentGivesNoTextAway(t *testing.T) {
	w := newWorld(t).staffed()
	w.after(time.Second)
	id := w.tell("alice", "/summary the key was hunter2", "/release @bob")
	w.comment(id).Private = true
	w.settle()
	contains(t, w.reply(id), "*restricted is restricted*", "hunter2") // the reply keeps the restriction
	lacks(t, w.board(), "hunter2")
	if w.comment(id).Acked != incident.RefusedByRule || slices.Contains(w.holders(incident.Operations), "bob") {
		t.Errorf("acknowledged as %q; operations are %v", w.comment(id).Acked, w.holders(incident.Operations))
	}
}

// A board whose every edit is mailed to people is left alone for a while, but
// for a change of phase.
func TestTheBoardStaysCalm(t *testing.T) {
	w := newWorld(t)
	w.s.Caps.Calm = 5 * time.Minute
	w.staffed()
	w.settle()
	edits := func() (n int) {
		for _, a := range w.done {
			if s, ok := a.(incident.Say); ok && s.Slot == incident.Board {
				n++
			}
		}
		return n
	}
	before := edits()
	w.after(6 * time.Minute)
	w.say("alice", "/summary one")
	w.say("alice", "/summary two")
	if n := edits() - before; n != 1 {
		t.Errorf("%d edits within five minutes", n)
	}
	w.after(5 * time.Minute)
	w.settle()
	contains(t, w.board(), "two")
	w.say("alice", "/restored")
	contains(t, w.board(), "restored")
}

// An epic that people deleted stays deleted, and nothing waits for it.
func TestAnEpicThatWasDeleted(t *testing.T) {
	w := newWorld(t).epics().staffed()
	epic := w.epic().Ref
	w.deleteTicket(epic)
	w.after(time.Hour).settle()
	if slices.Contains(w.slots(), "epic") {
		t.Error("the epic was made anew")
	}
	lacks(t, w.board(), "**Epic**")
	w.link("acme/shop#50", "Bound the pool")
	w.closeHead("bob", incident.Done, "")
	w.settle()
	if w.s.Head.State != incident.Open {
		t.Error("a wrong close stands")
	}
	id := w.say("bob", "/followup Alert earlier")
	if w.slot(incident.Slot("follow/"+id+".0")).State != incident.Open {
		t.Error("a follow-up is not filed")
	}
	w.say("alice", "/restored")
	w.finish()
	for _, m := range w.missing() {
		lacks(t, m, epic.Near(w.s.Head.Ref))
	}
	w.review("alice")
	w.say("alice", "/close")
	if w.s.Head.State != incident.Done || !w.hasLabel("hereby/closed") {
		t.Errorf("the head is %s: %v", w.s.Head.State, w.missing())
	}
}
