package jira

import (
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// An incident of another tracker has follow-ups here: they are created, found
// though the index is behind, read by their names, told from people's, changed.
func TestTicketsOfAnIncidentElsewhere(t *testing.T) {
	for name, opt := range map[string]sandbox.Options{"Cloud": {}, "Data Center": {Edition: sandbox.DataCenter}} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, opt)
			on := incident.Snapshot{Key: "elsewhere:acme/shop#12", ID: "elsewhere-9012", Head: incident.Ticket{Ref: "acme/shop#12"}}
			create := incident.Create{Slot: "follow/1.0", Place: ops, Title: "Bound the pool", Body: "Text *with* stars", Assignees: []incident.Person{l.person("bob")}}
			r := l.Apply(t.Context(), on, []incident.Action{create})[0]
			if r.Outcome != incident.Applied || r.Ref.Place() != ops {
				t.Fatalf("%v: %v", r.Outcome, r.Err)
			}
			theirs := incident.Ref(must(l.As("alice").OpenIssue(ops, "people's own", "text")))
			for name, look := range map[string]incident.Look{
				"by name":  {ID: on.ID, Tickets: []incident.Ref{r.Ref, theirs, ops + "-999"}},
				"by place": {ID: on.ID, Tickets: []incident.Ref{theirs, ops + "-999"}, Places: []string{ops}},
			} {
				l.clock.Advance(10 * time.Minute)
				l.restart()
				s, err := l.Visit(t.Context(), look)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if len(s.Tickets) != 1 || s.Tickets[0].Ref != r.Ref || s.Tickets[0].Slot != "follow/1.0" || incident.HashText(s.Tickets[0].Body) != incident.HashText(create.Body) {
					t.Errorf("%s: ours are %+v", name, s.Tickets)
				}
				if len(s.Foreign) != 2 {
					t.Errorf("%s: people's are %+v", name, s.Foreign)
				}
			}
			for _, a := range []incident.Action{incident.Close{Ref: r.Ref, As: incident.Wontfix}, incident.Reopen{Ref: r.Ref}, incident.Close{Ref: r.Ref, As: incident.Done}} {
				if r := l.Apply(t.Context(), on, []incident.Action{a})[0]; r.Outcome != incident.Applied {
					t.Errorf("%v: %v %v", a, r.Outcome, r.Err)
				}
			}
			s, err := l.Visit(t.Context(), incident.Look{ID: on.ID, Tickets: []incident.Ref{r.Ref}})
			if err != nil || len(s.Tickets) != 1 || s.Tickets[0].State != incident.Done {
				t.Errorf("%v %+v", err, s.Tickets)
			}
			if !l.Serves(ops) || l.Serves("NOWHERE") || l.Serves("acme/shop") {
				t.Error("what is served")
			}
		})
	}
}

// A delivery may name an issue by its id alone: what it says is read, what was
// commented lately too; one that is not ours to know says nothing.
func TestAnIssueIsFoundByItsID(t *testing.T) {
	l := newLab(t, sandbox.Options{Edition: sandbox.DataCenter})
	key := must(l.As("alice").OpenIssue(ops, "Checkout is down", "Nobody can pay"))
	must(l.As("bob").Comment(key, "I hereby declare this an incident"))
	id := l.Issue(key).ID
	h, err := l.Find(t.Context(), id)
	if err != nil || h.Key != incident.KeyOf(Name, incident.Ref(key)) || !strings.Contains(strings.Join(h.Texts, "|"), "Nobody can pay|I hereby declare") {
		t.Errorf("%v %+v", err, h)
	}
	l.clock.Advance(2 * time.Hour)
	if h, err := l.Find(t.Context(), id); err != nil || strings.Contains(strings.Join(h.Texts, "|"), "I hereby") {
		t.Errorf("old news: %v %+v", err, h)
	}
	hidden := must(l.As("alice").OpenIssue("SECRET", "I hereby declare this an incident", ""))
	for _, id := range []string{"999999", "", "../myself", "1?x=y", l.Issue(hidden).ID} {
		if h, err := l.Find(t.Context(), id); err != nil || h.Key != "" {
			t.Errorf("%q: %v %+v", id, err, h)
		}
	}
}

// Labels that change together are one request.
func TestLabelsChangeTogether(t *testing.T) {
	l := newLab(t, sandbox.Options{})
	key := must(l.As("alice").OpenIssue(ops, "Checkout is down", "", "old"))
	ref := incident.Ref(key)
	on := incident.Snapshot{Key: incident.KeyOf(Name, ref), ID: l.Issue(key).ID, Head: incident.Ticket{Ref: ref}}
	l.ResetRequests()
	rs := l.Apply(t.Context(), on, []incident.Action{
		incident.Tag{Ref: ref, Label: "one", On: true}, incident.Tag{Ref: ref, Label: "two", On: true}, incident.Tag{Ref: ref, Label: "old"}, incident.Tag{Ref: ref, Label: "a b", On: true},
	})
	if got := strings.Join(l.Issue(key).Labels, " "); got != "one two" {
		t.Errorf("labels: %s", got)
	}
	for i, want := range []incident.Outcome{incident.Applied, incident.Applied, incident.Applied, incident.Refused} {
		if rs[i].Outcome != want {
			t.Errorf("%d: %v %v", i, rs[i].Outcome, rs[i].Err)
		}
	}
	puts := 0
	for route, n := range l.Requests() {
		if strings.HasPrefix(route, "PUT") {
			puts += n
		}
	}
	if puts != 1 {
		t.Errorf("%d requests: %v", puts, l.Requests())
	}
}

// An index that says that all is done there is not believed either.
func TestVisitOfWhatWasOpenedAgain(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e, Lag: time.Minute})
		away := incident.Snapshot{ID: "github-1", Head: incident.Ticket{Ref: "acme/shop#1"}}
		ref := l.do(away, incident.Create{Slot: "follow/1.0", Place: ops, Title: "x", Body: "x"})[0].Ref
		look := incident.Look{ID: "github-1", Tickets: []incident.Ref{ref}}
		l.ok(l.As("bob").Close(string(ref), "Done"))
		l.clock.Advance(2 * time.Minute)
		for _, want := range []incident.State{incident.Done, incident.Open} {
			if on := must(l.Visit(t.Context(), look)); ticket(t, on.Tickets, ref).State != want {
				t.Errorf("%s is not %s", ref, want)
			}
			l.ok(l.As("bob").Reopen(string(ref)))
		}
	})
}
