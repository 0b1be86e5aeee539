package plan_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
)

const phrase = "I hereby declare this an incident."

// Who may declare, how, and with what reservation (O1, O2, O4).
func TestWhatDeclares(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(w *world)
		by   incident.Person // "": nothing is declared
		via  string
		ic   incident.Person
		hint bool
	}{
		"the label by a trusted person":      {do: func(w *world) { w.label("bob", "incident") }, by: "bob", via: "label", ic: "bob"},
		"the label in another case":          {do: func(w *world) { w.label("bob", "Incident") }, by: "bob", via: "label", ic: "bob"},
		"the label by a stranger's template": {do: func(w *world) { w.label("stranger", "incident") }},
		"another label":                      {do: func(w *world) { w.label("bob", "incidental") }},
		"the label by an automation":         {do: func(w *world) { w.label("robot", "incident") }, by: "robot", via: "automation"},
		"the label taken off again":          {do: func(w *world) { w.label("bob", "incident"); w.unlabel("bob", "incident") }},
		"the label from yesterday":           {do: func(w *world) { w.label("bob", "incident"); w.after(25 * time.Hour) }},
		"the label set anew on an old issue": {do: func(w *world) {
			w.label("bob", "incident")
			w.after(300 * time.Hour)
			w.unlabel("dave", "incident")
			w.label("carol", "incident")
		}, by: "carol", via: "label", ic: "carol"},
		"the phrase in a comment":    {do: func(w *world) { w.say("bob", phrase) }, by: "bob", via: "phrase", ic: "bob"},
		"the phrase in the title":    {do: func(w *world) { w.s.HeadSaid = []string{phrase} }, by: "alice", via: "phrase", ic: "alice"},
		"the phrase of a stranger":   {do: func(w *world) { w.say("stranger", phrase) }},
		"the phrase of a bot":        {do: func(w *world) { w.say("robot", phrase) }},
		"the phrase in a question":   {do: func(w *world) { w.say("bob", "I hereby declare this an incident?") }, hint: true},
		"a near miss":                {do: func(w *world) { w.say("bob", "this is an incident") }, hint: true},
		"a near miss in the text":    {do: func(w *world) { w.s.HeadSaid = []string{"Checkout is down", "Is this an incident?"} }, hint: true},
		"a near miss of a stranger":  {do: func(w *world) { w.say("stranger", "this is an incident") }},
		"a near miss of a bot":       {do: func(w *world) { w.say("robot", "this is an incident") }},
		"a near miss from yesterday": {do: func(w *world) { w.tell("bob", "this is an incident"); w.after(25 * time.Hour) }},
		"the phrase, quoted":         {do: func(w *world) { w.say("bob") }}, // the adapter leaves nothing spoken
		"the phrase on a closed one": {do: func(w *world) { w.closeHead("bob", incident.Done, ""); w.say("bob", phrase) }},
		"the phrase, edited in":      {do: func(w *world) { w.edit(w.say("bob", "hm"), phrase) }, by: "bob", via: "phrase", ic: "bob"},
		"somebody who cannot be assigned": {do: func(w *world) {
			w.s.People["bob"] = incident.Standing{Known: true, Trusted: true}
			w.say("bob", phrase)
		}, by: "bob", via: "phrase"},
		"the earlier of two ways": {do: func(w *world) {
			w.tell("bob", phrase)
			w.label("carol", "incident")
		}, by: "bob", via: "phrase", ic: "bob"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.do(w)
			w.settle()
			if got := w.r.Declared; got.By != c.by || got.Via != c.via {
				t.Fatalf("declared by %q via %q, want %q via %q", got.By, got.Via, c.by, c.via)
			}
			if got := w.holder(incident.CommandRole); got != c.ic {
				t.Errorf("in command: %q, want %q", got, c.ic)
			}
			if got := w.board() != ""; got != (c.by != "") {
				t.Errorf("there is a board: %v", got)
			}
			hints := 0 // which tell what is worth declaring (O5): see testdata/hint.md
			for _, x := range w.s.Comments {
				if x.Ours && x.Slot.Under("reply") && strings.Contains(x.Raw, "I hereby declare this an incident") {
					hints++
				}
			}
			if (hints == 1) != c.hint || hints > 1 {
				t.Errorf("%d hints", hints)
			}
			if c.by == "" && !c.hint && w.writes != 0 {
				t.Errorf("%d writes about something that is no incident", w.writes)
			}
		})
	}
}

