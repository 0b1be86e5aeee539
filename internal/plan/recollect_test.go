package plan_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// An incident from declaration to close and beyond, step by step.
var story = []func(w *world){
	func(w *world) { w.label("alice", "incident") },
	func(w *world) { w.say("alice", "/ic @erin", "/ops") },
	func(w *world) { w.say("erin", "/comms @carol", "/planning @carol", "/planing @dave") },
	func(w *world) { w.say("erin", "/planning @dave") },
	func(w *world) { w.say("stranger", "/ic me") },
	func(w *world) { w.say("bob", "/ops me") },
	func(w *world) { w.assign("role/communications", "frank") },
	func(w *world) { w.say("alice", "/release me") },
	func(w *world) {
		w.say("bob", "/followup Bound the pool @bob", "/followup Alert earlier to:acme/infra", "/note hm")
	},
	func(w *world) { w.link("acme/shop#5000", "Pool"); w.say("dave", "/link #5000") },
	func(w *world) { w.ticket("acme/shop#5000").Linked = false; w.settle() },
	func(w *world) { w.say("bob", "/action restarted the pool", "/done 2") },
	func(w *world) { w.say("frank", "/skip 3 no other team") },
	func(w *world) { w.say("erin", "/wontfix #5000 not ours") },
	func(w *world) { w.ticket("acme/shop#5000").State = incident.Open; w.settle() },
	func(w *world) { w.closeHead("bob", incident.Done, ""); w.settle() },
	func(w *world) { w.assign("role/command", "alice") },
	func(w *world) { w.say("alice", "/restored") },
	func(w *world) { w.say("alice", "/close") },
	func(w *world) { w.say("alice", "/review move 2026-12-21", "/review move 2027-12-21") },
	func(w *world) { w.say("alice", "/review done except @bob on leave") },
	func(w *world) { w.say("dave", "/unlink #5000 tracked elsewhere") },
	func(w *world) { w.finish() },
	func(w *world) { w.review("alice") },
	func(w *world) { w.say("alice", "/close") },
	func(w *world) { w.reopenHead("bob"); w.settle() },
	func(w *world) { w.say("alice", "/unrestored") },
	func(w *world) { w.say("alice", "/restored", "/retract a false alarm after all") },
	func(w *world) { w.say("bob", "/retract yes") },
	func(w *world) { w.reopenHead("erin"); w.settle() },
	func(w *world) { w.finish().review("alice") },
	func(w *world) { w.say("alice", "/close") },
}

// The store lost at any point of a story, or at each: the same world in the
// end, nothing twice, no order decided twice.
func TestALostStoreCostsNothingButTime(t *testing.T) {
	play := func(t *testing.T, forgets func(step int) bool) *world {
		return tell(t, func(w *world, step int) bool {
			if forgets(step) {
				w.forget()
			}
			return forgets(step)
		})
	}
	want := play(t, func(int) bool { return false })
	if want.ended() != "closed" {
		t.Fatalf("the story ends as %q:\n%s", want.ended(), want.board())
	}
	for lost := range story {
		t.Run(fmt.Sprint("after step ", lost), func(t *testing.T) {
			got := play(t, func(i int) bool { return i == lost })
			sameWorld(t, got, want)
		})
	}
	t.Run("after every step", func(t *testing.T) {
		sameWorld(t, play(t, func(int) bool { return true }), want)
	})
}

// tell plays the story; after each step something may happen to the store.
func tell(t *testing.T, happens func(w *world, step int) bool) *world {
	w := newWorld(t)
	w.s.People["frank"] = w.s.People["alice"]
	for i, step := range story {
		w.s.At = start.Add(time.Duration(i) * 10 * time.Minute)
		step(w)
		w.settle()
		if happens(w, i) {
			w.after(2 * time.Minute).settle()
			w.nothingTwice(t)
		}
	}
	w.after(2 * time.Minute).settle()
	return w
}

// An older copy of the store put back, such as a backup, costs no more than the
// store: what was done since is read back.
func TestAnOlderStorePutBack(t *testing.T) {
	want := tell(t, func(*world, int) bool { return false })
	for age := 1; age <= 3; age++ {
		for back := age; back < len(story); back++ {
			t.Run(fmt.Sprintf("after step %d that of %d", back, back-age), func(t *testing.T) {
				var copied []byte
				got := tell(t, func(w *world, step int) bool {
					switch step {
					case back - age:
						copied = w.backup()
					case back:
						w.putBack(copied)
					}
					return step == back
				})
				sameWorld(t, got, want)
			})
		}
	}
}

// A store lost with orders that nobody has decided yet.
func TestALostStoreWithFreshOrders(t *testing.T) {
	w := newWorld(t).staffed()
	w.assign("role/communications", "dave")
	w.forget()
	w.tell("alice", "/comms @erin", "/ic @carol")
	w.after(2 * time.Minute).settle()
	if got := w.crewText(); got != "[carol] [bob] [erin] []" {
		t.Errorf("%s", got)
	}
}

