package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// What was blanked on the ledger goes from what we wrote too, and nothing else
// changes: nothing is done again, and no order decided again.
func TestWhatWasBlankedGoesFromOurTexts(t *testing.T) {
	const secret = "hunter2-correct-horse"
	w := newWorld(t).staffed()
	w.say("alice", "/summary the password is "+secret)
	said := w.say("bob", "/nte "+secret, "/note "+secret)
	w.holdBackFollowups()
	filed := w.say("bob", "/followup Rotate "+secret)
	for what, text := range map[string]string{"board": w.board(), "reply": w.reply(said)} {
		if !strings.Contains(text, secret) {
			t.Fatalf("the %s does not even show it before:\n%s", what, text)
		}
	}
	slots := len(w.slots())
	redacted := w.redact(secret)
	w.after(time.Minute).settle()
	for what, text := range map[string]string{"board": w.board(), "reply": w.reply(said), "other reply": w.reply(filed)} {
		if strings.Contains(text, secret) {
			t.Errorf("the %s still shows it:\n%s", what, text)
		}
	}
	contains(t, w.reply(said), "(redacted)")
	if got := len(w.slots()); got != slots {
		t.Errorf("%d tickets, there were %d", got, slots)
	}
	for _, ticket := range w.s.Tickets {
		if strings.Contains(ticket.Title+ticket.Body, secret) || ticket.Title == "" {
			t.Errorf("a ticket was filed of it: %+v", ticket)
		}
	}
	for _, e := range w.entries[redacted:] {
		if e.Kind == ledger.Ordered || strings.Contains(e.Text, secret) {
			t.Errorf("afterwards the ledger says %+v", e)
		}
	}
	if err := ledger.Audit(w.r, w.entries); err != nil {
		t.Error(err)
	}
}

// And from the page; its earlier revisions are the wiki's.
func TestWhatWasBlankedGoesFromThePage(t *testing.T) {
	const secret = "hunter2-correct-horse"
	w := newWorld(t).restored()
	w.say("bob", "/note the password is "+secret, "/evidence https://graphs.example/"+secret)
	w.after(11 * time.Minute).settle()
	contains(t, w.text12(), secret)
	w.redact(secret)
	w.after(time.Second).settle() // though we have just written
	lacks(t, w.text12(), secret)
	contains(t, w.text12(), "**note**: (redacted)")
}

// What was copied goes too: from the item that we put on the page, and from the
// tickets that we filed; and from nothing that people wrote.
func TestWhatWasBlankedGoesFromItsCopies(t *testing.T) {
	const secret = "hunter2-correct-horse"
	w := newWorld(t).restored().post("- The pool has no bound @bob\n- Alerts come late")
	w.say("dave", "/issue The password "+secret+" is on the wiki\nnamely "+secret)
	w.say("dave", "/followup Rotate "+secret+" @bob\nbecause of "+secret)
	w.after(11 * time.Minute).settle()
	w.say("alice", "/publish")
	w.after(11 * time.Minute).settle()
	holding := func() (list []string) {
		for name, p := range w.pages {
			if strings.Contains(p.Text, secret) {
				list = append(list, name)
			}
		}
		for _, x := range append(slices.Clone(w.s.Tickets), w.s.Head) {
			if strings.Contains(x.Title+x.Body, secret) {
				list = append(list, string(x.Slot))
			}
		}
		for _, c := range w.s.Comments {
			if c.Ours && strings.Contains(c.Raw, secret) {
				list = append(list, string(c.Slot))
			}
		}
		slices.Sort(list)
		return list
	}
	if got := holding(); len(got) < 4 || len(w.s.Tickets) < 4 {
		t.Fatalf("it is not even copied: %q", got)
	}
	slots, items := len(w.slots()), strings.Count(w.text12(), "hereby:item-")
	for i := range w.s.Comments {
		if c := &w.s.Comments[i]; !c.Ours && strings.Contains(c.Raw, secret) {
			w.deleteComment(c.ID)
			break
		}
	}
	seq := w.redact(secret)
	w.after(11 * time.Minute).settle()
	w.after(11 * time.Minute).settle()
	if got := holding(); len(got) != 0 {
		t.Errorf("it still stands in %q", got)
	}
	if got := strings.Count(w.text12(), "hereby:item-"); got != items || len(w.slots()) != slots {
		t.Errorf("%d items of %d, slots: %v", got, items, w.slots())
	}
	contains(t, w.text12(), "(redacted) → #", "The pool has no bound")
	for _, e := range w.entries[seq:] {
		if strings.Contains(e.Text, secret) {
			t.Errorf("afterwards the ledger says %+v", e)
		}
	}
	for _, x := range w.s.Tickets {
		if x.Title == "(redacted)" {
			w.ticket(x.Ref).Title = "Rotate it" // by a person
		}
	}
	w.after(11 * time.Minute).settle()
	for _, x := range w.s.Tickets {
		if x.Title == "(redacted)" {
			t.Errorf("%s was redacted again", x.Ref)
		}
	}
}

