package jira

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// An observation takes at most eight requests and one for each hundred
// comments (design, section 15).
func TestRequests(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "I hereby declare this an incident")
		on, _ := l.covered(head)
		l.do(on,
			incident.Create{Slot: "role/command", Place: ops, Title: "c", Body: "x", Parent: head, Assignees: []incident.Person{l.person("alice")}},
			incident.Create{Slot: "role/planning", Place: ops, Title: "p", Body: "x", Parent: head, Assignees: []incident.Person{l.person("mia")}},
			incident.Create{Slot: "follow/1.0", Place: "WEB", Title: "f", Body: "x", Parent: head},
			incident.Say{Slot: incident.Board, Text: "board"})
		on = l.see(head)
		l.do(on, incident.Close{Ref: on.Tickets[1].Ref, As: incident.Done})
		for n := range 250 {
			l.say([]string{"alice", "bob", "mia", "uma"}[n%4], head, "/note something")
		}
		counted := refs(on.Tickets)
		look := func(k *incident.Look) { k.Tickets = counted }
		l.see(head, look)
		l.requests()
		l.see(head, look)
		all, writes := l.requests()
		if all > 8+2 || writes != 0 {
			t.Errorf("an observation took %d requests, %d of them writes: %v", all, writes, l.Requests())
		}
		l.restart()
		l.see(head, look)
		cold, _ := l.requests()
		t.Logf("%d requests, %d with an empty memory", all, cold)
		if most := map[sandbox.Edition]int{sandbox.Cloud: 14, sandbox.DataCenter: 19}[e]; cold > most {
			t.Errorf("with an empty memory an observation took %d requests", cold)
		}
	})
}

func TestKeysNeverLeaveTheirPath(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	on := l.see(head)
	l.requests()
	for _, bad := range []string{"../admin", "A-1?x", "OPS-1/../OPS-2", "OPS-1#x", "OPS-1%2e", "ops-1", "OPS-0", "OPS-", "", "acme/shop#1", "OPS-1\n"} {
		_, err := l.Observe(t.Context(), incident.Look{Key: incident.Key("jira:" + bad)})
		var no *incident.NotServed
		if !errors.As(err, &no) {
			t.Errorf("observing %q: %v", bad, err)
		}
		ref, title := incident.Ref(bad), "x"
		for _, a := range []incident.Action{
			incident.Edit{Ref: ref, Title: &title}, incident.Edit{Ref: ref, Body: &title}, incident.Assign{Ref: ref}, incident.Tag{Ref: ref, Label: "x", On: true},
			incident.Reopen{Ref: ref}, incident.Close{Ref: ref, As: incident.Done},
			incident.Ack{Comment: bad, As: incident.Obeyed}, incident.Say{Slot: incident.Board, Comment: "../" + bad, Text: "x"},
			incident.Say{Slot: incident.Board, Comment: "1?" + bad, Text: "x"},
		} {
			l.refused(on, a)
		}
		if r := l.one(on, incident.Link{Ref: ref, On: true}); r.Outcome != incident.Applied { // on another tracker
			t.Errorf("linking %q: %v", bad, r.Outcome)
		}
	}
	for _, alias := range []string{"../1", "1?x", "1/comment"} {
		if _, err := l.Observe(t.Context(), incident.Look{Key: incident.AliasOf(Name, alias)}); err == nil {
			t.Errorf("alias %q is observed", alias)
		}
	}
	if n, _ := l.requests(); n > 2 { // the head's project and place
		t.Errorf("%d requests were sent: %v", n, l.Requests())
	}
}

func TestAlias(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		id := l.issue(head).ID
		on, err := l.Observe(t.Context(), incident.Look{Key: incident.AliasOf(Name, id)})
		if err != nil || on.Key != incident.KeyOf(Name, head) || on.ID != id {
			t.Errorf("%v %v %v", on.Key, on.ID, err)
		}
		var no *incident.NotServed
		if _, err := l.Observe(t.Context(), incident.Look{Key: incident.AliasOf(Name, "99999")}); !errors.As(err, &no) {
			t.Errorf("an unknown ID: %v", err)
		}
	})
}

