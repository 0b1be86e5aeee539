package reconcile

import "github.com/hereby/hereby/internal/incident"

// wrote keeps the last edit of each comment that the journal knows.
func (p *pass) wrote(s incident.Snapshot, a incident.Action) {
	say, _ := a.(incident.Say)
	if tried := p.journal.Slots[say.Slot]; say.Comment != "" && tried.Comment == say.Comment {
		tried.Written = incident.Writing(say, s, p.now())
		p.journal.Slots[say.Slot] = tried
	}
}
