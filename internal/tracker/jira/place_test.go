package jira

import (
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// covered declares an incident and puts an epic over its head.
func (l *lab) covered(head incident.Ref) (incident.Snapshot, incident.Ref) {
	l.t.Helper()
	on := l.see(head)
	if !on.Caps.Epic {
		l.t.Fatalf("no epic can be created over %s", head)
	}
	r := l.do(on, incident.Create{Slot: incident.Epic, Place: ops, Title: "Incident: down", Body: "Of [" + string(head) + "]"})[0]
	return l.see(head), r.Ref
}

func TestEpicOverTheHead(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("Checkout is down", "I hereby declare this an incident")
		on, epic := l.covered(head)
		got := ticket(t, on.Tickets, epic)
		if got.Slot != incident.Epic || !got.Linked || !on.Caps.Epic {
			t.Errorf("the epic is observed as %+v, caps %+v", got, on.Caps)
		}
		if i := l.issue(epic); i.Type != "Epic" {
			t.Errorf("the epic is a %s", i.Type)
		}
		if p := l.issue(head).Parent; p != string(epic) {
			t.Errorf("the head hangs under %v, want %s", p, epic)
		}
		follow := l.do(on, incident.Create{Slot: "follow/1.0", Place: "WEB", Title: "Fix it", Body: "x", Parent: head})[0].Ref
		role := l.do(on, incident.Create{Slot: "role/command", Place: ops, Title: "Command", Body: "x", Parent: head})[0].Ref
		if i := l.issue(follow); i.Parent != string(epic) || !slices.Contains(i.Links, sandbox.WorldLink{Type: "relates to", Key: string(head)}) {
			t.Errorf("the follow-up hangs under %v with the links %v", i.Parent, i.Links)
		}
		if i := l.issue(role); i.Parent != string(head) || i.Type != "Sub-task" {
			t.Errorf("the role is a %s under %v", i.Type, i.Parent)
		}
		loose := must(l.As("bob").OpenIssue(ops, "by hand", ""))
		l.ok(l.As("bob").Attach(string(epic), loose))
		other := must(l.As("bob").OpenIssue(ops, "linked to the epic", ""))
		l.ok(l.As("bob").Link(other, "Blocks", string(epic)))
		cloned := must(l.As("bob").OpenIssue(ops, "a clone", ""))
		l.ok(l.As("bob").Link(cloned, "Cloners", string(head)))
		l.restart()
		on = l.see(head)
		for _, ref := range []incident.Ref{incident.Ref(loose), incident.Ref(other)} {
			if !ticket(t, on.Foreign, ref).Linked {
				t.Errorf("%s is not linked", ref)
			}
		}
		if !ticket(t, on.Tickets, follow).Linked || !ticket(t, on.Tickets, role).Linked {
			t.Error("our own tickets are not linked")
		}
		if slices.Contains(refs(on.Foreign), incident.Ref(cloned)) {
			t.Error("a type of link that is to be ignored counts")
		}
	})
}

// Where an epic of another project cannot be the parent, a follow-up is linked to
// the head alone: Jira calls the field by another name when it refuses it.
func TestFollowUpInATeamManagedProject(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.ChangeProject("WEB", sandbox.TeamManaged)
	head := l.open("Checkout is down", "x")
	on, _ := l.covered(head)
	a := incident.Create{Slot: "follow/1.0", Place: "WEB", Title: "Fix it", Body: "x", Parent: head}
	b := a
	b.Slot = "follow/2.0"
	for _, r := range append(l.do(on, a), l.do(on, b, a)[:1]...) {
		if i := l.issue(r.Ref); i.Parent != nil || !slices.Contains(i.Links, sandbox.WorldLink{Type: "relates to", Key: string(head)}) {
			t.Errorf("the follow-up hangs under %v with the links %v", i.Parent, i.Links)
		}
	}
}

