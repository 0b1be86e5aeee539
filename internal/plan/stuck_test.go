package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

const oneWay = "the workflow of acme/shop has no way back from done"

// jam has the tracker refuse to reopen anything.
func (w *world) jam() {
	w.refuse = func(a incident.Action) string {
		if _, ok := a.(incident.Reopen); ok {
			return oneWay
		}
		return ""
	}
}

// A workflow without a way back from done: said once per closing, labelled, and
// tried again, for the workflow may change.
func TestNoWayBackIsTold(t *testing.T) {
	for name, over := range map[string]func(*world) *incident.Ticket{
		"the head": func(w *world) *incident.Ticket { return &w.s.Head },
		"the epic": (*world).epic,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).epics().staffed()
			w.link("acme/shop#50", "Bound the pool")
			w.jam()
			x := over(w)
			shut := func() {
				if w.after(time.Second); x == &w.s.Head {
					w.closeHead("bob", incident.Done, "")
				} else {
					w.closeTicket(x.Ref, "bob", incident.Done)
				}
			}
			shut()
			gate := incident.Slot(fmt.Sprintf("say/gate/%d", x.Closed.At.Unix()))
			for range 200 {
				w.after(5 * time.Minute).settle()
			}
			contains(t, w.text(gate), "it must be open", "Bound the pool")
			lacks(t, w.text(gate), "reopen")
			said := w.said("say/stuck")
			if len(said) != 1 || !w.hasLabel("hereby/stuck") || x.State == incident.Open {
				t.Fatalf("%d times said %q, labels %v", len(said), said, w.s.Head.Labels)
			}
			contains(t, said[0], x.Ref.Near(w.s.Head.Ref), oneWay, "again")
			contains(t, w.board(), oneWay)

			w.refuse = nil
			w.after(time.Hour).settle()
			if x.State != incident.Open || w.hasLabel("hereby/stuck") {
				t.Errorf("it is %s when there is a way back, labels %v", x.State, w.s.Head.Labels)
			}
			w.jam()
			shut()
			w.settle()
			if said := w.said("say/stuck"); len(said) != 2 {
				t.Errorf("of two closings it was said %d times", len(said))
			}
			w.say("alice", "/retract a drill")
			if w.say("bob", "/retract a drill"); w.hasLabel("hereby/stuck") {
				t.Error("an incident that is over is labelled")
			}
		})
	}
}

// An answer that is lost is not told; a minute without one is.
func TestAReopeningWithoutAnAnswer(t *testing.T) {
	w := newWorld(t).staffed()
	w.link("acme/shop#50", "Bound the pool")
	tries := 0
	w.silent = func(a incident.Action) bool {
		_, ok := a.(incident.Reopen)
		if ok {
			tries++
		}
		return ok
	}
	w.after(time.Second).closeHead("bob", incident.Done, "")
	began := w.s.At
	for w.s.At.Sub(began) < time.Hour {
		pl := w.pass()
		told := len(w.said("say/stuck")) > 0 || w.hasLabel("hereby/stuck") || strings.Contains(w.board(), "reopen acme/shop")
		if early := w.s.At.Sub(began) < time.Minute; early && (told || tries > 6) {
			t.Fatalf("told after %s and %d tries", w.s.At.Sub(began), tries)
		}
		w.after(2 * time.Second)
		if w.atRest(pl) && pl.Next.After(w.s.At) {
			w.s.At = pl.Next
		}
	}
	if len(w.said("say/stuck")) != 1 || !w.hasLabel("hereby/stuck") || tries < 10 || tries > 15 {
		t.Errorf("%d tries, said %q, labels %v", tries, w.said("say/stuck"), w.s.Head.Labels)
	}
	contains(t, w.board(), "reopen acme/shop", "502")
	w.silent = nil
	w.after(10 * time.Minute).settle()
	if w.s.Head.State != incident.Open || w.hasLabel("hereby/stuck") {
		t.Errorf("it is %s when the tracker answers, labels %v", w.s.Head.State, w.s.Head.Labels)
	}
}
