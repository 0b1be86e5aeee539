package jira

import (
	"net/http"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// Of a ticket that fewer people see than see the head nothing is shown but that it
// is there.
func TestRestrictedTicket(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.SetRole(ops, sandbox.Administrators, "hereby", "alice")
		head, other := l.open("down", "x"), l.open("secret", "secret")
		l.ok(l.As("alice").Restrict(string(other), true))
		l.ok(l.As("alice").Link(string(other), "Blocks", string(head)))
		if got := ticket(t, l.see(head).Foreign, other); !got.Linked || got.State != incident.Open || got.Title+got.Body != "" {
			t.Errorf("it is observed as %+v", got)
		}
		if got := ticket(t, l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{other} }).Foreign, other); got.Title+got.Body != "" {
			t.Errorf("counted, it is observed as %+v", got)
		}
		l.ok(l.As("alice").Restrict(string(head), true))
		if got := ticket(t, l.see(head).Foreign, other); got.Title != "secret" {
			t.Errorf("among those who see both it is observed as %+v", got)
		}
	})
}

// What is created of a restricted head is restricted too, or not created.
func TestTicketsOfARestrictedHead(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.SetRole(ops, sandbox.Administrators, "hereby", "alice")
		head := l.open("secret", "x")
		l.ok(l.As("alice").Restrict(string(head), true))
		on, epic := l.covered(head)
		if !on.Head.Private || l.see(l.open("open to all", "x")).Head.Private {
			t.Error("which head few may see is not told")
		}
		follow := incident.Create{Slot: "follow/1.0", Place: ops, Title: "secret too", Body: "x", Parent: head}
		role := incident.Create{Slot: "role/command", Place: ops, Title: "c", Body: "x", Parent: head}
		both := l.do(on, follow, role)
		l.opt.User, l.opt.Token = l.Email("bob"), l.Token("bob")
		if e == sandbox.DataCenter {
			l.opt.User = ""
		}
		bob := must(New(l.opt))
		for _, ref := range []incident.Ref{epic, both[0].Ref} {
			if _, err := bob.issue(t.Context(), string(ref), ""); !isStatus(err, http.StatusNotFound) {
				t.Errorf("bob reads %s: %v", ref, err)
			}
		}
		there := incident.Create{Slot: "follow/2.0", Place: "WEB", Title: "secret there", Body: "x", Parent: head}
		l.Revoke("WEB", "hereby", sandbox.SetSecurity)
		l.refused(on, there, "Set Issue Security", string(head), "WEB")
		l.Revoke(ops, "hereby", sandbox.SetSecurity)
		l.refused(on, follow, "Set Issue Security", string(head), ops)
	})
}
