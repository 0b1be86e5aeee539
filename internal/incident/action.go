package incident

import (
	"fmt"
	"strings"
	"time"
)

// Action is one thing to do about an incident. The set is closed. Texts are
// Markdown (CommonMark with tables and task lists) without markers; an adapter
// adds the marker and converts. Actions never refer to each other's results: a rule whose
// ingredient is not yet seen emits nothing, and a later pass looks again.
type Action interface {
	fmt.Stringer
	action()
}

// Create opens a ticket in a slot. It is one of the two actions that bring
// something into being, so its intent is saved before it is sent.
type Create struct {
	Slot      Slot
	Place     string // repository or project
	Title     string
	Body      string
	Labels    []string
	Assignees []Person
	Parent    Ref       // attach it there if the server can; "" leaves it loose
	Due       time.Time // the day by which it should be done, for a server with a field for that; zero: none
}

// Say makes our comment in Slot on the head read exactly Text. With Comment
// empty the comment is created, which is the other action with an intent.
type Say struct {
	Slot    Slot
	Comment string // the id of the comment to edit; "" creates it
	Text    string
	Data    string // carried in the marker
}

// Unsay takes a comment of ours back.
type Unsay struct{ Comment string }

// Edit changes the title or the body of a ticket of ours; nil leaves it.
// Body is without the marker, which the adapter puts back.
type Edit struct {
	Ref         Ref
	Slot        Slot
	Title, Body *string
}

// Link attaches a ticket to the head, or takes it off.
type Link struct {
	Ref  Ref
	On   bool
	Name string // see Once
}

// Assign makes the assignees of a ticket exactly People.
type Assign struct {
	Ref    Ref
	People []Person
}

// Tag puts a label on a ticket or takes it off.
type Tag struct {
	Ref   Ref
	Label string
	On    bool
}

// Reopen opens a closed ticket.
type Reopen struct {
	Ref  Ref
	Name string // see Once
}

// Close closes a ticket as done, wontfix, or a duplicate of Of.
type Close struct {
	Ref  Ref
	As   State
	Of   Ref
	Name string // see Once
}

// Ack acknowledges a comment: obeyed or refused.
type Ack struct {
	Comment string
	As      Verdict
}

// Notify sends a message to the configured channels, at least once, under an
// id by which a receiver can tell a repetition.
type Notify struct {
	ID    string // stable: incident ID and event, and what tells two of a kind apart
	Event string // declared, unstaffed, restored, unrestored, update, published, review, closed
	Text  string // one line for people
	URL   string
	Mail  *Mail // the same by mail; nil: not
}

// Mail is a message to addresses.
type Mail struct {
	To       []string // addresses, with or without a name (RFC 5322)
	Subject  string   // one line
	Text     string   // plain, or Markdown that reads well as it is
	Calendar []byte   // an iCalendar invitation; may be nil
}

func (Create) action()   {}
func (Say) action()      {}
func (Unsay) action()    {}
func (Edit) action()     {}
func (Link) action()     {}
func (Assign) action()   {}
func (Tag) action()      {}
func (Reopen) action()   {}
func (Close) action()    {}
func (Ack) action()      {}
func (Notify) action()   {}
func (PutPages) action() {}

func (a Create) String() string { return fmt.Sprintf("create %s in %s: %s", a.Slot, a.Place, a.Title) }
func (a Say) String() string    { return fmt.Sprintf("say %s", a.Slot) }
func (a Unsay) String() string  { return fmt.Sprintf("take comment %s back", a.Comment) }
func (a Edit) String() string   { return fmt.Sprintf("edit %s", a.Ref) }
func (a Link) String() string   { return fmt.Sprintf("link %s %s", a.Ref, onOff(a.On)) }
func (a Assign) String() string { return fmt.Sprintf("assign %s to %v", a.Ref, a.People) }
func (a Tag) String() string    { return fmt.Sprintf("label %s %q %s", a.Ref, a.Label, onOff(a.On)) }
func (a Reopen) String() string { return fmt.Sprintf("reopen %s", a.Ref) }
func (a Close) String() string  { return fmt.Sprintf("close %s as %s", a.Ref, a.As) }
func (a Ack) String() string    { return fmt.Sprintf("acknowledge comment %s as %s", a.Comment, a.As) }

