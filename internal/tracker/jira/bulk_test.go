package jira

import (
	"slices"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

func TestBulk(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		var do []incident.Action
		for _, slot := range []incident.Slot{"role/command", "role/communications", "check/communications-owner", "check/communications-customers", "role/planning"} {
			do = append(do, incident.Create{Slot: slot, Place: ops, Title: string(slot), Body: "x", Parent: head, Assignees: []incident.Person{l.person("bob")}})
		}
		l.requests()
		l.do(on, do...)
		if _, n := l.requests(); n != 1 {
			t.Errorf("five sub-tasks took %d writes", n)
		}
		on = l.see(head)
		for _, a := range do {
			got, ok := on.Find(a.(incident.Create).Slot, "")
			if !ok || !got.Linked || !slices.Equal(got.Assignees, []incident.Person{l.person("bob")}) {
				t.Errorf("%v is observed as %+v", a, got)
			}
		}
	})
}

// What Jira refuses of several is refused alone, and what it takes in another
// form is created in that form.
func TestBulkInPart(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		rs := l.Apply(t.Context(), on, []incident.Action{
			incident.Create{Slot: "follow/1.0", Place: ops, Title: "one", Body: "x", Parent: head},
			incident.Create{Slot: "follow/2.0", Place: ops, Title: "", Body: "x", Parent: head},
			incident.Create{Slot: "follow/3.0", Place: "NOWHERE", Title: "three", Body: "x", Parent: head},
			incident.Create{Slot: "follow/4.0", Place: ops, Title: "four", Body: "x", Parent: head, Assignees: []incident.Person{l.person("stan")}},
			incident.Create{Slot: "follow/5.0", Place: ops, Title: "five", Body: "x", Parent: head},
		})
		for i, want := range []incident.Outcome{incident.Applied, incident.Refused, incident.Refused, incident.Applied, incident.Applied} {
			if rs[i].Outcome != want {
				t.Errorf("%d: %v %v, want %v", i, rs[i].Outcome, rs[i].Err, want)
			}
		}
		on = l.see(head)
		for i, slot := range []incident.Slot{"follow/1.0", "follow/2.0", "follow/3.0", "follow/4.0", "follow/5.0"} {
			if got, ok := on.Find(slot, ""); ok != (rs[i].Ref != "") || got.Ref != rs[i].Ref {
				t.Errorf("%s is %s, the result says %q", slot, got.Ref, rs[i].Ref)
			}
		}
		if len(on.Tickets) != 3 {
			t.Errorf("%d tickets", len(on.Tickets))
		}
	})
}

func TestBulkLost(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head := l.open("down", "x")
	on := l.see(head)
	l.SetFault(onWrite(1, sandbox.Fault{Kind: sandbox.LostReply}))
	rs := l.Apply(t.Context(), on, []incident.Action{
		incident.Create{Slot: "role/command", Place: ops, Title: "one", Body: "x", Parent: head},
		incident.Create{Slot: "role/planning", Place: ops, Title: "two", Body: "x", Parent: head},
		incident.Tag{Ref: head, Label: "x", On: true},
	})
	if rs[0].Outcome != incident.Unknown || rs[1].Outcome != incident.Unknown || rs[2].Outcome != incident.NotRun {
		t.Errorf("%v", rs)
	}
}

// Labels of one ticket are one request.
func TestLabelsTogether(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x", "off")
		on := l.see(head)
		l.requests()
		tag := func(label string, set bool) incident.Action { return incident.Tag{Ref: head, Label: label, On: set} }
		rs := l.Apply(t.Context(), on, []incident.Action{tag("hereby", true), tag("with space", true), tag("off", false), tag("hereby-1", true), tag("hereby", false), tag("hereby", true)})
		for i, r := range rs {
			want := incident.Applied
			if i == 1 {
				want = incident.Refused
			}
			if r.Outcome != want {
				t.Errorf("%d: %v %v", i, r.Outcome, r.Err)
			}
		}
		if _, n := l.requests(); n != 2 {
			t.Errorf("%d writes", n)
		}
		if got := l.see(head).Head.Labels; !slices.Equal(got, []string{"hereby", "hereby-1"}) && !slices.Equal(got, []string{"hereby-1", "hereby"}) {
			t.Errorf("labels %q", got)
		}
	})
}