// A follow-up that was filed before there was an epic is put under it; where a
// person put it, or took it from, it stays.
func TestFollowUpFromBeforeTheEpic(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("Checkout is down", "x")
		on := l.see(head)
		var early []incident.Ref
		for _, slot := range []incident.Slot{"follow/1.0", "follow/2.0", "follow/3.0", "role/command"} {
			early = append(early, l.do(on, incident.Create{Slot: slot, Place: ops, Title: string(slot), Body: "x", Parent: head})[0].Ref)
		}
		abroad := l.do(on, incident.Create{Slot: "follow/4.0", Place: "WEB", Title: "x", Body: "x", Parent: head})[0].Ref
		for _, tk := range l.see(head).Tickets {
			if tk.Loose {
				t.Errorf("%s is loose without an epic", tk.Ref)
			}
		}
		mine := must(l.As("alice").OpenEpic(ops, "Our own"))
		l.ok(l.As("alice").Attach(mine, string(early[1])))
		l.ok(l.As("alice").Attach(mine, string(early[2])))
		l.ok(l.As("alice").Attach("", string(early[2])))
		on, epic := l.covered(head)
		for _, tk := range on.Tickets {
			if tk.Loose != (tk.Ref == early[0]) {
				t.Errorf("%s (%s) is loose: %v", tk.Ref, tk.Slot, tk.Loose)
			}
		}
		l.do(on, incident.Link{Ref: early[0], On: true})
		for n, want := range []any{string(epic), mine, nil} {
			if i := l.issue(early[n]); i.Parent != want || len(i.Links) != 1 {
				t.Errorf("%s hangs under %v, want %v, with the links %v", early[n], i.Parent, want, i.Links)
			}
		}
		if i := l.issue(abroad); i.Parent != nil {
			t.Errorf("%s hangs under %v", abroad, i.Parent)
		}
		now := l.see(head)
		if got := ticket(t, now.Tickets, early[0]); got.Loose || !got.Linked {
			t.Errorf("%+v", got)
		}
		// Somebody was quicker.
		l.ok(l.As("alice").Attach(mine, string(early[0])))
		l.do(on, incident.Link{Ref: early[0], On: true})
		if i := l.issue(early[0]); i.Parent != mine {
			t.Errorf("what somebody put under %s hangs under %v", mine, i.Parent)
		}
		// Taken off again it is let alone.
		l.ok(l.As("alice").Attach("", string(early[0])))
		if got := ticket(t, l.see(head).Tickets, early[0]); got.Loose {
			t.Errorf("%+v", got)
		}
		l.requests()
		l.see(head)
		if n, writes := l.requests(); n > 4 || writes > 0 {
			t.Errorf("%d requests, %d writes", n, writes)
		}
	})
}

// Where the screens do not let us put it there, it stays linked to the head.
func TestFollowUpThatCannotBePut(t *testing.T) {
	l := newLab(t, sandbox.Options{Edition: sandbox.DataCenter})
	head := l.open("Checkout is down", "x")
	early := l.do(l.see(head), incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x", Parent: head})[0].Ref
	on, _ := l.covered(head)
	l.ChangeProject(ops, sandbox.OffScreen("Task", sandbox.EpicLink))
	l.do(on, incident.Link{Ref: early, On: true})
	if i := l.issue(early); i.Parent != nil || len(i.Links) != 1 {
		t.Errorf("%s hangs under %v with the links %v", early, i.Parent, i.Links)
	}
}

// The head of whose epic only the first half was done is put under it later.
func TestEpicIsAttachedLater(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("Checkout is down", "x")
		_, epic := l.covered(head)
		l.ok(l.As("alice").Attach("", string(head)))
		on := l.see(head)
		if ticket(t, on.Tickets, epic).Linked {
			t.Fatal("the epic is linked to a head that hangs nowhere")
		}
		l.do(on, incident.Link{Ref: epic, On: true}, incident.Link{Ref: epic, On: true})
		if on = l.see(head); !ticket(t, on.Tickets, epic).Linked || l.issue(head).Parent != string(epic) {
			t.Errorf("the head hangs under %v", l.issue(head).Parent)
		}
		// A person's epic stays.
		mine := must(l.As("alice").OpenEpic(ops, "Our own"))
		l.ok(l.As("alice").Attach(mine, string(head)))
		on = l.see(head)
		l.refused(on, incident.Link{Ref: epic, On: true}, string(head), mine)
		if l.issue(head).Parent != mine {
			t.Errorf("the parent that somebody set was replaced by %v", l.issue(head).Parent)
		}
	})
}

