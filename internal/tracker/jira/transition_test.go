package jira

import (
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// Names of types, statuses, transitions and fields may be in any language.
func TestLocalised(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, FieldNames: map[string]string{sandbox.EpicLink: "Epos-Verknüpfung", sandbox.EpicName: "Epos-Name", "labels": "Stichwörter"}})
		l.ChangeProject(ops, sandbox.WithWorkflow(sandbox.German), sandbox.TypeNames(map[string]string{"Task": "Aufgabe", "Epic": "Epos", "Sub-task": "Unteraufgabe", "Bug": "Fehler"}))
		l.SetResolutions("Fertig", "Wird nicht erledigt", "Duplikat")
		l.opt.Wontfix = []string{"wird NICHT erledigt"}
		l.restart()
		head := l.open("Kasse steht", "x")
		on, epic := l.covered(head)
		if i := l.issue(epic); i.Type != "Epos" || l.issue(head).Parent != string(epic) {
			t.Errorf("the epic is of type %s, the head under %v", i.Type, l.issue(head).Parent)
		}
		ref := l.do(on, incident.Create{Slot: "role/command", Place: ops, Title: "x", Body: "x", Parent: head})[0].Ref
		if i := l.issue(ref); i.Type != "Unteraufgabe" {
			t.Errorf("the role is of type %s", i.Type)
		}
		for _, as := range []incident.State{incident.Done, incident.Wontfix, incident.Duplicate} {
			on = l.see(head)
			l.do(on, incident.Close{Ref: ref, As: as})
			if got := ticket(t, l.see(head).Tickets, ref); got.State != as {
				t.Errorf("closed as %s: %s", as, got.State)
			}
			l.do(on, incident.Reopen{Ref: ref})
			if got := ticket(t, l.see(head).Tickets, ref); got.State != incident.Open {
				t.Errorf("reopened: %s", got.State)
			}
		}
	})
}

// An apostrophe is one however it is written.
func TestWontfixNames(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	l.SetResolutions("Done", "Won’t  do")
	head, other := l.open("down", "x"), l.open("other", "x")
	look := func(k *incident.Look) { k.Tickets = []incident.Ref{other} }
	l.do(l.see(head), incident.Close{Ref: other, As: incident.Wontfix})
	if got := ticket(t, l.see(head, look).Foreign, other); got.State != incident.Wontfix || *l.issue(other).Resolution != "Won’t  do" {
		t.Errorf("%+v", got)
	}
}

func TestNoWayBack(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ChangeProject(ops, sandbox.WithWorkflow(sandbox.NoWayBack))
		head := l.open("down", "x")
		l.ok(l.As("bob").Close(string(head), "Done"))
		on := l.see(head)
		l.refused(on, incident.Reopen{Ref: head}, "workflow", "Task", ops, `"Done"`, "Add one")
		l.ChangeProject(ops, sandbox.WithWorkflow(sandbox.Classic)) // the administrator did
		l.do(on, incident.Reopen{Ref: head})
		if l.see(head).Head.State != incident.Open {
			t.Error("not reopened")
		}
	})
}

func flow(ts ...sandbox.Transition) sandbox.ProjectOption {
	return sandbox.WithWorkflow(sandbox.Workflow{
		Statuses: []sandbox.Status{{Name: "To Do", Category: sandbox.ToDo}, {Name: "Doing", Category: sandbox.Doing}, {Name: "Review", Category: sandbox.Doing},
			{Name: "Done", Category: sandbox.Done}, {Name: "Declined", Category: sandbox.Done}},
		Transitions: ts,
	})
}