func TestMoved(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		follow := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "f", Body: "x", Parent: head})[0].Ref
		to := incident.Ref(must(l.As("hereby").Move(string(head), "WEB")))
		moved := l.see(head)
		if moved.Key != incident.KeyOf(Name, to) || moved.ID != on.ID || moved.Head.Ref != to {
			t.Errorf("moved to %s: key %s, ID %s, was %s", to, moved.Key, moved.ID, on.ID)
		}
		if !slices.ContainsFunc(moved.Events, func(e incident.Event) bool { return e.Kind == "transferred" }) {
			t.Errorf("events %+v", moved.Events)
		}
		if got := ticket(t, moved.Tickets, follow); !got.Linked {
			t.Errorf("%+v", got)
		}
		// A ticket that moved is seen under its new key alone.
		now := incident.Ref(must(l.As("hereby").Move(string(follow), "WEB")))
		l.restart()
		moved = l.see(to, func(k *incident.Look) { k.Tickets = []incident.Ref{follow, now} })
		if got := refs(moved.Tickets); !slices.Equal(got, []incident.Ref{now}) || len(moved.Foreign) != 0 {
			t.Errorf("tickets %v, others %v", got, refs(moved.Foreign))
		}
		l.SetRole("SECRET", sandbox.Administrators, "hereby")
		l.ok(second(l.As("hereby").Move(string(to), "SECRET")))
		_, err := l.look(to)
		var no *incident.NotServed
		if !errors.As(err, &no) || !strings.Contains(no.Reason, "SECRET") {
			t.Errorf("moved to a project that is not served: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestGoneIsNotUnreadable(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.SetRole("SECRET", sandbox.Developers, "alice")
		head, deleted := l.open("down", "x"), l.open("deleted", "x")
		hidden := incident.Ref(must(l.As("alice").OpenIssue("SECRET", "hidden", "x")))
		l.Grant(ops, "alice", sandbox.DeleteIssues)
		l.ok(l.As("alice").Delete(string(deleted)))
		on := l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{deleted, hidden, "acme/shop#1"} })
		if got := ticket(t, on.Foreign, deleted); !got.Gone || got.Unreadable {
			t.Errorf("deleted: %+v", got)
		}
		for _, ref := range []incident.Ref{hidden, "acme/shop#1"} {
			if got := ticket(t, on.Foreign, ref); got.Gone || !got.Unreadable || got.State != incident.Open {
				t.Errorf("%s: %+v", ref, got)
			}
		}
		l.Revoke(ops, "hereby", sandbox.Browse)
		if on, err := l.look(head); err == nil || on.Gone || !strings.Contains(err.Error(), "Browse Projects") {
			t.Errorf("a project that may not be read: %v %v", on.Gone, err)
		}
		l.Grant(ops, "hereby", sandbox.Browse)
		l.ok(l.As("alice").Delete(string(head)))
		if on := l.see(head, func(k *incident.Look) { k.ID = "10001" }); !on.Gone || on.ID != "10001" || on.Key != incident.KeyOf(Name, head) {
			t.Errorf("deleted head: %+v", on)
		}
	})
}

