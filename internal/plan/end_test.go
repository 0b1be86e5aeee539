package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

func (w *world) ended() string {
	if w.s.Head.State == incident.Open {
		return ""
	}
	return w.r.Ending
}

// A close that passed the gate is sealed, and everybody is thanked (O64, O66).
func TestTheCloseIsSealed(t *testing.T) {
	w := gated(t)
	w.after(2 * time.Hour)
	id := w.say("alice", "/close")
	if w.ended() != "closed" || w.s.Head.State != incident.Done || !w.hasLabel("hereby/closed") || w.hasLabel("hereby/restored") {
		t.Fatalf("%q, %s, %v: %s", w.ended(), w.s.Head.State, w.s.Head.Labels, w.reply(id))
	}
	contains(t, w.board(), "Incident closed", "Closed on 2026-11-23 16:")
	lacks(t, w.board(), "Stands against", "vacant")
	thanks := w.closing()
	contains(t, thanks, "Incident command: @alice", "Operations: @bob", "Communications: @carol", "declared → service back", "declared → closed | 2 h", "celebrate")
	before, known := w.writes, len(w.entries)
	w.after(time.Hour).settle()
	if w.writes != before || len(w.entries) != known {
		t.Errorf("%d writes, %d entries about a closed incident", w.writes-before, len(w.entries)-known)
	}
	id = w.say("bob", "/action one more thing")
	contains(t, w.reply(id), "the incident is closed; reopen the issue first if it is not over")
}

// closing returns what was said at the close.
func (w *world) closing() string {
	for _, c := range w.s.Comments {
		if c.Slot.Under("say/closed") {
			return c.Raw
		}
	}
	return ""
}

// After a sealed close, what moves is noted in one comment and reopens nothing.
func TestAFollowUpReopenedAfterTheClose(t *testing.T) {
	w := gated(t)
	w.link("acme/shop#50", "Pool")
	w.link("acme/shop#51", "Alert")
	w.finish().review("alice").say("alice", "/close")
	w.ticket("acme/shop#50").State = incident.Open
	w.settle()
	if w.ended() != "closed" {
		t.Fatal("reopened")
	}
	note := func() (text string, n int) {
		for _, c := range w.s.Comments {
			if c.Slot.Under("say/after") {
				text, n = c.Raw, n+1
			}
		}
		return text, n
	}
	text, _ := note()
	contains(t, text, "#50 Pool", "The close stands")
	w.ticket("acme/shop#51").State = incident.Open
	w.settle()
	text, n := note()
	if n != 1 {
		t.Errorf("%d notes", n)
	}
	contains(t, text, "#50 Pool", "#51 Alert")
}

// A close that was ordered stands though a tracker does not answer right after
// it, on which all was done.
func TestATrackerThatDoesNotAnswerAtTheClose(t *testing.T) {
	w := gated(t)
	w.link("acme/infra#50", "Pool")
	w.finish().review("alice")
	w.tell("alice", "/close")
	for range 5 {
		if w.pass(); w.s.Head.State != incident.Open {
			break
		}
	}
	w.ticket("acme/infra#50").Unreadable = true
	w.after(time.Hour).settle()
	if w.ended() != "closed" || w.s.Head.State == incident.Open || len(w.said("say/gate")) > 0 {
		t.Errorf("it ended as %q; the head is %s", w.ended(), w.s.Head.State)
	}
}

// While a tracker does not answer on which all was done, no close is ordered, and
// one by hand is undone: somebody may have opened a ticket there again.
func TestACloseWhileATrackerDoesNotAnswer(t *testing.T) {
	w := gated(t)
	w.link("acme/infra#50", "Pool")
	w.finish().review("alice")
	w.ticket("acme/infra#50").Unreadable = true
	id := w.say("alice", "/close")
	contains(t, w.reply(id), "was done when it was seen last, but cannot be read now, which counts as open")
	w.closeHead("alice", incident.Done, "")
	w.after(time.Minute).settle()
	if w.ended() != "" || w.s.Head.State != incident.Open {
		t.Fatalf("closed by hand it ended as %q; the head is %s", w.ended(), w.s.Head.State)
	}
	contains(t, w.board(), "cannot be read now")
	w.ticket("acme/infra#50").Unreadable = false
	w.say("alice", "/close")
	if w.ended() != "closed" || w.s.Head.State == incident.Open {
		t.Errorf("once it answers, it ended as %q; the head is %s", w.ended(), w.s.Head.State)
	}
}