// 300 old issues with the label at the first start: not one write.
func TestOldIssuesAreLeftAlone(t *testing.T) {
	for i := range 300 {
		w := newWorld(t)
		w.label("alice", "incident")
		w.s.HeadSaid = []string{phrase}
		w.tell("bob", "this is an incident", "/ops me", "/restored")
		w.after(25*time.Hour + time.Duration(i)*time.Minute)
		if i%2 == 1 {
			w.closeHead("alice", incident.Done, "")
		}
		w.settle()
		if w.writes != 0 || len(w.entries) != 0 {
			t.Fatalf("issue %d: %d writes, %d entries", i, w.writes, len(w.entries))
		}
	}
}

// The first board is the first thing written, in one write (O3, O13).
func TestTheBoardComesFirst(t *testing.T) {
	w := newWorld(t)
	w.label("alice", "incident")
	pl := w.pass()
	say, ok := pl.Do[0].(incident.Say)
	if !ok || say.Slot != incident.Board {
		t.Fatalf("the first action is %v", pl.Do[0])
	}
	contains(t, say.Text, "I hereby declare this an incident", "@alice is in command", "`/ops`", "`/comms`", "`/ic @somebody`",
		"@acme/on-call", "four people", "every 30 days", "`/retract REASON`")
}

func TestTheBoardNamesOtherIncidentsAndThePrivatePlace(t *testing.T) {
	w := newWorld(t)
	w.p.Private = "security@acme.example"
	w.s.Others = []incident.Other{
		{Key: "tracker:Acme/shop#7", URL: "https://t.example/7", Title: "Login | down", Since: start},
		{Key: "tracker:acme/web#8", URL: "https://t.example/8", Title: "What few may read", Since: start},
	}
	w.declare()
	contains(t, w.board(), "[Acme/shop#7](https://t.example/7) Login \\| down", "[acme/web#8](https://t.example/8), since", "`/duplicate", "security@acme.example")
	lacks(t, w.board(), "What few may read")
	id := w.say("alice", "/ops @bob", "/comms @carol", "/duplicate acme/web#8")
	contains(t, w.reply(id), "goes on in [acme/web#8](https://t.example/8)")
	lacks(t, w.board()+w.reply(id), "Login", "What few may read")
}

func TestAPullRequestGetsALinkToDeclareWith(t *testing.T) {
	w := newWorld(t)
	w.s.PullRequest, w.s.NewURL = true, "https://tracker.example/new?body=x"
	id := w.say("bob", phrase)
	contains(t, w.text(incident.ReplySlot(id)), "@bob", "(https://tracker.example/new?body=x)")
	w.say("bob", phrase)
	w.label("bob", "incident")
	w.settle()
	if !w.r.Declared.IsZero() || w.board() != "" || w.writes != 1 {
		t.Errorf("declared %+v, %d writes", w.r.Declared, w.writes)
	}
}

func TestOneHintIsEnough(t *testing.T) {
	w := newWorld(t)
	w.say("bob", "this is an incident")
	w.say("carol", "is this an incident?")
	w.deleteComment("101") // the near miss that was answered
	w.forget()
	w.after(2 * time.Minute).settle()
	if w.writes != 1 {
		t.Errorf("%d writes, want one hint", w.writes)
	}
}

// A ticket of ours may carry the title of its incident, phrase and all.
func TestOurOwnTicketDeclaresNothing(t *testing.T) {
	w := newWorld(t)
	w.s.Head.Slot, w.s.Head.Author = "role/command", "alice"
	w.s.HeadSaid = []string{"Incident command: " + phrase}
	w.settle()
	if w.writes != 0 {
		t.Errorf("%d writes", w.writes)
	}
}

