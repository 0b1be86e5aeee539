package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

// mailing configures a list for each audience, and the service owner's address.
func (w *world) mailing() *world {
	w.p.Mail = &plan.Mail{From: "Hereby <hereby@acme.example>", Lists: map[string][]string{
		"owner": {"Shop board <board@acme.example>"}, "customers": {"status@acme.example", "vip@buyer.example"},
		"internal": {"teams@acme.example", "BOARD@acme.example"}, "all": {"everybody@acme.example", "teams@acme.example"},
	}}
	w.p.Owners = map[string]incident.Person{"acme/shop": "olga"}
	w.p.People = map[incident.Person]plan.Contact{"olga": {Name: "Olga", Mail: "olga@buyer.example"}, "dave": {Mail: "Dave <dave@acme.example>"}}
	return w
}

// told returns the messages of an event, by id.
func (w *world) told(event string) (list []incident.Notify) {
	for _, n := range w.sent {
		if n.Event == event {
			list = append(list, n)
		}
	}
	return list
}

// only returns the one message of an event.
func (w *world) only(event string) incident.Notify {
	w.t.Helper()
	list := w.told(event)
	if len(list) != 1 {
		w.t.Fatalf("%d messages %q: %v", len(list), event, list)
	}
	return list[0]
}

// The post-mortem goes round when it is published, and again at the close (O37, O68).
func TestWhatGoesRound(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	w.say("bob", "/channel https://chat.acme.example/c/42")
	w.say("alice", "/restored")
	w.say("alice", "/postmortem https://docs.acme.example/pm/12")
	n := w.only("published")
	if !slices.Equal(n.Mail.To, []string{"everybody@acme.example", "teams@acme.example"}) {
		t.Errorf("to %v", n.Mail.To)
	}
	contains(t, n.Text, "https://docs.acme.example/pm/12")
	contains(t, n.Mail.Text, "https://docs.acme.example/pm/12", "https://chat.acme.example/c/42", w.s.URL)
	w.finish()
	w.finish().review("alice")
	w.say("alice", "/close")
	n = w.only("closed")
	if len(n.Mail.To) != 2 || n.Mail.Subject == w.told("published")[0].Mail.Subject {
		t.Errorf("%s to %v", n.Mail.Subject, n.Mail.To)
	}
	contains(t, n.Mail.Text, "https://docs.acme.example/pm/12", "person-hours", "Ledger: entry")
	w.forget()
	w.settle()
	w.after(2 * time.Minute).settle()
	if len(w.told("published")) != 1 || len(w.told("closed")) != 1 {
		t.Error("a lost store mails everybody again")
	}
}

func TestAFalseAlarmGoesToNobodyByMail(t *testing.T) {
	w := newWorld(t).mailing().declare()
	w.say("alice", "/retract the monitor was wrong")
	if n := w.only("closed"); n.Mail != nil {
		t.Errorf("mailed %v", n.Mail)
	}
}

// A mail server that hangs keeps nothing else waiting.
func TestMailGoesLast(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	w.tell("carol", "/update customers x", "/status")
	pl := w.pass()
	if n, ok := pl.Do[len(pl.Do)-1].(incident.Notify); !ok || n.Mail == nil || len(pl.Do) < 3 {
		t.Errorf("the plan is %v", pl.Do)
	}
}

// What no channel takes is given up after about five days, and said so.
func TestAMessageIsNotTriedForEver(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	tries := 0
	w.refuse = func(a incident.Action) string {
		if n, ok := a.(incident.Notify); ok && n.Event == "update" {
			tries++
			return "the mail server is down"
		}
		return ""
	}
	began := w.s.At
	w.say("carol", "/update customers x")
	var last time.Time
	for range 1000 {
		before := tries
		pl := w.pass()
		if tries > before {
			last = w.s.At
		}
		if w.after(2 * time.Second); len(pl.Do) == 0 {
			w.s.At = pl.Next
		}
	}
	if days := last.Sub(began).Hours() / 24; days < 4 || days > 6 || tries > 130 {
		t.Errorf("tried %d times for %.1f days", tries, days)
	}
	contains(t, w.board(), "the mail server is down – given up")
}

// Two messages that begin alike have each their own back-off: that one is
// refused holds up, and gives up, no other.
func TestEachMessageHasItsOwnBackOff(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	long := strings.Repeat("the same words at the beginning of both ", 5)
	down := true
	w.refuse = func(a incident.Action) string {
		if n, ok := a.(incident.Notify); ok && down && n.Event == "update" {
			return "the mail server is down"
		}
		return ""
	}
	w.say("carol", "/update customers "+long+"one")
	down = false
	w.say("carol", "/update customers "+long+"two")
	if got := w.told("update"); len(got) != 1 || !strings.Contains(got[0].Mail.Text, "both two") {
		t.Fatalf("sent: %v", got)
	}
	contains(t, w.board(), "notify update (9012/update/", "the mail server is down")
	w.after(2 * time.Minute).settle()
	if got := w.told("update"); len(got) != 2 {
		t.Errorf("sent: %v", got)
	}
	lacks(t, w.board(), "mail server is down")
}

// Whoever is not reached is told of once, without an address.
func TestWhatSomeRefusedIsToldOnce(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	id := w.say("carol", "/update customers x")
	name := incident.LostName("9012/update/" + id + ".0")
	w.r.Done[name] = w.s.At
	w.settle()
	slot := incident.Slot("say/lost/update-" + id + ".0")
	contains(t, w.text(slot), "@carol", w.comment(id).URL, "hereby ledger show")
	lacks(t, w.text(slot), "@acme.example", "buyer.example")
	before := len(w.s.Comments)
	w.settle()
	w.deleteComment(w.j.Slots[slot].Comment)
	w.settle()
	if len(w.s.Comments) != before-1 {
		t.Error("said again after it was deleted")
	}
}
