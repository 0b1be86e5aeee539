package github

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

func TestCreateCarriesEverythingInOneRequest(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	r := l.do(on, incident.Create{Slot: "role/command", Place: shop, Title: "Command", Body: "- [ ] a", Labels: []string{"hereby", "extra"}, Assignees: []incident.Person{"alice"}, Parent: head})[0]
	got := l.issue(r.Ref)
	if want := "- [ ] a\n\n<!-- hereby:1 " + on.ID + " role/command -->"; got.Body != want {
		t.Errorf("body %q, want %q", got.Body, want)
	}
	if !slices.Equal(got.Labels, []string{"extra", "hereby", "hereby-" + on.ID}) || !slices.Equal(got.Assignees, []string{"alice"}) || got.Author != "hereby" {
		t.Errorf("%+v", got)
	}
	if got.Parent != number(head) {
		t.Errorf("parent %v", got.Parent)
	}
	l.requests()
	l.do(on, incident.Create{Slot: "role/planning", Place: shop, Title: "Planning", Parent: head})
	if _, writes := l.requests(); writes != 2 {
		t.Errorf("a second ticket took %d writes, want one to create and one to attach", writes)
	}
}

// Where a ticket cannot be attached it says what it is part of, which neither
// the rules nor an edit of theirs get to see.
func TestPartOf(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	full := on
	for i := range maxChildren {
		full.Foreign = append(full.Foreign, incident.Ticket{Ref: ref(shop, 1000+i), Parent: head})
	}
	for name, c := range map[string]struct {
		on    incident.Snapshot
		place string
	}{"another owner": {on, "other/place"}, "too many": {full, shop}} {
		r := l.do(c.on, incident.Create{Slot: incident.Slot("follow/" + name), Place: c.place, Title: "t", Body: "Text", Parent: head})[0]
		if got := l.issue(r.Ref); !strings.Contains(got.Body, "\n\nPart of acme/shop#1\n\n<!-- hereby:1 ") || got.Parent != nil {
			t.Errorf("%s: %+v", name, got)
		}
		see := func() incident.Ticket {
			return ticket(t, l.see(head, func(look *incident.Look) { look.Tickets = []incident.Ref{r.Ref} }).Tickets, r.Ref)
		}
		if got := see(); got.Body != "Text" {
			t.Errorf("%s: the rules see %q", name, got.Body)
		}
		body := "New text"
		l.do(l.see(head, func(look *incident.Look) { look.Tickets = []incident.Ref{r.Ref} }), incident.Edit{Ref: r.Ref, Slot: see().Slot, Body: &body})
		if got := l.issue(r.Ref).Body; see().Body != body || !strings.Contains(got, "Part of acme/shop#1") {
			t.Errorf("%s: after an edit %q", name, got)
		}
		edit := func(change func(string) string) string {
			l.clock.Advance(time.Minute)
			body := change(see().Body)
			l.do(l.see(head, func(look *incident.Look) { look.Tickets = []incident.Ref{r.Ref} }), incident.Edit{Ref: r.Ref, Slot: see().Slot, Body: &body})
			return l.issue(r.Ref).Body
		}
		ours := l.issue(r.Ref).Body
		for _, theirs := range []string{"Part of acme/shop#1\n\nTheir words", "Part of acme/shop#1\nTheir words", "Part of acme/shop#1 Their words"} {
			l.ok(l.As("alice").SetBody(c.place, number(r.Ref), strings.Replace(ours, "Part of acme/shop#1", theirs, 1)))
			for range 2 {
				if got := edit(func(s string) string { return "More. " + s }); !strings.Contains(got, "Their words") || strings.Count(got, "\nPart of acme/shop#1\n") > 1 {
					t.Errorf("%s: after %q and an edit of ours: %q", name, theirs, got)
				}
			}
		}
		l.ok(l.As("alice").SetBody(c.place, number(r.Ref), strings.Replace(ours, "Part of acme/shop#1", "People's own line", 1)))
		if got := see().Body; got != "New text\n\nPeople's own line" {
			t.Errorf("%s: people's line is hidden: %q", name, got)
		}
	}
}

func TestSilentDropsAreSaid(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	if r := l.one(on, incident.Assign{Ref: head, People: []incident.Person{"alice", "stan"}}); r.Outcome != incident.Refused || !strings.Contains(r.Err.Error(), "@stan") || strings.Contains(r.Err.Error(), "@alice") {
		t.Errorf("%v %v", r.Outcome, r.Err)
	}
	// A ticket that lost its assignee is there all the same.
	r := l.one(on, incident.Create{Slot: "role/command", Place: shop, Title: "t", Assignees: []incident.Person{"stan"}})
	if r.Outcome != incident.Applied || r.Ref == "" {
		t.Errorf("%v %v", r.Outcome, r.Err)
	}
}

