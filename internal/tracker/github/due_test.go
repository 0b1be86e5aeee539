package github

import (
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// The day of a milestone is the one that people chose, in summer and in winter,
// and costs no request.
func TestMilestonesAreDueOnTheDayThatWasChosen(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	head, child := l.open("x", ""), l.open("child", "")
	l.ok(l.As("alice").AddSubIssue(shop, 1, shop, 2))
	l.see(head)
	l.ResetRequests()
	l.see(head)
	before := l.Requests()
	for _, day := range []string{"2026-12-24", "2026-07-01", "2027-01-01"} {
		l.ok(l.As("alice").SetMilestone(shop, 2, must(l.As("alice").AddMilestone(shop, day, day))))
		l.ResetRequests()
		got := ticket(t, l.see(head).Foreign, child).Due
		if got.Day.Format(time.RFC3339) != day+"T00:00:00Z" || !got.Shared {
			t.Errorf("%s: %+v", day, got)
		}
		for route, n := range l.Requests() {
			if n != before[route] {
				t.Errorf("%d requests %s, were %d", n, route, before[route])
			}
		}
	}
	l.ok(l.As("alice").SetMilestone(shop, 2, must(l.As("alice").AddMilestone(shop, "some day", ""))))
	if got := ticket(t, l.see(head).Foreign, child).Due; got != (incident.Due{}) {
		t.Errorf("a milestone without a date: %+v", got)
	}
	// A ticket for an incident elsewhere is read alike.
	away := incident.Snapshot{ID: "jira-1", Caps: l.see(head).Caps, Head: incident.Ticket{Ref: "OPS-1"}}
	r := l.do(away, incident.Create{Slot: "follow/1.0", Place: shop, Title: "x", Body: "x"})[0].Ref
	l.ok(l.As("alice").SetMilestone(shop, number(r), 1))
	there, err := l.Visit(t.Context(), incident.Look{ID: "jira-1", Tickets: []incident.Ref{r}})
	if err != nil || ticket(t, there.Tickets, r).Due.Day.Format(time.DateOnly) != "2026-12-24" {
		t.Errorf("%+v %v", there, err)
	}
}