// A follow-up of which only the first half was done, which is its place under
// the epic, is linked to the head later.
func TestFollowUpIsLinkedLater(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("Checkout is down", "x")
		on, epic := l.covered(head)
		l.SetFault(onWrite(2, sandbox.Fault{Kind: sandbox.ErrorBefore}))
		follow := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "Fix it", Body: "x", Parent: head})[0].Ref
		l.SetFault(nil)
		if i := l.issue(follow); i.Parent != string(epic) || len(i.Links) != 0 {
			t.Fatalf("the follow-up hangs under %v with the links %v", i.Parent, i.Links)
		}
		l.restart()
		if on = l.see(head); ticket(t, on.Tickets, follow).Linked {
			t.Error("the follow-up is taken for linked because it is under the epic")
		}
		l.do(on, incident.Link{Ref: follow, On: true}, incident.Link{Ref: follow, On: true})
		if i := l.issue(follow); len(i.Links) != 1 || i.Links[0].Key != string(head) {
			t.Errorf("its links are %v", i.Links)
		}
		if on = l.see(head); !ticket(t, on.Tickets, follow).Linked {
			t.Error("it is not linked")
		}
	})
}

func TestWhereNoEpicFits(t *testing.T) {
	for name, c := range map[string]struct {
		stage  func(*lab) incident.Ref
		parent func(l *lab, head incident.Ref, follow sandbox.Issue) bool
	}{
		"the head has an epic": {
			func(l *lab) incident.Ref {
				head := l.open("down", "x")
				l.ok(l.As("alice").Attach(must(l.As("alice").OpenEpic(ops, "Our own")), string(head)))
				return head
			},
			func(_ *lab, _ incident.Ref, follow sandbox.Issue) bool { return follow.Parent == nil },
		},
		"the head is an epic": {
			func(l *lab) incident.Ref { return incident.Ref(must(l.As("alice").OpenEpic(ops, "down"))) },
			func(_ *lab, head incident.Ref, follow sandbox.Issue) bool { return follow.Parent == string(head) },
		},
		"the head is a sub-task": {
			func(l *lab) incident.Ref {
				return incident.Ref(must(l.As("alice").OpenSubtask(string(l.open("over", "x")), "down")))
			},
			func(_ *lab, _ incident.Ref, follow sandbox.Issue) bool { return follow.Parent == nil },
		},
		"the project has no epics": {
			func(l *lab) incident.Ref {
				l.ChangeProject(ops, sandbox.WithoutEpics)
				return l.open("down", "x")
			},
			func(_ *lab, _ incident.Ref, follow sandbox.Issue) bool { return follow.Parent == nil },
		},
	} {
		t.Run(name, func(t *testing.T) {
			editions(t, func(t *testing.T, e sandbox.Edition) {
				l := newLab(t, sandbox.Options{Edition: e})
				head := c.stage(l)
				before := l.issue(head).Parent
				on := l.see(head)
				if on.Caps.Epic {
					t.Error("an epic may be created over the head")
				}
				rs := l.do(on,
					incident.Create{Slot: "follow/1.0", Place: ops, Title: "Fix it", Body: "x", Parent: head},
					incident.Create{Slot: "role/command", Place: ops, Title: "Command", Body: "x", Parent: head})
				on = l.see(head)
				for _, r := range rs {
					if !ticket(t, on.Tickets, r.Ref).Linked {
						t.Errorf("%s is not linked: %+v", r.Ref, l.issue(r.Ref))
					}
				}
				if follow := l.issue(rs[0].Ref); !c.parent(l, head, follow) {
					t.Errorf("the follow-up hangs under %v", follow.Parent)
				}
				if after := l.issue(head).Parent; after != before {
					t.Errorf("the head hung under %v, and now under %v", before, after)
				}
			})
		})
	}
}