func TestRefusals(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	l.AddRepo("other/noissues", sandbox.NoIssues)
	l.SetRole("other/noissues", "hereby", sandbox.Write)
	l.AddRepo("other/readonly")
	l.SetRole("other/readonly", "hereby", sandbox.Read)
	pr := ref(shop, must(l.As("alice").OpenPR(shop, "fix", "")))
	for text, a := range map[string]incident.Action{
		"issues are disabled":          incident.Create{Slot: "follow/1", Place: "other/noissues", Title: "t"},
		"not among the repositories":   incident.Create{Slot: "follow/1", Place: "acme/secret", Title: "t"},
		"is not a repository":          incident.Create{Slot: "follow/1", Place: "OPS", Title: "t"},
		"is a pull request":            incident.Link{Ref: pr, On: true},
		"is not an issue on GitHub":    incident.Close{Ref: "OPS-12"},
		"cannot be read":               incident.Link{Ref: "acme/shop#999", On: true},
		"is not the id of a comment":   incident.Ack{Comment: "../1"},
		"cannot notify":                incident.Notify{ID: "1"},
		"cannot be part of an address": incident.Tag{Ref: head, Label: ".."},
	} {
		if r := l.one(on, a); r.Outcome != incident.Refused || r.Err == nil || !strings.Contains(r.Err.Error(), text) {
			t.Errorf("%v: %v %v, want it refused with %q", a, r.Outcome, r.Err, text)
		}
	}
	l.SetRole(shop, "hereby", sandbox.Read)
	if r := l.one(on, incident.Tag{Ref: head, Label: "x", On: true}); r.Outcome != incident.Refused || !strings.Contains(r.Err.Error(), "write access") {
		t.Errorf("without permission: %v %v", r.Outcome, r.Err)
	}
}

// A head that was renamed or transferred between looking and acting is changed
// where it is now: nothing may be turned into a GET that reports success.
func TestActingOnAMovedHead(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	id := l.say("bob", head, "/ops")
	l.RenameRepo(shop, "acme/web2")
	l.do(on,
		incident.Close{Ref: head, As: incident.Wontfix}, incident.Tag{Ref: head, Label: "hereby", On: true},
		incident.Say{Slot: incident.Board, Text: "board"}, incident.Assign{Ref: head, People: []incident.Person{"bob"}}, incident.Ack{Comment: id, As: incident.Obeyed})
	got := l.issue("acme/web2#1")
	if got.State != "closed" || len(got.Labels) != 1 || len(got.Comments) != 2 || !slices.Equal(got.Assignees, []string{"bob"}) || len(got.Comments[0].Reactions) != 1 {
		t.Errorf("%+v", got)
	}
	moved := ref("acme/web", must(l.As("alice").Transfer("acme/web2", 1, "acme/web")))
	l.do(on, incident.Reopen{Ref: "acme/web2#1"})
	if got := l.issue(moved); got.State != "open" {
		t.Errorf("%+v", got)
	}
}

func TestWaiting(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{
		"429":       {Kind: sandbox.TooMany, RetryAfter: 90 * time.Second},
		"secondary": {Kind: sandbox.TooMany, Status: 403, RetryAfter: 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, sandbox.Options{})
			head := l.open("x", "")
			on := l.see(head)
			l.SetFault(failing("POST", f))
			rs := l.Apply(t.Context(), on, []incident.Action{incident.Say{Slot: incident.Board, Text: "x"}, incident.Reopen{Ref: head}})
			var wait *incident.NotYet
			if rs[0].Outcome != incident.Deferred || !errors.As(rs[0].Err, &wait) || !wait.Until.Equal(l.clock.Now().Add(90*time.Second)) || rs[1].Outcome != incident.NotRun {
				t.Fatalf("%+v", rs)
			}
			l.SetFault(nil)
			l.requests()
			if _, err := l.look(head); !errors.As(err, &wait) {
				t.Errorf("a look meanwhile: %v", err)
			}
			if all, _ := l.requests(); all != 0 {
				t.Errorf("%d requests went out while we were asked to wait", all)
			}
			l.clock.Advance(90 * time.Second)
			l.do(on, incident.Say{Slot: incident.Board, Text: "x"})
		})
	}
}

func TestThePrimaryLimit(t *testing.T) {
	l := newLab(t, sandbox.Options{Limits: sandbox.Limits{Primary: 30}})
	head := l.open("x", "")
	var wait *incident.NotYet
	for range 60 {
		l.opt.CacheBytes = 1 // no 304s, which are free
		if _, err := l.look(head); err != nil {
			if !errors.As(err, &wait) {
				t.Fatal(err)
			}
			break
		}
		l.restart()
	}
	if wait == nil || wait.Until.Sub(l.clock.Now()) > time.Hour {
		t.Fatalf("wait %v", wait)
	}
	l.clock.Set(wait.Until)
	l.see(head)
}

