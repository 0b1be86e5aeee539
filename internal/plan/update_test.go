package plan_test

import (
	"fmt"
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

// Each audience is told by its own channels (O29 to O32), once.
func TestAnUpdateGoesToItsAudienceOnce(t *testing.T) {
	for audience, want := range map[string][]string{
		"owner":     {"Shop board <board@acme.example>", "olga@buyer.example"},
		"customers": {"status@acme.example", "vip@buyer.example"},
		"internal":  {"teams@acme.example", "BOARD@acme.example"},
		"all":       {"Shop board <board@acme.example>", "olga@buyer.example", "status@acme.example", "vip@buyer.example", "teams@acme.example", "everybody@acme.example"},
	} {
		w := newWorld(t).mailing().staffed()
		id := w.say("carol", "/note before", "/update "+audience+" We know, and are\nworking on it.")
		n := w.only("update")
		if n.ID != "9012/update/"+id+".1" || n.Mail == nil || !slices.Equal(n.Mail.To, want) {
			t.Errorf("%s: %s to %v", audience, n.ID, n.Mail)
		}
		if !strings.Contains(n.Mail.Text, "We know, and are\nworking on it.") || !strings.Contains(n.Text, "We know, and are working on it.") || strings.Contains(n.Text, "\n") {
			t.Errorf("%s: says %q, by mail %q", audience, n.Text, n.Mail.Text)
		}
		if w.reply(id) != "" {
			t.Errorf("%s: what was sent is answered: %s", audience, w.reply(id))
		}
		w.forget()
		w.settle()
		w.after(2 * time.Minute).settle()
		if len(w.told("update")) != 1 {
			t.Errorf("%s: sent again after the store was lost", audience)
		}
	}
}

// What customers read tells them neither where the team works nor where it talks.
func TestCustomersGetNoLinkOfOurs(t *testing.T) {
	for audience, inside := range map[string]bool{"owner": true, "internal": true, "customers": false, "all": false} {
		w := newWorld(t).mailing().staffed()
		w.say("bob", "/channel https://chat.acme.example/c/42")
		w.say("carol", "/update "+audience+" We are on it.")
		n := w.only("update")
		for _, link := range []string{"https://chat.acme.example/c/42", w.s.URL, "acme/shop#12"} {
			if strings.Contains(n.Mail.Text, link) != inside {
				t.Errorf("%s: %q is in the mail: %v\n%s", audience, link, !inside, n.Mail.Text)
			}
		}
		contains(t, n.Text, "https://chat.acme.example/c/42")
	}
	w := newWorld(t).mailing().staffed()
	w.p.Mail.Lists["customers"] = nil
	w.say("carol", "/update all We are on it.")
	contains(t, w.only("update").Mail.Text, w.s.URL)
}

// A mail says when the next word comes, or that service is back (O33, O34).
func TestAnUpdateSaysWhenTheNextOneComes(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	w.say("carol", "/update internal x")
	contains(t, w.only("update").Mail.Text, "when there is news")
	w.sent, w.p.UpdateEvery = nil, 30*time.Minute
	w.say("carol", "/update internal y")
	contains(t, w.only("update").Mail.Text, "again by 2026-11-23 14:30 UTC")
	w.refuse = func(a incident.Action) string {
		if n, ok := a.(incident.Notify); ok && strings.Contains(n.Text, "held up") {
			return "the mail server is down"
		}
		return ""
	}
	w.sent = nil
	w.say("carol", "/update internal held up")
	w.say("alice", "/restored")
	w.refuse = nil
	w.after(2 * time.Minute).settle()
	contains(t, w.only("update").Mail.Text, "again by") // as it was when it was said
	w.sent = nil
	w.say("carol", "/update internal z")
	contains(t, w.only("update").Mail.Text, "Service is back since 2026-11-23 14:00 UTC")
}

// What reaches nobody is said to reach nobody (O29).
func TestRecordedNotSent(t *testing.T) {
	for _, c := range []struct {
		audience string
		change   func(*plan.Policy)
		want     string // "": nothing is said
	}{
		{"owner", func(p *plan.Policy) { p.Mail = nil }, "recorded, not sent: no channel is configured for the service owner"},
		{"customers", func(p *plan.Policy) { p.Mail.Lists["customers"] = nil }, "recorded, not sent: no channel is configured for the customers"},
		{"customers", func(p *plan.Policy) { p.Mail, p.Hooked = nil, []string{"update"} }, "recorded, not sent: no channel is configured for the customers"},
		{"owner", func(p *plan.Policy) { p.Mail, p.Hooked = nil, []string{"update"} }, "recorded, not sent: no channel is configured for the service owner"},
		{"internal", func(p *plan.Policy) { p.Mail, p.Hooked = nil, []string{"closed"} }, "recorded, not sent: no channel is configured for the teams"},
		{"internal", func(p *plan.Policy) { p.Mail, p.Hooked = nil, []string{"update"} }, ""},
		{"owner", func(p *plan.Policy) { p.Mail.Lists["owner"] = nil }, ""},
		{"owner", func(p *plan.Policy) { p.Mail.Lists["owner"], p.People = nil, nil }, "recorded, not sent"},
		{"all", func(p *plan.Policy) { p.Mail = nil }, "recorded, not sent: no channel is configured for the service owner, the customers and the teams"},
		{"all", func(p *plan.Policy) { p.Mail.Lists["customers"] = nil }, "sent, but only recorded for the customers"},
		{"all", func(p *plan.Policy) { p.Mail.Lists["internal"] = nil }, ""},
		{"all", func(p *plan.Policy) { p.Mail.Lists["internal"], p.Mail.Lists["all"] = nil, nil }, "sent, but only recorded for the teams"},
	} {
		w := newWorld(t).mailing()
		c.change(w.p)
		w.staffed()
		got := w.reply(w.say("carol", "/update "+c.audience+" We are on it."))
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, expected %q", c.audience, got, c.want)
		}
		if n := w.only("update"); n.Mail != nil && len(n.Mail.To) == 0 {
			t.Errorf("%s: a mail to nobody", c.audience)
		}
	}
}

