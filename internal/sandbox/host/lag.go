package host

import (
	"slices"
	"time"
)

// Lag is what lists show of a thing while they are behind the truth. The zero
// value is a list that is up to date.
type Lag[T any] []stale[T]

type stale[T any] struct {
	until time.Time
	was   *T
}

// Keep has lists show what a thing was until a time; nil: as if it were not
// there yet. What no list shows any more now is forgotten.
func (l *Lag[T]) Keep(now, until time.Time, was *T) {
	*l = append(slices.DeleteFunc(*l, func(s stale[T]) bool { return !now.Before(s.until) }), stale[T]{until, was})
}

// Shown returns what lists show now of what is; nil: nothing.
func (l Lag[T]) Shown(now time.Time, is *T) *T {
	for _, s := range l {
		if now.Before(s.until) {
			return s.was
		}
	}
	return is
}
