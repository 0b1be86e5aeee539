package github

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

func TestObserveAFreshIssue(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("Checkout is down", "I hereby declare this an incident.\r\n\r\n> quoted\r\n", "bug")
	l.ok(l.As("bob").Label(shop, 1, "incident"))
	s := l.see(head)
	if s.Key != "github:acme/shop#1" || s.ID != fmt.Sprint(l.issue(head).ID) || !strings.HasSuffix(s.URL, "/acme/shop/issues/1") {
		t.Errorf("key %s, ID %s, URL %s", s.Key, s.ID, s.URL)
	}
	if !slices.Equal(s.HeadSaid, []string{"Checkout is down", "I hereby declare this an incident."}) {
		t.Errorf("head said %q", s.HeadSaid)
	}
	if h := s.Head; h.Author != "alice" || h.State != incident.Open || !slices.Equal(h.Labels, []string{"bug", "incident"}) || strings.Contains(h.Body, "\r") {
		t.Errorf("head %+v", h)
	}
	last := s.Events[len(s.Events)-1]
	if last.Kind != "labeled" || last.Label != "incident" || last.By != "bob" {
		t.Errorf("last event %+v", last)
	}
	if want := (incident.Caps{Parents: true, Acks: true, Boxes: true, Max: 95}); s.Caps != want || s.Settling != settling {
		t.Errorf("caps %+v, settling %v", s.Caps, s.Settling)
	}
	if !s.At.Equal(l.clock.Now()) {
		t.Errorf("at %v", s.At)
	}
}

func TestObserveStanding(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	for _, who := range []string{"mia", "tia", "rita", "hereby"} {
		l.say(who, head, "hello")
	}
	l.say("alice", head, "/role operations @Bob @nobody-here @acme/on-call @tia, mail@mia.example @rita")
	l.say("rita", head, "/role operations @stan")
	l.ok(l.As("bob").Assign(shop, 1, "bob"))
	for who, want := range map[incident.Person]incident.Standing{
		"alice":       {Known: true, Trusted: true, Assignable: true},
		"bob":         {Known: true, Trusted: true, Assignable: true},
		"mia":         {Known: true, Trusted: true, Assignable: true},
		"tia":         {Known: true, Trusted: true, Assignable: true},
		"rita":        {Known: true, Assignable: true},
		"hereby":      {Known: true, Trusted: true, Assignable: true},
		"nobody-here": {},
	} {
		got, ok := l.see(head).People[who]
		want.Assignable = got.Assignable // the sandbox's own rule
		if !ok || got != want {
			t.Errorf("@%s: %+v %v, want %+v", who, got, ok, want)
		}
	}
	people := l.see(head).People
	for _, who := range []incident.Person{"acme", "on-call", "acme/on-call", "stan"} {
		if s, ok := people[who]; ok {
			t.Errorf("@%s was asked about: %+v", who, s)
		}
	}
}