// Who is told first where the owner was named by command (O30).
func TestTheServiceOwner(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	contains(t, w.board(), "Service owner: @\u2060olga")
	contains(t, w.reply(w.say("bob", "/owner @dave")), "❌", "@\u2060alice")
	contains(t, w.reply(w.say("alice", "/owner @nobody")), "no account")
	contains(t, w.reply(w.say("alice", "/owner @robot")), "automation")
	w.say("alice", "/owner @dave")
	contains(t, w.board(), "Service owner: @\u2060dave")
	w.say("carol", "/update owner We respond.")
	if to := w.only("update").Mail.To; !slices.Contains(to, "Dave <dave@acme.example>") || slices.Contains(to, "olga@buyer.example") {
		t.Errorf("to %v", to)
	}
	w = newWorld(t)
	w.p.Owners = map[string]incident.Person{"acme/*": "olga", "other/*": "erin"}
	w.staffed()
	contains(t, w.board(), "Service owner: @\u2060olga")
	w = newWorld(t)
	w.p.Owners = map[string]incident.Person{"acme/*": "erin", "acme/shop": "olga"}
	w.staffed()
	contains(t, w.board(), "Service owner: @\u2060olga")
}

// Command talks to no customers (O22), and informing is communications' (O31).
func TestWhoMayUpdate(t *testing.T) {
	w := newWorld(t).mailing().staffed()
	contains(t, w.reply(w.say("bob", "/update internal x")), "❌", "for communications", "@\u2060carol can write it")
	contains(t, w.reply(w.say("alice", "/update customers x")), "❌", "command directs", "does not talk to customers")
	if len(w.told("update")) != 0 {
		t.Fatalf("sent %v", w.told("update"))
	}
	w = newWorld(t).mailing().declare()
	contains(t, w.reply(w.say("alice", "/update customers x")), "❌", "roles first", "/comms @somebody")
	contains(t, w.reply(w.say("bob", "/update customers x")), "❌", "`/comms`")
	w.after(11 * time.Minute).settle()
	contains(t, w.reply(w.say("alice", "/update customers x")), "✅", "unstaffed: communications is vacant")
	w.only("update")
}

