package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

type gateText struct {
	Closer  incident.Person
	Via     string
	Number  string
	Missing []missing
	Times   int
	Label   string
}

// patience is how many closings in a day are answered at once and in words;
// from then on something fights us, and we back off up to an hour.
const patience = 3

// reopen undoes a closing of the head that has not passed the gate (O11, O65),
// and says once per closing what stands against it. It never gives up and
// never repeats itself.
func reopen(v *view, pl *Plan) {
	if !v.declared() || v.ended() {
		return
	}
	undone := v.undone()
	for i, e := range undone {
		v.explainReopening(pl, v.home(), e, i+1) // said already, unless something went wrong in between
	}
	if v.s.Head.State == incident.Open {
		return
	}
	if o, ok := v.closeOrder(); ok && len(v.gate()) == 0 && v.once("close/"+o.Comment) {
		return // unreachable unless Decide was left out: this close is about to be sealed
	}
	closed, times := v.s.Head.Closed, len(undone)+1
	if at := closed.At.Add(backOff(times)); v.s.At.Before(at) {
		pl.wake(at)
		pl.because(fmt.Sprintf("closed again and again: reopened not before %s", at.UTC().Format(time.RFC3339)))
	} else {
		pl.do(incident.Reopen{Ref: v.home(), Name: reopenName(closed.At)})
		pl.because("closed, but something stands against closing")
	}
	v.explainReopening(pl, v.home(), closed, times)
}

// explainReopening says what stood against a closing, the nth of a day, of the
// head or of the epic over it.
func (v *view) explainReopening(pl *Plan, of incident.Ref, closed incident.Closed, times int) {
	text := gateText{Closer: closed.By, Via: closed.Via, Number: of.Near(v.home()), Missing: v.gate(), Times: times, Label: v.p.Label}
	if len(text.Missing) == 0 {
		text.Missing = []missing{{Text: "The close itself: " + v.onlyCommand("close")}}
	}
	if times > patience {
		v.sayOnce(pl, "say/contested", "contested.md", text)
		return
	}
	v.sayOnce(pl, incident.Slot("say/gate/"+stampOf(closed.At)), "gate.md", text)
}

// reopenName names our answer to the closing of a moment.
func reopenName(closed time.Time) string { return "reopen/" + stampOf(closed) }

// undone returns the closings of the last day that we undid, oldest first: by
// what we did and by what the head itself tells, since a process may die, or a
// store be lost, between the two.
func (v *view) undone() []incident.Closed {
	ours := v.ourAccounts()
	var list []incident.Closed
	var closed incident.Event
	for _, e := range v.s.Events {
		switch e.Kind {
		case "closed":
			closed = e
		case "reopened":
			byUs := v.once(reopenName(closed.At)) || slices.Contains(ours, e.By)
			if closed.Kind != "" && byUs && v.s.At.Sub(e.At) < 24*time.Hour {
				list = append(list, incident.Closed{By: closed.By, At: closed.At, Via: closed.Via})
			}
			closed = incident.Event{}
		}
	}
	return list
}

// contested reports that something keeps closing the incident.
func (v *view) contested() bool { return !v.ended() && len(v.undone()) >= patience }

// backOff is how long the nth closing of a day is left standing.
func backOff(n int) time.Duration {
	if n <= patience {
		return 0
	}
	d := time.Minute << min(n-patience-1, 6)
	return min(d, time.Hour)
}