// A process assigned a role as it was ordered to and died before it said so, and
// its store was lost, or an older copy put back: the order is judged as of then,
// and its time counts, not when the ticket was found.
func TestAnOrderThatWasCutOff(t *testing.T) {
	for name, loses := range map[string]func(w *world, copied []byte){
		"the store is lost":   func(w *world, _ []byte) { w.forget() },
		"an older one is put": (*world).putBack,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			copied := w.backup()
			id := w.tell("alice", "/ic @erin", "/ops", "/summary it is the pool")
			ordered := w.s.At
			w.slot("role/command").Assignees = []incident.Person{"erin"}
			loses(w, copied)
			w.after(8 * time.Minute).settle()
			for role, want := range map[incident.Role]incident.Person{incident.CommandRole: "erin", incident.Operations: "alice"} {
				i := slices.IndexFunc(w.r.Tenures, func(x incident.Tenure) bool { return x.Role == role && x.Who == want && x.To.IsZero() })
				if i < 0 || !w.r.Tenures[i].From.Equal(ordered) || w.r.Tenures[i].How != "order" {
					t.Errorf("%s: %+v", role, w.r.Tenures)
				}
			}
			contains(t, w.board(), "it is the pool")
			if a := w.comment(id).Acked; a != incident.Obeyed {
				t.Errorf("acknowledged as %q", a)
			}
		})
	}
}

// Somebody assigned by hand what another may not order: that was the hand.
func TestAnOrderIsNoPretextForAHand(t *testing.T) {
	for name, loses := range map[string]func(w *world){"": func(*world) {}, "the store is lost": (*world).forget} {
		w := newWorld(t).staffed()
		id := w.tell("bob", "/ic @erin", "/summary it is the pool")
		w.slot("role/command").Assignees = []incident.Person{"erin"}
		loses(w)
		w.after(2 * time.Minute)
		found := w.s.At
		w.settle()
		i := slices.IndexFunc(w.r.Tenures, func(x incident.Tenure) bool { return x.Who == "erin" })
		if i < 0 || w.r.Tenures[i].How != "hand" || !w.r.Tenures[i].From.Equal(found) || w.comment(id).Acked != incident.RefusedByRule {
			t.Errorf("%s: %+v, %q", name, w.r.Tenures, w.comment(id).Acked)
		}
	}
}

// An acknowledgement counts only for the text it was given to (design, section 5).
func TestAnEditedCommandIsNotRecalled(t *testing.T) {
	w := newWorld(t).staffed()
	silent := w.say("alice", "/note x")
	spoken := w.say("bob", "/status")
	w.edit(silent, "/ic @bob")
	w.edit(spoken, "/release me")
	w.forget()
	w.after(2 * time.Minute).settle()
	if got := w.crewText(); got != "[alice] [bob] [carol] []" {
		t.Errorf("%s", got)
	}
	contains(t, w.reply(silent), "edited before I read it")
	contains(t, w.reply(spoken), "edited before I read it")
}

// Who was assigned by hand while the store was gone holds the role, as far as
// the rules go.
func TestHandsWhileTheStoreWasGone(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(w *world)
		want string
	}{
		"nothing":                     {func(w *world) {}, "[alice] [bob] [carol] [dave]"},
		"another command":             {func(w *world) { w.slot("role/command").Assignees = []incident.Person{"erin"} }, "[erin] [bob] [carol] [dave]"},
		"nobody in command":           {func(w *world) { w.slot("role/command").Assignees = nil }, "[] [bob] [carol] [dave]"},
		"two communications":          {func(w *world) { w.slot("role/communications").Assignees = []incident.Person{"erin", "carol"} }, "[alice] [bob] [carol] [dave]"},
		"communications that may not": {func(w *world) { w.slot("role/communications").Assignees = []incident.Person{"bob"} }, "[alice] [bob] [carol] [dave]"},
		"communications from operations": {func(w *world) {
			w.slot("role/communications").Assignees = []incident.Person{"bob"}
			w.slot("role/operations/bob").Assignees = []incident.Person{"erin"}
		}, "[alice] [erin] [bob] [dave]"},
		"communications and operations exchanged": {func(w *world) {
			w.slot("role/communications").Assignees = []incident.Person{"alice"}
			w.slot("role/operations/bob").Assignees = []incident.Person{"carol"}
		}, "[alice] [carol] [] [dave]"},
		"command in operations":         {func(w *world) { w.slot("role/operations/bob").Assignees = []incident.Person{"bob", "alice"} }, "[alice] [bob] [carol] [dave]"},
		"a second operator":             {func(w *world) { w.slot("role/operations/bob").Assignees = []incident.Person{"bob", "erin"} }, "[alice] [bob erin] [carol] [dave]"},
		"another operator":              {func(w *world) { w.slot("role/operations/bob").Assignees = []incident.Person{"erin"} }, "[alice] [erin] [carol] [dave]"},
		"the ticket of command deleted": {func(w *world) { w.deleteTicket(w.slot("role/command").Ref) }, "[alice] [bob] [carol] [dave]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			w.say("dave", "/planning")
			w.forget()
			c.do(w)
			w.after(2 * time.Minute).settle()
			if got := w.crewText(); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			w.assigneesFollow(t)
		})
	}
}

