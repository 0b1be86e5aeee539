package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// gated is an incident on which nothing but what a test adds stands against
// closing.
func gated(t tester) *world {
	w := newWorld(t).staffed()
	w.say("alice", "/restored")
	return w.finish().review("alice")
}

// review has somebody record that a review was held.
func (w *world) review(who incident.Person) *world {
	w.t.Helper()
	if id := w.say(who, "/review done"); strings.Contains(w.reply(id), "❌") {
		w.t.Fatalf("%s", w.reply(id))
	}
	return w
}

// unfinished returns what the board lists besides the last review.
func (w *world) unfinished() []string {
	return slices.DeleteFunc(w.missing(), func(m string) bool {
		return strings.HasPrefix(m, "The last review") || strings.HasPrefix(m, "No review was held")
	})
}

// missing returns what the board lists as standing against closing.
func (w *world) missing() []string {
	_, list, ok := strings.Cut(w.board(), "**Stands against closing**")
	if !ok {
		return nil
	}
	var all []string
	for l := range strings.Lines(list) {
		if item, ok := strings.CutPrefix(l, "- "); ok {
			all = append(all, strings.TrimSpace(item))
		} else if len(all) > 0 {
			break
		}
	}
	return all
}

// What stands against closing (O61, O65; design, section 10).
func TestWhatStandsAgainstClosing(t *testing.T) {
	const pool = incident.Ref("acme/infra#7")
	linked := func(change func(x *incident.Ticket)) func(w *world) {
		return func(w *world) {
			w.link(pool, "Pool")
			x := w.ticket(pool)
			x.URL = "https://t.example/7"
			change(x)
		}
	}
	duplicate := func(of incident.Ref) func(w *world) {
		return linked(func(x *incident.Ticket) { x.State, x.DuplicateOf = incident.Duplicate, of })
	}
	for name, c := range map[string]struct {
		do   func(w *world)
		want []string // how each line starts
	}{
		"nothing":                        {func(*world) {}, nil},
		"service is not back":            {func(w *world) { w.say("alice", "/unrestored") }, []string{"Service is not reported back: command writes `/restored`"}},
		"a role's ticket":                {func(w *world) { w.slot("role/communications").State = incident.Open }, []string{"#107 Communications: Checkout is down – 4 of its duties open (@\u2060carol)"}},
		"a linked ticket":                {linked(func(x *incident.Ticket) { x.Assignees = []incident.Person{"dave"} }), []string{"[acme/infra#7](https://t.example/7) Pool (@\u2060dave)"}},
		"one that is done":               {linked(func(x *incident.Ticket) { x.State = incident.Done }), nil},
		"one that is wontfix":            {linked(func(x *incident.Ticket) { x.State = incident.Wontfix }), nil},
		"another incident":               {linked(func(x *incident.Ticket) { x.Incident = true }), nil},
		"one we may not read":            {linked(func(x *incident.Ticket) { x.Unreadable = true }), []string{"[acme/infra#7](https://t.example/7) Pool cannot be read, which counts as open: `/unlink acme/infra#7 REASON` takes it out"}},
		"a deleted one":                  {func(w *world) { w.link(pool, "Pool"); w.deleteTicket(pool) }, []string{"acme/infra#7 Pool was deleted or converted before it was done"}},
		"one out of sight":               {func(w *world) { w.link(pool, "Pool"); w.hide(pool) }, []string{"acme/infra#7 Pool cannot be read"}},
		"one known as deleted":           {linked(func(x *incident.Ticket) { x.Gone = true }), []string{"[acme/infra#7](https://t.example/7) Pool was deleted or converted before it was done"}},
		"one that was taken off by hand": {linked(func(x *incident.Ticket) { x.Linked = false }), []string{"[acme/infra#7]"}},
		"one taken out on the record":    {func(w *world) { w.link(pool, "Pool"); w.say("alice", "/unlink acme/infra#7 not ours") }, nil},
		"one that was never linked":      {func(w *world) { w.say("dave", "/link acme/infra#8") }, []string{"acme/infra#8 cannot be read"}},
		"a duplicate of something open": {func(w *world) {
			duplicate("acme/infra#9")(w)
			w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/infra#9", Title: "Other", State: incident.Open, URL: "https://t.example/9"})
		}, []string{"[acme/infra#7](https://t.example/7) Pool – as a duplicate it counts as [acme/infra#9](https://t.example/9)"}},
		"a duplicate of something done": {func(w *world) {
			duplicate("acme/infra#9")(w)
			w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/infra#9", State: incident.Done})
		}, nil},
		"a duplicate of a duplicate": {func(w *world) {
			duplicate("acme/infra#9")(w)
			w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/infra#9", State: incident.Duplicate, DuplicateOf: "acme/infra#10"},
				incident.Ticket{Ref: "acme/infra#10", State: incident.Open})
		}, []string{"[acme/infra#7]"}},
		"a duplicate of one nobody sees":   {duplicate("acme/infra#9"), []string{"[acme/infra#7]"}},
		"a duplicate of nobody knows what": {duplicate(""), nil},
		"a duplicate of this incident":     {duplicate("acme/shop#12"), nil},
		"a duplicate of another incident": {func(w *world) {
			duplicate("acme/infra#9")(w)
			w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/infra#9", State: incident.Open, Incident: true})
		}, nil},
		"two duplicates of each other": {func(w *world) {
			duplicate("acme/infra#9")(w)
			w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/infra#9", State: incident.Duplicate, DuplicateOf: pool})
		}, nil},
		"a duplicate of itself": {duplicate(pool), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := gated(t)
			c.do(w)
			w.settle()
			got := w.unfinished()
			if len(got) != len(c.want) {
				t.Fatalf("%d stand against closing, want %d: %q", len(got), len(c.want), got)
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) {
					t.Errorf("%q, want %q", got[i], c.want[i])
				}
			}
			w.say("alice", "/review done")
			id := w.say("alice", "/close")
			if closed := w.r.Ending == "closed"; closed != (len(c.want) == 0) {
				t.Errorf("closed: %v\n%s", closed, w.reply(id))
			}
			if len(c.want) > 0 {
				contains(t, w.reply(id), c.want[0])
			}
		})
	}
}

