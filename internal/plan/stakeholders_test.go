package plan_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// stakeholderTexts plays what people outside the response read, and what keeps
// them informed.
func stakeholderTexts(t *testing.T, all map[string]string) {
	w := newWorld(t).mailing()
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	all["reply-refused-update"] = w.reply(w.say("alice", "/update customers We are on it.", "/owner @nobody", "/channel #incidents", "/update the customers We are on it."))
	w.say("bob", "/channel https://chat.acme.example/c/42")
	all["board-channel"] = w.board()
	w.run(36 * time.Minute)
	all["update-due"] = w.reminder(0)
	w.run(15 * time.Minute)
	all["update-late"] = w.reminder(1)
	id := w.say("carol", "/update internal Checkout answers 502 for every second customer.\n\nbob is bounding the pool; please stand by with *nothing but* read access to `db-1`.")
	all["mail-update-internal"] = w.letter("update")
	w.sent = nil
	w.say("carol", "/update all We know that paying fails, and are working on it.\nYour carts are safe.")
	all["mail-update-all"] = w.letter("update")
	w.run(41 * time.Minute)
	all["update-old"] = w.reminder(2)
	w.p.Mail.Lists["customers"], w.p.Hooked = nil, nil
	all["reply-recorded"] = w.reply(w.say("carol", "/update customers It is slow still.", "/update all It is slow still."))
	w.r.Done[incident.LostName("9012/update/"+id+".0")] = w.s.At
	w.settle()
	all["lost"] = w.text(incident.Slot("say/lost/update-" + id + ".0"))
	w.say("alice", "/restored")
	w.sent = nil
	w.say("alice", "/postmortem https://docs.acme.example/pm/12")
	all["mail-published"] = w.letter("published")
	w.finish()
	w.finish().review("alice")
	w.after(50 * time.Hour)
	w.say("alice", "/review done")
	w.say("alice", "/close")
	all["mail-closed"] = w.letter("closed")
}

var headOfLedger = regexp.MustCompile(`entry [0-9]+, [0-9a-f]{12}`)

// reminder returns what we said nth that stakeholders wait.
func (w *world) reminder(n int) string {
	w.t.Helper()
	list := w.spokenReminders()
	if n >= len(list) {
		w.t.Fatalf("there are only %d reminders", len(list))
	}
	return list[n].Raw
}

// letter returns the mail of the last message of an event, with its subject.
func (w *world) letter(event string) string {
	w.t.Helper()
	list := w.told(event)
	if len(list) == 0 || list[len(list)-1].Mail == nil {
		w.t.Fatalf("no mail of %q: %v", event, list)
	}
	m := list[len(list)-1].Mail
	text := headOfLedger.ReplaceAllString(m.Text, "entry 7, 0123456789ab") // which moves with whatever is seen
	return "Subject: " + m.Subject + "\n\n" + text
}
