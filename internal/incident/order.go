package incident

import "time"

// Command is one command as parsed: what somebody asked for.
type Command struct {
	Word   string    `json:"word"`             // canonical, without "/": "role", "restored"; role words are "role"
	Role   Role      `json:"role,omitempty"`   // of role
	People []Person  `json:"people,omitempty"` // of role, release, followup; "me" is already resolved
	Ref    Ref       `json:"ref,omitempty"`
	When   time.Time `json:"when,omitzero"`
	N      int       `json:"n,omitempty"` // of done, skip
	// Verb is what is decided beside the word: of change, start or done; of
	// done and skip, the duty as ROLE-ID; of retract, "effective" once seconded.
	Verb  string `json:"verb,omitempty"`
	Place string `json:"place,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Verdict is what became of a command.
type Verdict string

const (
	Obeyed        Verdict = "obeyed"
	RefusedByRule Verdict = "refused"
)

// Order is a command as it read when it was decided. Each is decided once;
// editing or deleting the comment later changes nothing but is on the ledger.
type Order struct {
	Comment string    `json:"comment"`
	Line    int       `json:"line"` // which command of the comment, from 0
	At      time.Time `json:"at"`   // the comment's time
	By      Person    `json:"by"`
	Command Command   `json:"command"`
	Said    string    `json:"said"` // the line as it was written
	Verdict Verdict   `json:"verdict"`
	// Reply is our answer's line about it: what was done, or why not and
	// what to write instead.
	Reply string `json:"reply,omitempty"`
	// Decided is the time of the snapshot on which it was put on record.
	Decided time.Time `json:"decided,omitzero"`
	// Unstaffed is the vacant role for which command gave this order.
	Unstaffed Role `json:"unstaffed,omitempty"`
}
