// Package tracker makes one of several trackers, so that an incident on one
// may have follow-ups on another (design, section 13). Neither the rules nor
// the adapters know of it.
//
// A [Member] is the tracker on which an incident's head is. It does there what
// it is asked, and hands to the others what lies in a place of theirs: tickets
// to read, to create, to close. To them the incident has an ID that names its
// tracker ("home-10040"), so that a delivery about such a ticket, whose label
// carries the ID, leads back to the head (see incident.AliasOf).
//
// What cannot be said across is left out and lost nowhere: a ticket there
// hangs under nothing, for the record keeps it in the gate; people who are not
// known to both are shown by the handle they have there, and assigned nowhere
// else. A tracker that does not answer makes its tickets unreadable: what was
// done when it was seen last stays so, though no close is taken before it is
// seen again; all else counts as open. Nothing is held up at home: what cannot
// be done there now is refused until it can.
package tracker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Tracker is what a member of a set does, as the reconciler declares it, and
// for the incidents of the others.
type Tracker interface {
	Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error)
	Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result
	List(ctx context.Context, place string, since time.Time) (incident.Sighting, error)

	// Serves reports whether a repository or project is one of this tracker's.
	Serves(place string) bool
	// Visit reads tickets for an incident whose head is elsewhere: look.Tickets,
	// and what we made under look.ID in their places and in look.Places. Only
	// Tickets and Foreign of the snapshot count.
	Visit(ctx context.Context, look incident.Look) (incident.Snapshot, error)
}

// Names translates between the handles that a person has on two trackers.
// Without an answer the person is not known there.
type Names func(who incident.Person, from, to string) (incident.Person, bool)

// Member is one tracker of a set.
type Member struct {
	Tracker
	name  string
	all   map[string]Tracker
	names Names
}

// Join makes a set of trackers, by name.
func Join(all map[string]Tracker, names Names) map[string]*Member {
	set := map[string]*Member{}
	for name, t := range all {
		set[name] = &Member{t, name, all, names}
	}
	return set
}

// visitTakes is how long an observation waits for another tracker.
const visitTakes = 15 * time.Second

// abroad returns the other tracker to whose places a place belongs.
func (m *Member) abroad(place string) (name string, ok bool) {
	if place == "" || m.Tracker.Serves(place) {
		return "", false
	}
	for other, t := range m.all {
		if other != m.name && t.Serves(place) {
			return other, true
		}
	}
	return "", false
}

// Observe observes at home, and visits the others if anything is there.
func (m *Member) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	visits, home := m.split(look)
	s, err := m.Tracker.Observe(ctx, home)
	if err != nil || s.Gone {
		return s, err
	}
	for _, name := range sorted(visits) {
		m.visit(ctx, &s, name, visits[name])
	}
	return s, nil
}

// split takes out of a look what lies on the other trackers.
func (m *Member) split(look incident.Look) (visits map[string]incident.Look, home incident.Look) {
	visits, home = map[string]incident.Look{}, look
	home.Tickets, home.Places = nil, nil
	for _, ref := range look.Tickets {
		name, ok := m.abroad(ref.Place())
		if !ok {
			home.Tickets = append(home.Tickets, ref)
			continue
		}
		v := visits[name]
		v.AsOf, v.Tickets = look.AsOf, append(v.Tickets, ref)
		visits[name] = v
	}
	for _, place := range look.Places {
		name, ok := m.abroad(place)
		if !ok {
			home.Places = append(home.Places, place)
			continue
		}
		v := visits[name]
		v.Places = append(v.Places, place)
		visits[name] = v
	}
	return visits, home
}

// visit adds to a snapshot what another tracker has of it.
func (m *Member) visit(ctx context.Context, s *incident.Snapshot, name string, look incident.Look) {
	look.ID = incident.IDAbroad(m.name, s.ID)
	within, cancel := context.WithTimeout(ctx, visitTakes)
	defer cancel()
	there, err := m.all[name].Visit(within, look)
	if err != nil {
		for _, ref := range look.Tickets {
			s.Foreign = append(s.Foreign, incident.Ticket{Ref: ref, State: incident.Open, Unreadable: true})
		}
		m.miss(s, look, err)
		return
	}
	s.Settling.Tickets = max(s.Settling.Tickets, there.Settling.Tickets) // what we are unsure of may be hidden there
	for _, t := range there.Tickets {
		t = m.translate(t, name)
		t.Linked = true // by the record
		s.Tickets = append(s.Tickets, t)
	}
	for _, t := range there.Foreign {
		s.Foreign = append(s.Foreign, m.translate(t, name))
	}
}