// A ticket that was ever counted stays in the gate (O55), in a stable order.
func TestWhatWasCountedStaysCounted(t *testing.T) {
	w := gated(t)
	for _, ref := range []incident.Ref{"acme/shop#10", "acme/shop#9", "acme/api#100", "acme/shop#200"} {
		w.link(ref, "T")
	}
	w.s.Foreign = nil
	w.settle()
	var order []string
	for _, m := range w.unfinished() {
		order = append(order, strings.Fields(m)[0])
	}
	if got := fmtList(order); got != "[acme/api#100 #9 #10 #200]" {
		t.Errorf("%s", got)
	}
}

// People name tickets in whatever case they like; it is one ticket.
func TestATicketNamedInAnotherCaseIsTheSame(t *testing.T) {
	w := gated(t)
	w.link("acme/infra#7", "Pool")
	w.say("dave", "/link Acme/Infra#7")
	if got := w.unfinished(); len(got) != 1 {
		t.Errorf("%q", got)
	}
	w.say("alice", "/unlink ACME/infra#7 not ours")
	if got := w.unfinished(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// Only command closes; planning if nobody is in command (O64).
func TestWhoMayClose(t *testing.T) {
	for name, c := range map[string]struct {
		do     func(w *world)
		sealed bool
	}{
		"command by word":                 {func(w *world) { w.say("alice", "/close") }, true},
		"command by hand":                 {func(w *world) { w.closeHead("alice", incident.Done, "") }, true},
		"command by hand, as not planned": {func(w *world) { w.closeHead("alice", incident.Wontfix, "") }, true},
		"somebody else by word":           {func(w *world) { w.say("bob", "/close") }, false},
		"somebody else by hand":           {func(w *world) { w.closeHead("bob", incident.Done, "") }, false},
		"a bot":                           {func(w *world) { w.closeHead("robot", incident.Done, "") }, false},
		"nobody knows who":                {func(w *world) { w.closeHead("", incident.Done, "") }, false},
		"planning while command is there": {func(w *world) {
			w.say("dave", "/planning")
			w.finish()
			w.say("dave", "/review done")
			w.say("dave", "/close")
		}, false},
		"planning without command": {func(w *world) {
			w.say("dave", "/planning")
			w.say("alice", "/release me")
			w.finish().review("dave").say("dave", "/close")
		}, true},
		"planning by hand": {func(w *world) {
			w.say("dave", "/planning")
			w.say("alice", "/release me")
			w.finish().review("dave").closeHead("dave", incident.Done, "")
		}, true},
		"bob by hand after an order": {func(w *world) { w.tell("alice", "/close"); w.closeHead("bob", incident.Done, "") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := gated(t)
			c.do(w)
			w.settle()
			if got := w.r.Ending == "closed" && w.s.Head.State != incident.Open; got != c.sealed {
				t.Errorf("closed: %v\n%s", got, w.board())
			}
			if !c.sealed && w.s.Head.State != incident.Open {
				t.Error("it rests closed")
			}
		})
	}
}

// A ticket that was linked in the same breath is not said to be unreadable.
func TestClosingWhatWasJustLinked(t *testing.T) {
	w := newWorld(t).declare()
	id := w.say("alice", "/link acme/infra#8", "/close")
	contains(t, w.reply(id), "acme/infra#8 was not looked at yet, which counts as open")
}