func TestRequiredFields(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ChangeProject(ops, sandbox.Requires("Task", "customfield_10100"))
		head := incident.Ref(must(l.As("alice").OpenEpic(ops, "down")))
		on := l.see(head)
		r := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x", Parent: head})[0]
		if i := l.issue(r.Ref); i.Type == "Task" {
			t.Error("a type that asks for more than we have was not avoided")
		}
		for _, kind := range []string{"Story", "Bug"} {
			l.ChangeProject(ops, sandbox.Requires(kind, "customfield_10100"))
		}
		l.restart()
		a := incident.Create{Slot: "follow/2.0", Place: ops, Title: "x", Body: "x", Parent: head}
		l.refused(on, a, "OPS", "Field customfield_10100", "default")
		both := l.Apply(t.Context(), on, []incident.Action{a, a})
		if both[0].Outcome != incident.Refused || !strings.Contains(both[1].Err.Error(), "Field customfield_10100") {
			t.Errorf("in one request: %v", both)
		}
	})
}

func TestLinkTypes(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head, other := l.open("down", "x"), l.open("other", "x")
		on := l.see(head)
		l.SetLinkTypes([3]string{"Blocks", "is blocked by", "blocks"}, [3]string{"Verwandt", "gehört zu", "gehört zu"})
		l.do(on, incident.Link{Ref: other, On: true})
		if links := l.issue(other).Links; len(links) != 1 || links[0].Type != "gehört zu" {
			t.Errorf("linked as %v", links)
		}
		l.SetLinkTypes([3]string{"Blocks", "is blocked by", "blocks"})
		l.restart()
		third := l.open("third", "x")
		l.refused(on, incident.Link{Ref: third, On: true}, `"Relates"`, "Blocks", "add it")
		// A ticket that cannot be linked is created all the same.
		r := l.one(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x", Parent: head})
		if r.Outcome != incident.Applied {
			t.Errorf("%v %v", r.Outcome, r.Err)
		}
		if l.see(head).ID == "" {
			t.Error("not observed")
		}
		l.SetLinkTypes()
		l.restart()
		l.refused(on, incident.Link{Ref: third, On: true}, "switched off")
	})
}

// A sub-task that a person made an ordinary issue is still ours.
func TestConverted(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		r := l.do(on, incident.Create{Slot: "role/command", Place: ops, Title: "x", Body: "x", Parent: head})[0]
		l.ok(l.As("alice").Convert(string(r.Ref), "Task", ""))
		on = l.see(head)
		if got := ticket(t, on.Tickets, r.Ref); got.Slot != "role/command" || got.Linked {
			t.Errorf("%+v", got)
		}
		l.do(on, incident.Link{Ref: r.Ref, On: true})
		if got := ticket(t, l.see(head).Tickets, r.Ref); !got.Linked {
			t.Errorf("not linked again: %+v", got)
		}
		// And the head becomes a sub-task of something else.
		l.ok(l.As("alice").Convert(string(head), "Sub-task", string(l.open("over", "x"))))
		l.restart()
		if on = l.see(head); on.Caps.Epic || !ticket(t, on.Tickets, r.Ref).Linked {
			t.Errorf("caps %+v, tickets %+v", on.Caps, on.Tickets)
		}
	})
}

// A ticket for an incident on another tracker hangs nowhere here, and is found
// by the ID that names that tracker.
func TestAbroad(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: settle - 1})
		on := incident.Snapshot{ID: "github-77", Key: "github:acme/shop#1", Head: incident.Ticket{Ref: "acme/shop#1"}}
		r := l.do(on, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x"})[0]
		if i := l.issue(r.Ref); len(i.Links) != 0 || i.Parent != nil || !slices.Contains(i.Labels, incident.LabelOf("github-77")) {
			t.Errorf("%+v", i)
		}
		l.clock.Advance(settle)
		l.restart()
		there, err := l.Visit(t.Context(), incident.Look{ID: "github-77"})
		if err != nil || len(there.Tickets) != 1 || there.Tickets[0].Ref != r.Ref || there.Tickets[0].Slot != "follow/1.0" {
			t.Errorf("%+v %v", there.Tickets, err)
		}
	})
}
