package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Ten commands in one comment, one misspelt: each is judged by itself, and one
// reply says what was done, what was not, and the line to paste.
func TestTenCommandsOneMisspelt(t *testing.T) {
	w := newWorld(t).declare()
	id := w.say("alice",
		"/ops @bob", "/comms @carol", "/planning @dave", "/sumary the pool is exhausted", "/summary looking", "/note graphs look bad",
		"/evidence https://g.example/1", "/impact no checkout", "/link #50", "/ic")
	reply := w.reply(id)
	if got := strings.Count(reply, "✅"); got != 9 || strings.Count(reply, "❌") != 1 {
		t.Errorf("%s", reply)
	}
	contains(t, reply, "@alice", "❌ `/sumary the pool is exhausted` – I do not know `/sumary`. Did you mean this? Then paste it: `/summary the pool is exhausted`")
	if w.crewText() != "[alice] [bob] [carol] [dave]" || w.comment(id).Acked != incident.RefusedByRule {
		t.Errorf("%s, %s", w.crewText(), w.comment(id).Acked)
	}
	n := 0
	for _, c := range w.s.Comments {
		if c.Slot.Under("reply") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d replies", n)
	}
}

// A stranger gets a reaction, never a reply, whatever he writes.
func TestStrangersAndBots(t *testing.T) {
	w := newWorld(t).declare()
	id := w.say("stranger", "/ops me", "/clsoe", "/status")
	if w.reply(id) != "" || w.comment(id).Acked != incident.RefusedByRule || w.crewText() != "[alice] [] [] []" {
		t.Errorf("%q, %s, %s", w.reply(id), w.comment(id).Acked, w.crewText())
	}
	id = w.say("robot", "/ops @bob", "/restored")
	if w.reply(id) != "" || w.comment(id).Acked != "" || len(w.holders(incident.Operations)) != 0 {
		t.Error("a bot was answered")
	}
}

// Without reactions every decided comment is answered; strangers still are not.
func TestAServerWithoutReactions(t *testing.T) {
	w := newWorld(t)
	w.s.Caps.Acks = false
	w.declare()
	a, b, c := w.say("alice", "/ops @bob"), w.say("stranger", "/ops"), w.say("dave", "just talking")
	contains(t, w.reply(a), "@alice", "✅ `/ops @bob`")
	if w.reply(b) != "" || w.reply(c) != "" {
		t.Error("a stranger, or a talk, was answered")
	}
	w.forget()
	n := len(w.s.Comments)
	w.after(2 * time.Minute).settle()
	if w.crewText() != "[alice] [bob] [] []" || len(w.s.Comments) != n {
		t.Errorf("after the loss of the store: %s, %d comments more", w.crewText(), len(w.s.Comments)-n)
	}
}

// What is obeyed and says nothing gets the reaction alone.
func TestObeyedInSilence(t *testing.T) {
	w := newWorld(t).declare()
	id := w.say("alice", "/ops @bob")
	if w.reply(id) != "" || w.comment(id).Acked != incident.Obeyed {
		t.Errorf("%q, %s", w.reply(id), w.comment(id).Acked)
	}
}

// A command counts as it read when it was decided (design, section 5).
func TestEditedAndDeletedCommands(t *testing.T) {
	w := newWorld(t).staffed()
	early := w.tell("alice", "/comms @dave")
	w.edit(early, "/comms @erin")
	w.settle()
	contains(t, w.reply(early), "edited before I read it", "post it again: `/comms @erin`")
	late := w.say("alice", "/comms @dave")
	w.edit(late, "/comms @erin")
	w.settle()
	gone := w.say("dave", "/note the pool again")
	w.deleteComment(gone)
	w.settle()
	if got := w.crewText(); got != "[alice] [bob] [dave] []" {
		t.Errorf("%s", got)
	}
	if w.reply(late) != "" {
		t.Errorf("%s", w.reply(late))
	}
	kinds := map[string]bool{}
	for _, e := range w.entries {
		kinds[string(e.Kind)] = true
	}
	if !kinds["comment edited"] || !kinds["comment deleted"] {
		t.Errorf("the ledger has %v", kinds)
	}
}

// What was said before the declaration was said to nobody.
func TestCommandsBeforeTheDeclaration(t *testing.T) {
	w := newWorld(t)
	w.tell("bob", "/ops me")
	w.after(time.Minute)
	id := w.tell("carol", phrase, "/ops @dave")
	w.settle()
	if got := w.crewText(); got != "[carol] [dave] [] []" {
		t.Errorf("%s; %s", got, w.reply(id))
	}
}

