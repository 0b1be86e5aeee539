package jira

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// However much of an edit was done, the text is still known for what it was made
// of, and the edit can be made again.
func TestHalfAnEdit(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		for n := 1; n <= 2; n++ {
			for _, kind := range []sandbox.Kind{sandbox.ErrorBefore, sandbox.ErrorAfter} {
				l := newLab(t, sandbox.Options{Edition: e})
				head := l.open("down", "x")
				was, is := "<!-- part -->\nan **old** list\n<!-- part ends -->", "<!-- part -->\na **new** list\n<!-- part ends -->"
				ref := l.do(l.see(head), incident.Create{Slot: "review/1", Place: ops, Title: "Review", Body: was, Parent: head})[0].Ref
				for range 2 { // the second goes wrong where the first did
					on := l.see(head)
					if got := ticket(t, on.Tickets, ref).Body; got != was && got != is {
						t.Errorf("half an edit is observed as %q", got)
					}
					l.SetFault(onWrite(n, sandbox.Fault{Kind: kind}))
					l.Apply(t.Context(), on, []incident.Action{incident.Edit{Ref: ref, Slot: "review/1", Body: &is}})
					l.SetFault(nil)
				}
				l.restart()
				l.do(l.see(head), incident.Edit{Ref: ref, Slot: "review/1", Body: &is})
				if got := ticket(t, l.see(head).Tickets, ref).Body; got != is {
					t.Errorf("the edit ended as %q", got)
				}
			}
		}
	})
}
