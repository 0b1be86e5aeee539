package incident

import "strings"

// Missing returns a snapshot in which the tickets of places that could not be
// looked at are as they were in the last one, though unreadable: what was done
// stays so until it is seen otherwise.
func Missing(s, last Snapshot) Snapshot {
	if len(s.Missed) == 0 {
		return s
	}
	was := map[Ref]Ticket{}
	for _, list := range [][]Ticket{last.Foreign, last.Tickets} {
		for _, t := range list {
			was[t.Ref] = t
		}
	}
	s.Foreign = append([]Ticket(nil), s.Foreign...)
	for i, t := range s.Foreign {
		if old, seen := was[t.Ref]; seen && t.Unreadable && s.missed(t.Ref.Place()) {
			old.Unreadable = true
			s.Foreign[i] = old
		}
	}
	return s
}

func (s Snapshot) missed(place string) bool {
	for p := range s.Missed {
		if strings.EqualFold(p, place) {
			return true
		}
	}
	return false
}
