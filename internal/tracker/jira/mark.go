package jira

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/hereby/hereby/internal/incident"
)

// The entity properties that we set.
const (
	ours     = "hereby"            // on everything we create
	verdicts = "hereby-ack"        // on comments of people
	ending   = "hereby-end"        // on tickets whose workflow cannot say as what they were closed
	internal = "sd.public.comment" // service projects: who reads a comment
)

// maxValue bounds a property in UTF-16 units: Jira takes 32,768.
const maxValue = 32_000

// mark is the value of the property "hereby": whose a ticket or a comment is,
// and what its text was made of.
type mark struct {
	Version int           `json:"v"`
	ID      string        `json:"id"`
	Slot    incident.Slot `json:"slot"`
	Data    string        `json:"data,omitempty"`
	// Text is the source; left out if it is too long to be kept.
	Text *string `json:"text,omitempty"`
	Hash string  `json:"hash"`
	// Shown is the fingerprint of the markup that was made of the source.
	Shown string `json:"shown"`
	// Was and Before are Shown and Text before the last edit. Data Center takes
	// the property apart, before the text: until that follows, these count.
	Was    string  `json:"was,omitempty"`
	Before *string `json:"before,omitempty"`
	// People are those whom a ticket is for where they are several: Jira
	// assigns the first of them.
	People []incident.Person `json:"people,omitempty"`
	// Due is the date that we gave a ticket when we created it: another is
	// people's.
	Due string `json:"due,omitempty"`
}

func newMark(id string, slot incident.Slot, data, source, shown string) mark {
	m := mark{Version: 1, ID: id, Slot: slot, Data: data, Hash: incident.HashText(source), Shown: fingerprint(shown)}
	m.keep(source)
	return m
}

// found is the mark of a text whose source is lost: it stands for itself.
func found(id string, slot incident.Slot, data, shown string) mark {
	return mark{Version: 1, ID: id, Slot: slot, Data: data, Hash: incident.HashText(shown), Shown: fingerprint(shown)}
}

// keep keeps the source, unless that is more than a property takes.
func (m *mark) keep(source string) {
	m.Text = &source
	if b, err := json.Marshal(m); err != nil || len(utf16.Encode([]rune(string(b)))) > maxValue {
		m.Text = nil
	}
}

// readMark reads the property; ok is false if it is not one of ours.
func readMark(raw json.RawMessage) (m mark, ok bool) {
	if len(raw) == 0 || json.Unmarshal(raw, &m) != nil {
		return mark{}, false
	}
	return m, m.ID != "" && m.Slot != ""
}

// intact reports whether a text is still the one that was made of the source.
func (m mark) intact(shown string) bool { return m.Shown != "" && m.Shown == fingerprint(shown) }

// source returns the text that the rules see: the source while it is shown as
// it was made, else what people made of it.
func (m mark) source(shown string) string {
	if m.Text != nil && m.intact(shown) {
		return *m.Text
	}
	if m.Before != nil && m.Was == fingerprint(shown) {
		return *m.Before
	}
	return shown
}

// after keeps in the mark of an edit what it is made on, unless that is more
// than a property takes.
func (m *mark) after(before mark, shown string) {
	switch fingerprint(shown) {
	case before.Shown:
		m.Was, m.Before = before.Shown, before.Text
	case before.Was:
		m.Was, m.Before = before.Was, before.Before
	}
	if b, err := json.Marshal(m); err != nil || len(utf16.Encode([]rune(string(b)))) > maxValue {
		m.Was, m.Before = "", nil
	}
}

// hash is HashText of source, also where the source is too long to be kept.
func (m mark) hash(shown string) string {
	if m.intact(shown) {
		return m.Hash
	}
	return incident.HashText(shown)
}

// fingerprint names a text by its letters and digits, and by the addresses in
// it, each once wherever it stands: Cloud keeps documents and writes markup
// anew, in another spelling.
func fingerprint(markup string) string {
	var words strings.Builder
	var addresses []string
	for _, word := range strings.FieldsFunc(macros.ReplaceAllString(markup, " "), func(r rune) bool { return unicode.IsSpace(r) || r == '|' || r == '[' || r == ']' }) {
		if strings.Contains(word, "://") {
			addresses = append(addresses, bare(word))
			continue
		}
		words.WriteString(bare(word))
	}
	slices.Sort(addresses)
	return incident.HashText(words.String() + "\n" + strings.Join(slices.Compact(addresses), "\n"))
}

// bare returns the letters and digits of a word.
func bare(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, word)
}

// macros matches what Cloud writes in another way than it was sent, or adds.
var macros = regexp.MustCompile(`(?i)\{(code|noformat|quote|panel|color)(:[^}\n]*)?\}|\|smart-(link|card|embed)\b`)

// ack is the value of the property "hereby-ack": what was decided of a comment
// that read so.
type ack struct {
	As   incident.Verdict `json:"as"`
	Text string           `json:"text"` // HashText of the raw body
}

func verdictOf(raw json.RawMessage, body string) incident.Verdict {
	var a ack
	if json.Unmarshal(raw, &a) != nil || a.Text != incident.HashText(body) {
		return ""
	}
	if a.As != incident.Obeyed && a.As != incident.RefusedByRule {
		return ""
	}
	return a.As
}

// end is the value of the property "hereby-end": as what we closed a ticket.
type end struct {
	As incident.State `json:"as"`
	Of incident.Ref   `json:"of,omitempty"`
}