// String says how many are mailed, and begins what is said: the board shows it
// when it cannot be sent.
func (a Notify) String() string {
	text := a.Text
	if r := []rune(text); len(r) > 120 {
		text = string(r[:119]) + "…"
	}
	if a.Mail != nil {
		text += fmt.Sprintf(" (mail to %d)", len(a.Mail.To))
	}
	return fmt.Sprintf("notify %s: %s", a.Event, text)
}

func (a PutPages) String() string {
	var names []string
	for _, d := range a.Pages {
		names = append(names, d.Name)
	}
	if a.Mirror != nil {
		names = append(names, a.Mirror.Name)
	}
	return fmt.Sprintf("write %s: %s", strings.Join(names, ", "), a.Message)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// KindOf names an action's kind for metrics: a handful of words.
func KindOf(a Action) string {
	switch a.(type) {
	case Create:
		return "create"
	case Say:
		return "say"
	case Unsay:
		return "unsay"
	case Edit:
		return "edit"
	case Link:
		return "link"
	case Assign:
		return "assign"
	case Tag:
		return "tag"
	case Reopen:
		return "reopen"
	case Close:
		return "close"
	case Ack:
		return "ack"
	case PutPages:
		return "wiki"
	}
	return "notify"
}

// Creates returns the slot in which the action brings something into being,
// and the place in which it does so. Such an action needs an intent.
func Creates(a Action) (slot Slot, place string, ok bool) {
	switch a := a.(type) {
	case Create:
		return a.Slot, a.Place, true
	case Say:
		return a.Slot, "", a.Comment == ""
	}
	return "", "", false
}

// Changes returns the ticket that an action changes; "" if none.
func Changes(a Action) Ref {
	switch a := a.(type) {
	case Edit:
		return a.Ref
	case Link:
		return a.Ref
	case Assign:
		return a.Ref
	case Tag:
		return a.Ref
	case Reopen:
		return a.Ref
	case Close:
		return a.Ref
	}
	return ""
}

// About names the ticket or the comment that an action is about: what is not
// known of one holds up what follows about the same. An acknowledgement says
// that the reply was given.
func About(a Action) string {
	switch a := a.(type) {
	case Create:
		return string(a.Slot)
	case Say:
		return string(a.Slot)
	case Ack:
		return string(ReplySlot(a.Comment))
	}
	if ref := Changes(a); ref != "" {
		return string(ref)
	}
	return Task(a)
}

// Once returns the name under which an applied action is recorded in
// Record.Done, so that it is not done again; "" for an action that is decided
// by what is observed alone.
func Once(a Action) string {
	switch a := a.(type) {
	case Ack:
		return "ack/" + a.Comment
	case Notify:
		return "notify/" + a.ID
	case Reopen:
		return a.Name
	case Close:
		return a.Name
	case Link:
		return a.Name
	}
	return ""
}

// Task names what an action is to achieve, for what is tried again: a message
// is the same one, and no other, whatever it reads by now.
func Task(a Action) string {
	if n, ok := a.(Notify); ok {
		return fmt.Sprintf("notify %s (%s)", n.Event, n.ID)
	}
	return a.String()
}

// Trace says what an action is, for the log: without what people wrote, which
// may be a secret that has to go again.
func Trace(a Action) string {
	if c, ok := a.(Create); ok {
		return fmt.Sprintf("create %s in %s", c.Slot, c.Place)
	}
	return Task(a)
}

// Result is what became of one action.
type Result struct {
	Outcome Outcome
	Ref     Ref    // Create: the ticket; Say: empty
	Comment string // Say: the comment's id
	Err     error  // why it was not done, or not for all (Lost), or why we cannot know
}

// Outcome is the fate of a request that changes something. A create that may
// or may not have happened is Unknown, never a failure (design, section 6).
type Outcome int

const (
	NotRun   Outcome = iota // not sent: an earlier action ended the pass
	Applied                 // the server said yes
	Refused                 // the server said no, definitely
	Deferred                // the server asked us to wait: see the error's time; definitely not done
	Unknown                 // sent, and the answer was lost
)

func (o Outcome) String() string {
	return [...]string{"not run", "applied", "refused", "deferred", "unknown"}[o]
}