// After a close a ticket that was deleted, or that a tracker that does not answer
// keeps from us, was not opened again.
func TestATicketThatCannotBeReadAfterTheClose(t *testing.T) {
	for what, take := range map[string]func(*world, incident.Ref){"hidden": (*world).hide, "deleted": (*world).deleteTicket} {
		w := gated(t)
		w.link("acme/shop#50", "Pool")
		w.finish().review("alice").say("alice", "/close")
		take(w, "acme/shop#50")
		w.after(time.Hour).settle()
		if said := w.said("say/after"); w.ended() != "closed" || len(said) > 0 {
			t.Errorf("%s: it ended as %q, and %q is said", what, w.ended(), said)
		}
	}
}

// A person's reopening takes the incident up again; the close must be given
// anew (design, section 10).
func TestReopenedByAPerson(t *testing.T) {
	w := gated(t)
	w.say("alice", "/close")
	w.reopenHead("bob")
	w.say("bob", "/note it is not over")
	if w.r.Ending != "" || w.s.Head.State != incident.Open || !w.hasLabel("hereby/reviewing") || !w.hasLabel("incident") {
		t.Fatalf("%q, %s, %v", w.r.Ending, w.s.Head.State, w.s.Head.Labels)
	}
	w.settle()
	if w.s.Head.State != incident.Open {
		t.Fatal("the old /close closed it again")
	}
	w.say("alice", "/close")
	if w.ended() != "closed" {
		t.Error("the new /close did not close it")
	}
}

// Commands in the same breath as the reopening are obeyed.
func TestReopenedAndCommandedAtOnce(t *testing.T) {
	w := gated(t)
	w.say("alice", "/close")
	w.reopenHead("alice")
	w.tellAll(t, line{"alice", "/unrestored", ""})
}

// Only a person takes an incident up again. A bot that opens it is not fought:
// the head stays as the bot left it, and one comment says what to do.
func TestReopenedByABot(t *testing.T) {
	w := gated(t)
	w.say("alice", "/close")
	for range 5 {
		w.reopenHead("robot")
		w.settle()
		if w.s.Head.State != incident.Open || w.r.Ending != "closed" || !w.hasLabel("hereby/closed") {
			t.Fatalf("%s, %q, %v", w.s.Head.State, w.r.Ending, w.s.Head.Labels)
		}
		w.closeHead("robot", incident.Done, "")
		w.settle()
	}
	w.reopenHead("robot")
	w.settle()
	if notes := w.said("say/revived"); len(notes) != 1 || !strings.Contains(notes[0], "the incident stays closed until a person says otherwise") {
		t.Errorf("it was said: %q", notes)
	}
	w.tellAll(t, line{"bob", "/ops", "close the issue and reopen it first"})
	w.closeHead("bob", incident.Done, "")
	w.settle()
	w.reopenHead("bob")
	w.settle()
	if w.r.Ending != "" || w.s.Head.State != incident.Open || w.hasLabel("hereby/closed") {
		t.Errorf("bob's reopening: %q, %s, %v", w.r.Ending, w.s.Head.State, w.s.Head.Labels)
	}
}

// said returns what our comments under a slot read, oldest first.
func (w *world) said(under string) (texts []string) {
	for _, c := range w.s.Comments {
		if c.Ours && c.Slot.Under(under) {
			texts = append(texts, c.Raw)
		}
	}
	return texts
}

// If the gate is no longer met when the order is to be carried out, the close
// waits; and a head that was opened since the order is not closed by it.
func TestCloseGoesByTheGateOfTheMoment(t *testing.T) {
	w := gated(t)
	w.link("acme/shop#50", "Pool")
	w.finish().review("alice").tell("alice", "/close")
	seen := w.observe()
	w.pass() // decides, and closes
	if w.s.Head.State == incident.Open {
		t.Fatalf("not closed: %v", seen.Head.State)
	}
	w.ticket("acme/shop#50").State = incident.Open // before it could be sealed
	w.settle()
	if w.s.Head.State != incident.Open || w.r.Ending != "" {
		t.Errorf("%s, %q", w.s.Head.State, w.r.Ending)
	}
}

