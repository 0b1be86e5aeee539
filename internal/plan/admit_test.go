package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

func (w *world) plan() plan.Plan { return plan.Make(w.p, w.j, w.r, w.observe()) }

func creates(pl plan.Plan) []string {
	var all []string
	for _, a := range pl.Do {
		if slot, _, ok := incident.Creates(a); ok {
			all = append(all, string(slot))
		}
	}
	return all
}

// With an open intent and nothing listed, a creation is repeated only on a
// snapshot begun a settle window later (design, section 6, rule 7).
func TestAnOpenIntentIsWaitedOut(t *testing.T) {
	w := newWorld(t).declare()
	w.tell("bob", "/ops")
	w.r = w.decided()
	slot := incident.RoleSlot(incident.Operations, "bob")
	w.intend(slot, incident.Attempt{At: w.s.At, Place: "acme/shop"})
	tried := w.s.At
	for _, c := range []struct {
		after time.Duration
		again bool
	}{{0, false}, {30 * time.Second, false}, {w.s.Settling.Tickets - time.Nanosecond, false}, {w.s.Settling.Tickets, true}} {
		w.s.At = tried.Add(c.after)
		pl := w.plan()
		if got := slices.Contains(creates(pl), string(slot)); got != c.again {
			t.Errorf("%s after the attempt: created %v", c.after, got)
		}
		if !c.again && (pl.Next.After(tried.Add(w.s.Settling.Tickets)) || !strings.Contains(fmtList(pl.Why), "not yet certain")) {
			t.Errorf("looks again at %s, because %v", pl.Next, pl.Why)
		}
	}
	// What is listed after all is adopted, whatever the journal says.
	w.s.Tickets = append(w.s.Tickets, incident.Ticket{Ref: "acme/shop#900", Slot: slot, Author: us, State: incident.Open, Assignees: []incident.Person{"bob"}, Opened: tried})
	j, changed := plan.Adopt(w.j, w.s)
	if !changed || j.Slots[slot].Ref != "acme/shop#900" || w.j.Slots[slot].Ref != "" {
		t.Errorf("%v %+v", changed, j.Slots[slot])
	}
	if got := creates(w.plan()); slices.Contains(got, string(slot)) {
		t.Errorf("created beside the listed one: %v", got)
	}
}

// decided is the record with what the world now means folded in.
func (w *world) decided() incident.Record {
	c := *w
	c.refuse = func(incident.Action) string { return "not now" }
	c.pass()
	return c.r
}

// A board that was written and is not listed yet is not written again before
// the list must show it; then a person has deleted it.
func TestABoardThatIsNotListedYet(t *testing.T) {
	w := newWorld(t)
	w.label("alice", "incident")
	w.pass()
	w.deleteComment(w.j.Slots[incident.Board].Comment)
	written := w.s.At
	w.after(10 * time.Second)
	if pl := w.pass(); slices.Contains(creates(pl), "say/board") || pl.Next.After(written.Add(w.s.Settling.Tickets)) {
		t.Errorf("created %v, looks again at %s", creates(pl), pl.Next)
	}
	w.s.At = written.Add(w.s.Settling.Tickets)
	if pl := w.pass(); !slices.Contains(creates(pl), "say/board") {
		t.Errorf("created %v", creates(pl))
	}
}

// A journal that began after the declaration may have forgotten an intent:
// the window is waited out once (rule 8). Nobody waits in the normal case.
func TestAYoungJournalWaits(t *testing.T) {
	w := newWorld(t)
	w.label("alice", "incident")
	w.after(10 * time.Second)
	w.j.Epoch = w.s.At
	if pl := w.pass(); len(creates(pl)) != 0 || !pl.Next.Equal(w.j.Epoch.Add(w.s.Settling.Tickets)) {
		t.Errorf("created %v, looks again at %s", creates(pl), pl.Next)
	}
	w.s.At = w.j.Epoch.Add(w.s.Settling.Tickets)
	if pl := w.pass(); !slices.Contains(creates(pl), "say/board") {
		t.Errorf("created %v", creates(pl))
	}
	normal := newWorld(t)
	normal.label("alice", "incident")
	normal.j.Epoch = normal.s.At
	if pl := normal.pass(); !slices.Contains(creates(pl), "say/board") {
		t.Errorf("a new incident waits: %v", pl.Why)
	}
}

// How long an attempt is waited out depends on how what it made would be found.
func TestEachKindHasItsWindow(t *testing.T) {
	w := newWorld(t).declare()
	w.s.Settling = incident.Settling{Comments: time.Minute, Duties: 2 * time.Minute, Tickets: 5 * time.Minute}
	w.tell("bob", "/ops")
	w.tell("bob", "/followup Alert on the queue")
	w.tell("bob", "/help")
	w.r = w.decided()
	comment := func(back int) string { return w.s.Comments[len(w.s.Comments)-back].ID }
	tried := w.s.At
	windows := map[incident.Slot]time.Duration{
		incident.ReplySlot(comment(1)):                time.Minute,
		incident.RoleSlot(incident.Operations, "bob"): 2 * time.Minute,
		incident.Slot("follow/" + comment(2) + ".0"):  5 * time.Minute,
	}
	for slot := range windows {
		w.intend(slot, incident.Attempt{At: tried, Place: "acme/shop"})
	}
	for slot, window := range windows {
		for at, again := range map[time.Time]bool{tried.Add(window - time.Nanosecond): false, tried.Add(window): true} {
			w.s.At = at
			if got := slices.Contains(creates(w.plan()), string(slot)); got != again {
				t.Errorf("%s, %s after the attempt: created %v", slot, at.Sub(tried), got)
			}
		}
	}
}

