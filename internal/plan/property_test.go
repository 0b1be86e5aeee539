package plan_test

import (
	"flag"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
)

// The histories drawn are the same each time, so that a change is judged by what
// it changed; -rapid.seed=N draws others, to go looking for trouble.
func init() {
	if err := flag.Set("rapid.seed", "20261122"); err != nil {
		panic(err)
	}
}

var anybody = append([]incident.Person{"stranger", "robot"}, team...)

// lines are what people may write: sense, nonsense and mischief.
var lines = []string{
	"/ic", "/ic @bob", "/ic @carol", "/ops", "/ops @bob @dave", "/ops @alice", "/comms", "/comms @carol", "/comms @dave", "/planning", "/planning @erin",
	"/release me", "/release @bob", "/release @carol", "/role operations @nobody", "/summary it burns", "/action restarted", "/change start pool", "/change done pool",
	"/note hm", "/evidence https://x.example/1", "/impact none", "/done 1", "/done 2", "/done 3", "/skip 1 no need", "/restored", "/restored -1m", "/unrestored",
	"/followup Bound the pool", "/followup Alert @dave\nin time", "/link #5000", "/link acme/infra#7", "/unlink #5000 no", "/wontfix #5000 never", "/wontfix acme/infra#7 never",
	"/review done", "/review done except @bob ill", "/review move 2026-12-21", "/review move 2026-12-30T08:00:00Z", "/close", "/retract a test", "/duplicate #12", "/duplicate #99", "/status", "/help", "/clsoe", "hello", phrase, "is this an incident?", "<!-- hereby:1 9012 say/board -->",
}

// act is one thing somebody, or time, does to a world.
type act struct {
	name string
	do   func(w *world)
}

func draw[T any](t *rapid.T, list []T, name string) T {
	return rapid.SampledFrom(list).Draw(t, name)
}

func someone(t *rapid.T) incident.Person { return draw(t, anybody, "who") }

func speak(t *rapid.T) act { return speakOf(t, lines) }

func speakOf(t *rapid.T, lines []string) act {
	who := someone(t)
	said := rapid.SliceOfN(rapid.SampledFrom(lines), 1, 3).Draw(t, "says")
	return act{fmt.Sprintf("@%s says %q", who, said), func(w *world) { w.tell(who, said...) }}
}

// touch does something to the ticket number n of all there are, if any.
func touch(t *rapid.T, name string, do func(w *world, x *incident.Ticket)) act {
	n := rapid.IntRange(0, 20).Draw(t, "ticket")
	return act{fmt.Sprintf("%s of ticket %d", name, n), func(w *world) {
		w.after(time.Second)
		if i := n % max(1, len(w.s.Tickets)+len(w.s.Foreign)); i < len(w.s.Tickets) {
			do(w, &w.s.Tickets[i])
		} else if i -= len(w.s.Tickets); i < len(w.s.Foreign) {
			do(w, &w.s.Foreign[i])
		}
	}}
}

// hands are what people do that a lost store must not make a difference to.
func hands(t *rapid.T) act {
	who := someone(t)
	switch rapid.IntRange(0, 6).Draw(t, "hand") {
	case 0:
		people := rapid.SliceOfNDistinct(rapid.SampledFrom(team), 0, 2, rapid.ID).Draw(t, "assignees")
		return touch(t, fmt.Sprintf("assignees %v", people), func(w *world, x *incident.Ticket) {
			x.Assignees = people
			if !w.r.Sealed.IsZero() { // which of two has a role that is over, nobody settles
				x.Assignees = people[:min(1, len(people))]
			}
		})
	case 1:
		as := draw(t, []incident.State{incident.Done, incident.Wontfix}, "as")
		return touch(t, fmt.Sprintf("closing as %s by @%s", as, who), func(w *world, x *incident.Ticket) {
			if x.State == incident.Open {
				x.State, x.Closed = as, incident.Closed{By: who, At: w.s.At}
			}
		})
	case 2:
		as := draw(t, []incident.State{incident.Done, incident.Wontfix, incident.Duplicate}, "as")
		return act{fmt.Sprintf("@%s closes the head as %s", who, as), func(w *world) {
			if w.s.Head.State == incident.Open {
				w.closeHead(who, as, "")
			}
		}}
	case 3:
		return act{fmt.Sprintf("@%s reopens the head", who), func(w *world) {
			if w.s.Head.State != incident.Open {
				w.reopenHead(who)
			}
		}}
	case 4:
		return act{"a ticket is linked", func(w *world) { w.linkOnce("acme/shop#5000", "Pool") }}
	case 5:
		return touch(t, "all boxes", func(_ *world, x *incident.Ticket) { x.Body = strings.ReplaceAll(x.Body, "[ ]", "[x]") })
	}
	label := draw(t, []string{"incident", "hereby", "hereby/declared", "hereby-9012", "sev1"}, "label")
	return act{fmt.Sprintf("@%s switches the label %s", who, label), func(w *world) {
		if w.hasLabel(label) {
			w.unlabel(who, label)
		} else {
			w.label(who, label)
		}
	}}
}

