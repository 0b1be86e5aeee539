package command

import (
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// Who says who may give a command. Holding the role may not be enough, nor
// always needed (a vacant role's clock, a retraction): package plan judges.
type Who int

const (
	Anyone       Who = iota // anyone trusted
	Taker                   // anyone trusted for themselves, command for others
	Holder                  // whoever holds the role concerned
	ByCommand               // incident command
	ByOperations            // operations
	ByPlanning              // planning or incident command
	Seconded                // incident command, and mostly a second trusted person
	ByComms                 // communications
)

func (w Who) String() string {
	return [...]string{
		"anyone trusted",
		"anyone trusted for themselves, incident command for others",
		"who holds the role",
		"incident command",
		"operations",
		"planning or incident command",
		"incident command, with a second trusted person",
		"communications",
	}[w]
}

// Spec describes one command.
type Spec struct {
	Word    string   // as people type it, without "/": "ops"
	Aliases []string // other words for the same
	Role    incident.Role
	Who     Who
	Effect  string // one line in plain words
	Always  bool   // never held back by the staffing clock (O9)

	operands []operand
}

// Form is how the lines to type are shown to people of one tracker.
type Form string

const (
	Slash  Form = "/"
	Hereby Form = "hereby " // where an editor keeps "/" for itself
)

// Name returns the canonical word under which the command is parsed: a word
// for one role is "role".
func (s Spec) Name() string {
	if s.Role != "" {
		return "role"
	}
	return s.Word
}

// Syntax returns the operands as people read them: "REF REASON".
func (s Spec) Syntax() string {
	var all []string
	for _, o := range s.operands {
		all = append(all, o.syntax)
	}
	return strings.Join(all, " ")
}

// Usage returns the whole line as people read it: "/wontfix REF REASON".
func (s Spec) Usage(f Form) string {
	return strings.TrimSpace(string(f) + s.Word + " " + s.Syntax())
}

// Table holds every command of this release in the order of the help.
var Table = []Spec{
	{Word: "ic", Aliases: []string{"command"}, Role: incident.CommandRole, Who: Taker, Always: true, operands: []operand{people},
		Effect: "take incident command, or hand it over: directs, and holds no other role"},
	{Word: "ops", Aliases: []string{"operations"}, Role: incident.Operations, Who: Taker, Always: true, operands: []operand{people},
		Effect: "join operations: find the fault and repair it"},
	{Word: "comms", Aliases: []string{"communications"}, Role: incident.Communications, Who: Taker, Always: true, operands: []operand{people},
		Effect: "take communications: inform the service owner, customers and teams"},
	{Word: "planning", Role: incident.Planning, Who: Taker, Always: true, operands: []operand{people},
		Effect: "take planning: see every follow-up through to its end"},
	{Word: "role", Who: Taker, Always: true, operands: []operand{roleName, people},
		Effect: "the same for the role NAME: command, operations, communications, planning"},
	{Word: "release", Who: Taker, Always: true, operands: []operand{people},
		Effect: "leave one's roles, or take somebody off theirs"},
	{Word: "owner", Who: ByCommand, operands: []operand{person},
		Effect: "name the service owner, whom communications informs"},
	{Word: "channel", Who: Anyone, operands: []operand{channel},
		Effect: "put the team's chat first on the board and in every notice"},

	{Word: "summary", Who: ByCommand, operands: []operand{text},
		Effect: "put the current state on the board"},
	{Word: "action", Who: ByOperations, operands: []operand{text},
		Effect: "record a measure taken"},
	{Word: "change", Who: ByOperations, operands: []operand{changeVerb, name},
		Effect: "say that you start or end a change of NAME; changes that overlap are pointed out"},
	{Word: "update", Who: ByComms, operands: []operand{audience, text},
		Effect: "tell the service owner, the customers, the teams or all of them how things stand"},
	{Word: "note", Who: Anyone, Always: true, operands: []operand{when, text},
		Effect: "put a line on the timeline"},
	{Word: "evidence", Who: Anyone, Always: true, operands: []operand{links},
		Effect: "keep a log, a screenshot or a graph as evidence"},
	{Word: "impact", Who: Anyone, Always: true, operands: []operand{text},
		Effect: "record what the incident did to its stakeholders"},
	{Word: "done", Who: Holder, operands: []operand{number},
		Effect: "tick duty N of your checklist"},
	{Word: "skip", Who: Holder, operands: []operand{number, reason},
		Effect: "leave duty N of your checklist out, on the record"},

	{Word: "restored", Who: ByCommand, Always: true, operands: []operand{when},
		Effect: "the service is back"},
	{Word: "unrestored", Who: ByCommand, Effect: "it broke again"},

	{Word: "issue", Who: Anyone, operands: []operand{text},
		Effect: "put an issue discovered on the post-mortem, from where it becomes a ticket"},
	{Word: "publish", Who: ByCommand,
		Effect: "publish the post-mortem: its issues become tickets, and it goes round"},
	{Word: "postmortem", Who: ByCommand, operands: []operand{address},
		Effect: "name a post-mortem that is kept elsewhere"},
	{Word: "followup", Who: Anyone, operands: []operand{title, owner, place},
		Effect: "file a linked ticket, which then stands against closing"},
	{Word: "link", Who: Anyone, operands: []operand{ref},
		Effect: "make a ticket part of the incident"},
	{Word: "unlink", Who: ByPlanning, operands: []operand{ref, reason},
		Effect: "let a ticket no longer stand against closing, on the record"},
	{Word: "wontfix", Who: ByPlanning, operands: []operand{ref, reason},
		Effect: "close a ticket as one that will not be done"},
	{Word: "review", Who: ByCommand, operands: []operand{review},
		Effect: "the review was held, with everybody but those excused; or hold it another day, at most 14 from when it is due"},

	{Word: "close", Who: ByCommand, Effect: "close the incident, once nothing stands against it"},
	{Word: "retract", Who: Seconded, Always: true, operands: []operand{reason},
		Effect: "it was a false alarm; seconded by another, or alone early on while nobody else holds a role"},
	{Word: "duplicate", Who: ByCommand, operands: []operand{ref},
		Effect: "this is the same outage as another incident"},
	{Word: "status", Who: Anyone, Always: true, Effect: "say how things stand, with links"},
	{Word: "help", Who: Anyone, Always: true, Effect: "list the commands that apply now"},
}

// words finds a command by any of its words. It is filled here, not where it is
// declared, because reading the operands of /role needs it.
var words = map[string]*Spec{}

func init() {
	for i := range Table {
		for _, w := range Table[i].words() {
			words[w] = &Table[i]
		}
	}
}

// Known reports whether a word, without "/", is a command.
func Known(word string) bool {
	return slices.ContainsFunc(Table, func(s Spec) bool { return slices.Contains(s.words(), word) })
}

func (s Spec) words() []string { return append([]string{s.Word}, s.Aliases...) }

// roleOf returns the role that a word takes: those of /role are the same.
func roleOf(word string) (incident.Role, bool) {
	s := words[word]
	if s == nil || s.Role == "" {
		return "", false
	}
	return s.Role, true
}
