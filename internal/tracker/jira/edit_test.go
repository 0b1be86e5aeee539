package jira

import (
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// editInHalves edits a ticket: twice with the nth write going wrong, the second
// time where the first did, and then, in a new process, for good.
func (l *lab) editInHalves(head, ref incident.Ref, was, is string, n int, f sandbox.Fault) {
	l.t.Helper()
	edit := incident.Edit{Ref: ref, Slot: "review/1", Body: &is}
	for range 2 {
		on := l.see(head)
		if got := ticket(l.t, on.Tickets, ref).Body; got != was && got != is {
			l.t.Errorf("half an edit is observed as %q", got)
		}
		l.SetFault(onWrite(n, f))
		l.Apply(l.t.Context(), on, []incident.Action{edit})
		l.SetFault(nil)
	}
	l.restart()
	l.do(l.see(head), edit)
	if got := ticket(l.t, l.see(head).Tickets, ref).Body; got != is {
		l.t.Errorf("the edit ended as %q", got)
	}
}

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
				l.editInHalves(head, ref, was, is, n, sandbox.Fault{Kind: kind})
			}
		}
	})
}