// Of two with one slot the journal's stays, else the oldest; the other is
// closed as its duplicate (rule 9).
func TestDoublesAreClosed(t *testing.T) {
	for name, c := range map[string]struct {
		known incident.Ref
		stays incident.Ref
	}{
		"the journal's": {"acme/shop#901", "acme/shop#901"},
		"the oldest":    {"", "acme/shop#900"},
		"not a deleted": {"acme/shop#899", "acme/shop#900"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			w.s.Tickets = slices.DeleteFunc(w.s.Tickets, func(x incident.Ticket) bool { return x.Slot == "role/communications" })
			for i, ref := range []incident.Ref{"acme/shop#900", "acme/shop#901"} {
				w.s.Tickets = append(w.s.Tickets, incident.Ticket{Ref: ref, Slot: "role/communications", Author: us, State: incident.Open,
					Assignees: []incident.Person{"carol"}, Opened: w.s.At.Add(time.Duration(i) * time.Second), Body: "- [ ] x"})
			}
			w.intend("role/communications", incident.Attempt{At: w.s.At, Ref: c.known})
			w.settle()
			for _, x := range w.s.Tickets {
				if x.Slot == "role/communications" && (x.State == incident.Open) != (x.Ref == c.stays) {
					t.Errorf("%s is %s of %s", x.Ref, x.State, x.DuplicateOf)
				}
			}
			if w.holder(incident.Communications) != "carol" {
				t.Error("carol lost her role")
			}
		})
	}
}

func TestACommentSaidTwiceSaysSo(t *testing.T) {
	w := newWorld(t).staffed()
	twin := *w.comment(w.j.Slots[incident.Board].Comment)
	twin.ID = "999"
	w.s.Comments = append(w.s.Comments, twin)
	w.settle()
	if got := w.comment("999"); strings.Contains(got.Raw, "declare") || got.Slot == incident.Board {
		t.Errorf("%+v", got)
	}
	w.nothingTwice(t)
}

// At most 120 actions an hour, then it stops and says so (design, section 6).
func TestTheHoursShare(t *testing.T) {
	w := newWorld(t).staffed()
	for range plan.PerHour {
		w.j.Spent = append(w.j.Spent, w.s.At)
	}
	full := w.s.At
	w.tell("bob", "/followup Bound the pool", "/status")
	w.pass()
	if pl := w.pass(); len(pl.Do) != 0 || !pl.Next.Equal(full.Add(time.Hour)) && pl.Next.After(full.Add(time.Hour)) || !strings.Contains(fmtList(pl.Why), "share") {
		t.Errorf("%v; next %s; %v", pl.Do, pl.Next, pl.Why)
	}
	contains(t, w.board(), "More than 120 changes in an hour; the rest follows from")
	w.s.At = full.Add(time.Hour)
	w.settle()
	lacks(t, w.board(), "More than 120")
	contains(t, w.board(), "Bound the pool")
}

func TestABurstIsCutAtTheShare(t *testing.T) {
	w := newWorld(t).staffed()
	w.j.Spent = nil
	for range 4 {
		w.tell("bob", strings.Repeat("/followup Bound the pool\n", 45))
	}
	for range 20 {
		w.pass()
		w.after(time.Second)
	}
	n := 0
	for _, x := range w.s.Tickets {
		if x.Slot.Under("follow") {
			n++
		}
	}
	if n == 0 || n > plan.PerHour {
		t.Errorf("%d tickets in the first minute", n)
	}
	for range 6 {
		w.after(30 * time.Minute)
		w.pass()
		w.pass()
		w.pass()
	}
	if n = 0; true {
		for _, x := range w.s.Tickets {
			if x.Slot.Under("follow") {
				n++
			}
		}
	}
	if n != 4*45 {
		t.Errorf("%d tickets in the end, want %d: nothing is lost", n, 4*45)
	}
}

// A definite refusal is tried again with back-off, and shown on the board.
func TestRefusalsBackOff(t *testing.T) {
	w := newWorld(t).declare()
	var tries []time.Duration
	asked := w.s.At
	w.refuse = func(a incident.Action) string {
		if c, ok := a.(incident.Create); ok && c.Slot.Role() == incident.Operations {
			tries = append(tries, w.s.At.Sub(asked).Round(time.Minute))
			return "issues are | disabled <!--"
		}
		return ""
	}
	w.say("bob", "/ops")
	contains(t, w.board(), "Could not be done", "issues are \\| disabled &lt;\\!--")
	for range 10 {
		pl := w.pass()
		if pl.Next.IsZero() {
			t.Fatal("given up")
		}
		w.s.At = pl.Next
		w.settle()
	}
	if got := fmt.Sprint(tries[:6]); got != "[0s 1m0s 3m0s 7m0s 15m0s 31m0s]" {
		t.Errorf("tried after %s", got)
	}
	w.refuse = nil
	w.after(2 * time.Hour).settle()
	lacks(t, w.board(), "Could not be done")
	w.slot("role/operations/bob")
}

