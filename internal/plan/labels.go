package plan

import (
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

var phases = []string{"declared", "responding", "restored", "documented", "reviewing", "closed", "retracted", "duplicate"}

// labels keeps the head's labels: the one that declares, ours, the one by
// which deliveries find the incident, and one phase at a time. Taking a label
// off does not take the incident off (O11).
func labels(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	want := []string{incident.Label, incident.LabelOf(v.s.ID), incident.LabelFor(v.phase())}
	if !v.ended() {
		want = append([]string{v.p.Label}, want...)
	}
	if v.contested() {
		want = append(want, incident.LabelContested)
	}
	if v.blamed() {
		want = append(want, incident.LabelBlame)
	}
	if len(v.stuck()) > 0 {
		want = append(want, incident.LabelStuck)
	}
	for _, l := range want {
		if !has(v.s.Head.Labels, l) {
			pl.do(incident.Tag{Ref: v.home(), Label: l, On: true})
		}
	}
	for _, l := range v.s.Head.Labels {
		stale := has([]string{incident.LabelContested, incident.LabelBlame, incident.LabelStuck}, l)
		for _, p := range phases {
			stale = stale || strings.EqualFold(l, incident.LabelFor(p))
		}
		if stale && !has(want, l) {
			pl.do(incident.Tag{Ref: v.home(), Label: l})
		}
	}
}
