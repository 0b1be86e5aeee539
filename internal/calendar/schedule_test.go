package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const month = 30 * 24 * time.Hour

var ten = Clock{10, 0}

func TestDue(t *testing.T) {
	for name, c := range map[string]struct {
		zone, restored string
		every          time.Duration
		n              int
		at             Clock
		want           string
	}{
		"thirty days on":                    {"UTC", "2026-03-02T14:05:00Z", month, 1, ten, "2026-04-01T10:00:00Z"},
		"the second counts from the anchor": {"UTC", "2026-03-02T14:05:00Z", month, 2, ten, "2026-05-01T10:00:00Z"},
		"a Saturday":                        {"UTC", "2026-03-05T14:05:00Z", month, 1, ten, "2026-04-06T10:00:00Z"},
		"a Sunday":                          {"UTC", "2026-03-06T14:05:00Z", month, 1, ten, "2026-04-06T10:00:00Z"},
		"a weekend moves no later one":      {"UTC", "2026-03-05T14:05:00Z", month, 2, ten, "2026-05-04T10:00:00Z"},
		"across the clocks' change":         {"Europe/Zurich", "2026-03-10T23:30:00+01:00", month, 1, ten, "2026-04-09T10:00:00+02:00"},
		"and back":                          {"Europe/Zurich", "2026-10-13T00:30:00+02:00", month, 1, ten, "2026-11-12T10:00:00+01:00"},
		"the zone's day, not UTC's":         {"Asia/Tokyo", "2026-03-02T22:00:00Z", month, 1, ten, "2026-04-02T10:00:00+09:00"},
		"onto a leap day":                   {"UTC", "2028-01-30T09:00:00Z", month, 1, ten, "2028-02-29T10:00:00Z"},
		"from a leap day":                   {"UTC", "2028-02-29T09:00:00Z", month, 1, ten, "2028-03-30T10:00:00Z"},
		"an hour that is skipped":           {"America/New_York", "2026-02-06T09:00:00-05:00", month, 1, Clock{2, 30}, "2026-03-09T02:30:00-04:00"},
		"midnight that is skipped":          {"Asia/Beirut", "2024-03-01T09:00:00+02:00", month, 1, Clock{0, 0}, "2024-04-01T00:00:00+03:00"},
		"a Friday that never was":           {"Pacific/Apia", "2011-11-30T09:00:00-10:00", month, 1, ten, "2012-01-02T10:00:00+14:00"},
		"a week":                            {"UTC", "2026-03-02T14:05:00Z", 7 * 24 * time.Hour, 3, ten, "2026-03-23T10:00:00Z"},
		"a day and a half, twice":           {"UTC", "2026-03-02T14:05:00Z", 36 * time.Hour, 2, ten, "2026-03-05T10:00:00Z"},
		"a day and a half, once":            {"UTC", "2026-03-02T14:05:00Z", 36 * time.Hour, 1, ten, "2026-03-04T10:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			restored, err := time.Parse(time.RFC3339, c.restored)
			if err != nil {
				t.Fatal(err)
			}
			if got := Due(restored, c.every, c.n, c.at, in(t, c.zone)).Format(time.RFC3339); got != c.want {
				t.Errorf("due %s, expected %s", got, c.want)
			}
		})
	}
}

