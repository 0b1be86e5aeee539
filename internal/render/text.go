package render

import (
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Inline makes user text safe within one line of Markdown: nothing in it
// formats, mentions, hides or breaks the line or a table's cell. An address in
// it remains one.
func Inline(text string) string { return incident.Inline(text) }

// joiner keeps "@" from being a mention.
const joiner = incident.Joiner

// Quote sets user text apart as a block quote. Its Markdown stays, but nothing
// in it hides (HTML comments), mentions anybody, or escapes from the quote.
func quote(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimSpace(text))
	text = strings.NewReplacer("<", "&lt;", "@", "@"+joiner, "&#", "&amp;#", "&commat;", "&amp;commat;").Replace(text)
	var b strings.Builder
	for l := range strings.SplitSeq(text, "\n") {
		b.WriteString(strings.TrimRight("> "+l, " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Code shows a line as it was written, as a code span that it cannot end.
func Code(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 120 {
		text = string(r[:119]) + "…"
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}

// Quiet names a person without notifying them.
func Quiet(p incident.Person) string { return "@" + joiner + string(p) }

// Stamp shows a moment in the team's zone, and in UTC where that differs.
func Stamp(t time.Time, zone *time.Location) string {
	utc := t.UTC().Format("2006-01-02 15:04 UTC")
	if zone == nil {
		return utc
	}
	local := t.In(zone)
	if _, offset := local.Zone(); offset == 0 {
		return utc
	}
	return local.Format("2006-01-02 15:04 MST") + " (" + t.UTC().Format("15:04 UTC") + ")"
}

// Span shows a duration as people say it: "3 days 4 h", "12 min".
func Span(d time.Duration) string {
	d = d.Round(time.Minute)
	days, rest := d/(24*time.Hour), d%(24*time.Hour)
	hours, minutes := rest/time.Hour, rest%time.Hour/time.Minute
	var parts []string
	if days > 0 {
		parts = append(parts, plural(int(days), "day", "days"))
	}
	if hours > 0 {
		parts = append(parts, plural(int(hours), "h", "h"))
	}
	if days == 0 && (minutes > 0 || len(parts) == 0) {
		parts = append(parts, plural(int(minutes), "min", "min"))
	}
	return strings.Join(parts, " ")
}
