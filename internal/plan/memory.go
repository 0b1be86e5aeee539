package plan

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// memory is what the board's marker carries: what the tracker itself does not
// tell and a lost store must not cost.
type memory struct {
	Declared incident.Declared `json:"declared,omitzero"`
	// Duties fixes the checklists at the declaration, by role and duty id: a
	// new release or policy adds nothing to a running incident.
	Duties map[incident.Role][]string `json:"duties,omitempty"`
	Items  bool                       `json:"items,omitempty"` // a ticket per duty
	// Operators are all who ever held operations, so that no letter is reused.
	Operators []incident.Person `json:"operators,omitempty"`

	// Made are our tickets: a slot outlives its marker (claim).
	Made map[incident.Slot]incident.Ref `json:"made,omitempty"`

	Sealed time.Time                `json:"sealed,omitzero"`
	Ending string                   `json:"ending,omitempty"`
	Marks  map[string]incident.Mark `json:"marks,omitempty"` // see marks.go
	Sent   []string                 `json:"sent,omitempty"`  // ids of messages sent
	// Invited are the reviews to which people were invited by mail, by number.
	Invited map[int]invitation `json:"invited,omitempty"`
	Resumed []time.Time        `json:"resumed,omitempty"` // when reviews were: see resume.go
	Also    []incident.Ref     `json:"also,omitempty"`    // counted of people's: who unlinks one by hand does not take it out
	Page    string             `json:"page,omitempty"`    // the name of the post-mortem, once it was there
}

func recall(data string) memory {
	var m memory
	if json.Unmarshal([]byte(data), &m) != nil {
		return memory{}
	}
	if !incident.IsPageName(m.Page) {
		m.Page = "" // no other page is touched, whoever edited the board
	}
	return m
}

// remember returns the board's data as it should be now.
func (v *view) remember() string {
	m := memory{Declared: v.r.Declared, Duties: v.dutyIDs(), Items: v.items(), Operators: v.operators(), Sealed: v.r.Sealed.UTC(), Marks: v.marks(), Invited: v.invited(), Resumed: v.resumed(), Page: v.seenPage()}
	if v.ended() {
		m.Ending = v.ending()
	}
	for name := range v.r.Done {
		if id, ok := strings.CutPrefix(name, "notify/"); ok {
			m.Sent = append(m.Sent, id)
		}
	}
	for _, id := range v.kept.Sent {
		if !slices.Contains(m.Sent, id) {
			m.Sent = append(m.Sent, id)
		}
	}
	slices.Sort(m.Sent)
	for ref, c := range v.r.Counted {
		if t, _ := v.lookup(ref); !c.Out && c.Slot == "" && t.Slot == "" {
			m.Also = append(m.Also, ref)
		}
	}
	slices.Sort(m.Also)
	m.Made = map[incident.Slot]incident.Ref{}
	for _, t := range v.s.Tickets {
		if kept, ok := v.ticket(t.Slot); ok && t.Slot != "" && kept.Ref == t.Ref {
			m.Made[t.Slot] = t.Ref
		}
	}
	data, err := json.Marshal(m)
	if err != nil {
		panic(err) // unreachable: the struct holds nothing that cannot be marshalled
	}
	return string(data)
}

// dutyIDs returns the duties of this incident as fixed at its declaration.
func (v *view) dutyIDs() map[incident.Role][]string {
	if v.kept.Duties != nil {
		return v.kept.Duties
	}
	ids := map[incident.Role][]string{}
	for _, role := range incident.Roles {
		for _, d := range v.list(role).Duties {
			ids[role] = append(ids[role], d.ID)
		}
	}
	return ids
}

// items reports whether each duty is a ticket of its own.
func (v *view) items() bool {
	if v.kept.Duties != nil {
		return v.kept.Items
	}
	if v.p.Items != nil {
		return *v.p.Items
	}
	return !v.s.Caps.Boxes
}