// A change that needs a reading first was not sent when the reading failed.
func TestAFailedReadingIsNoChange(t *testing.T) {
	for name, f := range map[string]sandbox.Fault{
		"5xx": {Kind: sandbox.ErrorBefore}, "lost": {Kind: sandbox.DropBefore}, "limit": {Kind: sandbox.TooMany},
	} {
		l := newLab(t, sandbox.Options{})
		head, other := l.open("x", ""), l.open("other", "")
		on := l.see(head)
		l.SetFault(failing("GET", f))
		for _, a := range []incident.Action{incident.Link{Ref: other, On: true}, incident.Close{Ref: head, As: incident.Duplicate, Of: other}} {
			if r := l.one(on, a); r.Outcome != incident.Deferred {
				t.Errorf("%s: %v: %v %v", name, a, r.Outcome, r.Err)
			}
		}
		l.SetFault(nil)
		if l.issue(head).State != "open" {
			t.Errorf("%s: it was closed", name)
		}
	}
}

// An emergency's burst goes through at once; a flood is spread without ever
// reaching GitHub's limits for creating content.
func TestBurst(t *testing.T) {
	l := newLab(t, sandbox.Options{Limits: sandbox.Limits{Points: 900, Content: 80, ContentHour: 500}})
	on := l.see(l.open("x", ""))
	deferred := 0
	for i := range 200 {
		a := incident.Say{Slot: incident.ReplySlot(fmt.Sprint(i)), Text: "x"}
		r := l.one(on, a)
		for r.Outcome == incident.Deferred {
			if i < 30 {
				t.Fatalf("comment %d of the burst has to wait: %v", i, r.Err)
			}
			deferred++
			var wait *incident.NotYet
			if !errors.As(r.Err, &wait) || !strings.Contains(r.Err.Error(), "our own pacing") {
				t.Fatalf("comment %d: %v", i, r.Err)
			}
			l.clock.Set(wait.Until)
			r = l.one(on, a)
		}
		if r.Outcome != incident.Applied {
			t.Fatalf("comment %d: %v %v", i, r.Outcome, r.Err)
		}
	}
	if deferred == 0 {
		t.Error("200 comments at once were not paced")
	}
}

func TestBadCredentials(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	token := must(l.opt.Token(t.Context()))
	l.Revoke(token)
	var wait *incident.NotYet
	if _, err := l.look(head); !errors.As(err, &wait) || !strings.Contains(err.Error(), "credentials") {
		t.Errorf("%v", err)
	}
	if r := l.one(on, incident.Say{Slot: incident.Board, Text: "x"}); r.Outcome != incident.Deferred || !strings.Contains(r.Err.Error(), "credentials") {
		t.Errorf("%v %v", r.Outcome, r.Err)
	}
	l.opt.Token = Static("")
	l.opt.BaseURL = "http://127.0.0.1:1/" + token
	l.opt.Secrets = new(httpx.Secrets)
	l.opt.Secrets.Add(token)
	l.restart()
	if r := l.one(on, incident.Say{Slot: incident.Board, Text: "x"}); r.Outcome != incident.Deferred || strings.Contains(r.Err.Error(), token) {
		t.Errorf("no server: %v %v", r.Outcome, r.Err)
	}
}

func TestLabelsGetTheirLooksOnce(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	on := l.see(head)
	l.requests()
	for range 3 {
		l.do(on, incident.Tag{Ref: head, Label: incident.Label, On: true}, incident.Tag{Ref: head, Label: incident.Label})
	}
	routes := l.Requests()
	if n := routes["POST /repos/{owner}/{repo}/labels"]; n != 1 {
		t.Errorf("the label was created %d times: %v", n, routes)
	}
	if ok, err := l.HasLabel(t.Context(), shop, incident.Label); !ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
	if ok, err := l.HasLabel(t.Context(), shop, "in/cident?"); ok || err != nil {
		t.Errorf("%v %v", ok, err)
	}
}

func TestMetrics(t *testing.T) {
	requests, outcomes, remaining := map[string]int{}, map[string]int{}, 0
	l := newLab(t, sandbox.Options{}, func(o *Options) {
		o.Metrics = Metrics{
			Request:   func(m string, s int) { requests[fmt.Sprint(m, s)]++ },
			Applied:   func(k, o string) { outcomes[k+" "+o]++ },
			Remaining: func(_ string, n int) { remaining = n },
		}
	})
	head := l.open("x", "")
	on := l.see(head)
	l.do(on, incident.Say{Slot: incident.Board, Text: "x"})
	l.one(on, incident.Tag{Ref: head})
	l.see(head)
	if requests["GET200"] == 0 || requests["GET304"] == 0 || requests["POST201"] != 1 || outcomes["say applied"] != 1 || outcomes["tag refused"] != 1 || remaining == 0 || remaining == 5000 {
		t.Errorf("%v %v %d", requests, outcomes, remaining)
	}
}
