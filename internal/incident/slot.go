package incident

import "strings"

// Slot is the deterministic name of one thing we may create for an incident.
// It is a function of the incident, or of the comment that asked for the
// thing, so that asking twice names the same slot:
//
//	epic                 the epic over the head, where that is a ticket of its own
//	role/command  role/communications  role/planning  role/operations/PERSON
//	check/ROLE-DUTY      one duty as a ticket of its own
//	follow/COMMENT.LINE  the follow-up that a comment's line asked for
//	say/board            our one comment that is edited in place
//	say/gate/STAMP       what stood against the closing at that time
//	say/stuck/N-STAMP    that the tracker refuses to undo that closing of N
//	reply/COMMENT        our answer to a comment
type Slot string

// RoleSlot returns the slot of a role's ticket; operations has one per person.
func RoleSlot(role Role, who Person) Slot {
	if role == Operations {
		return Slot("role/operations/" + string(who))
	}
	return Slot("role/" + string(role))
}

// Epic is the slot of the epic over the head. Linked, the head hangs under it.
const Epic Slot = "epic"

// Board is the slot of the comment that shows the incident's state.
const Board Slot = "say/board"

// ReplySlot returns the slot of our answer to a comment.
func ReplySlot(comment string) Slot { return Slot("reply/" + comment) }

// Role returns the role whose ticket the slot names, or "".
func (s Slot) Role() Role {
	rest, ok := strings.CutPrefix(string(s), "role/")
	if !ok {
		return ""
	}
	role, _, _ := strings.Cut(rest, "/")
	return Role(role)
}

// Under reports whether the slot stands in a family such as "follow".
func (s Slot) Under(family string) bool { return strings.HasPrefix(string(s), family+"/") }

// IsDuty reports whether the slot is that of a role's ticket or of one of its
// duties, whose place is under the head.
func (s Slot) IsDuty() bool { return s.Under("role") || s.Under("check") }

// IsComment reports whether the slot names a comment rather than a ticket.
func (s Slot) IsComment() bool { return s.Under("say") || s.Under("reply") }
