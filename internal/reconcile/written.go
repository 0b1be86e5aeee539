package reconcile

import (
	"maps"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// wrote keeps the last edit of each comment that the journal knows.
func (p *pass) wrote(s incident.Snapshot, a incident.Action) {
	say, _ := a.(incident.Say)
	if tried := p.journal.Slots[say.Slot]; say.Comment != "" && tried.Comment == say.Comment {
		tried.Written = incident.Writing(say, s, p.now())
		p.journal.Slots[say.Slot] = tried
	}
}

// touched keeps which ticket was changed, and as of when it was seen before.
func (p *pass) touched(s incident.Snapshot, a incident.Action) {
	ref := incident.Changes(a)
	for t := range s.All() {
		if t.Ref != ref || t.Changed.IsZero() {
			continue
		}
		if p.journal.Touched == nil {
			p.journal.Touched = map[incident.Ref]incident.Touch{}
		}
		p.journal.Touched[ref] = incident.Touch{At: p.now(), Over: t.Changed}
	}
}

// forgetTouched drops what no index hides any more.
func (p *pass) forgetTouched() {
	maps.DeleteFunc(p.journal.Touched, func(_ incident.Ref, t incident.Touch) bool { return p.now().Sub(t.At) >= time.Hour })
}
