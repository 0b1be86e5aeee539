package postmortem

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Twin is the page for machines (O47): who held which role when, by variable,
// what happened when, and what became of each ticket. It holds digests of
// texts and neither texts nor names, so that a secret that somebody pasted is
// not published again (design, section 11).
type Twin struct {
	Schema  string       `json:"schema"` // TwinSchema
	ID      string       `json:"id"`
	Head    incident.Ref `json:"head"`
	Phase   string       `json:"phase"`
	Ledger  string       `json:"ledger"` // the chain's head
	Entries int          `json:"entries"`

	Declared  time.Time `json:"declared,omitzero"`
	Staffed   time.Time `json:"staffed,omitzero"`
	Restored  time.Time `json:"restored,omitzero"`
	Published time.Time `json:"published,omitzero"`
	Closed    time.Time `json:"closed,omitzero"`

	Roles    []TwinRole    `json:"roles"`
	Timeline []TwinEvent   `json:"timeline"`
	Tickets  []TwinTicket  `json:"tickets"`
	Items    []TwinItem    `json:"items"`
	Sections []TwinSection `json:"sections"`
	Page     string        `json:"page"` // digest of the whole page
}

// TwinSchema names the form of a Twin.
const TwinSchema = "hereby/postmortem/1"

// TwinRole is one time in a role.
type TwinRole struct {
	Variable string        `json:"variable"`
	Role     incident.Role `json:"role"`
	From     time.Time     `json:"from"`
	To       time.Time     `json:"to,omitzero"`
}

// TwinEvent is one row of the timeline.
type TwinEvent struct {
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"`   // a variable
	What string    `json:"what"`           // in our words, never people's
	Text string    `json:"text,omitempty"` // digest
}

// TwinTicket is one ticket that is part of the incident.
type TwinTicket struct {
	Ref      incident.Ref   `json:"ref"`
	State    incident.State `json:"state"`
	Owner    string         `json:"owner,omitempty"` // a variable
	Item     string         `json:"item,omitempty"`  // the item's hash
	Category Category       `json:"category,omitempty"`
	Due      string         `json:"due,omitempty"` // YYYY-MM-DD
	Title    string         `json:"title"`         // digest
}

// TwinItem is one issue on the page.
type TwinItem struct {
	Hash     string   `json:"hash"`
	Category Category `json:"category,omitempty"`
	Text     string   `json:"text"` // digest
}

// TwinSection is one part of the page.
type TwinSection struct {
	Part Part   `json:"part"`
	Text string `json:"text"` // digest of what people wrote
}

// digest returns the SHA-256 of a text in hexadecimal, "" for none.
func digest(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Describe sets what the page itself tells: sections, items and digests.
func (t *Twin) Describe(p Page) {
	t.Page, t.Sections, t.Items = digest(p.Text), nil, nil
	for _, part := range Parts {
		if s, ok := p.Section(part); ok {
			t.Sections = append(t.Sections, TwinSection{part, digest(s.Prose)})
		}
	}
	for _, it := range p.Items {
		t.Items = append(t.Items, TwinItem{it.Hash, it.Category, digest(it.Text)})
	}
}

// SetPeople sets the roles; people are those of Variables.
func (t *Twin) SetPeople(people People) {
	t.Roles = nil
	for _, m := range people {
		for _, held := range m.Held {
			t.Roles = append(t.Roles, TwinRole{m.Variable, held.Role, held.From, held.To})
		}
	}
}

// SetTimeline sets the timeline from the rows of the page.
func (t *Twin) SetTimeline(events []Event) {
	t.Timeline = nil
	for _, e := range events {
		t.Timeline = append(t.Timeline, TwinEvent{e.At, e.By, e.What, digest(e.Text)})
	}
}

// SetTickets sets the tickets from the rows of the page.
func (t *Twin) SetTickets(list []Resolution) {
	t.Tickets = nil
	for _, r := range list {
		x := TwinTicket{Ref: r.Ref, State: r.State, Owner: r.Owner, Category: r.Category, Title: digest(r.Title)}
		if !r.Due.IsZero() {
			x.Due = r.Due.Format(time.DateOnly)
		}
		t.Tickets = append(t.Tickets, x)
	}
}

// Encode returns the twin as indented JSON that is the same for the same facts,
// in whatever order and zone they come.
func (t Twin) Encode() []byte {
	t.Schema = TwinSchema
	for _, at := range []*time.Time{&t.Declared, &t.Staffed, &t.Restored, &t.Published, &t.Closed} {
		*at = at.UTC()
	}
	t.Roles = sorted(t.Roles, func(r *TwinRole) string {
		r.From, r.To = r.From.UTC(), r.To.UTC()
		return r.From.Format(sortable) + r.Variable + string(r.Role)
	})
	t.Timeline = sorted(t.Timeline, func(e *TwinEvent) string {
		e.At = e.At.UTC()
		return e.At.Format(sortable) + e.What + e.By + e.Text
	})
	t.Tickets = sorted(t.Tickets, func(x *TwinTicket) string { return string(x.Ref) + x.Title })
	t.Items, t.Sections = slices.Clip(t.Items), slices.Clip(t.Sections)
	if t.Items == nil {
		t.Items = []TwinItem{}
	}
	if t.Sections == nil {
		t.Sections = []TwinSection{}
	}
	data, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		panic(err) // unreachable unless a time is outside the years 0 to 9999
	}
	return append(data, '\n')
}

// sortable is a form of times whose order is theirs.
const sortable = "2006-01-02T15:04:05.000000000"

// sorted returns a copy in the order of a key, never nil.
func sorted[T any](list []T, key func(*T) string) []T {
	out := append([]T{}, list...)
	for i := range out {
		key(&out[i])
	}
	slices.SortStableFunc(out, func(a, b T) int { return strings.Compare(key(&a), key(&b)) })
	return out
}
