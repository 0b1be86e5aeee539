package calendar

import (
	"fmt"
	"time"
)

// Clock is a time of day.
type Clock struct{ Hour, Minute int }

// ParseClock reads a time of day such as "10:00".
func ParseClock(text string) (Clock, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return Clock{}, fmt.Errorf(`%q is not a time of day such as "10:00"`, text)
	}
	return Clock{t.Hour(), t.Minute()}, nil
}

// Due returns when review n is due: n times every after the service was
// restored, at a time of day in a zone, and on the Monday after where that is
// a Saturday or a Sunday (O56, O57; design, section 12). Days are counted by
// the zone's calendar, not as 24 hours, so that a change of the clocks shifts
// neither the hour nor the day.
func Due(restored time.Time, every time.Duration, n int, at Clock, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	whole, rest := int(every/day)*n, every%day*time.Duration(n)
	whole, rest = whole+int(rest/day), rest%day
	anchor := restored.In(zone)
	y, m, d := anchor.Date()
	y, m, d = On(y, m, d+whole, clockOf(anchor), zone).Add(rest).Date()
	return weekday(y, m, d, at, zone)
}

func clockOf(t time.Time) Clock { return Clock{t.Hour(), t.Minute()} }

// weekday returns the first time at or after a day that is on a weekday.
func weekday(y int, m time.Month, d int, at Clock, zone *time.Location) time.Time {
	t := On(y, m, d, at, zone)
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		d++
		t = On(y, m, d, at, zone)
	}
	return t
}

// On returns a time of day on a day in a zone. Where clocks were turned back
// it is the first of the two; where the time was skipped it is read by the
// clock that ran before (RFC 5545, section 3.3.5), so 02:30 becomes 03:30.
// Days beyond a month's end run on into the next, as in [time.Date].
func On(y int, m time.Month, d int, at Clock, zone *time.Location) time.Time {
	shown := time.Date(y, m, d, at.Hour, at.Minute, 0, 0, time.UTC)
	_, before := shown.Add(-36 * time.Hour).In(zone).Zone()
	_, after := shown.Add(36 * time.Hour).In(zone).Zone()
	for _, offset := range []int{before, after} {
		t := shown.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, is := t.Zone(); is == offset {
			return t
		}
	}
	return shown.Add(-time.Duration(before) * time.Second).In(zone)
}

// Reminder returns when somebody is reminded for the k-th time (from 1) that
// nobody recorded a review: at the same hour on each of the five weekdays after
// it was due, then every week (design, section 12).
func Reminder(due time.Time, k int) time.Time {
	t := due
	for i := 1; i <= k; i++ {
		y, m, d := t.Date()
		step := 1
		if i > 5 {
			step = 7
		}
		t = weekday(y, m, d+step, clockOf(due), due.Location())
	}
	return t
}
