package calendar

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"
)

// zone is a time zone over the times that some events need.
type zone struct {
	where       *time.Location
	first, last time.Time
}

var zoneName = regexp.MustCompile(`^[A-Za-z0-9_+/-]{1,64}$`)

// zoneID returns the name of a zone, or "" for one whose times are written in
// UTC: UTC itself, and a zone that has no name another program could know.
func zoneID(l *time.Location) string {
	if name := l.String(); name != "UTC" && name != "Local" && zoneName.MatchString(name) {
		return name
	}
	return ""
}

// zonesOf returns the zones that the events' times name, sorted by name.
func zonesOf(events []Event) []zone {
	zones := map[string]zone{}
	for _, e := range events {
		id := zoneID(e.Start.Location())
		if id == "" {
			continue
		}
		z, known := zones[id]
		if !known {
			z = zone{e.Start.Location(), e.Start, e.Start}
		}
		if e.Start.Before(z.first) {
			z.first = e.Start
		}
		if end := e.Start.Add(e.Length); end.After(z.last) {
			z.last = end
		}
		zones[id] = z
	}
	all := make([]zone, 0, len(zones))
	for _, z := range zones {
		all = append(all, z)
	}
	slices.SortFunc(all, func(a, b zone) int { return strings.Compare(a.where.String(), b.where.String()) })
	return all
}

// write writes the zone as the observance in force when the events' first year
// begins, and one for each change until their last year ends: whole years,
// because some programs refuse a zone that knows only its summer.
func (z zone) write(w *lines) {
	w.line("BEGIN", "VTIMEZONE")
	w.line("TZID", z.where.String())
	t := time.Date(z.first.In(z.where).Year(), 1, 1, 0, 0, 0, 0, z.where)
	end := time.Date(z.last.In(z.where).Year()+1, 1, 1, 0, 0, 0, 0, z.where)
	observance(w, t, t)
	for t.Before(end) {
		next := t.Add(24 * time.Hour)
		if ruleAt(next) != ruleAt(t) {
			observance(w, t, change(t, next))
		}
		t = next
	}
	w.line("END", "VTIMEZONE")
}

// rule is how clocks are set.
type rule struct {
	name   string
	offset int // seconds east of UTC
	dst    bool
}

func ruleAt(t time.Time) rule {
	name, offset := t.Zone()
	return rule{name, offset, t.IsDST()}
}

// change returns the first second at which clocks are no longer set as at t.
// It searches, as [time.Time.ZoneBounds] is only near the truth in the years
// after the last change that the zone data lists.
func change(t, next time.Time) time.Time {
	n := sort.Search(int(next.Sub(t)/time.Second), func(n int) bool {
		return ruleAt(t.Add(time.Duration(n)*time.Second)) != ruleAt(t)
	})
	return t.Add(time.Duration(n) * time.Second)
}

// observance writes the rule that holds from a time on, in place of the one at
// a time before.
func observance(w *lines, before, from time.Time) {
	was, is := ruleAt(before), ruleAt(from)
	kind := "STANDARD"
	if is.dst {
		kind = "DAYLIGHT"
	}
	w.line("BEGIN", kind)
	// The onset is told by the clock that ran until then.
	w.line("DTSTART", from.UTC().Add(time.Duration(was.offset)*time.Second).Format(local))
	w.line("TZOFFSETFROM", offset(was.offset))
	w.line("TZOFFSETTO", offset(is.offset))
	if zoneName.MatchString(is.name) {
		w.line("TZNAME", is.name)
	}
	w.line("END", kind)
}

// offset writes seconds east of UTC as +hhmm, or +hhmmss where it must.
func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%02d", seconds%60)
	}
	return s
}