// A reply that a person deleted is not said again; one that was edited stays.
func TestRepliesAreSaidOnce(t *testing.T) {
	w := newWorld(t).declare()
	id := w.say("bob", "/restored")
	reply, _ := w.s.Said(incident.ReplySlot(id))
	w.comment(reply.ID).Raw, w.comment(reply.ID).Hash = "never mind", "x"
	w.settle()
	if w.reply(id) != "never mind" {
		t.Error("somebody's edit was undone")
	}
	w.deleteComment(reply.ID)
	w.settle()
	if w.reply(id) != "" {
		t.Error("said again")
	}
}

// The Alice-and-Bob case: nobody could say afterwards what helped (O28).
func TestOverlappingChanges(t *testing.T) {
	w := newWorld(t).staffed()
	w.say("alice", "/ops @dave")
	w.say("bob", "/change start pool-size")
	id := w.say("dave", "/change start restart")
	contains(t, w.reply(id), "`pool-size` by @bob since", "nobody can say which change did it", "@alice, please decide")
	contains(t, w.board(), "`pool-size` – @bob", "`restart` – @dave")
	id = w.say("alice", "/restored")
	contains(t, w.reply(id), "still being changed: `pool-size` (@bob), `restart` (@dave)")
	w.tellAll(t, line{"bob", "/change done pool-size", ""}, line{"bob", "/change done pool-size", "no change `pool-size` is in progress; start it with `/change start pool-size`"}, line{"bob", "/change done restart", ""})
	lacks(t, w.board(), "Changes in progress")
}

func TestTimesAreEchoed(t *testing.T) {
	w := newWorld(t).staffed()
	w.p.Zone = time.FixedZone("CET", 3600)
	id := w.say("alice", "/restored 14:55")
	contains(t, w.reply(id), "service is back since 2026-11-23 14:55 CET (13:55 UTC)")
	id = w.say("bob", "/note -1h the graphs bent")
	contains(t, w.reply(id), "at 2026-11-23 14:00 CET (13:00 UTC)")
	w.tellAll(t, line{"alice", "/restored 2026-11-20T10:00:00Z", "is more than a day before the declaration"})
}

// Six lines with links; help lists what applies to whoever asks.
func TestStatusAndHelp(t *testing.T) {
	w := newWorld(t).staffed()
	w.link("acme/shop#50", "Pool")
	id := w.say("bob", "/status")
	status := w.reply(id)
	contains(t, status, "**responding**, declared by @\u2060alice", "([board](https://tracker.example/acme/shop/issues/12#", "- Operations: @\u2060bob", "- Planning: vacant – take it with `/planning`", "5 things stand against closing: ", "#50 Pool")
	lacks(t, status, "@alice", "@carol") // it wakes nobody
	for i := range 9 {
		w.link(incident.Ref(fmt.Sprintf("acme/shop#6%d", i)), "More")
	}
	id = w.say("bob", "/status")
	contains(t, w.reply(id), "and 9 more on the board")
	for who, has := range map[incident.Person][2]string{"alice": {"`/close`", "`/action TEXT`"}, "bob": {"`/action TEXT`", "`/close`"}} {
		id := w.say(who, "/help")
		contains(t, w.reply(id), "| command | who | effect |", has[0])
		lacks(t, w.reply(id), has[1])
	}
}

// A ticket that nobody can read was perhaps not the one that was meant: whoever
// linked it hears of it at once, and nobody when it goes out of sight later.
func TestLinkingWhatIsNotThere(t *testing.T) {
	w := newWorld(t).declare()
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: "acme/infra#7", ID: w.id(), Author: "dave", Title: "Pool", State: incident.Open, Opened: w.s.At})
	there, missing := w.say("dave", "/link acme/infra#7"), w.say("dave", "/link #99")
	if w.reply(there) != "" || w.comment(there).Acked != incident.Obeyed {
		t.Errorf("%q, %s", w.reply(there), w.comment(there).Acked)
	}
	contains(t, w.reply(missing), "@dave", "✅ `/link #99` – is there a #99? I cannot read it, and until I can, it counts as open; `/unlink #99 REASON` takes it out")
	said := w.reply(missing)
	w.hide("acme/infra#7")
	w.settle()
	if w.reply(there) != "" {
		t.Errorf("a late answer: %q", w.reply(there))
	}
	if w.say("alice", "/unlink #99 mistyped"); w.reply(missing) != said {
		t.Errorf("%q", w.reply(missing))
	}
}