// TestOneMeetingMovesNoOther holds every review to its distance from the
// anchor alone: n times 30 days by the calendar, and at most two days of a
// weekend, whatever became of the reviews before.
func TestOneMeetingMovesNoOther(t *testing.T) {
	names := []string{"UTC", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "America/Santiago"}
	rapid.Check(t, func(rt *rapid.T) {
		zone := in(t, rapid.SampledFrom(names).Draw(rt, "zone"))
		restored := time.Unix(rapid.Int64Range(1.4e9, 2e9).Draw(rt, "restored"), 0).UTC()
		days := rapid.IntRange(1, 60).Draw(rt, "days")
		n := rapid.IntRange(1, 60).Draw(rt, "n")
		at := Clock{rapid.IntRange(0, 23).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute")}
		got := Due(restored, time.Duration(days)*24*time.Hour, n, at, zone)

		if d := got.Weekday(); d == time.Saturday || d == time.Sunday {
			rt.Fatalf("due %s, on a %s", got, d)
		}
		after := dayNumber(got) - dayNumber(restored.In(zone)) - days*n
		anchored := restored.In(zone).AddDate(0, 0, days*n).Weekday()
		if want := map[time.Weekday]int{time.Saturday: 2, time.Sunday: 1}[anchored]; after != want {
			rt.Fatalf("due %s, %d days after %d times %d days, expected %d", got, after, n, days, want)
		}
		if clock := (Clock{got.Hour(), got.Minute()}); clock != at && !skipped(got, at) {
			rt.Fatalf("due %s, expected at %v", got, at)
		}
		if again := Due(restored.In(zone), time.Duration(days)*24*time.Hour, n, at, zone); !again.Equal(got) {
			rt.Fatalf("the zone of the anchor changes the date: %s and %s", got, again)
		}
	})
}

func dayNumber(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// skipped reports whether no clock showed at on the day of t.
func skipped(t time.Time, at Clock) bool {
	y, m, d := t.Date()
	for i := range 28 * 60 {
		c := time.Date(y, m, d, 0, 0, 0, 0, t.Location()).Add(time.Duration(i-120) * time.Minute)
		if c.Day() == d && c.Hour() == at.Hour && c.Minute() == at.Minute {
			return false
		}
	}
	return true
}

func TestOn(t *testing.T) {
	zurich := in(t, "Europe/Zurich")
	for name, c := range map[string]struct {
		y    int
		m    time.Month
		d    int
		at   Clock
		want string
	}{
		"a plain day":          {2026, 4, 2, ten, "2026-04-02T10:00:00+02:00"},
		"skipped":              {2026, 3, 29, Clock{2, 30}, "2026-03-29T03:30:00+02:00"},
		"the minute it begins": {2026, 3, 29, Clock{2, 0}, "2026-03-29T03:00:00+02:00"},
		"shown twice":          {2026, 10, 25, Clock{2, 30}, "2026-10-25T02:30:00+02:00"},
		"after that":           {2026, 10, 25, Clock{3, 0}, "2026-10-25T03:00:00+01:00"},
		"a leap day":           {2028, 2, 29, ten, "2028-02-29T10:00:00+01:00"},
		"beyond a month's end": {2026, 2, 30, ten, "2026-03-02T10:00:00+01:00"},
		"a Saturday stays one": {2026, 4, 4, ten, "2026-04-04T10:00:00+02:00"},
	} {
		if got := On(c.y, c.m, c.d, c.at, zurich).Format(time.RFC3339); got != c.want {
			t.Errorf("%s: %s, expected %s", name, got, c.want)
		}
	}
}

func TestReminders(t *testing.T) {
	due := time.Date(2026, 3, 26, 10, 0, 0, 0, in(t, "Europe/Zurich")) // a Thursday before the clocks change
	want := []string{"2026-03-26T10:00:00+01:00", "2026-03-27T10:00:00+01:00", "2026-03-30T10:00:00+02:00", "2026-03-31T10:00:00+02:00", "2026-04-01T10:00:00+02:00", "2026-04-02T10:00:00+02:00", "2026-04-09T10:00:00+02:00", "2026-04-16T10:00:00+02:00"}
	for k, w := range want {
		if got := Reminder(due, k).Format(time.RFC3339); got != w {
			t.Errorf("reminder %d: %s, expected %s", k, got, w)
		}
	}
	saturday := time.Date(2026, 4, 4, 10, 0, 0, 0, time.UTC)
	if got := Reminder(saturday, 1).Format(time.RFC3339); got != "2026-04-06T10:00:00Z" {
		t.Errorf("after a Saturday: %s", got)
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]Clock{"10:00": {10, 0}, "00:00": {}, "23:59": {23, 59}} {
		if got, err := ParseClock(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "10", "24:00", "10:60", "10:00:00", "-1:00", "ten"} {
		if got, err := ParseClock(text); err == nil {
			t.Errorf("%q reads as %v", text, got)
		}
	}
}