func TestWorkflows(t *testing.T) {
	back := sandbox.Transition{Name: "Back", From: []string{"Done", "Declined"}, To: "To Do"}
	type tr = sandbox.Transition
	for name, c := range map[string]struct {
		flow   []sandbox.Transition
		as     incident.State
		status string
		words  []string // of the refusal; nil: it is applied
	}{
		"through what is in progress": {
			[]tr{{Name: "Start", From: []string{"To Do"}, To: "Doing"}, {Name: "Check", From: []string{"Doing"}, To: "Review"}, {Name: "Finish", From: []string{"Review"}, To: "Done"}, back},
			incident.Done, "Done", nil,
		},
		"round and round": {
			[]tr{{Name: "Start", From: []string{"To Do", "Review"}, To: "Doing"}, {Name: "Check", From: []string{"Doing"}, To: "Review"}},
			incident.Done, "", []string{"workflow", ops, "no transition"},
		},
		"a status says it": {
			[]tr{{Name: "Finish", To: "Done"}, {Name: "Decline", To: "Declined"}},
			incident.Wontfix, "Declined", nil,
		},
		"not the one that declines": {
			[]tr{{Name: "Decline", To: "Declined"}, {Name: "Finish", To: "Done"}},
			incident.Done, "Done", nil,
		},
		"one asks for more than we have": {
			[]tr{{Name: "Finish", To: "Done", Screen: []string{"customfield_10100"}, Required: []string{"customfield_10100"}}, {Name: "Just finish", To: "Done"}},
			incident.Done, "Done", nil,
		},
		"all ask for more than we have": {
			[]tr{{Name: "Finish", To: "Done", Screen: []string{"customfield_10100"}, Required: []string{"customfield_10100"}}},
			incident.Done, "", []string{`"Finish" asks for Field customfield_10100`},
		},
		"a resolution that is not told of": {
			[]tr{{Name: "Finish", To: "Done", Hidden: []string{"resolution"}}},
			incident.Wontfix, "Done", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			editions(t, func(t *testing.T, e sandbox.Edition) {
				l := newLab(t, sandbox.Options{Edition: e})
				l.ChangeProject(ops, flow(c.flow...), sandbox.Requires("Story", "customfield_10100")) // so that there is such a field
				head, other := l.open("down", "x"), l.open("other", "x")
				on := l.see(head)
				a := incident.Close{Ref: other, As: c.as}
				if c.words != nil {
					l.refused(on, a, c.words...)
					return
				}
				l.do(on, a)
				if i := l.issue(other); i.Status != c.status {
					t.Errorf("the status is %s", i.Status)
				}
				on = l.see(head, func(k *incident.Look) { k.Tickets = []incident.Ref{other} })
				if got := ticket(t, on.Foreign, other); got.State != c.as {
					t.Errorf("closed as %s: %+v", c.as, got)
				}
			})
		})
	}
}

// A workflow that cannot say as what a ticket is closed: we remember it of our
// own closings, and of no other's.
func TestUnsaidEnd(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		l.ChangeProject(ops, sandbox.WithWorkflow(sandbox.TeamFlow))
		head, other := l.open("down", "x"), l.open("other", "x")
		look := func(k *incident.Look) { k.Tickets = []incident.Ref{other} }
		check := func(want incident.State) {
			t.Helper()
			l.restart()
			if got := ticket(t, l.see(head, look).Foreign, other); got.State != want {
				t.Errorf("%s, want %s", got.State, want)
			}
		}
		on := l.see(head)
		l.do(on, incident.Close{Ref: other, As: incident.Wontfix})
		check(incident.Wontfix)
		l.ok(l.As("bob").Reopen(string(other)))
		check(incident.Open)
		l.ok(l.As("bob").Close(string(other), ""))
		check(incident.Done)
		l.ok(l.As("bob").Reopen(string(other)))
		l.do(on, incident.Close{Ref: other, As: incident.Done})
		check(incident.Done)
	})
}