func TestStanding(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e}, func(o *Options) {
			o.Trusted = Trusted{Roles: []string{"developers", "No such role"}, Groups: []string{"Bosses"}}
		})
		l.AddGroup("bosses", "zoe")
		l.SetRole(ops, sandbox.Users, "zoe")
		l.Grant(ops, "zoe", sandbox.Assignable)
		l.AddApp("robot")
		l.SetRole(ops, sandbox.Developers, "robot")
		head := l.open("down", "x")
		for _, who := range []string{"alice", "mia", "uma", "zoe", "robot"} {
			l.say(who, head, "hello")
		}
		l.say("alice", head, "/ops @"+l.AccountID("bob")+" @nobody-of-this-name")
		l.say("uma", head, "/ops @"+l.AccountID("stan"))
		type s = incident.Standing
		want := map[string]s{
			"alice": {Known: true, Trusted: true, Assignable: true}, "bob": {Known: true, Trusted: true, Assignable: true},
			"mia": {Known: true, Trusted: true, Assignable: true}, "zoe": {Known: true, Trusted: true, Assignable: true},
			"uma": {Known: true}, "robot": {Known: true, Bot: true},
		}
		if e == sandbox.DataCenter { // it has no accounts of apps
			want["robot"] = s{Known: true, Trusted: true, Assignable: true}
		}
		on := l.see(head)
		for name, st := range want {
			got := on.People[l.person(name)]
			if got.Name == "" {
				t.Errorf("%s has no name", name)
			}
			if got.Name = ""; got != st {
				t.Errorf("%s is %+v, want %+v", name, got, st)
			}
		}
		if got, asked := on.People["nobody-of-this-name"]; !asked || got.Known {
			t.Errorf("nobody is %+v, asked %v", got, asked)
		}
		if _, asked := on.People[l.person("stan")]; asked {
			t.Error("a stranger made us ask about somebody")
		}
		l.requests()
		l.see(head)
		if n, _ := l.requests(); n > 6 {
			t.Errorf("people are asked about again: %d requests", n)
		}
		if e == sandbox.Cloud && on.People[l.person("hereby")].Trusted {
			t.Error("we are trusted ourselves")
		}
		// Who left is no longer trusted, however they are called now.
		gone := l.person("bob")
		l.Deactivate("mia")
		now := incident.PersonOf(l.Anonymise("bob"))
		l.clock.Advance(known)
		on = l.see(head, func(k *incident.Look) { k.People = []incident.Person{gone, now, l.person("mia")} })
		for _, p := range []incident.Person{gone, now, l.person("mia")} {
			if st := on.People[p]; st.Trusted || st.Assignable {
				t.Errorf("%s is %+v", p, st)
			}
		}
	})
}

// A comment of somebody whose account is gone is read like any other.
func TestAuthorsWhoLeft(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := incident.Ref(must(l.As("bob").OpenIssue(ops, "down", "x")))
		id := l.say("bob", head, "/note x")
		who := incident.PersonOf(l.Anonymise("bob"))
		on := l.see(head)
		if got := said(t, on, id); got.Author != who || got.Author == "" {
			t.Errorf("the author is %q, want %q", got.Author, who)
		}
		if st := on.People[who]; st.Trusted || st.Assignable {
			t.Errorf("%+v", st)
		}
	})
}

func TestEventsAndState(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		l.ok(l.As("bob").Label(string(head), "incident", "other"))
		l.clock.Advance(time.Minute)
		l.ok(l.As("bob").Unlabel(string(head), "other"))
		l.clock.Advance(time.Minute)
		l.ok(l.As("bob").SetTitle(string(head), "all down"))
		l.clock.Advance(time.Minute)
		l.ok(l.As("bob").Transition(string(head), "Start Progress"))
		l.clock.Advance(time.Minute)
		l.ok(l.As("bob").Close(string(head), "Won't Do"))
		on := l.see(head)
		if h := on.Head; h.State != incident.Wontfix || h.Closed.By != l.person("bob") || !h.Closed.At.Equal(l.clock.Now()) {
			t.Errorf("%+v", h)
		}
		l.clock.Advance(time.Minute)
		l.ok(l.As("alice").Reopen(string(head)))
		var kinds []string
		on = l.see(head)
		for _, e := range on.Events {
			kinds = append(kinds, strings.TrimSpace(e.Kind+" "+e.Label))
		}
		if want := []string{"labeled incident", "labeled other", "unlabeled other", "renamed", "closed", "reopened"}; !slices.Equal(kinds, want) {
			t.Errorf("events %v, want %v", kinds, want)
		}
		// The resolution that the way back left behind says nothing.
		if l.issue(head).Resolution == nil {
			t.Fatal("the model cleared the resolution")
		}
		if on.Head.State != incident.Open || on.Head.Closed != (incident.Closed{}) {
			t.Errorf("reopened: %+v", on.Head)
		}
	})
}

func TestDuplicate(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head, other, original := l.open("down", "x"), l.open("other", "x"), l.open("original", "x")
		on := l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{other} })
		l.do(on, incident.Close{Ref: other, As: incident.Duplicate, Of: original}, incident.Close{Ref: other, As: incident.Duplicate, Of: original})
		on = l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{other} })
		if got := ticket(t, on.Foreign, other); got.State != incident.Duplicate || got.DuplicateOf != original {
			t.Errorf("%+v", got)
		}
		if links := l.issue(other).Links; len(links) != 1 || links[0] != (sandbox.WorldLink{Type: "duplicates", Key: string(original)}) {
			t.Errorf("links %v", links)
		}
	})
}