// Where no pages are kept a follow-up is redacted all the same.
func TestAFollowupIsBlankedWithoutAWiki(t *testing.T) {
	const secret = "hunter2-correct-horse"
	w := newWorld(t).staffed()
	id := w.say("dave", "/followup Rotate "+secret+" @bob")
	slot := incident.Slot("follow/" + id + ".0")
	contains(t, w.slot(slot).Title, secret)
	w.redact(secret)
	w.after(time.Minute).settle()
	x := w.slot(slot)
	lacks(t, x.Title+x.Body, secret)
	lacks(t, x.Body, "post-mortem")
	contains(t, x.Body, "Follow-up of the incident", "(redacted)")
}

// From then on no text of ours quotes the old title, though the tracker refuses
// to change it, or has not done so yet.
func TestATitleThatHadToGoIsNotQuotedMeanwhile(t *testing.T) {
	const secret = "hunter2-correct-horse"
	w := newWorld(t).restored()
	w.say("dave", "/followup Rotate "+secret+" @bob", "/followup Bound the pool @bob")
	w.after(11 * time.Minute).settle()
	w.redact(secret)
	w.refuse = func(a incident.Action) string {
		if _, ok := a.(incident.Edit); ok {
			return "not now"
		}
		return ""
	}
	asked := w.tell("alice", "/status")
	w.closeHead("bob", incident.Done, "")
	gate := gateSlot(w)
	w.pass()
	shown := map[string]string{"status": w.reply(asked), "gate": w.text(gate), "board": w.board()}
	w.after(11 * time.Minute).settle()
	shown["page"], shown["board later"] = w.text12(), w.board()
	for what, text := range shown {
		if text == "" || strings.Contains(text, secret) {
			t.Errorf("the %s quotes it:\n%s", what, text)
		}
	}
	contains(t, shown["gate"], "(redacted)", "Bound the pool")
	if !strings.Contains(w.ticketWith(secret), "Rotate") {
		t.Error("the ticket had its new title all along")
	}
	w.refuse, w.j.Refused = nil, nil
	w.settle()
	if got := w.ticketWith(secret); got != "" {
		t.Errorf("the ticket still reads %s", got)
	}
}

// ticketWith returns the title of a ticket that holds a text.
func (w *world) ticketWith(text string) string {
	for _, x := range w.s.Tickets {
		if strings.Contains(x.Title, text) {
			return x.Title
		}
	}
	return ""
}

// redact blanks a text on the ledger as the store does it, and returns how many
// entries there are then.
func (w *world) redact(secret string) int {
	w.t.Helper()
	x, err := ledger.Expunge(w.r, w.entries, ledger.Expunging{Text: secret, By: "olga", At: w.s.At})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	for _, e := range x.Blank {
		w.entries[e.Seq-1] = e
	}
	w.entries, w.r, w.j.Refused, w.refuse = append(w.entries, x.Added), x.Record, nil, nil
	return x.Added.Seq
}

// holdBackFollowups has the tracker refuse to file follow-ups.
func (w *world) holdBackFollowups() {
	w.refuse = func(a incident.Action) string {
		if c, ok := a.(incident.Create); ok && c.Slot.Under("follow") {
			return "not now"
		}
		return ""
	}
}
