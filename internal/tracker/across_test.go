package tracker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/tracker"
)

// town is the smallest tracker: places with tickets, each with the ID of the
// incident it was made for.
type town struct {
	place   string
	tickets []incident.Ticket
	of      []string // by ticket
	down    error
	fail    incident.Outcome
	looks   int
}

func (w *town) Serves(place string) bool { return place == w.place }

func (w *town) List(context.Context, string, time.Time) (incident.Sighting, error) {
	return incident.Sighting{}, nil
}

func (w *town) Observe(_ context.Context, look incident.Look) (incident.Snapshot, error) {
	s := incident.Snapshot{Key: look.Key, ID: "1", Settling: incident.Settling{Comments: time.Minute, Duties: time.Minute, Tickets: time.Minute}, Head: incident.Ticket{Ref: look.Key.Ref()}}
	for i, t := range w.tickets {
		if w.of[i] == "1" {
			s.Tickets = append(s.Tickets, t)
		}
	}
	for _, ref := range append(slices.Clone(look.Tickets), refsOf(look.Places)...) {
		if ref.Place() != w.place {
			return s, fmt.Errorf("asked for %s, which is elsewhere", ref)
		}
	}
	return s, w.down
}

func refsOf(places []string) (refs []incident.Ref) {
	for _, p := range places {
		refs = append(refs, incident.Ref(p+"-1"))
	}
	return refs
}

func (w *town) Visit(_ context.Context, look incident.Look) (s incident.Snapshot, err error) {
	w.looks++
	s.Settling.Tickets = 5 * time.Minute
	for i, t := range w.tickets {
		switch {
		case w.of[i] == look.ID:
			s.Tickets = append(s.Tickets, t)
		case slices.Contains(look.Tickets, t.Ref):
			s.Foreign = append(s.Foreign, t)
		}
	}
	return s, w.down
}

func (w *town) Apply(_ context.Context, on incident.Snapshot, do []incident.Action) []incident.Result {
	results := make([]incident.Result, len(do))
	for i, a := range do {
		if w.fail != 0 {
			results[i].Outcome = w.fail
			return results
		}
		results[i].Outcome = incident.Applied
		if c, ok := a.(incident.Create); ok {
			t := incident.Ticket{Ref: incident.Ref(fmt.Sprintf("%s-%d", w.place, len(w.tickets)+1)), Slot: c.Slot, Parent: c.Parent, Assignees: c.Assignees, State: incident.Open}
			w.tickets, w.of = append(w.tickets, t), append(w.of, on.ID)
			results[i].Ref = t.Ref
			continue
		}
		if err := w.change(a); err != nil {
			results[i] = incident.Result{Outcome: incident.Refused, Err: err}
		}
	}
	return results
}

func (w *town) change(a incident.Action) error {
	for i := range w.tickets {
		t := &w.tickets[i]
		switch a := a.(type) {
		case incident.Close:
			if a.Ref == t.Ref {
				t.State, t.DuplicateOf = a.As, a.Of
			}
		case incident.Assign:
			if a.Ref == t.Ref {
				t.Assignees = a.People
			}
		case incident.Link:
			return errors.New("nothing can be linked here")
		}
	}
	return nil
}

// names knows bob, who is b-17 in the other town.
func names(who incident.Person, from, _ string) (incident.Person, bool) {
	switch {
	case from == "east" && who == "bob":
		return "b-17", true
	case from == "west" && who == "b-17":
		return "bob", true
	}
	return "", false
}

func towns() (east, west *town, home *tracker.Member) {
	east, west = &town{place: "EAST"}, &town{place: "WEST"}
	return east, west, tracker.Join(map[string]tracker.Tracker{"east": east, "west": west}, names)["east"]
}

var on = incident.Snapshot{Key: "east:EAST-9", ID: "1", Head: incident.Ticket{Ref: "EAST-9"}}

func apply(t *testing.T, m *tracker.Member, do ...incident.Action) []incident.Result {
	t.Helper()
	rs := m.Apply(context.Background(), on, do)
	if len(rs) != len(do) {
		t.Fatalf("%d results of %d actions", len(rs), len(do))
	}
	return rs
}

