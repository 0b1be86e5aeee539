package github

import (
	"context"
	"strconv"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// An incident of another tracker has follow-ups here: they are created, found
// by their place, read by their names, told from people's, and changed.
func TestTicketsOfAnIncidentElsewhere(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	ctx := context.Background()
	on := incident.Snapshot{Key: "elsewhere:OPS-12", ID: "elsewhere-10040", Head: incident.Ticket{Ref: "OPS-12"}}
	r := l.Apply(ctx, on, []incident.Action{incident.Create{Slot: "follow/1.0", Place: shop, Title: "Bound the pool", Body: "Text", Assignees: []incident.Person{"bob"}}})[0]
	if r.Outcome != incident.Applied || r.Ref == "" {
		t.Fatalf("%v: %v", r.Outcome, r.Err)
	}
	n, err := l.As("alice").OpenIssue(shop, "people's own", "text")
	if err != nil {
		t.Fatal(err)
	}
	theirs := incident.PathRef(shop, strconv.Itoa(n))
	for name, look := range map[string]incident.Look{
		"by name":  {ID: on.ID, Tickets: []incident.Ref{r.Ref, theirs, shop + "#999"}},
		"by place": {ID: on.ID, Tickets: []incident.Ref{theirs, shop + "#999"}, Places: []string{shop}},
	} {
		s, err := l.Visit(ctx, look)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(s.Tickets) != 1 || s.Tickets[0].Ref != r.Ref || s.Tickets[0].Slot != "follow/1.0" || incident.HashText(s.Tickets[0].Body) != incident.HashText("Text") {
			t.Errorf("%s: ours are %+v", name, s.Tickets)
		}
		if len(s.Foreign) != 2 {
			t.Fatalf("%s: people's are %+v", name, s.Foreign)
		}
		for _, f := range s.Foreign {
			if f.Ref == theirs == f.Unreadable || f.Slot != "" {
				t.Errorf("%s: %+v", name, f)
			}
		}
	}
	for _, a := range []incident.Action{incident.Close{Ref: r.Ref, As: incident.Wontfix}, incident.Reopen{Ref: r.Ref}, incident.Close{Ref: r.Ref, As: incident.Done}} {
		if r := l.Apply(ctx, on, []incident.Action{a})[0]; r.Outcome != incident.Applied {
			t.Errorf("%v: %v %v", a, r.Outcome, r.Err)
		}
	}
	s, err := l.Visit(ctx, incident.Look{ID: on.ID, Tickets: []incident.Ref{r.Ref}})
	if err != nil || s.Tickets[0].State != incident.Done {
		t.Errorf("%v %+v", err, s.Tickets)
	}
	if s, err := l.Visit(ctx, incident.Look{ID: "elsewhere-1", Tickets: []incident.Ref{r.Ref}}); err != nil || len(s.Tickets) != 0 || len(s.Foreign) != 1 {
		t.Errorf("for another incident: %v %+v", err, s)
	}
	if !l.Serves("Acme/Shop") || l.Serves("OPS") || l.Serves("") {
		t.Error("what is served")
	}
}
