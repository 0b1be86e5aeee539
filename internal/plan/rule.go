package plan

import "fmt"

// rule is a rule of the procedure by its name, which a refusal cites (O75) and
// the README explains. What is refused because it cannot be done as it is
// written (an unknown account, a ticket that is not there) cites none.
type rule string

const (
	asItWasSaid     rule = "as it was said"           // design, section 5
	rolesFirst      rule = "roles first"              // O8, O9
	commandAssigns  rule = "command assigns roles"    // O14
	commandDirects  rule = "command directs"          // O20, O21, O22
	oneRoleEach     rule = "one role each"            // O20
	oneHolder       rule = "one holder"               // O12; operations may be many (O25)
	eachToTheirRole rule = "each to their role"       // O16, O36, O64
	theGate         rule = "the gate"                 // O65
	blameless       rule = "blameless"                // O49
	restricted      rule = "restricted is restricted" // design, section 13
	reviewsGoOn     rule = "reviews go on"            // O18, O57, O61, O62
	overIsOver      rule = "over is over"             // design, section 10
)

// breaks refuses a line because of a rule.
func (l *line) breaks(r rule, format string, args ...any) {
	l.refuse("*%s*: %s", r, fmt.Sprintf(format, args...))
}