// An open incident is looked at at least once a day, not all at the same time;
// an ended one when there is news.
func TestTheDailyLook(t *testing.T) {
	w := gated(t)
	paces := map[time.Duration]bool{}
	for i := range 100 {
		w.s.ID = fmt.Sprint(9000 + i)
		every := w.plan().Next.Sub(w.s.At)
		if every < 12*time.Hour || every > 24*time.Hour {
			t.Errorf("looks again after %s", every)
		}
		paces[every] = true
	}
	if len(paces) < 50 {
		t.Errorf("100 incidents keep %d paces", len(paces))
	}
	w.s.ID = "9012"
	w.say("alice", "/close")
	if pl := w.pass(); !pl.Next.IsZero() {
		t.Errorf("looks again at %s", pl.Next)
	}
}

// What the next observation must cover (rule 6).
func TestLook(t *testing.T) {
	w := newWorld(t).staffed()
	w.link("acme/infra#7", "Pool")
	w.ticket("acme/infra#7").State, w.ticket("acme/infra#7").DuplicateOf = incident.Duplicate, "acme/api#3"
	id := w.say("dave", "/link acme/web#9", "/followup Far away to:acme/infra")
	w.say("dave", "/link acme/web#10")
	w.say("alice", "/unlink acme/web#10 no")
	look := func() incident.Look { return plan.Look(w.s.Key, w.j, w.r, incident.Shelf{}, w.s.At, time.Minute) }
	l := look()
	for _, ref := range []incident.Ref{"acme/infra#7", "acme/api#3", "acme/web#9", w.slot("role/command").Ref} {
		if !slices.Contains(l.Tickets, ref) {
			t.Errorf("%s is not read: %v", ref, l.Tickets)
		}
	}
	if slices.Contains(l.Tickets, "acme/web#10") || slices.Contains(l.Tickets, w.s.Head.Ref) || !l.Decided[id] || l.ID != w.s.ID || !l.Since.IsZero() || len(l.Places) != 0 {
		t.Errorf("%+v", l)
	}
	w.intend("follow/9.0", incident.Attempt{At: w.s.At, Place: "acme/api"})
	if l = look(); !l.Since.Equal(w.s.At) || fmtList(l.Places) != "[acme/api]" {
		t.Errorf("with an open intent: since %s, places %v", l.Since, l.Places)
	}
	// A store that forgot: everything since the declaration, wherever it was filed.
	w.j = incident.Journal{Epoch: w.s.At}
	if l = look(); !l.Since.Equal(w.r.Declared.At) || fmtList(l.Places) != "[acme/infra]" {
		t.Errorf("with a young journal: since %s, places %v", l.Since, l.Places)
	}
}

// A store that another process began anew is old enough to create, but this
// key's first look could not know of the place in which a follow-up was filed:
// nothing is filed there before that place was looked at.
// An observation is told by which comments the end is ordered: those that are
// yet to be decided, since the declaration.
func TestLookForTheEnd(t *testing.T) {
	w := newWorld(t)
	early := w.say("alice", "/close")
	w.staffed()
	refused := w.say("alice", "/close")
	w.settle()
	asked, quoted := w.tell("alice", "It is over.", "hereby close"), w.tell("bob", "do not /close it")
	look := plan.Look(w.s.Key, w.j, w.r, incident.Shelf{}, w.s.At, time.Minute)
	for id, want := range map[string]bool{early: false, refused: false, asked: true, quoted: false} {
		if got := look.Ends(*w.comment(id)); got != want {
			t.Errorf("%q: %v", w.comment(id).Raw, got)
		}
	}
}

func TestNothingIsCreatedWhereNobodyLooked(t *testing.T) {
	w := newWorld(t).staffed()
	w.say("dave", "/followup Far away to:acme/infra")
	filed := w.s.Tickets[len(w.s.Tickets)-1]
	if filed.Ref.Place() != "acme/infra" {
		t.Fatalf("%+v", filed)
	}
	w.after(time.Hour)
	w.forget()
	w.j.Epoch = w.s.At.Add(-2 * w.s.Settling.Tickets)
	all := w.s.Tickets
	w.s.Tickets = all[:len(all)-1] // what a look that does not cover acme/infra sees
	w.pass()
	if len(w.s.Tickets) != len(all)-1 {
		t.Fatal("filed again")
	}
	w.s.Tickets = all
	w.after(2 * time.Second).settle()
	if len(w.s.Tickets) != len(all) {
		t.Errorf("%d tickets, there were %d", len(w.s.Tickets), len(all))
	}
}
