package jira

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

func day(text string) time.Time { return must(time.Parse(time.DateOnly, text)) }

// A ticket with a date gets it in Jira's own field, where its form has that,
// by the same requests; what people put there instead is theirs.
func TestDueDate(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		on := l.see(head)
		file := func(slot incident.Slot, due time.Time) incident.Action {
			return incident.Create{Slot: slot, Place: ops, Title: "x", Body: "x", Parent: head, Due: due}
		}
		plain := l.do(on, file("item/a", time.Time{}))[0].Ref
		l.requests()
		l.do(on, file("item/b", time.Time{}))
		without, _ := l.requests()
		dated := l.do(on, file("item/c", day("2026-12-24")))[0].Ref
		if with, _ := l.requests(); with != without {
			t.Errorf("%d requests with a date, %d without", with, without)
		}
		if got := l.issue(dated).Due; got != "2026-12-24" {
			t.Errorf("due %q", got)
		}
		both := l.do(on, file("item/d", day("2026-12-25")), file("item/e", time.Time{}))
		if a, b := l.issue(both[0].Ref).Due, l.issue(both[1].Ref).Due; a != "2026-12-25" || b != "" {
			t.Errorf("in one request: %q and %q", a, b)
		}
		sees := func(want time.Time, refs ...incident.Ref) {
			t.Helper()
			on := l.see(head)
			for _, r := range refs {
				if got := ticket(t, on.Tickets, r).Due; !got.Day.Equal(want) || got.Shared {
					t.Errorf("%s: %+v, want %v", r, got, want)
				}
			}
		}
		sees(time.Time{}, plain, dated)
		text := "Another"
		l.do(l.see(head), incident.Edit{Ref: dated, Slot: "item/c", Body: &text}, incident.Assign{Ref: dated, People: []incident.Person{l.person("alice"), l.person("bob")}})
		l.restart()
		sees(time.Time{}, plain, dated)
		l.ok(l.As("alice").SetDue(string(dated), "2027-01-15"))
		l.ok(l.As("alice").SetDue(string(plain), "2027-01-15"))
		sees(day("2027-01-15"), plain, dated)
		// A ticket for an incident elsewhere is read alike.
		away := incident.Snapshot{ID: "github-1", Caps: on.Caps, Head: incident.Ticket{Ref: "acme/shop#1"}}
		r := l.do(away, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x", Due: day("2026-12-24")})[0].Ref
		l.ok(l.As("alice").SetDue(string(r), "2027-01-16"))
		l.clock.Advance(10 * time.Minute)
		there, err := l.Visit(t.Context(), incident.Look{ID: "github-1", Tickets: []incident.Ref{r}})
		if err != nil || !ticket(t, there.Tickets, r).Due.Day.Equal(day("2027-01-16")) {
			t.Errorf("%+v %v", there.Tickets, err)
		}
	})
}

// Where no date can be set the ticket is created all the same; at once, where
// Jira said so before.
func TestDueDateOffScreen(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		head := l.open("down", "x")
		dated := incident.Create{Slot: "item/a", Place: ops, Title: "x", Body: "x", Parent: head, Due: day("2026-12-24")}
		on := l.see(head)
		l.do(on, dated)
		l.ChangeProject(ops, sandbox.OffScreen("Task", "duedate"))
		for _, writes := range []int{3, 2} { // the creation that Jira complains of, the creation, the link
			l.requests()
			dated.Slot += "a"
			r := l.do(on, dated)[0].Ref
			if _, n := l.requests(); n != writes || l.issue(r).Due != "" || len(l.issue(r).Links) != 1 {
				t.Errorf("%d writes, want %d: %+v", n, writes, l.issue(r))
			}
			l.restart()
			on = l.see(head)
		}
	})
}