func TestAnUpdateTicksItsDuty(t *testing.T) {
	w := newWorld(t).staffed()
	ticked := func() (n int) { return strings.Count(w.slot("role/communications").Body, "[x]") }
	w.say("carol", "/update owner x")
	if !strings.Contains(w.slot("role/communications").Body, "[x] Tell the service owner") || ticked() != 1 {
		t.Error(w.slot("role/communications").Body)
	}
	w.say("carol", "/update all x")
	if ticked() != 3 {
		t.Error(w.slot("role/communications").Body)
	}
}

// reminders are when and to whom we said that stakeholders wait, oldest first.
func (w *world) reminders() (list []string) {
	for _, c := range w.spokenReminders() {
		list = append(list, fmt.Sprintf("%s %s", c.At.Format("15:04"), strings.Fields(c.Raw)[0]))
	}
	return list
}

// run lets time pass, looking at no other times than were asked for.
func (w *world) run(d time.Duration) {
	w.t.Helper()
	until := w.s.At.Add(d)
	for {
		w.settle()
		next := w.pass().Next
		if next.IsZero() || next.After(until) {
			w.s.At = until
			return
		}
		w.s.At = next
	}
}

// Stakeholders hear until service is back; overdue goes from communications to
// command (O33), and only who must act is mentioned (O69).
func TestTheUpdateClock(t *testing.T) {
	w := newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.s.At = start.Add(-time.Second)
	w.declare()
	w.run(20 * time.Minute)
	if got := w.reminders(); len(got) != 0 {
		t.Errorf("before staffing: %q", got)
	}
	w.s.At = start.Add(30*time.Minute - time.Second)
	w.say("alice", "/ops @bob", "/comms @carol") // 14:30
	w.run(100 * time.Minute)
	want := []string{"15:00 @carol:", "15:15 @alice:", "15:30 @carol:", "15:45 @alice:", "16:00 @carol:"}
	if got := w.reminders(); !slices.Equal(got, want) {
		t.Errorf("said %q, expected %q", got, want)
	}
	w.s.At = start.Add(130*time.Minute - time.Second)
	w.say("carol", "/update owner x") // 16:10, which does not stop it
	w.run(9 * time.Minute)
	w.say("carol", "/update customers x") // 16:19
	writes := w.writes
	w.run(29 * time.Minute)
	if want = append(want, "16:15 @alice:"); !slices.Equal(w.reminders(), want) || w.writes != writes {
		t.Errorf("said %q, expected %q; %d writes while nothing happened", w.reminders(), want, w.writes-writes)
	}
	w.run(2 * time.Minute)
	if got := w.reminders(); len(got) != len(want)+1 || !strings.HasSuffix(got[len(want)], "@carol:") {
		t.Errorf("after an update: %q", got)
	}
	said := len(w.reminders())
	w.say("alice", "/restored")
	w.run(5 * time.Hour)
	if got := w.reminders(); len(got) != said {
		t.Errorf("after service was back: %q", got)
	}
	w.say("alice", "/unrestored")
	w.run(29 * time.Minute)
	if got := w.reminders(); len(got) != said {
		t.Errorf("at once when it broke again: %q", got)
	}
	w.run(2 * time.Minute)
	if got := w.reminders(); len(got) != said+1 {
		t.Errorf("half an hour after it broke again: %q", got)
	}
}

