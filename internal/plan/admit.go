package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Adopt returns the journal with every slot filled in that the snapshot shows
// to be taken: a listed slot is adopted whatever the journal says (design,
// section 6, rule 9). It reports whether that changed anything.
func Adopt(j incident.Journal, s incident.Snapshot) (incident.Journal, bool) {
	slots := map[incident.Slot]incident.Attempt{}
	for slot, a := range j.Slots {
		slots[slot] = a
	}
	changed := false
	for _, t := range s.Tickets {
		if a := slots[t.Slot]; t.Slot != "" && !t.Gone && a.Ref == "" {
			slots[t.Slot] = incident.Attempt{At: t.Opened, Place: t.Ref.Place(), Ref: t.Ref}
			changed = true
		}
	}
	there := map[string]bool{}
	for _, c := range s.Comments {
		there[c.ID] = true
	}
	for _, c := range s.Comments {
		if a := slots[c.Slot]; c.Ours && c.Slot.IsComment() && !there[a.Comment] {
			slots[c.Slot] = incident.Attempt{At: c.At, Comment: c.ID}
			changed = true
		}
	}
	j.Slots = slots
	return j, changed
}

// repair closes what was born twice, which happens only beyond the bounds of
// the creation protocol: a process paused past its lease (rule 9).
func (v *view) repair(pl *Plan) {
	if !v.declared() {
		return
	}
	for _, t := range v.s.Tickets {
		if t.Slot == "" || t.Gone || t.State != incident.Open {
			continue
		}
		if kept, ok := v.ticket(t.Slot); ok && kept.Ref != t.Ref {
			pl.do(incident.Close{Ref: t.Ref, As: incident.Duplicate, Of: kept.Ref})
		}
	}
	seen := map[incident.Slot]bool{}
	for _, c := range v.s.Comments {
		if !c.Ours || !c.Slot.IsComment() {
			continue
		}
		if seen[c.Slot] {
			pl.do(incident.Say{Slot: incident.Slot("twice/" + c.ID), Comment: c.ID, Text: "Said twice by mistake; see above."})
		}
		seen[c.Slot] = true
	}
}

// admit lets through what may be done now: not what was refused a moment ago,
// nor what follows about the same thing where no answer came, unless that lasts;
// not a creation that an earlier attempt may still bring about, and not more than
// the hour's share.
func (v *view) admit(pl *Plan) {
	left := v.share(pl)
	waits := map[string]bool{} // by what an action is about
	var do []incident.Action
	for _, a := range pl.Do {
		switch {
		case v.held(pl, a):
			waits[incident.About(a)] = waits[incident.About(a)] || !v.j.Refused[incident.Task(a)].Lasts()
		case waits[incident.About(a)], !v.mayCreate(pl, a), v.written(pl, a):
		case free(a):
			do = append(do, a)
		case left <= 0:
			pl.because("the hour's share of changes is used up")
		default:
			do = append(do, a)
			left--
		}
	}
	pl.Do = do
}

// mayCreate holds back a creation until the snapshot proves that no earlier
// attempt can still appear (design, section 6, rules 6 to 8).
func (v *view) mayCreate(pl *Plan, a incident.Action) bool {
	slot, place, creates := incident.Creates(a)
	if !creates {
		return true
	}
	tried, ok := v.j.Slots[slot]
	window := v.s.Settling.Of(slot)
	switch {
	case v.s.MissedIn(place):
		pl.wake(v.s.At.Add(time.Minute))
		return false
	case ok && !tried.Open():
		// It was made: either the list lags or a person deleted it, and then it
		// stays deleted. Only the board asks again, once that is certain.
		return slot == incident.Board
	case ok && v.s.At.Before(v.knownBy(slot)):
		pl.wake(v.knownBy(slot))
		pl.because(fmt.Sprintf("whether %s was created is not yet certain", slot))
		return false
	case !ok && v.r.Declared.At.Before(v.j.Epoch) && v.s.At.Before(v.j.Epoch.Add(window)):
		pl.wake(v.j.Epoch.Add(window))
		pl.because("the journal is young and may have forgotten an attempt")
		return false
	case !ok && v.r.Declared.At.Before(v.j.Epoch) && !v.covered(place):
		pl.wake(v.s.At)
		pl.because(fmt.Sprintf("whether %s is there already was not looked at in %s", slot, place))
		return false
	}
	return true
}

// covered reports whether what is ours in a place was observed: comments and
// what is at home always is.
func (v *view) covered(place string) bool {
	return place == "" || strings.EqualFold(place, v.home().Place()) || among(v.s.Places, place)
}

func among(places []string, place string) bool {
	return slices.ContainsFunc(places, func(p string) bool { return strings.EqualFold(p, place) })
}

// written holds back an edit that was made a moment ago and is not yet shown.
// Whatever else the comment shows, somebody's edit too, is written over at once.
func (v *view) written(pl *Plan, a incident.Action) bool {
	say, ok := a.(incident.Say)
	if !ok || say.Comment == "" {
		return false
	}
	last := v.j.Slots[say.Slot].Written
	shown := last.At.Add(v.s.Settling.Comments)
	if !v.s.At.Before(shown) || !incident.Writing(say, v.s, v.s.At).Again(last) {
		return false
	}
	pl.wake(shown)
	return true
}

// held holds back what the tracker refused, with back-off up to an hour.
func (v *view) held(pl *Plan, a incident.Action) bool {
	key := incident.Task(a)
	r, ok := v.j.Refused[key]
	if !ok {
		return false
	}
	pl.Held = append(pl.Held, key)
	if givenUp(key, r) {
		return true
	}
	if at := r.Again(); v.s.At.Before(at) {
		pl.wake(at)
		return true
	}
	return false
}

// refused reports whether the tracker does not do something, so that people are
// to be told.
func (v *view) refused(a incident.Action) bool {
	r, ok := v.j.Refused[incident.Task(a)]
	return ok && r.Lasts()
}

// PerHour is how many actions one incident may cause in an hour.
const PerHour = 120

// share returns how many actions are left in this hour.
func (v *view) share(pl *Plan) int {
	spent := v.spent()
	if len(spent) >= PerHour {
		pl.wake(spent[0].Add(time.Hour))
	}
	return PerHour - len(spent)
}

// spent returns the times of the last hour's actions, oldest first.
func (v *view) spent() []time.Time {
	var list []time.Time
	for _, at := range v.j.Spent {
		if v.s.At.Sub(at) < time.Hour {
			list = append(list, at)
		}
	}
	return list
}

// free reports whether an action does not count: reopening, which has a
// back-off of its own, taking back what must not be read, and the board, which
// says that the share is used up.
func free(a incident.Action) bool {
	switch a := a.(type) {
	case incident.Reopen, incident.Unsay:
		return true
	case incident.Say:
		return a.Slot == incident.Board
	}
	return false
}
