package store

import "time"

// Stores keep times in whole milliseconds since 1970, rounded up, so that
// nothing is ever due before the time that was asked for.

// Millis returns a time as stores keep it; zero for the zero time and for
// times before 1970.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	ms := t.UnixMilli()
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ms++
	}
	return max(ms, 0)
}

// FromMillis is the inverse of Millis; the time is in UTC.
func FromMillis(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
