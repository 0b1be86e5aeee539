package plan_test

import (
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
	w.after(11 * time.Minute).settle()
	lacks(t, w.text12(), secret)
	contains(t, w.text12(), "**note**: (redacted)")
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
