package jira

import (
	"encoding/json"

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
	Hash    string        `json:"hash"` // of the source
	origin
	// Was is what the text was made of before the last edit. Data Center takes
	// the property apart, before the text: until that follows, this counts.
	Was *origin `json:"was,omitempty"`
	// People are those whom a ticket is for where they are several: Jira
	// assigns the first of them.
	People []incident.Person `json:"people,omitempty"`
	// Due is the date that we gave a ticket when we created it: another is
	// people's.
	Due string `json:"due,omitempty"`
}

func newMark(id string, slot incident.Slot, data, source, shown string) mark {
	m := mark{Version: 1, ID: id, Slot: slot, Data: data, Hash: incident.HashText(source), origin: originOf(source, shown)}
	if !m.fits() {
		m.Text = nil
	}
	return m
}

// found is the mark of a text whose source is lost: it stands for itself.
func found(id string, slot incident.Slot, data, shown string) mark {
	return mark{Version: 1, ID: id, Slot: slot, Data: data, Hash: incident.HashText(shown), origin: origin{Shown: fingerprint(shown)}}
}

// fits reports whether a property takes the mark.
func (m mark) fits() bool {
	b, err := json.Marshal(m)
	return err == nil && units(string(b)) <= maxValue
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

// source returns the text that the rules see: the source in its place where it
// is shown as it was made, and around it what people wrote; else all as it is
// shown.
func (m mark) source(shown string) string {
	if p, ok := m.part(shown); ok {
		return p.before + *p.Text + p.after
	}
	return shown
}

// part finds our part in what is shown. Of two the longer counts: what else it
// holds nobody need have written.
func (m mark) part(shown string) (p part, ok bool) {
	for _, o := range []*origin{&m.origin, m.Was} {
		if o == nil || o.Text == nil {
			continue
		}
		if q, found := o.find(shown); found && (!ok || len(q.before)+len(q.after) < len(p.before)+len(p.after)) {
			p, ok = q, true
		}
	}
	return p, ok
}

// latest reports whether a text shows what the last edit made.
func (m mark) latest(shown string) bool {
	if p, ok := m.part(shown); ok {
		return p.Shown == m.Shown
	}
	return m.intact(shown)
}

// after keeps in the mark of an edit what it is made on, unless that is more
// than a property takes.
func (m *mark) after(p part) {
	m.Was = &p.origin
	if !m.fits() {
		m.Was = nil
	}
}

// hash is HashText of source, also where the source is too long to be kept.
func (m mark) hash(shown string) string {
	if m.intact(shown) {
		return m.Hash
	}
	return incident.HashText(shown)
}

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
