package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

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
