// Package trackertest holds what every tracker's adapter must do, whatever the
// tracker: it is run over an adapter and a stateful model of its tracker.
//
// The suite speaks to the adapter through its port alone, and to the world
// through [World]: a few things that people do, and faults on demand. Each test
// asks what an incident would break on: that what was applied is what is then
// observed, that slots are found again by an adapter without memory, that
// people's texts stay as they are, and that a lost answer never passes for a
// refusal.
package trackertest

import (
	"context"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/sandbox/host"
)

// Tracker is the port under test, as the reconciler declares it.
type Tracker interface {
	Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error)
	Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result
	List(ctx context.Context, place string, since time.Time) (incident.Sighting, error)
}

// World is a tracker's model with its people. It holds Alice and Bob, who are
// trusted and may be assigned, and Stranger, who exists and may not.
type World interface {
	// Tracker returns a new adapter on the world, which remembers nothing.
	Tracker(t *testing.T) Tracker

	Name() string  // of the tracker, in keys
	Place() string // where heads are opened
	Other() string // another place that is served
	Alice() incident.Person
	Bob() incident.Person
	Stranger() incident.Person

	// Open opens an issue in a place, as a person does.
	Open(t *testing.T, who incident.Person, place, title, body string) incident.Ref
	// Comment comments as a person and returns the comment's id.
	Comment(t *testing.T, who incident.Person, on incident.Ref, text string) string
	// Rewrite changes the text of an issue as a person.
	Rewrite(t *testing.T, who incident.Person, ref incident.Ref, body string)
	// EditComment rewrites a comment as a person.
	EditComment(t *testing.T, who incident.Person, on incident.Ref, comment, text string)
	// Close and Reopen do as a person what their names say.
	Close(t *testing.T, who incident.Person, ref incident.Ref, as incident.State)
	Reopen(t *testing.T, who incident.Person, ref incident.Ref)
	// Plan sets on a ticket as a person, by the tracker's own means, the day by
	// which it should be done, such as "2026-12-24"; "" takes it away.
	Plan(t *testing.T, who incident.Person, ref incident.Ref, day string)
	// Move takes a ticket to another place as a person, and returns its ref there.
	Move(t *testing.T, who incident.Person, ref incident.Ref, place string) incident.Ref
	// Attach puts a ticket under another as a person, in the tracker's own way.
	Attach(t *testing.T, who incident.Person, parent, child incident.Ref)

	// Raw returns an issue's title, body and people's comments as the tracker
	// holds them; Count how many issues a place has, and Comments how many
	// comments an issue, ours included.
	Raw(t *testing.T, ref incident.Ref) (title, body string, comments []string)
	Count(t *testing.T, place string) int
	Comments(t *testing.T, ref incident.Ref) int

	// Break makes the n-th request from now that changes something, counted
	// from 1, go wrong; n 0 ends it. See [Breaker].
	Break(n int, how host.Kind)
	// Writes returns how many requests changed something since the last call.
	Writes() int
	// Pass lets time pass on the world's clock.
	Pass(d time.Duration)
}

// Run runs the suite; world returns a new world for each test.
func Run(t *testing.T, world func(*testing.T) World) {
	for _, c := range []struct {
		name string
		test func(*stage)
	}{
		{"Create", create}, {"CreateMany", createMany}, {"FaultyMany", faultyMany}, {"CreateElsewhere", createElsewhere}, {"Say", say}, {"Edit", edit}, {"Assign", assign},
		{"Tag", tag}, {"Close", closing}, {"Reopen", reopen}, {"Link", link}, {"Ack", ack}, {"Notify", notify}, {"PeoplesWords", peoplesWords},
		{"Due", dueDates}, {"Moved", moved},
		{"Order", order}, {"SlotsAreFoundAgain", slotsFoundAgain}, {"PeoplesTexts", peoplesTexts}, {"Unchanged", unchanged},
		{"Faults", faults}, {"List", list}, {"Gone", nowhere}, {"Settling", settling},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := world(t)
			c.test(&stage{T: t, World: w, tracker: w.Tracker(t)})
		})
	}
}

// stage is one test's world with the adapter under test.
type stage struct {
	*testing.T
	World
	tracker Tracker
	look    incident.Look
	settle  time.Duration
}

// declare opens a head as Alice and observes it.
func (s *stage) declare() incident.Snapshot {
	s.Helper()
	ref := s.Open(s.T, s.Alice(), s.Place(), "Checkout is down", "I hereby declare this an incident")
	s.look = incident.Look{Key: incident.KeyOf(s.Name(), ref)}
	snap := s.see()
	s.look.ID = snap.ID
	return snap
}

// see observes the head, once what was done must be visible: a tracker's lists
// may lag for as long as its snapshots say.
func (s *stage) see() incident.Snapshot {
	s.Helper()
	s.Pass(s.settle)
	snap, err := s.tracker.Observe(context.Background(), s.look)
	if err != nil {
		s.Fatalf("Observe: %v", err)
	}
	if w := snap.Settling; min(w.Comments, w.Duties, w.Tickets) <= 0 {
		s.Fatal("a snapshot does not say how long writes may stay hidden")
	} else {
		s.settle = max(w.Comments, w.Duties, w.Tickets)
	}
	return snap
}

func (s *stage) apply(on incident.Snapshot, do ...incident.Action) []incident.Result {
	return s.tracker.Apply(context.Background(), on, do)
}

// do applies actions, all of which must be applied.
func (s *stage) do(on incident.Snapshot, do ...incident.Action) []incident.Result {
	s.Helper()
	rs := s.apply(on, do...)
	if len(rs) != len(do) {
		s.Fatalf("%d results of %d actions", len(rs), len(do))
	}
	for i, r := range rs {
		if r.Outcome != incident.Applied || r.Err != nil {
			s.Fatalf("%v: %v: %v", do[i], r.Outcome, r.Err)
		}
	}
	return rs
}

// made creates a ticket in a slot and returns what is then observed.
func (s *stage) made(on incident.Snapshot, slot incident.Slot) (incident.Snapshot, incident.Ticket) {
	s.Helper()
	r := s.do(on, incident.Create{Slot: slot, Place: s.Place(), Title: "Ticket " + string(slot), Body: "Text", Parent: on.Head.Ref})[0]
	snap := s.see()
	return snap, s.ticket(snap, r.Ref)
}

func (s *stage) ticket(snap incident.Snapshot, ref incident.Ref) incident.Ticket {
	s.Helper()
	t, ok := snap.Ticket(ref)
	if !ok {
		s.Fatalf("%s is not observed", ref)
	}
	return t
}
