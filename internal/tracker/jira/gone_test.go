package jira

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// An epic that is deleted, or hidden from us, does not hide the incident: Jira
// refuses a search that names it.
func TestEpicIsDeleted(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on, epic := l.covered(head)
		role := l.do(on, incident.Create{Slot: "role/command", Place: ops, Title: "Command", Body: "x", Parent: head})[0].Ref
		l.see(head)
		l.Grant(ops, "alice", sandbox.DeleteIssues)
		l.ok(l.As("alice").Delete(string(epic)))
		on = l.see(head)
		if got := ticket(t, on.Tickets, role); !got.Linked {
			t.Errorf("%+v", got)
		}
		if len(on.Tickets) != 1 || !on.Caps.Epic {
			t.Errorf("sees %v, an epic may be created: %v", refs(on.Tickets), on.Caps.Epic)
		}
	})
}
