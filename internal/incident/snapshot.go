package incident

import (
	"cmp"
	"iter"
	"time"
)

// Snapshot is everything observed of one incident as of At. The tracker is the
// truth about an incident; a Snapshot is that truth at one moment.
type Snapshot struct {
	Key Key       // where the head is now; differs from the key asked for after a rename or a move
	ID  string    // the head's database id; outlives renames and moves
	URL string    // the head's page
	At  time.Time // when the observation began

	Settling Settling // how long a write may stay hidden
	Caps     Caps

	Gone     bool     // the head was deleted or turned into something else
	Head     Ticket   // the ticket on which the incident was declared
	HeadSaid []string // its title, then its text, as spoken lines
	// PullRequest marks a head that is no issue and so can be no incident.
	PullRequest bool
	NewURL      string    // opens a prefilled issue with the phrase, if the server has such a page
	Events      []Event   // what was done to the head, oldest first
	Comments    []Comment // on the head, oldest first
	Tickets     []Ticket  // ours, by authorship and marker, linked or not, oldest first
	Foreign     []Ticket  // linked by people: counted, never edited
	Wiki        Shelf     // the incident's pages
	Places      []string  // other places whose tickets of ours are all in Tickets
	// Missed are places that could not be looked at now, and why.
	Missed map[string]string

	// People holds the standing of every author, actor and assignee above and
	// of everybody mentioned in a comment that is yet to be decided.
	People map[Person]Standing
	// Others are the other open incidents, for "same outage?".
	Others []Other
}

// Caps says what the head's server can do.
type Caps struct {
	Parents bool // a ticket can be attached to the head
	Acks    bool // a comment can be acknowledged without a reply
	Boxes   bool // a ticket's text may carry task boxes that people tick
	Max     int  // how many tickets the head may have attached; 0: no bound
	Bulk    int  // how many tickets one request creates; 0: one
	Epic    bool // an epic may be created over the head; else the head is the epic
	NoSlash bool // the editor keeps "/" for itself: commands are shown as "hereby word"
	// Calm is how long the board is left as it is after an edit, unless the
	// phase changes: where each edit is mailed to everybody. 0: not at all.
	Calm time.Duration
}

// Other is another open incident, as the store knows it.
type Other struct {
	Key   Key
	URL   string
	Title string
	Since time.Time
}

// State is where a ticket stands towards being finished.
type State string

const (
	Open      State = "open"
	Done      State = "done"
	Wontfix   State = "wontfix"
	Duplicate State = "duplicate" // counts as its target
)

// Ticket is one issue as observed.
type Ticket struct {
	Ref       Ref
	ID        string // the tracker's database id
	URL       string
	Author    Person
	Assignees []Person
	Labels    []string
	Parent    Ref  // what it is attached to, if the server tells
	Linked    bool // it hangs under the head, or blocks it, at any depth
	Loose     bool // ours: it hangs under nothing, never did, and could where the epic is
	Slot      Slot // ours: from the marker
	Title     string
	Body      string // ours and the head: without the marker, line ends as "\n"
	Due       Due
	Locked    bool
	Unmarked  bool // ours by the journal, but without its marker

	State       State
	DuplicateOf Ref // known target of a duplicate
	Opened      time.Time
	Changed     time.Time // last, in whatever way; zero: the server does not tell
	Closed      Closed

	Unreadable bool // we may not see it; the state is what was seen last, and Open if nothing was
	Gone       bool // deleted, or turned into something that is no ticket
	Incident   bool // the head of another incident: shown, does not block
	Private    bool // a head that few may see: its title stands on no other incident's board
}

// Hidden reports whether nothing says that a ticket is done: it cannot be read,
// which counts as open (design, section 2), and was not seen done before.
func (t Ticket) Hidden() bool { return t.Unreadable && t.State == Open }

// Due is the day by which people set on the tracker itself that a ticket should
// be done. What we set there when we created it does not count as theirs.
type Due struct {
	Day    time.Time // its beginning in UTC; zero: none
	Shared bool      // set for many tickets at once, as a milestone's is
}

// Closed says how a ticket was closed, as far as the server tells.
type Closed struct {
	By  Person
	At  time.Time
	Via string // "", or what closed it when no person did it directly: "pull request acme/shop#7"
}

// Event is something done to the head other than a comment.
type Event struct {
	At    time.Time
	By    Person
	Kind  string // labeled, unlabeled, closed, reopened, renamed, locked, unlocked, transferred
	Label string // of labeled and unlabeled
	Via   string // of closed: as in Closed
}

// Comment is one comment on the head.
type Comment struct {
	ID       string
	URL      string
	Author   Person
	Raw      string
	Said     []string // its lines as spoken: no quotes, code, HTML comments; a mention reads "@handle"
	At       time.Time
	EditedAt time.Time // zero: never
	Ours     bool      // by our account (or one in authors) and with our marker
	Slot     Slot      // ours: from the marker
	Data     string    // ours: what the marker carries besides the slot
	Hash     string    // ours: HashText of the text now shown, without the marker
	Acked    Verdict   // our acknowledgement of it, if it binds the text as it reads now
	Exposed  bool      // by our account, and open to people who must not read it
	Private  bool      // only some may read it: its text is shown nowhere else
}

// All yields every ticket but the head, ours before people's, for reading and
// for changing.
func (s *Snapshot) All() iter.Seq[*Ticket] {
	return func(yield func(*Ticket) bool) {
		for _, list := range [][]Ticket{s.Tickets, s.Foreign} {
			for i := range list {
				if !yield(&list[i]) {
					return
				}
			}
		}
	}
}

// Ticket returns the ticket of that name, which is not the head.
func (s *Snapshot) Ticket(ref Ref) (Ticket, bool) {
	for t := range s.All() {
		if t.Ref == ref {
			return *t, true
		}
	}
	return Ticket{}, false
}

// ByAge orders tickets, the oldest first, and those of one time by their ids.
func ByAge(a, b Ticket) int {
	return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Ref, b.Ref))
}

// Find returns our ticket in slot that counts: the one the journal knows,
// else the oldest (design, section 6, rule 9).
func (s *Snapshot) Find(slot Slot, known Ref) (Ticket, bool) {
	var first *Ticket
	for i := range s.Tickets {
		t := &s.Tickets[i]
		if t.Slot != slot || t.Gone {
			continue
		}
		if t.Ref == known {
			return *t, true
		}
		if first == nil {
			first = t
		}
	}
	if first == nil {
		return Ticket{}, false
	}
	return *first, true
}

// Said returns our comment in slot: the oldest one.
func (s *Snapshot) Said(slot Slot) (Comment, bool) {
	for _, c := range s.Comments {
		if c.Ours && c.Slot == slot {
			return c, true
		}
	}
	return Comment{}, false
}
