// Package ledger is the memory of an incident that cannot be edited: entries
// of everything seen, ordered, refused and done, each chained to the one
// before by its hash, and their fold, the Record.
//
// An entry's hash covers the hash of its text, not the text, so that a text
// that must go (a pasted secret) can be blanked without breaking the chain.
//
// The package is pure. It does not decide anything: [Diff] says what changed
// between two snapshots, package plan decides what that means, and [Fold]
// applies either.
package ledger

import (
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Kind says what an entry is about.
type Kind string

const (
	// Seen in the tracker (Diff).
	Commented      Kind = "commented"
	CommentEdited  Kind = "comment edited"
	CommentDeleted Kind = "comment deleted"
	TicketAdded    Kind = "ticket added"
	TicketRemoved  Kind = "ticket removed" // no longer linked, or deleted; still counted
	TicketMoved    Kind = "ticket moved"   // the same ticket under another Ref; Name is the one before
	TicketClosed   Kind = "ticket closed"
	TicketReopened Kind = "ticket reopened"
	TicketAssigned Kind = "ticket assigned"
	HeadChanged    Kind = "head changed" // an event on the head, or a rename, lock, restriction, deletion

	// Decided (package plan).
	Declared  Kind = "declared"
	Ordered   Kind = "ordered"
	RoleBegan Kind = "role began"
	RoleEnded Kind = "role ended"
	Sealed    Kind = "sealed"
	Unsealed  Kind = "unsealed"

	// Done by us.
	Did    Kind = "did"
	Failed Kind = "failed" // refused by the server, or outcome unknown

	// About the ledger itself.
	Gap      Kind = "gap"      // from At until Seen nothing was recorded: the store was lost
	Recalled Kind = "recalled" // an entry of a ledger that was lost, as its mirror in the wiki tells it
	Redacted Kind = "redacted" // By blanked the texts of entries; Name is their numbers, see Expunge
)

// Entry is one line of the ledger. Exactly the fields its kind needs are set.
type Entry struct {
	Seq  int       `json:"seq"`
	At   time.Time `json:"at"`   // when it happened, by the tracker's clock where it tells
	Seen time.Time `json:"seen"` // when it was written here
	Kind Kind      `json:"kind"`

	By      incident.Person `json:"by,omitempty"`
	Ref     incident.Ref    `json:"ref,omitempty"`
	Slot    incident.Slot   `json:"slot,omitempty"`
	Comment string          `json:"comment,omitempty"`
	State   incident.State  `json:"state,omitempty"`
	// Name is what is done once under this name: see Record.Done.
	Name string `json:"name,omitempty"`
	// Text is for people; Sum is its digest, which the chain covers: see Chain.
	Text string `json:"text,omitempty"`
	Sum  string `json:"sum,omitempty"`

	Declared *incident.Declared `json:"declared,omitempty"`
	Order    *incident.Order    `json:"order,omitempty"`
	Tenure   *incident.Tenure   `json:"tenure,omitempty"`

	Prev string `json:"prev"`
	Hash string `json:"hash"`
}
