package trackertest

import (
	"fmt"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// several returns creations in a row, which an adapter may send as one request.
func (s *stage) several(on incident.Snapshot, family string) (do []incident.Action) {
	for n := range 4 {
		do = append(do, incident.Create{
			Slot: incident.Slot(fmt.Sprintf("%s-%d", family, n)), Place: s.Place(), Title: fmt.Sprint("Ticket ", n),
			Body: "Text", Parent: on.Head.Ref, Assignees: []incident.Person{s.Bob()},
		})
	}
	return do
}

// createMany: each of several creations has its own result, and a refusal of
// one is none of the others.
func createMany(s *stage) {
	on := s.declare()
	do := s.several(on, "check/communications")
	do[1] = incident.Create{Slot: "check/lost", Place: "no/where", Title: "x"}
	rs := s.apply(on, do...)
	s.tracker = s.Tracker(s.T)
	snap := s.see()
	for i, a := range do {
		found, ok := snap.Find(a.(incident.Create).Slot, "")
		switch {
		case i == 1 && (rs[i].Outcome != incident.Refused || rs[i].Err == nil || ok):
			s.Errorf("%v: %v %v", a, rs[i].Outcome, rs[i].Err)
		case i != 1 && (rs[i].Outcome != incident.Applied || found.Ref != rs[i].Ref || found.Title != a.(incident.Create).Title || snap.Caps.Parents && !found.Linked):
			s.Errorf("%v: %v %s, observed %+v", a, rs[i].Outcome, rs[i].Ref, found)
		}
	}
	if len(snap.Tickets) != 3 {
		s.Errorf("%d tickets", len(snap.Tickets))
	}
}

// faultyMany: whatever goes wrong while several are created, each one that was
// is said to be applied or unknown, and each that is said to be applied is there.
func faultyMany(s *stage) {
	family := 0
	for _, f := range Faults {
		on := s.declare()
		s.Run(f.String(), func(t *testing.T) {
			for n := 1; ; n++ {
				if n > 40 {
					t.Fatal("more than forty requests for four creations")
				}
				s.Pass(2 * time.Hour) // any wait that was asked for is over
				s.tracker = s.Tracker(t)
				family++
				do := s.several(on, fmt.Sprintf("check/f%d", family))
				s.Break(n, f)
				s.Writes()
				rs := s.apply(on, do...)
				sent := s.Writes()
				s.Break(0, 0)
				snap := s.see()
				for i, a := range do {
					found, ok := snap.Find(a.(incident.Create).Slot, "")
					applied, unknown := rs[i].Outcome == incident.Applied, rs[i].Outcome == incident.Unknown
					if ok && !applied && !unknown || applied && found.Ref != rs[i].Ref || rs[i].Outcome == incident.Refused {
						t.Errorf("request %d: %v is said to be %v (%s, %v), and is there: %v %s", n, a, rs[i].Outcome, rs[i].Ref, rs[i].Err, ok, found.Ref)
					}
				}
				if sent < n { // nothing was left to break
					return
				}
			}
		})
	}
}
