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

// What follows about a ticket waits until it is known what became of an edit of
// it, but not for ever: closed, a ticket is not edited any more.
func TestATicketIsClosedAfterItsEdit(t *testing.T) {
	w := newWorld(t).staffed()
	x := w.slot("role/communications")
	x.Body = strings.Replace(strings.ReplaceAll(x.Body, "[ ]", "[x]"), "[x]", "[ ]", 1)
	w.tell("carol", "/done 1")
	w.r = w.decided()
	does := func() string {
		var kinds []string
		for _, a := range w.plan().Do {
			if incident.Changes(a) == x.Ref {
				kinds = append(kinds, incident.KindOf(a))
			}
		}
		return strings.Join(kinds, " ")
	}
	if got := does(); got != "edit close" {
		t.Fatalf("to be done: %q", got)
	}
	for n, want := range map[int]string{1: "", 5: "", 6: "close"} {
		w.j.Refused = map[string]incident.Refusal{incident.Task(incident.Edit{Ref: x.Ref}): {At: w.s.At, N: n, Why: "502", Unsure: true}}
		if got := does(); got != want {
			t.Errorf("after %d times without an answer: %q, not %q", n, got, want)
		}
	}
}
