package plan

import (
	"fmt"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// reminders are the minutes after the declaration at which vacant roles are
// pointed out (O8).
var reminders = []int{5, 15, 60}

type staffingText struct {
	Who       []string
	Elapsed   string // since the declaration
	Vacant    []render.Checklist
	Commander incident.Person
}

// staffing reminds of vacant roles, and mentions only who must act: command,
// or the people on call while nobody is in command (O69).
func staffing(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	if _, back := v.restored(); back {
		return
	}
	vacant := v.vacant()
	if len(vacant) == 0 {
		return
	}
	text := staffingText{Commander: v.holder(incident.CommandRole)}
	if text.Commander != "" {
		text.Who = []string{text.Commander.Mention()}
	} else {
		text.Who = v.p.Call
	}
	for _, role := range vacant {
		text.Vacant = append(text.Vacant, v.list(role))
	}
	due := 0
	for _, minutes := range reminders {
		if at := v.r.Declared.At.Add(time.Duration(minutes) * time.Minute); v.s.At.Before(at) {
			pl.wake(at)
		} else {
			due = minutes
		}
	}
	if due > 0 { // after an outage of ours only the latest is said
		text.Elapsed = render.Span(v.s.At.Sub(v.r.Declared.At))
		v.sayOnce(pl, incident.Slot(fmt.Sprintf("say/staffing/%d", due)), "staffing.md", text)
	}
	pl.because(fmt.Sprintf("%s vacant", count(len(vacant), "role is", "roles are")))
}
