package plan

import "github.com/hereby/hereby/internal/incident"

// exposed takes back what we said where people may read it who must not. As
// long as the tracker does not let us, the operator must.
func exposed(v *view, pl *Plan) {
	for _, c := range v.s.Comments {
		if !c.Exposed {
			continue
		}
		a := incident.Unsay{Comment: c.ID}
		pl.do(a)
		if v.refused(a) {
			pl.alarm("people who must not may read a comment of ours, and the tracker does not let us take it back: delete it: " + c.URL)
		}
	}
}
