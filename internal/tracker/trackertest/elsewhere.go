package trackertest

import (
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// dueDates: a date that people set on a ticket with the tracker's own means is
// seen, on tickets of ours and on theirs; the one we gave it ourselves is not
// people's.
func dueDates(s *stage) {
	on := s.declare()
	day := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
	ours := s.do(on, incident.Create{Slot: "follow/17.0", Place: s.Place(), Title: "Ours", Body: "x", Parent: on.Head.Ref, Due: day})[0].Ref
	theirs := s.Open(s.T, s.Bob(), s.Place(), "Theirs", "x")
	s.do(s.see(), incident.Link{Ref: theirs, On: true})
	s.look.Tickets = []incident.Ref{theirs} // not every server links
	sees := func(want time.Time, refs ...incident.Ref) {
		s.Helper()
		snap := s.see()
		for _, ref := range refs {
			if got := s.ticket(snap, ref).Due.Day; !got.Equal(want) {
				s.Errorf("%s is due on %v, want %v", ref, got, want)
			}
		}
	}
	sees(time.Time{}, ours, theirs)
	for _, ref := range []incident.Ref{ours, theirs} {
		s.Plan(s.T, s.Alice(), ref, "2027-01-15")
	}
	sees(time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC), ours, theirs)
	body := "Another text"
	s.do(s.see(), incident.Edit{Ref: ours, Slot: "follow/17.0", Body: &body})
	s.tracker = s.Tracker(s.T)
	sees(time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC), ours, theirs)
	for _, ref := range []incident.Ref{ours, theirs} {
		s.Plan(s.T, s.Alice(), ref, "")
	}
	sees(time.Time{}, ours, theirs)
}

// moved: tickets that people take to another place are the same tickets, under
// the refs that they have there.
func moved(s *stage) {
	on := s.declare()
	on, made := s.made(on, "follow/17.0")
	theirs := s.Open(s.T, s.Bob(), s.Place(), "Theirs", "x")
	s.do(on, incident.Link{Ref: theirs, On: true})
	s.see()
	was := []incident.Ref{made.Ref, theirs}
	var now []incident.Ref
	for _, ref := range was {
		now = append(now, s.Move(s.T, s.Alice(), ref, s.Other()))
	}
	for range 2 { // as it is remembered, and by an adapter without memory
		s.look.Tickets = was
		snap := s.see()
		for n, ref := range now {
			t := s.ticket(snap, ref)
			if t.Gone || t.Unreadable || t.State != incident.Open {
				s.Errorf("%s: %+v", ref, t)
			}
			if n == 0 && (t.Slot != "follow/17.0" || t.Linked != on.Caps.Parents) {
				s.Errorf("ours: %+v", t)
			}
			if n == 1 && t.Linked != on.Caps.Parents {
				s.Errorf("theirs: %+v", t)
			}
		}
		if len(snap.Tickets)+len(snap.Foreign) != 2 {
			s.Errorf("there are %d tickets: %+v %+v", len(snap.Tickets)+len(snap.Foreign), snap.Tickets, snap.Foreign)
		}
		s.tracker = s.Tracker(s.T)
	}
	s.do(s.see(), incident.Close{Ref: now[0], As: incident.Done}, incident.Close{Ref: now[1], As: incident.Wontfix})
	snap := s.see()
	if a, b := s.ticket(snap, now[0]).State, s.ticket(snap, now[1]).State; a != incident.Done || b != incident.Wontfix {
		s.Errorf("closed as %s and %s", a, b)
	}
}
