package incident

import "time"

// Settling is how long a tracker may hide a write that we are unsure of, by
// how what it made is found: a comment is read where it is, a ticket may have
// to be searched for, by an index that lags.
type Settling struct {
	Comments time.Duration // on the head
	Duties   time.Duration // tickets of roles and of their duties
	Tickets  time.Duration // all others
}

// Of returns how long the thing in a slot may stay hidden.
func (s Settling) Of(slot Slot) time.Duration {
	switch {
	case slot.IsComment():
		return s.Comments
	case slot.IsDuty():
		return s.Duties
	}
	return s.Tickets
}
