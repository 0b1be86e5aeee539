package github

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// A browser sends "\r\n": what people wrote that way stays so when a box is
// ticked above it.
func TestAnEditLeavesPeoplesLinesAlone(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("x", "")
	r := l.one(l.see(head), incident.Create{Slot: "role/command", Place: shop, Title: "t", Body: "- [ ] a\n- [ ] b", Parent: head})
	body := strings.Replace(l.issue(r.Ref).Body, "b\n", "b\n\nMy notes:\r\nfirst\r\n", 1)
	l.ok(l.As("alice").SetBody(shop, number(r.Ref), body))
	on := l.see(head)
	ticked := strings.Replace(ticket(t, on.Tickets, r.Ref).Body, "- [ ] a", "- [x] a", 1)
	l.do(on, incident.Edit{Ref: r.Ref, Slot: "role/command", Body: &ticked})
	if got, want := l.issue(r.Ref).Body, strings.Replace(body, "[ ] a", "[x] a", 1); got != want {
		t.Errorf("it reads %q, want %q", got, want)
	}
}

// What people wrote since it was observed is not overwritten, nor is what a
// list does not show yet.
func TestAnEditOfATextThatChangedWaits(t *testing.T) {
	for name, lag := range map[string]time.Duration{"after the observation": 0, "hidden by the list": 20 * time.Second} {
		l := newLab(t, sandbox.Options{})
		head := l.open("x", "")
		r := l.one(l.see(head), incident.Create{Slot: "role/command", Place: shop, Title: "t", Body: "- [ ] a"})
		l.clock.Advance(time.Minute)
		l.SetLag(lag)
		var on incident.Snapshot
		if lag == 0 {
			on = l.see(head)
		}
		l.ok(l.As("alice").SetBody(shop, number(r.Ref), "Mine.\n\n"+l.issue(r.Ref).Body))
		if lag > 0 {
			on = l.see(head)
		}
		ticked := "- [x] a"
		edit := incident.Edit{Ref: r.Ref, Slot: "role/command", Body: &ticked}
		if got := l.one(on, edit); got.Outcome != incident.Deferred {
			t.Errorf("%s: %v %v", name, got.Outcome, got.Err)
		}
		if body := l.issue(r.Ref).Body; !strings.HasPrefix(body, "Mine.\n\n- [ ] a") {
			t.Errorf("%s: it reads %q", name, body)
		}
	}
}

// While a list hides that a ticket is attached, an edit does not make it say
// what it is part of.
func TestAnEditUnderLagAddsNothing(t *testing.T) {
	l := newLab(t, sandbox.Options{Lag: 20 * time.Second})
	head := l.open("x", "")
	r := l.one(l.see(head), incident.Create{Slot: "role/command", Place: shop, Title: "t", Body: "- [ ] a", Parent: head})
	on := l.see(head, func(look *incident.Look) { look.Tickets = []incident.Ref{r.Ref} })
	if ticket(t, on.Tickets, r.Ref).Linked {
		t.Fatal("the list does not lag")
	}
	ticked := "- [x] a"
	l.do(on, incident.Edit{Ref: r.Ref, Slot: "role/command", Body: &ticked})
	if body := l.issue(r.Ref).Body; strings.Contains(body, "Part of") || !strings.HasPrefix(body, ticked) {
		t.Errorf("it reads %q", body)
	}
}