func TestMentions(t *testing.T) {
	for said, want := range map[string]string{
		"/role ops @Bob @carol-d @dave_acme":  "bob carol-d dave_acme",
		"/role ops @bob, (@eve) @bob's @x.":   "bob eve bob x",
		"/role ops me":                        "",
		"/note mail a@b.example, `@x` @@y":    "",
		"/note see @acme/on-call":             "",
		"hereby role ops @bob":                "bob",
		"hello @bob":                          "", // no command
		"/note " + strings.Repeat("@a ", 100): strings.TrimSpace(strings.Repeat("a ", maxMentions)),
	} {
		c := newCrowd()
		c.mention(incident.Comment{Author: "alice", Said: []string{"first", said}})
		var got []string
		if f := c.people["alice"]; f != nil {
			for _, p := range f.mentions {
				got = append(got, string(p))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q mentions %v, want %q", said, got, want)
		}
	}
}

// A person who left the organisation is found out after ten minutes.
func TestStandingIsForgotten(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	l.ok(l.As("bob").Label(shop, 1, "incident"))
	if !l.see(head).People["bob"].Trusted {
		t.Fatal("bob is not trusted")
	}
	l.SetRole(shop, "bob", sandbox.None)
	l.RemoveMember("acme", "bob")
	if !l.see(head).People["bob"].Trusted {
		t.Error("bob was asked about again at once")
	}
	l.clock.Advance(11 * time.Minute)
	if l.see(head).People["bob"].Trusted {
		t.Error("bob is still trusted")
	}
}

func TestObserveTickets(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	child := l.open("child", "")
	grandchild := l.open("grandchild", "")
	blocker := l.open("blocker", "")
	loose := l.open("loose", "")
	counted := ref("acme/web", must(l.As("alice").OpenIssue("acme/web", "counted", "")))
	gone := l.open("gone", "")
	secret := ref("acme/secret", must(l.As("alice").OpenIssue("acme/secret", "secret", "")))
	pr := ref(shop, must(l.As("alice").OpenPR(shop, "fix", "")))
	a := l.As("alice")
	l.ok(a.AddSubIssue(shop, 1, shop, number(child)))
	l.ok(a.AddSubIssue(shop, number(child), shop, number(grandchild)))
	l.ok(a.BlockedBy(shop, 1, shop, number(blocker)))
	l.ok(a.Close(shop, number(grandchild), "not_planned"))
	l.ok(a.Delete(shop, number(gone)))
	s := l.see(head, func(look *incident.Look) {
		look.Tickets = []incident.Ref{counted, gone, secret, pr, child, "OPS-12"}
	})
	if len(s.Tickets) != 0 {
		t.Errorf("ours: %v", refs(s.Tickets))
	}
	want := []incident.Ref{"OPS-12", gone, secret, child, grandchild, blocker, counted}
	if got := refs(s.Foreign); len(got) != len(want) {
		t.Errorf("people's: %v, want %v in any order", got, want)
	}
	for r, check := range map[incident.Ref]func(incident.Ticket) bool{
		child:      func(x incident.Ticket) bool { return x.Linked && x.Parent == head && x.State == incident.Open },
		grandchild: func(x incident.Ticket) bool { return x.Linked && x.Parent == child && x.State == incident.Wontfix },
		blocker:    func(x incident.Ticket) bool { return x.Linked && x.Parent == "" },
		counted:    func(x incident.Ticket) bool { return !x.Linked && x.Title == "counted" },
		gone:       func(x incident.Ticket) bool { return x.Gone },
		secret:     func(x incident.Ticket) bool { return x.Unreadable && !x.Gone && x.State == incident.Open },
		"OPS-12":   func(x incident.Ticket) bool { return x.Unreadable && x.State == incident.Open },
	} {
		if got := ticket(t, s.Foreign, r); !check(got) {
			t.Errorf("%s: %+v", r, got)
		}
	}
	for _, ts := range [][]incident.Ticket{s.Tickets, s.Foreign} {
		if slices.Contains(refs(ts), loose) || slices.Contains(refs(ts), pr) {
			t.Errorf("a stranger is linked: %v", refs(ts))
		}
	}
}

// A marker makes a text ours only together with our authorship.
func TestObserveWhatIsOurs(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	s := l.see(head)
	mark := func(slot incident.Slot, id string) string {
		return marker.Put("text", marker.Mark{ID: id, Slot: slot, Data: "d"})
	}
	forged := l.say("bob", head, mark(incident.Board, s.ID))
	others := l.say("hereby", head, mark(incident.Board, "12345"))
	plain := l.say("hereby", head, "/ops me")
	board := l.say("hereby", head, mark(incident.Board, s.ID))
	pasted := ref(shop, must(l.As("bob").OpenIssue(shop, "pasted", mark("role/command", s.ID), incident.Label, incident.LabelOf(s.ID))))
	unmarked := ref(shop, must(l.As("hereby").OpenIssue(shop, "edited away", "text", incident.Label, incident.LabelOf(s.ID))))
	byHand := ref(shop, must(l.As("hereby").OpenIssue(shop, "by hand", "")))
	l.ok(l.As("alice").AddSubIssue(shop, 1, shop, number(byHand)))

	s = l.see(head)
	for id, ours := range map[string]bool{forged: false, others: false, plain: false, board: true} {
		c := comment(t, s, id)
		if c.Ours != ours {
			t.Errorf("comment %q of @%s: ours %v", c.Raw, c.Author, c.Ours)
		}
		if ours && (c.Slot != incident.Board || c.Data != "d" || c.Hash != incident.HashText("text") || c.Said != nil) {
			t.Errorf("our comment: %+v", c)
		}
	}
	if got := comment(t, s, plain); !slices.Equal(got.Said, []string{"/ops me"}) || s.People["hereby"].Bot {
		t.Errorf("a person whose token we run under is still a person: %+v %+v", got, s.People["hereby"])
	}
	if got := refs(s.Tickets); !slices.Equal(got, []incident.Ref{unmarked}) || !s.Tickets[0].Unmarked {
		t.Errorf("ours: %v %+v", got, s.Tickets)
	}
	if got := refs(s.Foreign); !slices.Contains(got, byHand) || !slices.Contains(got, pasted) {
		t.Errorf("people's: %v", got)
	}

	// After a change of token, what the old account wrote is still ours.
	l.AddUser("newbot")
	l.SetRole(shop, "newbot", sandbox.Write)
	l.opt.Token = Static(l.Token("newbot"))
	l.restart()
	if s = l.see(head); comment(t, s, board).Ours {
		t.Error("an unknown account's board counts as ours")
	}
	l.opt.Authors = []string{"@Hereby"}
	l.restart()
	if s = l.see(head); !comment(t, s, board).Ours || len(s.Tickets) != 1 {
		t.Error("what we wrote under the former token is not ours")
	}
}

func TestAcknowledgementsBindTheText(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	s := l.see(head)
	obeyed, refused, edited, others := l.say("bob", head, "/ops"), l.say("bob", head, "/comms"), l.say("bob", head, "/ic"), l.say("bob", head, "/planning")
	l.clock.Advance(time.Minute)
	l.do(s, incident.Ack{Comment: obeyed, As: incident.Obeyed}, incident.Ack{Comment: refused, As: incident.RefusedByRule},
		incident.Ack{Comment: edited, As: incident.Obeyed}, incident.Ack{Comment: obeyed, As: incident.Obeyed})
	var id int64
	fmt.Sscan(others, &id)
	l.ok(l.As("alice").ReactTo(id, "rocket"))
	l.clock.Advance(time.Minute)
	fmt.Sscan(edited, &id)
	l.ok(l.As("bob").EditComment(id, "/ic me"))
	s = l.see(head)
	for id, want := range map[string]incident.Verdict{obeyed: incident.Obeyed, refused: incident.RefusedByRule, edited: "", others: ""} {
		if got := comment(t, s, id); got.Acked != want || got.EditedAt.IsZero() == (id == edited) {
			t.Errorf("%q: acknowledged as %q, edited at %v; want %q", got.Raw, got.Acked, got.EditedAt, want)
		}
	}
	l.requests()
	l.see(head, func(look *incident.Look) {
		look.Decided = map[string]bool{obeyed: true, refused: true, edited: true, others: true}
	})
	for route := range l.Requests() {
		if strings.HasSuffix(route, "/reactions") {
			t.Error("reactions to decided comments were read")
		}
	}
}

func TestHowTheHeadWasClosed(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	l.ok(l.As("bob").Close(shop, 1, "not_planned"))
	s := l.see(head)
	if c := s.Head.Closed; s.Head.State != incident.Wontfix || c.By != "bob" || c.At.IsZero() || c.Via != "" {
		t.Errorf("%v %+v", s.Head.State, c)
	}
	l.ok(l.As("bob").Reopen(shop, 1))
	if s = l.see(head); s.Head.State != incident.Open || s.Head.Closed != (incident.Closed{}) {
		t.Errorf("%v %+v", s.Head.State, s.Head.Closed)
	}
	must(l.As("bob").Push(shop, "Fixes #1"))
	if s = l.see(head); s.Head.State != incident.Done || !strings.HasPrefix(s.Head.Closed.Via, "commit ") || s.Head.Closed.By != "bob" {
		t.Errorf("%v %+v", s.Head.State, s.Head.Closed)
	}
}

func TestObserveAnotherIncidentBelow(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head, other, below := l.open("x", ""), l.open("other", ""), l.open("below", "")
	l.ok(l.As("hereby").Label(shop, number(other), incident.Label, incident.LabelOf(fmt.Sprint(l.issue(other).ID))))
	l.ok(l.As("alice").AddSubIssue(shop, 1, shop, number(other)))
	l.ok(l.As("alice").AddSubIssue(shop, number(other), shop, number(below)))
	s := l.see(head)
	if got := ticket(t, s.Foreign, other); !got.Incident || !got.Linked {
		t.Errorf("%+v", got)
	}
	if slices.Contains(refs(s.Foreign), below) {
		t.Error("another incident's tickets are counted here")
	}
}

func TestObserveAPullRequest(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	pr := ref(shop, must(l.As("alice").OpenPR(shop, "I hereby declare this an incident", "")))
	s := l.see(pr)
	if !s.PullRequest || s.HeadSaid[0] != "I hereby declare this an incident" || !strings.Contains(s.NewURL, "/acme/shop/issues/new?") || !strings.Contains(s.NewURL, "hereby+declare") {
		t.Errorf("%+v", s)
	}
}

func TestObserveMovedHeads(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	before := l.see(head)
	look := func(look *incident.Look) { look.ID = before.ID }

	l.RenameRepo(shop, "acme/store")
	var no *incident.NotServed
	if _, err := l.look(head, look); !errors.As(err, &no) || !strings.Contains(no.Reason, "acme/store") {
		t.Errorf("renamed out of the configuration: %v", err)
	}
	l.opt.Repos = append(l.opt.Repos, "acme/store")
	l.restart()
	if s := l.see(head, look); s.Key != "github:acme/store#1" || s.ID != before.ID {
		t.Errorf("after the renaming: %s %s", s.Key, s.ID)
	}
	moved := ref("acme/web", must(l.As("alice").Transfer("acme/store", 1, "acme/web")))
	if s := l.see("acme/store#1", look); s.Key != incident.KeyOf(Name, moved) || s.ID != before.ID {
		t.Errorf("after the transfer: %s %s, want %s %s", s.Key, s.ID, moved, before.ID)
	}
	if s := l.see(moved, func(look *incident.Look) { look.ID = "999" }); s.ID == "999" {
		t.Error("another issue under the same key passes for the incident")
	}
}

func TestObserveADeletedHead(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	before := l.see(head)
	l.ok(l.As("alice").Delete(shop, 1))
	if s := l.see(head, func(look *incident.Look) { look.ID = before.ID }); !s.Gone || s.ID != before.ID || s.Key != before.Key {
		t.Errorf("%+v", s)
	}
	// A repository that may no longer be read is not a deleted head.
	l.SetRole(shop, "hereby", sandbox.None)
	l.restart()
	if s, err := l.look(head); err == nil {
		t.Errorf("without access: %+v", s)
	}
}

func TestObserveAnAlias(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	s := l.see(head)
	l.do(s, incident.Tag{Ref: head, Label: incident.LabelOf(s.ID), On: true}, incident.Create{Slot: "role/command", Place: shop, Title: "command"})
	got, err := l.Observe(t.Context(), incident.Look{Key: incident.AliasOf(Name, s.ID)})
	if err != nil || got.Key != s.Key || got.ID != s.ID {
		t.Errorf("%v %v %v", got.Key, got.ID, err)
	}
	var no *incident.NotServed
	if _, err := l.Observe(t.Context(), incident.Look{Key: incident.AliasOf(Name, "1")}); !errors.As(err, &no) {
		t.Errorf("an unknown ID: %v", err)
	}
}

func TestNotServed(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.AddRepo("other/open", sandbox.Public)
	l.SetRole("other/open", "hereby", sandbox.Write)
	must(l.As("alice").OpenIssue("other/open", "x", ""))
	var no *incident.NotServed
	l.requests()
	if _, err := l.look("acme/nowhere#1"); !errors.As(err, &no) {
		t.Errorf("not configured: %v", err)
	}
	if all, _ := l.requests(); all != 0 {
		t.Errorf("an issue that is not served cost %d requests", all)
	}
	if _, err := l.look("other/open#1"); !errors.As(err, &no) || !strings.Contains(err.Error(), "public: true") {
		t.Errorf("public: %v", err)
	}
	l.opt.Public = true
	l.restart()
	if _, err := l.look("other/open#1"); err != nil {
		t.Errorf("public, and allowed: %v", err)
	}
	if _, err := l.look("OPS-12"); err == nil {
		t.Error("another tracker's issue was looked up")
	}
}

// The numbers of section 15.
func TestObservationCosts(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "I hereby declare this an incident")
	l.see(l.open("warm up", "")) // our own account is asked for once in a process
	l.clock.Advance(time.Hour)
	l.requests()
	s := l.see(head)
	if all, writes := l.requests(); all > 8 || writes > 0 {
		t.Errorf("a fresh issue took %d requests: %v", all, l.Requests())
	}
	for i := range 5 {
		l.do(s, incident.Create{Slot: incident.Slot(fmt.Sprintf("role/operations/p%d", i)), Place: shop, Title: "t", Parent: head})
		l.clock.Advance(time.Minute)
	}
	for i := range 250 {
		l.say([]string{"alice", "bob", "mia", "hereby"}[i%4], head, fmt.Sprintf("comment %d", i))
	}
	l.ok(l.As("alice").BlockedBy(shop, 1, shop, 2))
	l.clock.Advance(time.Hour) // nothing is remembered but our own account
	l.ResetRequests()
	l.see(head)
	routes := l.Requests()
	if all, writes := l.requests(); all > 8+3 || writes > 0 {
		t.Errorf("250 comments took %d requests: %v", all, routes)
	}
	l.see(head)
	for status, n := range l.Answers() {
		if status != 304 {
			t.Errorf("an unchanged incident: %d answers of %d: %v", n, status, l.Requests())
		}
	}
	if all, writes := l.requests(); all > 8+3 || writes > 0 {
		t.Errorf("an unchanged incident took %d requests, %d of them writes", all, writes)
	}
}
