package incident

import (
	"slices"
	"strings"
)

// Missing returns a snapshot in which the tickets of places that could not be
// looked at are as they were in the last one, though unreadable: what was done
// stays so until it is seen otherwise.
func Missing(s, last Snapshot) Snapshot {
	if len(s.Missed) == 0 {
		return s
	}
	s.Foreign = slices.Clone(s.Foreign)
	for i, t := range s.Foreign {
		if !t.Unreadable || !s.MissedIn(t.Ref.Place()) {
			continue
		}
		if old, seen := last.Ticket(t.Ref); seen {
			old.Unreadable = true
			s.Foreign[i] = old
		}
	}
	return s
}

// MissedIn reports whether a place was to be looked at and could not be.
func (s *Snapshot) MissedIn(place string) bool {
	for p := range s.Missed {
		if strings.EqualFold(p, place) {
			return true
		}
	}
	return false
}
