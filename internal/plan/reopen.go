package plan

import (
	"fmt"
	"strings"
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
	if !v.declared() || v.ended() || v.s.Head.State == incident.Open {
		return
	}
	if o, ok := v.closeOrder(); ok && len(v.gate()) == 0 && v.once("close/"+o.Comment) {
		return // unreachable unless Decide was left out: this close is about to be sealed
	}
	closed := v.s.Head.Closed
	text := gateText{Closer: closed.By, Via: closed.Via, Number: v.home().Near(v.home()), Missing: v.gate(), Label: v.p.Label}
	if len(text.Missing) == 0 {
		text.Missing = []missing{{Text: "The close itself: " + v.onlyCommand("close")}}
	}
	text.Times = v.reopenings() + 1
	if at := closed.At.Add(backOff(text.Times)); v.s.At.Before(at) {
		pl.wake(at)
		pl.because(fmt.Sprintf("closed again and again: reopened not before %s", at.UTC().Format(time.RFC3339)))
	} else {
		pl.do(incident.Reopen{Ref: v.home(), Name: reopenName(closed.At)})
		pl.because("closed, but something stands against closing")
	}
	if text.Times > patience {
		v.sayOnce(pl, "say/contested", "contested.md", text)
		return
	}
	v.sayOnce(pl, incident.Slot("say/gate/"+stampOf(closed.At)), "gate.md", text)
}

// reopenName names our answer to the closing of a moment.
func reopenName(closed time.Time) string { return "reopen/" + stampOf(closed) }

// reopenings counts ours within the last day.
func (v *view) reopenings() int {
	n := 0
	for name, at := range v.r.Done {
		if strings.HasPrefix(name, "reopen/") && v.s.At.Sub(at) < 24*time.Hour {
			n++
		}
	}
	return n
}

// contested reports that something keeps closing the incident.
func (v *view) contested() bool { return !v.ended() && v.reopenings() >= patience }

// backOff is how long the nth closing of a day is left standing.
func backOff(n int) time.Duration {
	if n <= patience {
		return 0
	}
	d := time.Minute << min(n-patience-1, 6)
	return min(d, time.Hour)
}
