package host

import (
	"slices"
	"time"
)

// Delayed holds requests, each an R, that are to have their effect later. The
// zero value is empty; the server's mutex guards it.
type Delayed[R any] []due[R]

type due[R any] struct {
	at      time.Time
	request R
}

// Add has a request take effect at a time, after those of the same time.
func (d *Delayed[R]) Add(at time.Time, request R) {
	*d = append(*d, due[R]{at, request})
	slices.SortStableFunc(*d, func(a, b due[R]) int { return a.at.Compare(b.at) })
}

// Next removes and returns the first request that is due, and when it was.
func (d *Delayed[R]) Next(now time.Time) (at time.Time, request R, ok bool) {
	if len(*d) == 0 || (*d)[0].at.After(now) {
		return at, request, false
	}
	first := (*d)[0]
	*d = (*d)[1:]
	return first.at, first.request, true
}
