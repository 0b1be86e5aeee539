package incident

import "time"

// Record is the fold of an incident's ledger: what was seen, decided and done.
// Losing it costs a delay: what people did is still in the tracker.
type Record struct {
	ID   string `json:"id"`
	Key  Key    `json:"key"`
	Seq  int    `json:"seq"`  // of the last entry folded
	Head string `json:"head"` // the chain's head: hash of that entry

	Declared Declared `json:"declared,omitzero"`
	// Last is the last snapshot, without the texts of comments.
	Last Snapshot `json:"last,omitzero"`

	Orders  []Order  `json:"orders,omitempty"`
	Tenures []Tenure `json:"tenures,omitempty"`
	// Counted holds every ticket that was ever part of the incident.
	Counted map[Ref]Counted `json:"counted,omitempty"`
	// Done holds what is done once: acknowledgements, messages, reopenings;
	// under a name, when it was done.
	Done map[string]time.Time `json:"done,omitempty"`
	// Amended holds what became of comments after they were first seen.
	Amended map[string]Amended `json:"amended,omitempty"`
	// Sealed is when the incident ended; cleared by a person's reopening.
	Sealed time.Time `json:"sealed,omitzero"`
	// Ending is how it ended: closed, retracted or duplicate.
	Ending string `json:"ending,omitempty"`
	// Marks are the heads of the ledger that the board shows, by what they are
	// as of: restored, published, closed.
	Marks map[string]Mark `json:"marks,omitempty"`
}

// Mark is the head of a ledger's chain as of something that happened: who saw
// it then can tell later whether the ledger is still the one of then.
type Mark struct {
	At   time.Time `json:"at"` // when that happened
	Seq  int       `json:"seq"`
	Head string    `json:"head"` // hash of entry Seq
}

// Declared says by whom, when and how an incident was declared.
type Declared struct {
	By  Person    `json:"by"`
	At  time.Time `json:"at"`
	Via string    `json:"via"` // label, phrase, automation, board
	// Comment is the id of the comment that holds the phrase, if one does.
	Comment string `json:"comment,omitempty"`
}

// IsZero reports whether nothing was declared.
func (d Declared) IsZero() bool { return d.At.IsZero() }

// Tenure is a person's time in a role.
type Tenure struct {
	Role Role      `json:"role"`
	Who  Person    `json:"who"`
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"` // zero: still
	How  string    `json:"how"`         // declared, order, hand (in the tracker), left
}

// Amended says when a comment was last edited and when it was deleted; zero: not.
type Amended struct {
	Edited  time.Time `json:"edited,omitzero"`
	Deleted time.Time `json:"deleted,omitzero"`
}

// Counted is a ticket that is part of the incident.
type Counted struct {
	Slot  Slot      `json:"slot,omitempty"`
	Title string    `json:"title"`
	Since time.Time `json:"since"`
	// Out is set by an obeyed /unlink: it no longer stands in the gate.
	Out bool `json:"out,omitempty"`
}