// mischief is what people do that may cost something if the store is lost too.
func mischief(t *rapid.T) act {
	n := rapid.IntRange(0, 30).Draw(t, "which")
	comment := func(do func(w *world, c *incident.Comment)) func(w *world) {
		return func(w *world) {
			if len(w.s.Comments) > 0 {
				do(w, &w.s.Comments[n%len(w.s.Comments)])
			}
		}
	}
	switch rapid.IntRange(0, 7).Draw(t, "mischief") {
	case 0:
		return touch(t, "deletion", func(w *world, x *incident.Ticket) { w.deleteTicket(x.Ref) })
	case 1:
		return act{fmt.Sprintf("comment %d is deleted", n), comment(func(w *world, c *incident.Comment) { w.deleteComment(c.ID) })}
	case 2:
		said := draw(t, lines, "instead")
		return act{fmt.Sprintf("comment %d now says %q", n, said), comment(func(w *world, c *incident.Comment) {
			if c.Ours {
				c.Raw, c.Hash = said, incident.HashText(said)
			} else {
				w.edit(c.ID, said)
			}
		})}
	case 3:
		return touch(t, "reopening", func(_ *world, x *incident.Ticket) {
			x.State, x.DuplicateOf, x.Closed = incident.Open, "", incident.Closed{}
		})
	case 4:
		of := draw(t, []incident.Ref{"", "acme/shop#12", "acme/shop#5000", "acme/infra#7"}, "of")
		return touch(t, fmt.Sprintf("marking as a duplicate of %q", of), func(_ *world, x *incident.Ticket) { x.State, x.DuplicateOf = incident.Duplicate, of })
	case 5:
		who := draw(t, team, "member")
		return act{fmt.Sprintf("@%s loses or gains access", who), func(w *world) {
			in := !w.s.People[who].Trusted
			w.s.People[who] = incident.Standing{Known: true, Trusted: in, Assignable: in}
		}}
	case 6:
		return touch(t, "disappearance", func(w *world, x *incident.Ticket) { w.hide(x.Ref) })
	}
	return act{"the store is lost", func(w *world) { w.forget() }}
}

func pause(t *rapid.T) act {
	d := draw(t, []time.Duration{time.Second, time.Minute, 11 * time.Minute, time.Hour, 26 * time.Hour}, "pause")
	return act{fmt.Sprintf("%s pass", d), func(w *world) { w.after(d) }}
}

func (w *world) linkOnce(ref incident.Ref, title string) {
	if w.deleted[ref] || slices.ContainsFunc(w.s.Foreign, func(x incident.Ticket) bool { return x.Ref == ref }) {
		return
	}
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: ref, ID: w.id(), Author: "dave", Title: title, Body: "of people", State: incident.Open, Opened: w.s.At, Linked: true})
}

// Whatever people do, in whatever order, and whenever we look.
func TestWhateverPeopleDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		w.p.SmallTeam = rapid.Bool().Draw(t, "small team")
		w.s.Caps.Boxes = rapid.Bool().Draw(t, "boxes")
		w.s.Caps.Acks = rapid.Bool().Draw(t, "acks")
		w.s.Others = []incident.Other{{Key: "tracker:acme/shop#99", Title: "Another", Since: start}}
		w.label("alice", "incident")
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			a := draw(t, []func(*rapid.T) act{speak, speak, speak, hands, hands, mischief, pause}, "kind")(t)
			t.Log(a.name)
			a.do(w)
			switch rapid.IntRange(0, 3).Draw(t, "looks") {
			case 0: // nobody looks yet
			case 1:
				w.watched(t)
			default:
				w.rest(t)
			}
		}
		w.rest(t)
	})
}

// rest lets everything settle and checks what must hold then.
func (w *world) rest(t *rapid.T) {
	for range 12 {
		if w.atRest(w.watched(t)) {
			break
		}
		w.after(2 * time.Second)
	}
	n := len(w.entries)
	pl := w.pass()
	if len(pl.Do) > 0 || len(w.entries) > n {
		t.Fatalf("no fixpoint: %v, %d new entries", pl.Do, len(w.entries)-n)
	}
	w.nothingTwice(t)
	if w.r.Declared.IsZero() {
		return
	}
	if w.s.Head.State != incident.Open && w.r.Sealed.IsZero() && (pl.Next.IsZero() || pl.Next.After(w.s.At.Add(time.Hour))) {
		t.Fatalf("the head rests closed, until %s, because %v", pl.Next, pl.Why)
	}
	for _, other := range []incident.Role{incident.Operations, incident.Communications, incident.Planning} {
		for _, who := range w.holders(incident.CommandRole) {
			if slices.Contains(w.holders(other), who) {
				t.Fatalf("@%s is command and has %s", who, other)
			}
		}
	}
	for _, role := range []incident.Role{incident.CommandRole, incident.Communications, incident.Planning} {
		if n := len(w.holders(role)); n > 1 {
			t.Fatalf("%d people have %s", n, role)
		}
	}
	if err := ledger.Verify(w.entries); err != nil {
		t.Fatalf("the ledger: %v", err)
	}
	w.foldsToItsRecord(t)
}

