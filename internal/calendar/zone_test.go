package calendar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// observances reads the observances of a VTIMEZONE: onset, offsets before and after.
func observances(t testing.TB, data string) (all [][3]string) {
	t.Helper()
	for _, part := range strings.Split(data, "BEGIN:")[1:] {
		kind, rest, _ := strings.Cut(part, "\r\n")
		if kind != "STANDARD" && kind != "DAYLIGHT" {
			continue
		}
		var o [3]string
		for i, name := range []string{"DTSTART:", "TZOFFSETFROM:", "TZOFFSETTO:"} {
			_, value, ok := strings.Cut(rest, name)
			if !ok {
				t.Fatalf("an observance without %s: %s", name, part)
			}
			o[i], _, _ = strings.Cut(value, "\r\n")
		}
		all = append(all, o)
	}
	return all
}

func seconds(t testing.TB, offset string) int {
	t.Helper()
	var sign byte
	var h, m, s int
	n, _ := fmt.Sscanf(offset, "%c%02d%02d%02d", &sign, &h, &m, &s)
	if n < 3 || sign != '+' && sign != '-' {
		t.Fatalf("offset %q", offset)
	}
	if sign == '-' {
		return -(h*3600 + m*60 + s)
	}
	return h*3600 + m*60 + s
}

// read resolves a local time by the observances alone, as RFC 5545, section
// 3.6.5, says: by the last whose onset is not later.
func read(t testing.TB, zone [][3]string, shown string) time.Time {
	t.Helper()
	at, err := time.Parse(local, shown)
	if err != nil {
		t.Fatal(err)
	}
	var best, offset = "", 0
	for _, o := range zone {
		if o[0] <= shown && o[0] > best {
			best, offset = o[0], seconds(t, o[2])
		}
	}
	if best == "" {
		t.Fatalf("no observance covers %s: %v", shown, zone)
	}
	return at.Add(-time.Duration(offset) * time.Second)
}

// TestZonesSayWhatGoSays reads times back by the VTIMEZONE alone.
func TestZonesSayWhatGoSays(t *testing.T) {
	names := []string{"Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia", "America/Sao_Paulo", "Europe/Dublin", "Asia/Tehran"}
	rapid.Check(t, func(rt *rapid.T) {
		zone := in(t, rapid.SampledFrom(names).Draw(rt, "zone"))
		var events []Event
		for i := range rapid.IntRange(1, 5).Draw(rt, "events") {
			e := review(t)
			e.UID = fmt.Sprint(i)
			e.Start = time.Unix(rapid.Int64Range(86400, 4e9).Draw(rt, "start"), 0).In(zone)
			e.Length = time.Duration(rapid.IntRange(1, 24*60).Draw(rt, "minutes")) * time.Minute
			events = append(events, e)
		}
		data := unfold(encode(t, Calendar{Method: Publish, Events: events}))
		if n := strings.Count(data, "BEGIN:VTIMEZONE"); n != 1 || !strings.Contains(data, "TZID:"+zone.String()+"\r\n") {
			rt.Fatalf("%d zones", n)
		}
		table := observances(t, data)
		for _, e := range events {
			for _, at := range []time.Time{e.Start, e.Start.Add(e.Length)} {
				if twice(at) {
					continue // a local time that clocks show twice names both
				}
				if got := read(t, table, at.Format(local)); !got.Equal(at) {
					rt.Fatalf("%s reads as %s by %v", at, got.In(zone), table)
				}
			}
		}
	})
}

// twice reports whether the clocks show the time's local form twice.
func twice(at time.Time) bool {
	for _, near := range []time.Duration{-26 * time.Hour, 26 * time.Hour} {
		_, here := at.Zone()
		_, there := at.Add(near).Zone()
		if other := at.Add(time.Duration(here-there) * time.Second); here != there && other.Format(local) == at.Format(local) {
			return true
		}
	}
	return false
}

func TestOffsets(t *testing.T) {
	for want, s := range map[string]int{"+0000": 0, "+0545": 20700, "-0330": -12600, "-004430": -2670, "+1400": 50400} {
		if got := offset(s); got != want {
			t.Errorf("offset %d: %s, expected %s", s, got, want)
		}
	}
}
