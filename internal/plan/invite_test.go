package plan_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

// inviting gives some people an address.
func (w *world) inviting() *world {
	w.p.Mail = &plan.Mail{From: "Hereby <hereby@acme.example>"}
	w.p.People = map[incident.Person]plan.Contact{
		"alice": {Name: "Alice Doe", Mail: "alice@acme.example"}, "bob": {Mail: "Bob <bob@acme.example>"}, "dave": {Name: "Dave\r\nBcc: x", Mail: "dave@acme.example"},
		"erin": {Mail: "erin@äcme.example"}, "frank": {Mail: "frank@acme.example"},
	}
	return w
}

// invites returns what went out about reviews: review/sequence method day to whom.
func (w *world) invites(t *testing.T) (list []string) {
	t.Helper()
	for _, n := range w.told("review") {
		_, id, _ := strings.Cut(n.ID, "/review/")
		text := strings.ReplaceAll(string(n.Mail.Calendar), "\r\n ", "")
		value := func(name string) string {
			_, rest, ok := strings.Cut(text, "\r\n"+name+":")
			if !ok {
				t.Fatalf("no %s in %s", name, text)
			}
			value, _, _ := strings.Cut(rest, "\r\n")
			return value
		}
		var who []string
		for _, a := range n.Mail.To {
			addr := a[strings.LastIndexByte(a, '<')+1:]
			who = append(who, addr[:strings.IndexByte(addr, '@')])
			if !strings.Contains(text, "mailto:"+strings.TrimSuffix(addr, ">")+"\r\n") {
				t.Errorf("%s is not invited by %s", a, text)
			}
		}
		if !strings.HasSuffix(strings.TrimSuffix(id, "/out"), "/"+value("SEQUENCE")) || strings.ContainsAny(n.Mail.Subject, "\r\n") {
			t.Errorf("%s: %q\n%s", n.ID, n.Mail.Subject, text)
		}
		list = append(list, strings.Join([]string{id, value("METHOD"), value("DTSTART")[:8], strings.Join(who, ",")}, " "))
	}
	return list
}

// One invitation per review and sequence goes to those who must come and have
// an address: at /restored, when it is moved, when others must come, when it
// will not take place, and once however often the store is lost (O56).
func TestInvitations(t *testing.T) {
	w := newWorld(t).inviting().staffed()
	w.s.Head.Title = "Checkout\r\nBcc: all | is down"
	var want []string
	check := func(what string, more ...string) {
		t.Helper()
		want = append(want, more...)
		if got := w.invites(t); !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", what, got, want)
		}
	}
	check("before it is restored")
	w.say("alice", "/restored")
	check("restored", "1/0 REQUEST 20261223 alice,bob")
	w.say("alice", "/review move 2026-12-22")
	check("moved", "1/1 REQUEST 20261222 alice,bob")
	w.say("alice", "/review move 2027-12-22")
	check("refused")
	w.finish().link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave", "erin"}
	w.settle()
	w.forget()
	w.after(2 * time.Minute).settle()
	check("others must come, and the store was lost")
	w.at("2026-12-15 10:00")
	check("a week before", "1/2 REQUEST 20261222 alice,bob,dave")
	w.ticket("acme/shop#50").Assignees = nil
	w.at("2026-12-22 10:05")
	check("nothing after that")
	w.review("alice")
	check("the next one", "2/0 REQUEST 20270122 alice,bob")
	w.finish().review("alice")
	check("held early, as the last one", "2/1 CANCEL 20270122 alice,bob")
	w.say("alice", "/close")
	w.forget()
	w.after(2 * time.Minute).settle()
	check("closed, and the store was lost")
	w.reopenHead("bob")
	w.settle()
	check("reopened, with nothing to look at")
	w.ticket("acme/shop#50").State = incident.Open
	w.settle()
	check("something is open again", "2/2 REQUEST 20270122 alice,bob")
	w.say("alice", "/unrestored")
	check("it broke again", "2/3 CANCEL 20270122 alice,bob")
	w.say("alice", "/restored")
	check("and is back", "2/4 REQUEST 20270121 alice,bob")
	w.say("alice", "/retract for good")
	w.say("bob", "/retract yes")
	check("retracted", "2/5 CANCEL 20270121 alice,bob")
}