// An order that could not be carried out at once waits for the gate.
func TestAHeldBackCloseGoesByTheGate(t *testing.T) {
	w := gated(t)
	w.link("acme/shop#50", "Pool")
	w.finish().review("alice")
	w.holdBackClosing()
	w.say("alice", "/close")
	w.refuse = nil
	w.ticket("acme/shop#50").State = incident.Open
	w.after(time.Hour).settle()
	if w.s.Head.State != incident.Open || w.r.Ending != "" {
		t.Fatalf("closed while #50 is open: %s", w.board())
	}
	w.finish()
	if w.ended() != "" {
		t.Fatal("closed without a look at what was open once more")
	}
	w.review("alice")
	if w.ended() != "closed" {
		t.Error("the order was forgotten")
	}
}

// A false alarm (O7; design, section 9).
func TestRetract(t *testing.T) {
	for name, c := range map[string]struct {
		do    func(w *world)
		ended string
	}{
		"the declarer alone":                 {func(w *world) { w.say("alice", "/retract a test") }, "retracted"},
		"the declarer alone, after an hour":  {func(w *world) { w.after(time.Hour).say("alice", "/retract a test") }, ""},
		"the declarer while bob repairs":     {func(w *world) { w.say("bob", "/ops"); w.say("alice", "/retract a test") }, ""},
		"without a reason":                   {func(w *world) { w.say("alice", "/retract") }, ""},
		"command alone that did not declare": {func(w *world) { w.say("alice", "/ic @bob"); w.say("bob", "/retract a test") }, "retracted"},
		"somebody else alone":                {func(w *world) { w.say("bob", "/retract a test") }, ""},
		"seconded":                           {func(w *world) { w.say("bob", "/ops"); w.say("alice", "/retract a test"); w.say("bob", "/retract yes") }, "retracted"},
		"seconded by a stranger": {func(w *world) {
			w.say("bob", "/ops")
			w.say("alice", "/retract a test")
			w.say("stranger", "/retract yes")
		}, ""},
		"seconded by the same": {func(w *world) {
			w.say("bob", "/ops")
			w.say("alice", "/retract a test")
			w.say("alice", "/retract yes")
		}, ""},
		"seconded after a day": {func(w *world) {
			w.say("bob", "/ops")
			w.say("alice", "/retract a test")
			w.after(25*time.Hour).say("bob", "/retract yes")
		}, ""},
		"seconded by command after the first": {func(w *world) {
			w.say("alice", "/ic @bob")
			w.say("carol", "/ops")
			w.say("alice", "/retract x")
			w.say("bob", "/retract y")
		}, "retracted"},
		"seconded after it was reopened": {func(w *world) {
			w.say("alice", "/retract a")
			w.reopenHead("bob")
			w.settle()
			w.say("bob", "/ops")
			w.say("carol", "/retract b")
		}, ""},
		"retracted, reopened, retracted anew": {func(w *world) {
			w.say("alice", "/retract a")
			w.reopenHead("bob")
			w.settle()
			w.say("alice", "/retract b")
		}, "retracted"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).declare()
			c.do(w)
			w.settle()
			if got := w.ended(); got != c.ended {
				t.Fatalf("ended as %q, want %q", got, c.ended)
			}
			if c.ended == "" && w.s.Head.State != incident.Open {
				t.Error("it rests closed")
			}
			if c.ended != "" {
				contains(t, w.board(), "Retracted on")
				for _, x := range w.s.Tickets {
					if x.State == incident.Open {
						t.Errorf("%s stays open", x.Slot)
					}
				}
			}
		})
	}
}

// A retraction while the head is wrongly closed is not undone by our own
// reopening, and a person's is seen.
func TestRetractWhileClosed(t *testing.T) {
	w := newWorld(t).declare()
	w.closeHead("alice", incident.Done, "")
	w.tell("alice", "/retract a test")
	w.settle()
	if w.ended() != "retracted" {
		t.Fatalf("ended as %q", w.ended())
	}
	w.reopenHead("bob")
	w.settle()
	if w.r.Ending != "" || w.s.Head.State != incident.Open {
		t.Errorf("%q, %s: bob's reopening was not seen", w.r.Ending, w.s.Head.State)
	}
}