// sameWorld compares what people see, leaving out ids and times.
func sameWorld(t tester, got, want *world) {
	t.Helper()
	g, w := got.picture(), want.picture()
	var differences []string
	for _, l := range g {
		if !slices.Contains(w, l) {
			differences = append(differences, "too much: "+l)
		}
	}
	for _, l := range w {
		if !slices.Contains(g, l) {
			differences = append(differences, "missing: "+l)
		}
	}
	if len(g) != len(w) || differences != nil {
		t.Fatalf("%d things for %d\n%s", len(g), len(w), strings.Join(differences, "\n"))
	}
}

// fleeting are families of comments that depend on the moment, or on who had a
// role long ago.
var fleeting = []string{"say/gate", "say/staffing", "say/undone"}

// picture describes the tracker, a line for each thing.
func (w *world) picture() []string {
	labels := slices.Sorted(slices.Values(w.s.Head.Labels))
	all := []string{"crew " + w.crewText(), fmt.Sprintf("head %s %v", w.s.Head.State, labels)}
	for t := range w.s.All() {
		slot, _, _ := strings.Cut(string(t.Slot), "/1") // a follow-up's slot names a comment
		all = append(all, fmt.Sprintf("ticket %s %q %s %v linked=%v\n%s", slot, t.Title, t.State, t.Assignees, t.Linked, t.Body))
	}
	for _, c := range w.s.Comments {
		if !c.Ours {
			all = append(all, fmt.Sprintf("@%s: %s [%s]", c.Author, c.Raw, c.Acked))
		} else if !slices.ContainsFunc(fleeting, c.Slot.Under) && c.Slot != incident.Board {
			family := strings.TrimRight(string(c.Slot), "0123456789")
			all = append(all, fmt.Sprintf("said %s %s", family, numbers.ReplaceAllString(c.Raw, "#")))
		}
	}
	return append(all, "board "+numbers.ReplaceAllString(heads.ReplaceAllString(w.board(), "HEAD"), "#"))
}

// nothingTwice checks that nothing of ours was made twice.
func (w *world) nothingTwice(t tester) {
	t.Helper()
	slots := map[incident.Slot]int{}
	for _, x := range w.s.Tickets {
		if x.State == incident.Open {
			slots[x.Slot]++
		}
	}
	for _, c := range w.s.Comments {
		if c.Ours {
			slots[c.Slot]++
		}
	}
	for slot, n := range slots {
		if n > 1 {
			t.Fatalf("%s is there %d times", slot, n)
		}
	}
	decided := map[string]int{}
	for _, o := range w.r.Orders {
		decided[fmt.Sprint(o.Comment, " ", o.Line)]++
	}
	for order, n := range decided {
		if n > 1 {
			t.Fatalf("order %s was decided %d times", order, n)
		}
	}
}

// numbers and heads are what differs between two runs of one story: ids, times,
// spans, and hashes over them.
var numbers, heads = regexp.MustCompile(`\d[\d:-]*( (?:h|min|days?|UTC))*`), regexp.MustCompile("entry \\d+, `[0-9a-f]{12}`")

// An acknowledgement is what a lost store relies on, so it waits for the reply
// that a young journal holds back: a store lost twice forgets neither.
func TestNoAcknowledgementBeforeItsReply(t *testing.T) {
	w := newWorld(t).declare()
	w.forget()
	id := w.tell("alice", "/restored 99:99")
	for range 4 {
		w.pass()
		w.after(2 * time.Second)
	}
	if w.reply(id) != "" || w.comment(id).Acked != "" {
		t.Fatalf("within the young journal's time: %q, %q", w.reply(id), w.comment(id).Acked)
	}
	w.after(2 * w.s.Settling.Tickets).settle()
	if w.reply(id) == "" || w.comment(id).Acked != incident.RefusedByRule {
		t.Errorf("after it: %q, %q", w.reply(id), w.comment(id).Acked)
	}
}

// A retraction in the same comment as the release of a role leaves the role's
// ticket assigned for ever: it does not give the role back when the store
// forgets.
func TestAReleaseWithARetractionIsRemembered(t *testing.T) {
	for _, lines := range [][]string{{"/release me", "/retract a false alarm"}, {"/release @alice\n/ic @bob", "/retract a false alarm"}} {
		w := newWorld(t).declare()
		w.say("alice", lines...)
		w.after(time.Minute).settle()
		want := w.crewText()
		w.forget()
		w.after(2 * time.Minute).settle()
		if got := w.crewText(); got != want {
			t.Errorf("%q: %s, before the store forgot %s", lines, got, want)
		}
	}
}
