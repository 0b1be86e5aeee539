// Package marker hides in the text of everything we create whose it is: the
// incident's ID and the slot, and for a comment whatever it must remember.
//
//	<!-- hereby:1 ID SLOT DATA -->
//
// The marker is the last line of the text. It proves nothing by itself, since
// anybody can paste one: only together with our authorship does it make a text
// ours (design, section 5). ID and SLOT hold no white space; DATA is optional,
// printable and never contains "--", which would end an HTML comment.
package marker

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// Mark is what a marker carries.
type Mark struct {
	ID   string
	Slot incident.Slot
	Data string
}

// No value holds "<" or ">", so a marker ends where its HTML comment does.
var form = regexp.MustCompile(`<!-- hereby:1 ([^\s<>]+) ([^\s<>]+)(?: ([^\s<>]+))? -->`)

// String returns the marker's text.
func (m Mark) String() string {
	s := "<!-- hereby:1 " + escape(m.ID) + " " + escape(string(m.Slot))
	if m.Data != "" {
		s += " " + escape(m.Data)
	}
	return s + " -->"
}

// Put returns text with the marker as its last line, in place of any marker
// the text held before.
func Put(text string, m Mark) string {
	return strings.TrimRight(Strip(text), "\n") + "\n\n" + m.String()
}

// Take finds the last marker in a text, and returns it and the text without
// any marker.
func Take(text string) (m Mark, rest string, ok bool) {
	all := form.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return Mark{}, text, false
	}
	last := all[len(all)-1]
	m = Mark{ID: unescape(last[1]), Slot: incident.Slot(unescape(last[2])), Data: unescape(last[3])}
	return m, Strip(text), true
}

// Strip returns the text without markers and without the blank lines before
// them. A text in which removing one marker makes another is searched again.
func Strip(text string) string {
	for form.MatchString(text) {
		text = strings.TrimRight(form.ReplaceAllString(text, ""), " \r\n")
	}
	return text
}

// IDs returns the IDs of all markers in a text.
func IDs(text string) []string {
	var ids []string
	for _, m := range form.FindAllStringSubmatch(text, -1) {
		ids = append(ids, unescape(m[1]))
	}
	return ids
}

// escape makes a value one word without "--" and without anything that could
// end a comment, whichever Markdown dialect reads it.
func escape(s string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "-", "%2D")
	return strings.NewReplacer("%2F", "/", "%2C", ",", "%3A", ":").Replace(s)
}

func unescape(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}