// A follow-up in another tracker's place is created there, found again, shown
// with people's handles of home, counted as linked, and closed there.
func TestAFollowUpElsewhere(t *testing.T) {
	east, west, m := towns()
	rs := apply(t, m,
		incident.Create{Slot: "follow/1.0", Place: "WEST", Parent: "EAST-9", Assignees: []incident.Person{"bob", "alice"}},
		incident.Create{Slot: "role/command", Place: "EAST", Parent: "EAST-9", Assignees: []incident.Person{"bob"}},
		incident.Link{Ref: "WEST-1", On: true},
	)
	for i, r := range rs {
		if r.Outcome != incident.Applied {
			t.Errorf("%d: %v %v", i, r.Outcome, r.Err)
		}
	}
	if len(west.tickets) != 1 || len(east.tickets) != 1 || west.of[0] != "east-1" || west.tickets[0].Parent != "" || !slices.Equal(west.tickets[0].Assignees, []incident.Person{"b-17"}) {
		t.Fatalf("east %+v, west %+v for %v", east.tickets, west.tickets, west.of)
	}
	if incident.AliasOf("west", west.of[0]) != "east:#1" {
		t.Error("a delivery about it does not lead home")
	}
	for _, look := range []incident.Look{{Key: on.Key, Tickets: []incident.Ref{"WEST-1"}}, {Key: on.Key, Places: []string{"WEST"}}} {
		s, err := m.Observe(context.Background(), look)
		if want := (incident.Settling{Comments: time.Minute, Duties: time.Minute, Tickets: 5 * time.Minute}); s.Settling != want {
			t.Errorf("what was sent may be hidden for %v, not %v", want, s.Settling)
		}
		if err != nil || len(s.Tickets) != 2 {
			t.Fatalf("%v: %+v", err, s.Tickets)
		}
		got := s.Tickets[1]
		if got.Ref != "WEST-1" || !got.Linked || !slices.Equal(got.Assignees, []incident.Person{"bob"}) || len(s.Missed) != 0 {
			t.Errorf("%+v; missed %v", got, s.Missed)
		}
	}
	rs = apply(t, m, incident.Close{Ref: "WEST-1", As: incident.Duplicate, Of: "EAST-2"}, incident.Assign{Ref: "WEST-1", People: []incident.Person{"bob"}},
		incident.Assign{Ref: "WEST-1", People: []incident.Person{"alice"}})
	if west.tickets[0].State != incident.Duplicate || west.tickets[0].DuplicateOf != "" {
		t.Errorf("%+v", west.tickets[0])
	}
	if rs[2].Outcome != incident.Refused || !strings.Contains(rs[2].Err.Error(), "people") || !slices.Equal(west.tickets[0].Assignees, []incident.Person{"b-17"}) {
		t.Errorf("who is not known there: %v %v; %v", rs[2].Outcome, rs[2].Err, west.tickets[0].Assignees)
	}
}

// Nobody is asked about what is all at home.
func TestNobodyIsAskedInVain(t *testing.T) {
	_, west, m := towns()
	if _, err := m.Observe(context.Background(), incident.Look{Key: on.Key, Tickets: []incident.Ref{"EAST-2", "EAST-3"}, Places: []string{"EAST"}}); err != nil || west.looks != 0 {
		t.Errorf("%v, %d looks", err, west.looks)
	}
}

// A tracker that is down makes its tickets unreadable, says that its places
// were not looked at, and holds up nothing at home.
func TestAnotherTrackerIsDown(t *testing.T) {
	_, west, m := towns()
	west.down = errors.New("down")
	s, err := m.Observe(context.Background(), incident.Look{Key: on.Key, Tickets: []incident.Ref{"WEST-1"}, Places: []string{"WEST"}})
	if err != nil || len(s.Foreign) != 1 || !s.Foreign[0].Unreadable || s.Foreign[0].State != incident.Open || s.Missed["WEST"] != "down" {
		t.Errorf("%v: %+v, missed %v", err, s.Foreign, s.Missed)
	}
}

// What follows an action whose fate is unknown is not run, wherever it is.
func TestNothingFollowsTheUnknown(t *testing.T) {
	for there, want := range map[incident.Outcome][]incident.Outcome{
		incident.Unknown: {incident.Applied, incident.Unknown, incident.NotRun, incident.NotRun},
		// What the other does not take now holds up nothing at home.
		incident.Deferred: {incident.Applied, incident.Refused, incident.Refused, incident.Applied},
		incident.Refused:  {incident.Applied, incident.Refused, incident.Refused, incident.Applied},
	} {
		_, west, m := towns()
		west.fail = there
		rs := apply(t, m,
			incident.Create{Slot: "role/command", Place: "EAST"}, incident.Create{Slot: "follow/1.0", Place: "WEST"},
			incident.Create{Slot: "follow/2.0", Place: "WEST"}, incident.Create{Slot: "role/planning", Place: "EAST"})
		var got []incident.Outcome
		for _, r := range rs {
			got = append(got, r.Outcome)
		}
		if !slices.Equal(got, want) || len(west.tickets) != 0 {
			t.Errorf("%v there: %v, want %v", there, got, want)
		}
	}
}

// A change whose fate on another tracker is unknown is tried again like what was
// refused there: what it changes is seen at the next look.
func TestAnUnknownChangeElsewhereHoldsUpNothing(t *testing.T) {
	_, west, m := towns()
	apply(t, m, incident.Create{Slot: "follow/1.0", Place: "WEST"})
	west.fail = incident.Unknown
	rs := apply(t, m, incident.Close{Ref: "WEST-1", As: incident.Wontfix}, incident.Create{Slot: "role/planning", Place: "EAST"})
	if rs[0].Outcome != incident.Refused || !strings.Contains(rs[0].Err.Error(), "west does not say") || rs[1].Outcome != incident.Applied {
		t.Errorf("%v", rs)
	}
}

// What is deferred at home ends the run, as ever.
func TestDeferredAtHome(t *testing.T) {
	east, west, m := towns()
	east.fail = incident.Deferred
	rs := apply(t, m, incident.Create{Slot: "role/command", Place: "EAST"}, incident.Create{Slot: "follow/1.0", Place: "WEST"})
	if rs[0].Outcome != incident.Deferred || rs[1].Outcome != incident.NotRun || len(west.tickets) != 0 {
		t.Errorf("%v; west has %d tickets", rs, len(west.tickets))
	}
}
