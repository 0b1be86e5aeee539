package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// announce sends what happened to the configured channels: at least once,
// under ids that outlive a lost store in the board's marker.
func announce(v *view, pl *Plan) {
	if !v.declared() {
		return
	}
	name := fmt.Sprintf("%s %s", v.home(), v.s.Head.Title)
	d := v.r.Declared
	v.notify(pl, "declared", "", fmt.Sprintf("Incident declared by @%s: %s", d.By, name))
	if at := d.At.Add(v.p.Staffing); len(v.vacant()) > 0 && v.starting() && !v.ended() {
		if v.s.At.Before(at) {
			pl.wake(at)
		} else {
			v.notify(pl, "unstaffed", "", fmt.Sprintf("Still without all roles after %s: %s", render.Span(v.p.Staffing), name))
		}
	}
	was := false
	for _, o := range v.obeyed("restored", "unrestored") {
		is := o.Command.Word == "restored"
		if is && !was {
			v.notify(pl, "restored", o.Comment, fmt.Sprintf("Service is back since %s: %s", when(o).UTC().Format(time.RFC3339), name))
		}
		if !is && was {
			v.notify(pl, "unrestored", o.Comment, "It broke again: "+name)
		}
		was = is
	}
	if v.ended() && v.s.Head.State != incident.Open {
		v.notify(pl, "closed", stampOf(v.r.Sealed), fmt.Sprintf("Incident %s: %s", v.ending(), name))
	}
}

// notify sends one message once. The id tells receivers repetitions apart.
func (v *view) notify(pl *Plan, event, which, text string) {
	id := v.s.ID + "/" + event
	if which != "" {
		id += "/" + which
	}
	if v.once("notify/"+id) || slices.Contains(v.kept.Sent, id) {
		return
	}
	pl.do(incident.Notify{ID: id, Event: event, Text: text, URL: v.s.URL})
}