// After an outage of ours only the latest is said; and what is said is not
// said again by a store that reckons otherwise.
func TestTheUpdateClockAfterAnOutage(t *testing.T) {
	w := newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	w.after(4*time.Hour + 5*time.Minute).settle()
	if got := w.reminders(); len(got) != 1 {
		t.Errorf("after four hours: %q", got)
	}
	w.forget()
	w.settle()
	w.after(2 * time.Minute).settle()
	if got := w.reminders(); len(got) != 1 {
		t.Errorf("after the store was lost: %q", got)
	}
	w.run(time.Hour)
	if got := w.reminders(); len(got) != 5 {
		t.Errorf("within the next hour: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	w.after(10 * time.Minute)
	id := w.say("carol", "/update internal x")
	w.run(31 * time.Minute)
	w.deleteComment(id)
	w.forget()
	w.settle()
	w.after(2 * time.Minute).settle()
	if got := w.reminders(); len(got) != 1 {
		t.Errorf("after the store was lost, and the update deleted: %q", got)
	}
}

func TestTheUpdateClockMentionsWhoIsThere(t *testing.T) {
	w := newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.staffed()
	w.say("carol", "/release @carol")
	w.run(47 * time.Minute)
	w.settle() // somebody says something
	if got := w.reminders(); len(got) != 1 || !strings.HasSuffix(got[0], "@alice:") {
		t.Errorf("without communications: %q", got)
	}
	w = newWorld(t)
	w.staffed()
	w.run(10 * time.Hour)
	if got := w.reminders(); len(got) != 0 {
		t.Errorf("without a clock: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = 10 * time.Minute
	w.staffed()
	w.run(17 * time.Minute)
	if got := w.reminders(); len(got) != 2 || !strings.HasSuffix(got[1], "@alice:") {
		t.Errorf("with a clock of ten minutes: %q", got)
	}
	w.say("bob", "/note x")
	w.say("alice", "/retract it was a test")
	w.say("bob", "/retract it was a test")
	w.run(5 * time.Hour)
	if got := w.reminders(); len(got) != 2 {
		t.Errorf("after a false alarm: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = 30 * time.Minute
	w.declare()
	w.say("carol", "/comms")
	w.say("carol", "/update internal x")
	w.after(20 * time.Minute)
	w.say("bob", "/ops")
	w.run(25 * time.Minute)
	if got := w.reminders(); len(got) != 0 {
		t.Errorf("before half an hour after staffing: %q", got)
	}
	w = newWorld(t)
	w.p.UpdateEvery = time.Minute
	w.staffed()
	w.run(5 * time.Minute)
	if got := w.reminders(); len(got) > 10 {
		t.Errorf("with a clock of a minute: %q", got)
	}
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

// One place to coordinate is in every notice (O13).
func TestTheChannelIsFirstOnTheBoardAndInEveryNotice(t *testing.T) {
	w := newWorld(t).mailing()
	w.p.People["bob"] = plan.Contact{Mail: "bob@acme.example"}
	w.staffed()
	lacks(t, w.board(), "Team chat")
	w.say("bob", "/channel https://chat.acme.example/c/41")
	w.say("dave", "/channel https://chat.acme.example/c/42")
	lines := strings.Split(w.board(), "\n")
	if lines[2] != "**Team chat: <https://chat.acme.example/c/42>**" || strings.Contains(w.board(), "c/41") {
		t.Errorf("the board begins with %q", lines[:4])
	}
	w.sent = nil
	w.say("alice", "/restored")
	contains(t, w.only("restored").Text, "chat: https://chat.acme.example/c/42")
	for _, n := range w.told("review") { // an invitation
		contains(t, n.Text, "chat: https://chat.acme.example/c/42")
		contains(t, n.Mail.Text, "Team chat: https://chat.acme.example/c/42")
	}
	if len(w.told("review")) == 0 {
		t.Error("nobody is invited")
	}
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

// What it cost: people's time and forty minutes for each interruption (O6).
func TestWhatAnIncidentCost(t *testing.T) {
	w := newWorld(t)
	w.s.At = start.Add(-time.Second)
	w.declare()                                  // alice from 14:00
	w.say("alice", "/ops @bob", "/comms @carol") // about 14:00
	w.s.At = start.Add(30 * time.Minute)
	w.say("bob", "/planning @bob") // a second role, counted once
	w.s.At = start.Add(60 * time.Minute)
	w.say("alice", "/ic @dave") // 14:60 for alice
	w.s.At = start.Add(2*time.Hour - time.Second)
	w.say("dave", "/restored", "/ops @erin") // erin comes when service is back
	w.after(time.Hour)
	w.say("bob", "/release @bob")
	w.finish()
	w.finish()
	w.after(30 * 24 * time.Hour)
	w.say("dave", "/review done")
	w.say("dave", "/close")
	// alice 1 h, bob and carol 2 h, dave 1 h; four people interrupted
	contains(t, w.closing(), "| cost until service was back | 8.7 person-hours: 6 h in roles, and 4 called off their work |")
}