// The label is put back; only the declarer may take it off, and only while he
// could retract alone (O11; design, section 5).
func TestTakingTheLabelOff(t *testing.T) {
	for name, c := range map[string]struct {
		do        func(w *world)
		retracted bool
	}{
		"by the declarer at once":             {func(w *world) { w.unlabel("alice", "incident") }, true},
		"by the declarer after the hour":      {func(w *world) { w.after(time.Hour).unlabel("alice", "incident") }, false},
		"by the declarer when bob repairs":    {func(w *world) { w.say("bob", "/ops"); w.unlabel("alice", "incident") }, false},
		"by somebody else":                    {func(w *world) { w.unlabel("bob", "incident") }, false},
		"by somebody else who commands alone": {func(w *world) { w.say("alice", "/ic @bob"); w.unlabel("bob", "incident") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).declare()
			c.do(w)
			w.settle()
			if got := w.r.Ending == "retracted"; got != c.retracted {
				t.Errorf("retracted: %v", got)
			}
			if got := w.hasLabel("incident"); got == c.retracted {
				t.Errorf("the label is on: %v", got)
			}
			if got := w.s.Head.State == incident.Open; got == c.retracted {
				t.Errorf("the head is open: %v", got)
			}
		})
	}
}

// What happened to the label before the declaration is no retraction of it,
// nor what happened before somebody took the incident up again.
func TestAnOldUnlabellingRetractsNothing(t *testing.T) {
	w := newWorld(t)
	w.label("alice", "incident")
	w.unlabel("alice", "incident")
	w.say("alice", phrase)
	if w.r.Ending != "" || !w.hasLabel("incident") {
		t.Fatalf("ending %q, labels %v", w.r.Ending, w.s.Head.Labels)
	}
	w.unlabel("alice", "incident")
	w.settle()
	w.reopenHead("bob")
	w.settle()
	if w.r.Ending != "" || w.s.Head.State != incident.Open || !w.hasLabel("incident") {
		t.Errorf("ending %q, head %s, labels %v", w.r.Ending, w.s.Head.State, w.s.Head.Labels)
	}
}

func TestAHeadThatIsGoneIsLeftAlone(t *testing.T) {
	w := newWorld(t).staffed()
	w.s.Gone = true
	pl := w.pass()
	if len(pl.Do) != 0 || len(pl.Why) == 0 || !strings.Contains(pl.Alarm, "gone") || pl.Next.Before(w.s.At.Add(time.Hour)) || pl.Next.After(w.s.At.Add(24*time.Hour)) {
		t.Errorf("%+v", pl)
	}
	w.s.Gone = false
	w.settle()
	if w.holder(incident.CommandRole) != "alice" {
		t.Error("the incident was forgotten while its head was gone")
	}
}

// A renamed repository changes every reference and nothing else.
func TestAHeadThatMoved(t *testing.T) {
	w := newWorld(t).staffed()
	w.link("acme/shop#50", "Pool")
	w.say("bob", "/followup Alert earlier")
	before := len(w.s.Tickets)
	w.renameRepo("acme/shop", "acme/store")
	w.settle()
	if len(w.s.Tickets) != before {
		t.Errorf("tickets were made again: %v", w.slots())
	}
	lacks(t, w.board(), "cannot be read", "acme/shop")
	w.finish()
	w.say("alice", "/restored")
	w.finish().review("alice")
	w.say("alice", "/close")
	if w.r.Ending != "closed" {
		t.Errorf("not closed:\n%s", w.board())
	}
}

// Declarations are decided by the snapshot, so Decide needs no memory.
func TestDecideIsPure(t *testing.T) {
	w := newWorld(t)
	w.label("alice", "incident")
	a, b := plan.Decide(w.p, w.j, w.r, w.s), plan.Decide(w.p, w.j, w.r, w.s)
	if len(a) == 0 || len(a) != len(b) || a[0].Kind != ledger.Declared {
		t.Errorf("%v\n%v", a, b)
	}
}
