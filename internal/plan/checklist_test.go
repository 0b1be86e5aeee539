package plan_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

func fmtList[T any](list []T) string { return fmt.Sprint(list) }

// box returns the box of the duty in which a text occurs: "[ ]" or "[x]".
func (w *world) box(slot incident.Slot, duty string) string {
	w.t.Helper()
	for l := range strings.Lines(w.slot(slot).Body) {
		if strings.Contains(l, duty) {
			return l[2:5]
		}
	}
	w.t.Fatalf("no duty %q in:\n%s", duty, w.slot(slot).Body)
	return ""
}

// tickAll is the holder's hand on the boxes.
func (w *world) tickAll(slot incident.Slot) {
	t := w.slot(slot)
	t.Body = strings.ReplaceAll(t.Body, "[ ]", "[x]")
	w.settle()
}

// One ticket per filled role, made when it is filled, planning's when service
// is back (O24, O29, O35, O73).
func TestRoleTickets(t *testing.T) {
	w := newWorld(t).declare()
	if got := fmtList(w.slots()); got != "[role/command]" {
		t.Errorf("declared: %s", got)
	}
	w.say("alice", "/ops @bob @dave", "/comms @carol", "/planning @erin")
	if got := fmtList(w.slots()); got != "[role/command role/communications role/operations/bob role/operations/dave]" {
		t.Errorf("staffed: %s", got)
	}
	for _, x := range w.s.Tickets {
		if x.Parent != w.s.Head.Ref || !strings.HasSuffix(x.Title, ": Checkout is down") || !strings.Contains(x.Body, "- [ ] ") {
			t.Errorf("%+v", x)
		}
	}
	w.say("alice", "/restored")
	if w.slot("role/planning").Assignees[0] != "erin" {
		t.Error("planning's ticket is not erin's")
	}
}

// A duty is ticked by what proves it, by hand, or by /done and /skip.
func TestDuties(t *testing.T) {
	w := newWorld(t).staffed()
	for duty, want := range map[string]string{"one place": "[x]", "Fill operations": "[x]", "Summarise": "[ ]", "reliably back": "[ ]"} {
		if got := w.box("role/command", duty); got != want {
			t.Errorf("%s: %s, want %s", duty, got, want)
		}
	}
	w.say("alice", "/summary the pool is exhausted")
	w.say("bob", "/action restarted the pool")
	w.say("carol", "/done 2")
	w.say("carol", "/skip 3 no other team is concerned")
	if a, b, c, d := w.box("role/command", "Summarise"), w.box("role/operations/bob", "every measure"), w.box("role/communications", "Tell the customers"), w.box("role/communications", "other teams"); a+b+c+d != "[x][x][x][x]" {
		t.Errorf("%s %s %s %s", a, b, c, d)
	}
	w.tellAll(t,
		line{"carol", "/done 9", "your checklist has 4 duties, counted from the top: `/done 1` to `/done 4`"},
		line{"dave", "/done 1", "you hold no role here"},
		line{"dave", "/planning\n/done 1", "you hold no role here"},
		line{"dave", "/done 1", "planning's checklist comes when service is back"},
		line{"carol", "/skip 1", "the reason is missing"},
	)
	w.tickAll("role/communications")
	if x := w.slot("role/communications"); x.State != incident.Done || x.Closed.By != us {
		t.Errorf("every box is ticked, and the ticket is %s", x.State)
	}
}

// What one operator is done with, another may not be.
func TestAnOperatorTicksHisOwnDuties(t *testing.T) {
	w := newWorld(t).staffed()
	w.say("dave", "/ops")
	w.say("bob", "/done 1")
	w.say("erin", "/ops")
	for slot, want := range map[incident.Slot]string{"role/operations/bob": "[x]", "role/operations/dave": "[ ]", "role/operations/erin": "[ ]"} {
		if got := w.box(slot, "Investigate"); got != want {
			t.Errorf("%s: %s", slot, got)
		}
	}
	w.say("alice", "/restored")
	if got := w.box("role/operations/dave", "Investigate"); got != "[x]" {
		t.Errorf("service is back, and dave's box is %s", got)
	}
}

// Texts people write into our tickets stay as they are; only boxes change.
func TestTickingChangesNothingButTheBox(t *testing.T) {
	w := newWorld(t).staffed()
	x := w.slot("role/command")
	x.Body = "My own words.\n\n" + strings.Replace(x.Body, "Summarise", "*Summarise*", 1) + "\n- [ ] call @mum\n"
	before := x.Body
	w.say("alice", "/summary the pool is exhausted")
	i := strings.Index(before, "- [ ] *Summarise*")
	want := before[:i] + strings.Replace(before[i:], "[ ]", "[x]", 1)
	if got := w.slot("role/command").Body; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	w.tickAll("role/command")
	if w.slot("role/command").State != incident.Done {
		t.Error("a box of one's own counts, and all are ticked")
	}
}

func TestAFinishedTicketOpenedAgainStaysOpen(t *testing.T) {
	w := newWorld(t).staffed()
	w.tickAll("role/communications")
	w.slot("role/communications").State = incident.Open
	w.settle()
	if w.slot("role/communications").State != incident.Open {
		t.Error("closed against somebody's will")
	}
	contains(t, w.board(), "Communications: Checkout is down")
}

