package incident

import "time"

// Look says what an observation must cover besides what hangs on the head.
type Look struct {
	Key Key
	ID  string // "" when never observed before
	// Since is from when our own tickets must be listed: the oldest open
	// intent, or the declaration while the journal is young (section 6, rule 6).
	Since time.Time
	// Places holds the other places in which an intent is open: what was
	// created there is found by listing them. Nil: only where Tickets are.
	Places []string
	// Tickets were counted before and must be read wherever they are now.
	Tickets []Ref
	// People are those whose standing is asked for beside whoever appears.
	People []Person
	// Decided holds the comments whose acknowledgement need not be read.
	Decided map[string]bool
	// AsOf is since when tickets are known to have changed: what an index shows
	// of an earlier time is out of date.
	AsOf map[Ref]time.Time
	// Ends tells a comment that asks for the incident's end: an index that may
	// lag must not be the reason why that is refused. Nil: none does.
	Ends func(Comment) bool
}

// Hint is what a delivery or a listing says about one issue. Every field but
// Key may be missing; a hint is never the truth, only a reason to look.
type Hint struct {
	Key     Key
	Labels  []string // its labels, and one just taken off
	Texts   []string // title, body, comment: raw
	Parents []Key    // what it is, or was until now, attached to
	Tied    bool     // it blocks or is blocked by another issue
}

// Sighting is what a listing of a place brought.
type Sighting struct {
	Hints  []Hint
	Cursor time.Time // up to when the place has now been read
}