func TestPreferredTransitions(t *testing.T) {
	l := newLab(t, sandbox.Options{}, func(o *Options) { o.Finish, o.Resume = []string{"ship it"}, []string{"Resume"} })
	l.ChangeProject(ops, flow(sandbox.Transition{Name: "Finish", To: "Done"}, sandbox.Transition{Name: "Ship it", To: "Declined"},
		sandbox.Transition{Name: "Back", From: []string{"Declined"}, To: "To Do"}, sandbox.Transition{Name: "Resume", From: []string{"Declined"}, To: "Doing"}))
	l.opt.Wontfix = []string{"nothing"}
	l.restart()
	head, other := l.open("down", "x"), l.open("other", "x")
	on := l.see(head)
	l.do(on, incident.Close{Ref: other, As: incident.Done})
	if i := l.issue(other); i.Status != "Declined" {
		t.Errorf("the status is %s", i.Status)
	}
	l.do(on, incident.Reopen{Ref: other})
	if i := l.issue(other); i.Status != "Doing" {
		t.Errorf("the status is %s", i.Status)
	}
}

// Permissions that lack are named, and nothing happens.
func TestPermissions(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		comment := l.say("alice", head, "/ops")
		for _, c := range []struct {
			perm sandbox.Permission
			a    incident.Action
			word string
		}{
			{sandbox.CreateIssues, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x"}, ""},
			{sandbox.AddComments, incident.Say{Slot: incident.Board, Text: "x"}, ""},
			{sandbox.EditIssues, incident.Tag{Ref: head, Label: "x", On: true}, ""},
			{sandbox.AssignIssues, incident.Assign{Ref: head, People: []incident.Person{l.person("bob")}}, ""},
			{sandbox.TransitionIssues, incident.Close{Ref: head, As: incident.Done}, "transition"},
			{sandbox.EditAllComments, incident.Ack{Comment: comment, As: incident.Obeyed}, ""},
		} {
			l.Revoke(ops, "hereby", c.perm)
			before := l.issue(head)
			l.refused(on, c.a, c.word)
			after := l.issue(head)
			if before.Status != after.Status || len(before.Comments) != len(after.Comments) || !slices.Equal(before.Labels, after.Labels) {
				t.Errorf("without %s: %+v became %+v", c.perm, before, after)
			}
			l.Grant(ops, "hereby", c.perm)
		}
		l.Revoke(ops, "hereby", sandbox.EditAllComments)
		l.restart()
		if on = l.see(head); on.Caps.Acks {
			t.Error("comments can be acknowledged without Edit All Comments")
		}
		l.refused(on, incident.Ack{Comment: comment, As: incident.Obeyed}, "Edit All Comments")
	})
}

func TestWaits(t *testing.T) {
	for name, c := range map[string]struct {
		fault    sandbox.Fault
		create   incident.Outcome
		change   incident.Outcome
		mentions string
	}{
		"429":      {sandbox.Fault{Kind: sandbox.TooMany}, incident.Deferred, incident.Deferred, "429"},
		"503":      {sandbox.Fault{Kind: sandbox.TooMany, Status: 503}, incident.Unknown, incident.Deferred, "503"},
		"conflict": {sandbox.Fault{Kind: sandbox.ErrorBefore, Status: 409}, incident.NotRun, incident.Deferred, "409"},
	} {
		t.Run(name, func(t *testing.T) {
			editions(t, func(t *testing.T, e sandbox.Edition) {
				l := newLab(t, sandbox.Options{Edition: e})
				head := l.open("down", "x")
				on := l.see(head)
				for a, want := range map[incident.Action]incident.Outcome{incident.Say{Slot: incident.Board, Text: "x"}: c.create, incident.Tag{Ref: head, Label: "x", On: true}: c.change} {
					if want == incident.NotRun { // Jira does not answer so
						continue
					}
					l.restart()
					l.SetFault(onWrite(1, c.fault))
					r := l.one(on, a)
					if r.Outcome != want || r.Err == nil || !strings.Contains(r.Err.Error(), c.mentions) {
						t.Errorf("%v: %v %v", a, r.Outcome, r.Err)
					}
				}
			})
		})
	}
}
