package jira

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// An index that says that all is done is not believed: what was reopened a
// moment ago is open, on both editions.
func TestAllDoneIsLookedAtTwice(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: time.Minute})
		head := l.open("down", "x")
		var refs []incident.Ref
		for _, slot := range []incident.Slot{"follow/1.0", "follow/2.0"} {
			refs = append(refs, l.do(l.see(head), incident.Create{Slot: slot, Place: ops, Title: string(slot), Body: "x", Parent: head})[0].Ref)
		}
		for _, ref := range refs {
			l.ok(l.As("bob").Close(string(ref), "Done"))
		}
		l.clock.Advance(2 * time.Minute)
		for _, ref := range refs {
			if got := ticket(t, l.see(head).Tickets, ref); got.State != incident.Done {
				t.Fatalf("%s is %s", ref, got.State)
			}
		}
		l.ok(l.As("bob").Reopen(string(refs[1])))
		if got := ticket(t, l.see(head).Tickets, refs[1]); got.State != incident.Open {
			t.Errorf("%s is %s, which it was before", refs[1], got.State)
		}
	})
}

// filed files follow-ups and lets the index learn of them.
func (l *lab) filed(head incident.Ref, n int) (refs []incident.Ref) {
	l.t.Helper()
	for i := range n {
		slot := incident.Slot(fmt.Sprintf("follow/%d.0", i+1))
		refs = append(refs, l.do(l.see(head), incident.Create{Slot: slot, Place: ops, Title: string(slot), Body: "x", Parent: head})[0].Ref)
	}
	l.clock.Advance(2 * time.Minute)
	l.see(head)
	return refs
}

// states returns the states of some tickets.
func states(t *testing.T, on incident.Snapshot, refs []incident.Ref) (list []incident.State) {
	t.Helper()
	for _, ref := range refs {
		list = append(list, ticket(t, on.Tickets, ref).State)
	}
	return list
}

// What people closed a moment ago is closed when somebody says that the incident
// is over, by whatever means, though the index calls it open.
func TestClosedAMomentAgo(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		for name, over := range map[string]func(l *lab, head, epic incident.Ref) func(*incident.Look){
			"ordered": func(l *lab, head, _ incident.Ref) func(*incident.Look) {
				id := l.say("alice", head, "/close")
				return func(look *incident.Look) { look.Ends = func(c incident.Comment) bool { return c.ID == id } }
			},
			"the head is closed": func(l *lab, head, _ incident.Ref) func(*incident.Look) {
				l.ok(l.As("alice").Close(string(head), "Done"))
				return func(*incident.Look) {}
			},
			"the epic is closed": func(l *lab, _, epic incident.Ref) func(*incident.Look) {
				l.ok(l.As("alice").Close(string(epic), "Done"))
				l.clock.Advance(2 * time.Minute) // the index knows
				return func(*incident.Look) {}
			},
		} {
			l := newLab(t, sandbox.Options{Edition: e, Lag: time.Minute})
			head := l.open("down", "x")
			_, epic := l.covered(head)
			refs := l.filed(head, 3)
			look := over(l, head, epic)
			for _, ref := range refs[1:] {
				l.ok(l.As("bob").Close(string(ref), "Done"))
			}
			want := []incident.State{incident.Open, incident.Done, incident.Done}
			if got := states(t, l.see(head, look), refs); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
			// All are done, one of them was opened again: the index knows neither.
			l.ok(l.As("bob").Close(string(refs[0]), "Done"))
			l.ok(l.As("bob").Reopen(string(refs[2])))
			want = []incident.State{incident.Done, incident.Done, incident.Open}
			if got := states(t, l.see(head, look), refs); !slices.Equal(got, want) {
				t.Errorf("%s, opened again: %v, want %v", name, got, want)
			}
		}
	})
}

// A close that we carried out was ordered when every ticket had been read: a
// process that remembers an index from before, of however many, does not see
// them open.
func TestOrderedCloseIsNotUndoneByAnother(t *testing.T) {
	l := newLab(t, sandbox.Options{Edition: sandbox.DataCenter, Lag: time.Minute})
	head := l.open("down", "x")
	refs := l.filed(head, maxDoubts+2)
	other := must(New(l.opt))
	seen := func() incident.Snapshot {
		return must(other.Observe(t.Context(), incident.Look{Key: incident.KeyOf(Name, head)}))
	}
	seen()
	for _, ref := range refs {
		l.ok(l.As("bob").Close(string(ref), "Done"))
	}
	l.do(l.see(head), incident.Close{Ref: head, As: incident.Done})
	on := seen()
	if on.Head.State != incident.Done {
		t.Fatalf("the head is %s", on.Head.State)
	}
	if got := states(t, on, refs); slices.Contains(got, incident.Open) {
		t.Errorf("the other sees %v", got)
	}
	// While nobody says that it is over, and where that are many, it is believed.
	l.ok(l.As("alice").Reopen(string(head)))
	l.requests()
	if got := states(t, seen(), refs); !slices.Contains(got, incident.Open) {
		t.Errorf("it was not believed: %v", got)
	}
	if n, _ := l.requests(); n > 5 {
		t.Errorf("%d requests", n)
	}
	l.ok(l.As("alice").Close(string(head), "Done"))
	if got := states(t, seen(), refs); !slices.Contains(got, incident.Open) {
		t.Errorf("%d tickets were read: %v", len(refs), got)
	}
}

// What was seen or changed since, the index does not undo: an assignment is not
// made again, nor is one that another replica saw taken for a person's hand.
func TestAssignedAMomentAgo(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: time.Minute})
		head := l.open("down", "x")
		ref := l.do(l.see(head), incident.Create{Slot: "review/1", Place: ops, Title: "x", Body: "was", Parent: head, Assignees: []incident.Person{l.person("alice")}})[0].Ref
		l.clock.Advance(2 * time.Minute)
		on := l.see(head)
		other := must(New(l.opt))
		look := incident.Look{Key: incident.KeyOf(Name, head)}
		must(other.Observe(t.Context(), look)) // and remembers what the text was
		before := ticket(t, on.Tickets, ref)
		l.clock.Advance(time.Second)
		body := "**is**"
		l.do(on, incident.Assign{Ref: ref, People: []incident.Person{l.person("bob")}}, incident.Edit{Ref: ref, Slot: "review/1", Body: &body})
		sees := func(tr *Tracker, since time.Time) incident.Ticket {
			t.Helper()
			look.AsOf = map[incident.Ref]time.Time{ref: since}
			got := ticket(t, must(tr.Observe(t.Context(), look)).Tickets, ref)
			if !slices.Equal(got.Assignees, []incident.Person{l.person("bob")}) || got.Body != body {
				t.Errorf("assigned to %v, and reads %q", got.Assignees, got.Body)
			}
			return got
		}
		now := sees(other, before.Changed.Add(time.Millisecond))
		if !now.Changed.After(before.Changed) {
			t.Errorf("changed at %v, and before at %v", now.Changed, before.Changed)
		}
		sees(must(New(l.opt)), now.Changed)
		l.clock.Advance(2 * time.Minute) // the index knows
		sees(other, now.Changed)
		l.requests()
		sees(other, now.Changed)
		if n, _ := l.requests(); n > 5 {
			t.Errorf("%d requests", n)
		}
	})
}
