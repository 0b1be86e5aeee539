package plan

import "github.com/hereby/hereby/internal/incident"

type revivedText struct {
	By     incident.Person
	Ending string
}

// revived says, once per ending, that an automation opened the head of an
// incident that is over. Only a person takes an incident up again (design,
// section 10); and we do not close the head once more, which would set two
// automations against each other.
func revived(v *view, pl *Plan) {
	if !v.declared() || !v.ended() {
		return
	}
	if e, ok := v.reopened(); ok && v.s.People[e.By].Bot {
		v.sayOnce(pl, incident.Slot("say/revived/"+stampOf(v.r.Sealed)), "revived.md", revivedText{e.By, v.ending()})
	}
}
