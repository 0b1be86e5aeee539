package jira

import (
	"net/http"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// A marker that was lost is put back without touching the text, which is
// markup by now: its source went with the marker.
func TestLostMarkIsPutBack(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		source := "## Look\n\nat **this** and [that](https://a.example/x)\n\n- one\n- two"
		ref := l.do(l.see(head), incident.Create{Slot: "role/command", Place: ops, Title: "x", Body: source, Parent: head})[0].Ref
		before := l.issue(ref).Body
		l.ok(l.send(t.Context(), http.MethodDelete, path(ref)+"/properties/"+ours, nil, nil))
		l.restart()
		on := l.see(head)
		lost := ticket(t, on.Tickets, ref)
		if !lost.Unmarked || lost.Slot != "" {
			t.Fatalf("%+v", lost)
		}
		for range 2 { // the second is a repetition whose answer was lost
			l.do(on, incident.Edit{Ref: ref, Slot: "role/command", Body: &lost.Body})
			if got := l.issue(ref).Body; got != before {
				t.Errorf("the text was %q and is %q", before, got)
			}
		}
		l.restart()
		on = l.see(head)
		if got := ticket(t, on.Tickets, ref); got.Slot != "role/command" || got.Unmarked || got.Body != lost.Body {
			t.Errorf("%+v", got)
		}
		l.do(on, incident.Edit{Ref: ref, Slot: "role/command", Body: &source})
		if got := ticket(t, l.see(head).Tickets, ref).Body; got != source || l.issue(ref).Body != before {
			t.Errorf("put right it reads %q: %q", got, l.issue(ref).Body)
		}
	})
}

// An answer is for those who may read what it answers. Where that is gone, for
// nobody: it may have been for a few.
func TestAnswerToWhatIsGone(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		id := must(l.As("alice").CommentTo(string(head), sandbox.Developers, "/ops"))
		l.SetRole(ops, sandbox.Developers, "hereby", "alice")
		l.Grant(ops, "hereby", sandbox.AdministerProject)
		on := l.see(head)
		l.ok(l.As("alice").DeleteComment(id))
		l.restart()
		n := len(l.issue(head).Comments)
		l.refused(on, incident.Say{Slot: incident.ReplySlot(id), Text: "secret"}, "gone")
		if got := len(l.issue(head).Comments); got != n {
			t.Errorf("%d comments, there were %d", got, n)
		}
	})
}
