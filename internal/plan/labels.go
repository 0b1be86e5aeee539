package plan

import (
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// Labels of ours on the head. LabelContested marks an incident that something
// keeps closing.
const (
	labelOurs    = "hereby"
	labelPhase   = labelOurs + "/"
	labelContest = labelPhase + "contested"
	labelBlame   = labelPhase + "blame" // findings hold the page back
	labelByID    = labelOurs + "-"
)

var phases = []string{"declared", "responding", "restored", "documented", "reviewing", "closed", "retracted", "duplicate"}

// labels keeps the head's labels: the one that declares, ours, the one by
// which deliveries find the incident, and one phase at a time. Taking a label
// off does not take the incident off (O11).
func labels(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	want := []string{labelOurs, labelByID + v.s.ID, labelPhase + v.phase()}
	if !v.ended() {
		want = append([]string{v.p.Label}, want...)
	}
	if v.contested() {
		want = append(want, labelContest)
	}
	if v.blamed() {
		want = append(want, labelBlame)
	}
	for _, l := range want {
		if !has(v.s.Head.Labels, l) {
			pl.do(incident.Tag{Ref: v.home(), Label: l, On: true})
		}
	}
	for _, l := range v.s.Head.Labels {
		stale := strings.EqualFold(l, labelContest) || strings.EqualFold(l, labelBlame)
		for _, p := range phases {
			stale = stale || strings.EqualFold(l, labelPhase+p)
		}
		if stale && !has(want, l) {
			pl.do(incident.Tag{Ref: v.home(), Label: l})
		}
	}
}