// A person reopened it after the retraction was given and before it was read:
// nobody calls that an automation.
func TestReopenedBeforeTheRetractionIsRead(t *testing.T) {
	w := newWorld(t).declare()
	w.closeHead("alice", incident.Done, "")
	w.tell("alice", "/retract a test")
	w.reopenHead("bob")
	w.settle()
	if said := w.said("say/revived"); said != nil {
		t.Errorf("said %q", said)
	}
}

// The retraction was given before we reopened the head, and seen after.
func TestRetractOvertakenByOurReopening(t *testing.T) {
	w := newWorld(t).declare()
	w.closeHead("alice", incident.Done, "")
	w.after(time.Second).pass()
	w.after(time.Second)
	id := w.tell("alice", "/retract a test")
	w.comment(id).At = w.s.Head.Opened.Add(2 * time.Second) // before the closing was undone
	if last := w.s.Events[len(w.s.Events)-1]; last.Kind != "reopened" || !w.comment(id).At.Before(last.At) {
		t.Fatalf("%+v", last)
	}
	w.holdBackClosing()
	w.settle()
	w.refuse = nil
	w.after(time.Hour).settle()
	if w.ended() != "retracted" {
		t.Errorf("%q, %s: our own reopening took it up again", w.r.Ending, w.s.Head.State)
	}
}

// holdBackClosing makes the tracker refuse to close the head.
func (w *world) holdBackClosing() {
	w.refuse = func(a incident.Action) string {
		if c, ok := a.(incident.Close); ok && c.Ref == w.s.Head.Ref {
			return "try later"
		}
		return ""
	}
}

func TestDuplicateOfAnotherIncident(t *testing.T) {
	w := newWorld(t).staffed()
	w.tellAll(t, line{"alice", "/duplicate #99", "`#99` is not an open incident here"}, line{"bob", "/duplicate #99", "only command (@\u2060alice)"})
	w.s.Others = []incident.Other{{Key: "tracker:acme/shop#99", URL: "https://t.example/99", Title: "Checkout is slow", Since: start}}
	id := w.say("alice", "/duplicate #99")
	contains(t, w.reply(id), "goes on in [acme/shop#99](https://t.example/99) Checkout is slow")
	if w.ended() != "duplicate" || w.s.Head.State != incident.Duplicate || w.s.Head.DuplicateOf != "acme/shop#99" {
		t.Errorf("%q, %s of %s", w.ended(), w.s.Head.State, w.s.Head.DuplicateOf)
	}
	contains(t, w.board(), "The same outage as #99")
	w.reopenHead("bob")
	w.settle()
	if w.r.Ending != "" || w.s.Head.State != incident.Open {
		t.Error("a person's reopening is not obeyed")
	}
}

// Every ending is announced and leaves one phase label.
func TestOneLabelForAtATime(t *testing.T) {
	w := newWorld(t)
	phase := func() string {
		var all []string
		for _, l := range w.s.Head.Labels {
			if strings.HasPrefix(l, "hereby/") {
				all = append(all, l)
			}
		}
		return strings.Join(all, " ")
	}
	w.declare()
	for _, step := range []struct{ do, want string }{
		{"", "hereby/declared"}, {"/ops @bob\n/comms @carol", "hereby/responding"}, {"/restored", "hereby/restored"}, {"/unrestored", "hereby/responding"},
	} {
		if step.do != "" {
			w.say("alice", step.do)
		}
		if got := phase(); got != step.want {
			t.Errorf("after %q: %s, want %s", step.do, got, step.want)
		}
	}
	w.unlabel("bob", "hereby")
	w.unlabel("bob", "hereby-9012")
	w.label("bob", "hereby/closed")
	w.settle()
	if got := phase(); got != "hereby/responding" || !w.hasLabel("hereby") || !w.hasLabel("hereby-9012") {
		t.Errorf("%v", w.s.Head.Labels)
	}
}

// What a robot does to a retracted incident stands, also after a store that
// forgot how it had been closed: we fight no robot.
func TestARobotReopensWhatTheStoreForgot(t *testing.T) {
	w := newWorld(t).declare()
	w.after(time.Minute).unlabel("alice", "incident")
	w.settle()
	if w.s.Head.State == incident.Open {
		t.Fatal("not closed")
	}
	w.after(time.Minute).forget()
	w.after(2 * time.Minute).settle()
	w.reopenHead("robot")
	w.after(2 * time.Minute).settle()
	if w.s.Head.State != incident.Open {
		t.Error("closed again")
	}
}
