package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Who asked for a ticket whose creation had no answer is told where it is
// looked for and until when, and so is everybody, on the board; then where it is.
func TestATicketOfUnknownFateIsLookedFor(t *testing.T) {
	for name, appears := range map[string]bool{"it was created": true, "it was not": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			w.s.Settling.Tickets = 5 * time.Minute
			id := w.tell("bob", "/followup Alert on the *queue*")
			slot := incident.Slot("follow/" + id + ".0")
			w.r = w.decided()
			tried := w.s.At
			w.intend(slot, incident.Attempt{At: tried, Place: "acme/shop", Why: "503 Service <Unavailable>"})
			w.after(2 * time.Second).settle()
			until := tried.Add(5 * time.Minute).Format("15:04 MST")
			contains(t, w.reply(id), "`/followup Alert on the *queue*` – it is not known yet whether it was created in acme/shop (503 Service", until)
			contains(t, w.board(), "create "+string(slot)+" in acme/shop: Alert on the ", "it is not known yet", until)
			if strings.Contains(w.reply(id)+w.board(), "<Unavailable>") {
				t.Error("what the server said is not escaped")
			}
			if w.comment(id).Acked != incident.Obeyed {
				t.Errorf("acknowledged as %q", w.comment(id).Acked)
			}
			if appears {
				w.after(time.Minute)
				w.s.Tickets = append(w.s.Tickets, incident.Ticket{Ref: "acme/shop#900", Slot: slot, Author: us, State: incident.Open, Opened: tried, Linked: true, Title: "Alert on the *queue*"})
				w.settle()
			} else {
				w.s.At = tried.Add(5 * time.Minute)
				w.settle()
			}
			contains(t, w.reply(id), "filed as")
			for _, text := range []string{w.reply(id), w.board()} {
				if strings.Contains(text, "not known yet") {
					t.Errorf("it is known by now: %s", text)
				}
			}
		})
	}
}

// What may have been created and is not seen is created again later each time.
func TestACreationWithoutAnAnswerIsRepeatedLessOften(t *testing.T) {
	w := newWorld(t).staffed()
	id := w.tell("bob", "/followup Alert on the queue")
	slot := incident.Slot("follow/" + id + ".0")
	w.r = w.decided()
	for n, wait := range []time.Duration{time.Minute, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		w.intend(slot, incident.Attempt{At: w.s.At, Place: "acme/shop", Why: "502", N: n})
		creates := func(after time.Duration) bool {
			w.s.At = w.j.Slots[slot].At.Add(after)
			return slices.ContainsFunc(w.plan().Do, func(a incident.Action) bool { c, ok := a.(incident.Create); return ok && c.Slot == slot })
		}
		if creates(wait-time.Second) || !creates(wait) {
			t.Errorf("after %d times it is not created again after %s", n, wait)
		}
	}
}