// Who was invited and need not come any more is told so, and nobody else, once,
// for the same meeting and with a sequence above that of the invitation (RFC
// 5546, section 3.2.5).
func TestWhoDropsOutIsUninvited(t *testing.T) {
	w := newWorld(t).inviting().staffed()
	w.say("alice", "/restored")
	w.finish().link("acme/shop#50", "Pool")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.settle()
	w.say("alice", "/review move 2026-12-22")
	want := []string{"1/0 REQUEST 20261223 alice,bob", "1/1 REQUEST 20261222 alice,bob,dave"}
	check := func(what string, more ...string) {
		t.Helper()
		want = append(want, more...)
		if got := w.invites(t); !slices.Equal(got, want) {
			t.Fatalf("%s: %q, want %q", what, got, want)
		}
	}
	check("moved")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"bob"}
	w.at("2026-12-15 10:00")
	check("a week before", "1/2 REQUEST 20261222 alice,bob", "1/2/out CANCEL 20261222 dave")
	ics := string(w.told("review")[3].Mail.Calendar)
	uid := func(s string) string { return s[strings.Index(s, "UID:"):strings.Index(s, "SEQUENCE")] }
	if uid(ics) != uid(string(w.told("review")[2].Mail.Calendar)) || strings.Contains(ics, "STATUS:") || strings.Contains(ics, "alice@") {
		t.Errorf("%s", ics)
	}
	w.forget()
	w.after(2 * time.Minute).settle()
	check("the store was lost")
	w.ticket("acme/shop#50").Assignees = []incident.Person{"dave"}
	w.say("alice", "/review move 2026-12-21")
	check("invited again", "1/3 REQUEST 20261221 alice,bob,dave")
	w.ticket("acme/shop#50").Assignees = nil
	w.say("alice", "/review move 2026-12-22")
	check("and dropped again", "1/4 REQUEST 20261222 alice,bob", "1/4/out CANCEL 20261222 dave")
	for _, who := range []incident.Person{"alice", "bob"} {
		w.s.People[who] = incident.Standing{Known: true} // left
	}
	w.ticket("acme/shop#50").Assignees = []incident.Person{"erin"} // whose address is none
	w.after(time.Hour).settle()
	w.say("carol", "/release me", "/ic me")
	contains(t, w.reply(w.say("carol", "/review move 2026-12-23")), "review 1 is on Wednesday 2026-12-23")
	check("nobody is left who can be invited", "1/5 CANCEL 20261222 alice,bob")
	w.s.People["alice"] = incident.Standing{Known: true, Trusted: true, Assignable: true}
	w.after(time.Hour).settle()
	check("one is back, and the other was told already", "1/6 REQUEST 20261223 alice")
}

// Without mail, or without an address, nobody is invited, and all else goes on.
func TestNobodyIsInvitedWithoutAnAddress(t *testing.T) {
	for name, lose := range map[string]func(w *world){
		"no mail":         func(w *world) { w.p.Mail = nil },
		"no address":      func(w *world) { w.p.People = nil },
		"not one of ours": func(w *world) { w.p.People = map[incident.Person]plan.Contact{"erin": {Mail: "erin@äcme.example"}} },
	} {
		w := newWorld(t).inviting()
		lose(w)
		w.staffed().say("alice", "/restored")
		w.at("2026-12-16 10:00")
		if got := w.told("review"); len(got) != 0 || !w.has("review/1") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// An invitation stands on the board before it goes out: what is not there, a
// lost store would send again under another sequence.
func TestAnInvitationStandsOnTheBoardFirst(t *testing.T) {
	w := newWorld(t).inviting().staffed()
	w.refuse = func(a incident.Action) string {
		if s, ok := a.(incident.Say); ok && s.Slot == incident.Board {
			return "locked"
		}
		return ""
	}
	w.say("alice", "/restored")
	if got := w.invites(t); len(got) != 0 {
		t.Errorf("%q", got)
	}
	w.refuse = func(a incident.Action) string {
		if _, ok := a.(incident.Notify); ok {
			return "no mail today"
		}
		return ""
	}
	w.after(2 * time.Hour).settle()
	mail := w.p.Mail
	w.p.Mail, w.refuse = nil, nil
	w.after(2 * time.Hour).settle()
	if got := w.invites(t); len(got) != 0 {
		t.Errorf("invited without mail: %q", got)
	}
	w.p.Mail = mail
	w.settle()
	if got := fmtList(w.invites(t)); got != "[1/0 REQUEST 20261223 alice,bob]" {
		t.Errorf("%s", got)
	}
	people := w.p.People
	w.p.People = nil
	w.say("alice", "/review move 2026-12-22")
	w.p.People = people
	w.settle()
	if got := fmtList(w.invites(t)); got != "[1/0 REQUEST 20261223 alice,bob 1/1 REQUEST 20261222 alice,bob]" {
		t.Errorf("%s", got)
	}
	if e := plan.Reviews(w.p, w.r); len(e) != 1 || e[0].Sequence != 1 || e[0].Organizer.Mail != "hereby@acme.example" {
		t.Errorf("the feed: %+v", e)
	}
}

// Nobody is invited to what is past.
func TestNobodyIsInvitedToThePast(t *testing.T) {
	w := open(t).at("2026-12-24 10:00").inviting()
	w.settle()
	if got := w.invites(t); len(got) != 0 {
		t.Errorf("%q", got)
	}
}