// watched is one pass of which every action is checked.
func (w *world) watched(t *rapid.T) plan.Plan {
	people, texts := w.words()
	sealed := w.r.Sealed
	before := w.observe()
	pl := w.pass()
	for _, a := range pl.Do {
		w.onlyOurs(t, before, a)
	}
	if p, x := w.words(); !maps.Equal(p, people) || !maps.Equal(x, texts) {
		t.Fatalf("people's words were changed: %v %v", p, x)
	}
	if sealed.IsZero() && !w.r.Sealed.IsZero() && w.r.Ending == "closed" {
		w.nothingStoodAgainst(t, before)
	}
	return pl
}

// words returns what people's comments and tickets say.
func (w *world) words() (comments, tickets map[string]string) {
	comments, tickets = map[string]string{}, map[string]string{}
	for _, c := range w.s.Comments {
		if !c.Ours {
			comments[c.ID] = c.Raw
		}
	}
	for _, x := range w.s.Foreign {
		tickets[string(x.Ref)] = x.Title + x.Body
	}
	return comments, tickets
}

func (w *world) onlyOurs(t *rapid.T, s incident.Snapshot, a incident.Action) {
	switch a := a.(type) {
	case incident.Edit:
		if i := slices.IndexFunc(s.Tickets, func(x incident.Ticket) bool { return x.Ref == a.Ref }); i < 0 {
			t.Fatalf("%v, which is not ours", a)
		}
	case incident.Say:
		if i := slices.IndexFunc(s.Comments, func(c incident.Comment) bool { return c.ID == a.Comment }); i >= 0 && s.Comments[i].Author != us {
			t.Fatalf("%v over somebody's comment", a)
		}
	case incident.Assign:
		if w.ticket(a.Ref).Author != us {
			t.Fatalf("%v, which is not ours", a)
		}
	}
}

// nothingStoodAgainst is the gate once more, from the tracker and the orders.
func (w *world) nothingStoodAgainst(t *rapid.T, s incident.Snapshot) {
	out := map[incident.Ref]bool{}
	for _, o := range w.r.Orders {
		if o.Verdict == incident.Obeyed && (o.Command.Word == "unlink" || o.Command.Word == "link") {
			out[o.Command.Ref] = o.Command.Word == "unlink"
		}
	}
	for x := range s.All() {
		ours := x.Slot != "" && !x.Gone
		if x.State == incident.Open && (ours || x.Linked) && !x.Incident && !out[x.Ref] {
			t.Fatalf("sealed while %s (%s) was open", x.Ref, x.Slot)
		}
	}
}

// foldsToItsRecord checks that the record is the fold of the whole ledger.
func (w *world) foldsToItsRecord(t *rapid.T) {
	got := ledger.Fold(incident.Record{}, w.entries)
	want := w.r
	got.ID, got.Key, got.Last = want.ID, want.Key, want.Last
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("the ledger folds to\n%+v\nand the record is\n%+v", got, want)
	}
}

// A store lost at any moments of any history leads to the same world. Only
// since when somebody is silent it cannot know, so here nobody takes command
// for himself.
func TestAnyHistoryWithALostStore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type step struct {
			act
			lost bool
		}
		var steps []step
		timeless := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasPrefix(l, "/ic") })
		timeless = append(timeless, "/ic @frank", "/ic @frank\n/ops")
		speak := func(t *rapid.T) act { return speakOf(t, timeless) }
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			a := draw(t, []func(*rapid.T) act{speak, speak, hands}, "kind")(t)
			steps = append(steps, step{a, rapid.Bool().Draw(t, "lost")})
			t.Log(a.name, steps[len(steps)-1].lost)
		}
		play := func(forgets bool) *world {
			w := newWorld(t)
			w.s.People["frank"] = w.s.People["bob"]
			w.declare()
			for i, x := range steps {
				w.s.At = start.Add(time.Duration(i+1) * 10 * time.Minute)
				x.do(w)
				w.settle()
				if forgets && x.lost {
					w.forget()
					w.after(2 * time.Minute).settle()
					w.nothingTwice(t)
				}
			}
			w.s.At = start.Add(time.Duration(len(steps)+1) * 10 * time.Minute)
			w.settle()
			return w
		}
		want, got := play(false), play(true)
		sameWorld(t, got, want)
	})
}
