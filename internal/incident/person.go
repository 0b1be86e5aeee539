package incident

import "strings"

// Person is the handle by which a tracker knows and mentions somebody, without
// the "@", in lower case: "alice". An adapter that knows its people by another
// id uses that id; only the adapter turns it into a mention of its own kind.
type Person string

// PersonOf folds a handle as somebody typed it, with or without "@".
func PersonOf(handle string) Person {
	return Person(strings.ToLower(strings.TrimPrefix(strings.TrimSpace(handle), "@")))
}

// Mention returns the text that addresses the person.
func (p Person) Mention() string { return "@" + string(p) }

// Standing is what a tracker knows of a person at the moment of a snapshot.
type Standing struct {
	Known      bool   // the tracker has such an account
	Bot        bool   // an automation, or ourselves
	Trusted    bool   // may command: triage permission or better, or member of the owner (design, section 9)
	Assignable bool   // a ticket may be assigned to them
	Name       string // as the tracker shows them; "" if it is the handle
}

// Role is one of the essay's four roles.
type Role string

const (
	CommandRole    Role = "command"
	Operations     Role = "operations"
	Communications Role = "communications"
	Planning       Role = "planning"
)

// Roles lists the roles in the order in which they are shown.
var Roles = []Role{CommandRole, Operations, Communications, Planning}
