package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/render"
)

// interruption is what it costs to be called off one's work, in addition to
// the time spent putting out fires (the essay's figure, O6).
const interruption = 40 * time.Minute

// cost is what an incident took of people's time until service was back.
type cost struct {
	People      int           // who held a role in that time: each was called off their work
	Time        time.Duration // in which they held one, of all of them together
	Interrupted time.Duration
}

// Hours is all of it in hours of a person.
func (c cost) Hours() string { return fmt.Sprintf("%.1f", (c.Time + c.Interrupted).Hours()) }

// cost adds up the time of everybody who held a role before service was back,
// or before the end; whoever held two roles at a time is counted once.
func (v *view) cost() cost {
	end := v.s.At
	if v.ended() {
		end = v.r.Sealed
	}
	if at, ok := v.restored(); ok && at.Before(end) {
		end = at
	}
	spans := map[incident.Person][]incident.Tenure{}
	for _, t := range v.r.Tenures {
		if t.To.IsZero() || t.To.After(end) {
			t.To = end
		}
		if t.From.Before(t.To) {
			spans[t.Who] = append(spans[t.Who], t)
		}
	}
	c := cost{People: len(spans), Interrupted: time.Duration(len(spans)) * interruption}
	for _, list := range spans {
		slices.SortFunc(list, func(a, b incident.Tenure) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
		var until time.Time
		for _, t := range list {
			if t.From.Before(until) {
				t.From = until
			}
			if t.From.Before(t.To) {
				c.Time, until = c.Time+t.To.Sub(t.From), t.To
			}
		}
	}
	return c
}

// Spent is the time in which roles were held, as people say it.
func (c cost) Spent() string {
	return render.Span(c.Time) + " in roles"
}