// While it burns command does not finish other roles' tickets (O20, O21).
func TestCommandClosesAnotherRolesTicket(t *testing.T) {
	w := newWorld(t).staffed()
	ops := w.slot("role/operations/bob").Ref
	w.closeTicket(ops, "alice", incident.Done)
	w.settle()
	if w.ticket(ops).State != incident.Open {
		t.Fatal("it was not opened again")
	}
	contains(t, w.text(incident.Slot("say/eager/"+ops.Number())), "@alice", "@bob", "Closing it once more will stand")
	w.closeTicket(ops, "alice", incident.Done)
	w.settle()
	w.forget()
	w.after(5 * time.Minute).settle()
	if w.ticket(ops).State != incident.Done {
		t.Error("opened twice")
	}
}

func TestWhoElseMayCloseATicket(t *testing.T) {
	for name, c := range map[string]struct {
		slot incident.Slot
		who  incident.Person
		do   func(w *world)
	}{
		"its holder":               {"role/operations/bob", "bob", func(*world) {}},
		"anybody but command":      {"role/operations/bob", "dave", func(*world) {}},
		"command, its own":         {"role/command", "alice", func(*world) {}},
		"command, once it is back": {"role/operations/bob", "alice", func(w *world) { w.say("alice", "/restored") }},
		"we, under command's name": {"role/communications", "alice", func(w *world) {
			w.tickAll("role/communications")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			c.do(w)
			w.closeTicket(w.slot(c.slot).Ref, c.who, incident.Done)
			w.settle()
			if w.slot(c.slot).State != incident.Done {
				t.Error("it was opened again")
			}
		})
	}
}

// A ticket of ours that a person deleted stays deleted (design, section 5).
func TestADeletedTicketStaysDeleted(t *testing.T) {
	w := newWorld(t).staffed()
	w.deleteTicket(w.slot("role/communications").Ref)
	w.after(time.Hour).settle()
	if got := fmtList(w.slots()); got != "[role/command role/operations/bob]" {
		t.Errorf("%s", got)
	}
	if w.holder(incident.Communications) != "carol" {
		t.Error("carol lost her role with the ticket")
	}
	lacks(t, w.board(), "Communications: Checkout")
}

// One that was moved where we cannot read it counts as open, until it is taken
// out on the record.
func TestARoleTicketOutOfSight(t *testing.T) {
	w := gated(t)
	ref := w.slot("role/communications").Ref
	w.hide(ref)
	w.settle()
	if got := fmtList(w.unfinished()); !strings.Contains(got, "Communications: Checkout is down cannot be read") || w.holder(incident.Communications) != "carol" {
		t.Errorf("%s; %s", got, w.crewText())
	}
	w.tellAll(t, line{"alice", "/unlink " + string(ref) + " moved to a private place", ""})
	if got := w.unfinished(); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// The duties are fixed at the declaration: a new release adds nothing.
func TestDutiesAreFixedAtTheDeclaration(t *testing.T) {
	w := newWorld(t).declare()
	texts := *w.p.Texts
	lists := maps.Clone(texts.Checklists)
	ops := lists[incident.Operations]
	ops.Duties = append(ops.Duties[1:], ops.Duties[0])
	ops.Duties[0].ID, ops.Duties[0].Text = "new", "A new duty"
	lists[incident.Operations] = ops
	texts.Checklists = lists
	w.p.Texts = &texts
	w.say("bob", "/ops")
	body := w.slot("role/operations/bob").Body
	lacks(t, body, "A new duty")
	contains(t, body, "duty:investigate", "duty:coordinate", "duty:document")
}

// Where texts carry no boxes, or by policy, each duty is a ticket of its own.
func TestATicketPerDuty(t *testing.T) {
	w := newWorld(t)
	w.s.Caps.Boxes = false
	w.staffed()
	lacks(t, w.slot("role/operations/bob").Body, "[ ]")
	for slot, want := range map[incident.Slot]incident.State{"check/command-place": incident.Done, "check/command-roles": incident.Done, "check/operations-document": incident.Open} {
		if got := w.slot(slot).State; got != want {
			t.Errorf("%s is %s, want %s", slot, got, want)
		}
	}
	if x := w.slot("check/operations-coordinate"); strings.Contains(x.Title, "`") || x.Assignees[0] != "bob" {
		t.Errorf("%+v", x)
	}
	w.say("bob", "/action restarted the pool", "/done 2")
	w.say("alice", "/restored")
	if w.slot("role/operations/bob").State != incident.Done {
		t.Errorf("all its duties are done:\n%s", w.board())
	}
	// Deleted duties are out of the way.
	for _, id := range []string{"owner", "customers", "internal"} {
		w.deleteTicket(w.slot(incident.Slot("check/communications-" + id)).Ref)
	}
	w.say("carol", "/done 4")
	if w.slot("role/communications").State != incident.Done {
		t.Error("waiting for duties that a person deleted")
	}
}

func TestDutyTicketsFollowTheRole(t *testing.T) {
	w := newWorld(t)
	items := true
	w.p.Items = &items
	w.staffed()
	owner := func() string { return fmtList(w.slot("check/communications-owner").Assignees) }
	w.say("alice", "/comms @dave")
	if got := owner(); got != "[dave]" {
		t.Errorf("after the hand-over: %s", got)
	}
	w.assign("check/communications-owner", "erin")
	if got := owner(); got != "[erin]" {
		t.Errorf("lent by hand: %s", got)
	}
	w.assign("check/communications-owner", "alice") // command does not inform customers (O22)
	if got := owner(); got != "[dave]" {
		t.Errorf("to command by hand: %s", got)
	}
	w.closeTicket(w.slot("check/communications-owner").Ref, "alice", incident.Done)
	w.settle()
	if w.slot("check/communications-owner").State != incident.Open {
		t.Error("command finished another role's duty")
	}
	w.say("dave", "/release me")
	if got := owner(); got != "[]" {
		t.Errorf("vacant: %s", got)
	}
}