// miss notes that the places of a look could not be looked at.
func (m *Member) miss(s *incident.Snapshot, look incident.Look, why error) {
	if s.Missed == nil {
		s.Missed = map[string]string{}
	}
	for _, ref := range look.Tickets {
		s.Missed[ref.Place()] = why.Error()
	}
	for _, place := range look.Places {
		s.Missed[place] = why.Error()
	}
}

// translate names people by the handles they have at home, where they have one.
func (m *Member) translate(t incident.Ticket, from string) incident.Ticket {
	here := func(who incident.Person) incident.Person {
		if p, ok := m.names(who, from, m.name); ok {
			return p
		}
		return who
	}
	t.Author, t.Closed.By = here(t.Author), here(t.Closed.By)
	t.Assignees = slices.Clone(t.Assignees)
	for i, who := range t.Assignees {
		t.Assignees[i] = here(who)
	}
	return t
}

// Apply carries out each action where its ticket is, in order.
func (m *Member) Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result {
	results := make([]incident.Result, 0, len(do))
	for len(do) > 0 {
		where := m.where(do[0])
		n := 1
		for n < len(do) && m.where(do[n]) == where {
			n++
		}
		run := m.applyAt(ctx, where, on, do[:n])
		results, do = append(results, run...), do[n:]
		if slices.ContainsFunc(run, ended) {
			break
		}
	}
	return append(results, make([]incident.Result, len(do))...)
}

// ended reports whether nothing may follow a result.
func ended(r incident.Result) bool {
	return r.Outcome == incident.Deferred || r.Outcome == incident.Unknown || r.Outcome == incident.NotRun
}

func (m *Member) applyAt(ctx context.Context, where string, on incident.Snapshot, do []incident.Action) []incident.Result {
	if where == "" {
		return m.Tracker.Apply(ctx, on, do)
	}
	there := on
	there.ID = incident.IDAbroad(m.name, on.ID)
	results := make([]incident.Result, len(do))
	for i, a := range do {
		b, err := m.export(a, where)
		switch {
		case err != nil:
			results[i] = incident.Result{Outcome: incident.Refused, Err: err}
		case b == nil:
			results[i] = incident.Result{Outcome: incident.Applied}
		default:
			results[i] = taken(b, m.all[where].Apply(ctx, there, []incident.Action{b})[0], where)
		}
		if ended(results[i]) {
			break
		}
	}
	return results
}

// taken is what it means at home that another tracker does not take an action,
// or does not say whether it did: that is tried again with back-off, and what
// follows at home goes on. Only of what it may have created that is not known.
func taken(a incident.Action, r incident.Result, where string) incident.Result {
	_, _, creates := incident.Creates(a)
	switch {
	case r.Outcome == incident.Deferred:
		return incident.Result{Outcome: incident.Refused, Err: fmt.Errorf("%s does not take it now: %w", where, r.Err)}
	case r.Outcome == incident.Unknown && !creates:
		return incident.Result{Outcome: incident.Refused, Err: fmt.Errorf("%s does not say whether it was done: %w", where, r.Err)}
	}
	return r
}

// where returns the other tracker on which an action has its effect; "" at home.
func (m *Member) where(a incident.Action) string {
	var place string
	switch a := a.(type) {
	case incident.Create:
		place = a.Place
	case incident.Edit:
		place = a.Ref.Place()
	case incident.Link:
		place = a.Ref.Place()
	case incident.Assign:
		place = a.Ref.Place()
	case incident.Tag:
		place = a.Ref.Place()
	case incident.Reopen:
		place = a.Ref.Place()
	case incident.Close:
		place = a.Ref.Place()
	}
	name, _ := m.abroad(place)
	return name
}

var errUnknownThere = errors.New("none of these people is known there: name them in people, with the handle of each tracker")

// export says an action as another tracker understands it; nil if nothing is
// to be done there: a link across is kept by the record alone.
func (m *Member) export(a incident.Action, to string) (incident.Action, error) {
	switch a := a.(type) {
	case incident.Create:
		a.Parent, a.Assignees = "", m.known(a.Assignees, to)
		return a, nil
	case incident.Assign:
		people := m.known(a.People, to)
		if len(people) == 0 && len(a.People) > 0 {
			return nil, fmt.Errorf("%v: %w", a.People, errUnknownThere)
		}
		a.People = people
		return a, nil
	case incident.Close:
		if !m.all[to].Serves(a.Of.Place()) {
			a.Of = ""
		}
		return a, nil
	case incident.Link:
		return nil, nil
	}
	return a, nil
}

// known returns those who are known on another tracker, by their handles there.
func (m *Member) known(people []incident.Person, to string) []incident.Person {
	var list []incident.Person
	for _, who := range people {
		if p, ok := m.names(who, m.name, to); ok {
			list = append(list, p)
		}
	}
	return list
}

func sorted(visits map[string]incident.Look) []string {
	var names []string
	for name := range visits {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
