package calendar

import (
	"bytes"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// fold is how many octets a line may have before its end (RFC 5545, section 3.1).
const fold = 75

// lines are content lines being written.
type lines struct{ bytes.Buffer }

// line writes a property whose value needs no escaping.
func (w *lines) line(name, value string) {
	left := fold
	for _, r := range name + ":" + value {
		if n := utf8.RuneLen(r); n > left {
			w.WriteString("\r\n ")
			left = fold - 1 - n
		} else {
			left -= n
		}
		w.WriteRune(r)
	}
	w.WriteString("\r\n")
}

var escape = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, "\n", `\n`)

// text writes a property whose value is of the type TEXT.
func (w *lines) text(name, value string) { w.line(name, escape.Replace(Text(value))) }

// time writes a property whose value is a time, in the zone it has.
func (w *lines) time(name string, t time.Time) {
	if id := zoneID(t.Location()); id != "" {
		w.line(name+";TZID="+id, t.Format(local))
		return
	}
	w.line(name, utc(t))
}

const local = "20060102T150405"

func utc(t time.Time) string { return t.UTC().Format(local + "Z") }

// Text returns what a reader gets back of a title or a text: its lines end as
// "\n", a control character but the tab is shown as a space, and a byte that
// is no UTF-8 as U+FFFD.
func Text(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// Name returns what a reader gets back of a person's name. A parameter has no
// way to carry control characters and quotes, and readers differ in how they
// take the other signs that mean something around it, so these are left out:
// " ; : , \ ^ (RFC 5545, section 3.2; RFC 6868).
func Name(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("\";:,\\^", r) {
			return -1
		}
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
