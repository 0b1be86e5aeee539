package command

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

const (
	// ahead is how far clocks may differ before a time lies in the future.
	ahead = 5 * time.Minute
	// behind is how old a time may be; an older one is a slip.
	behind = 366 * 24 * time.Hour
)

var (
	clock = regexp.MustCompile(`^(?:\d{1,2}:\d{2}(?::\d{2})?[zZ]?|HH:MM)$`)
	ago   = regexp.MustCompile(`^-(?:\d+(?:\.\d+)?(?:h|m|s|min|hr|d))+$`)
	day   = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	dated = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}[Tt]\d`)
)

// readWhen reads a time if the next word is one: RFC 3339, "14:05" on the
// comment's day (or the day before, if that is still to come), or "-10m".
// What does not look like a time is left to be text.
func readWhen(r *reading) string {
	r.dropAt()
	r.joinDate()
	w := strings.TrimRight(fold1(r.peek()), ",;.:")
	var at time.Time
	var ok bool
	switch {
	case dated.MatchString(w):
		at, ok = r.date(w)
	case clock.MatchString(w):
		at, ok = r.clock(w)
	case ago.MatchString(w):
		at, ok = r.ago(w)
	case r.cmd.Word != "restored" || !strings.ContainsAny(w, "0123456789"):
		return ""
	}
	var wrong string
	switch {
	case !ok:
		wrong = fmt.Sprintf("I cannot read the time %s: write `14:05`, `-10m` or `%s`", code(w), r.ctx.At.UTC().Format(time.RFC3339))
	case at.After(r.ctx.At.Add(ahead)):
		wrong = fmt.Sprintf("%s lies in the future", code(w))
	case at.Before(r.ctx.At.Add(-behind)):
		wrong = fmt.Sprintf("%s is more than a year ago", code(w))
	}
	if wrong != "" {
		r.drop()
		return wrong
	}
	r.cmd.When = at.UTC()
	r.take()
	return ""
}

// dropAt takes away what people write before the time at which service was
// back, if one follows: it must not make a remark of it.
func (r *reading) dropAt() {
	first, rest := cutField(r.rest)
	next, _ := cutField(rest)
	next = fold1(next)
	timed := clock.MatchString(bare(next)) || day.MatchString(next) || dated.MatchString(next)
	if at := fold(first); r.cmd.Word == "restored" && (at == "at" || at == "since") && timed {
		r.drop()
	}
}

// joinDate makes one word of a date and the time of day after it.
func (r *reading) joinDate() {
	date, rest := cutField(r.rest)
	if of, rest := cutField(rest); day.MatchString(date) && clock.MatchString(of) {
		r.rest = date + "T" + of + rest
	}
}

func (r *reading) zone() *time.Location {
	if r.ctx.Zone == nil {
		return time.UTC
	}
	return r.ctx.Zone
}

// date reads RFC 3339, and the same without seconds or without a zone.
func (r *reading) date(w string) (time.Time, bool) {
	s := strings.ToUpper(w)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, s, r.zone()); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// clock reads a time of day in the zone, or in UTC if it says so.
func (r *reading) clock(w string) (time.Time, bool) {
	s := strings.TrimRight(w, "zZ")
	layout := "15:04"
	if strings.Count(s, ":") == 2 {
		layout = "15:04:05"
	}
	of, err := time.Parse(layout, s)
	if err != nil {
		return time.Time{}, false
	}
	zone := r.zone()
	_, rest := cutField(r.rest)
	next, _ := cutField(rest)
	switch {
	case s != w:
		zone = time.UTC
	case bare(fold(next)) == "utc":
		zone = time.UTC
		r.take() // the caller takes the other word
	}
	today := r.ctx.At.In(zone)
	on := func(day time.Time) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), of.Hour(), of.Minute(), of.Second(), 0, zone)
	}
	if at := on(today); !at.After(r.ctx.At.Add(ahead)) {
		return at, true
	}
	return on(today.AddDate(0, 0, -1)), true
}

// ago reads a time before the comment's.
func (r *reading) ago(w string) (time.Time, bool) {
	d, err := time.ParseDuration(strings.NewReplacer("min", "m", "hr", "h").Replace(w))
	return r.ctx.At.Add(d), err == nil
}
