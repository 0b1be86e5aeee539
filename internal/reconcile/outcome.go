package reconcile

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// outcome is what became of a run.
type outcome struct {
	entries  []ledger.Entry
	answered bool              // the tracker said yes or no to something
	unsure   []incident.Action // there is no telling of these
	why      error             // of the last of them
	left     []incident.Action // not sent for that
	stop     error             // why nothing more is asked for where the run was
}

// silence returns how many changes in a row had no answer, after so many before.
// What is done elsewhere tells nothing of the tracker.
func (o outcome) silence(before int) int {
	switch {
	case o.answered && o.why == nil:
		return 0
	case o.answered:
		return 1
	case o.why != nil:
		return before + 1
	}
	return before
}

// note takes down what became of a run: in the journal what was tried, on the
// ledger what was done or refused.
func (p *pass) note(s incident.Snapshot, run []incident.Action, results []incident.Result) (out outcome) {
	for i, a := range run {
		res := incident.Result{}
		if i < len(results) {
			res = results[i]
		}
		p.r.Observer.Action(incident.KindOf(a), res.Outcome)
		if res.Outcome != incident.NotRun && res.Outcome != incident.Deferred {
			p.journal.Spent = append(p.journal.Spent, p.now())
		}
		switch res.Outcome {
		case incident.Applied:
			out.entries = append(out.entries, p.applied(s, a, res)...)
			out.answered = out.answered || !elsewhere(a)
		case incident.Refused:
			out.entries = append(out.entries, p.refused(a, res.Err))
			out.answered = out.answered || !elsewhere(a)
		case incident.Unknown:
			out.entries = append(out.entries, p.unsure(a, res.Err))
			out.unsure, out.why = append(out.unsure, a), res.Err
			if wait := new(incident.NotYet); errors.As(res.Err, &wait) {
				out.stop = res.Err // not known, and asked to wait
			}
		case incident.Deferred, incident.NotRun:
			p.unintend(a)
			if res.Err == nil && out.why != nil {
				out.left = append(out.left, a)
				continue
			}
			out.stop = cmp.Or(out.stop, res.Err, errNotRun)
		}
	}
	return out
}

// elsewhere reports whether an action has its effect in another place than the
// tracker.
func elsewhere(a incident.Action) bool {
	switch a.(type) {
	case incident.Notify, incident.PutPages:
		return true
	}
	return false
}

var errNotRun = errors.New("the rest of the plan was not run")

// unintend takes back the intent of an action that had no effect.
func (p *pass) unintend(a incident.Action) {
	if slot, _, creates := incident.Creates(a); creates {
		delete(p.journal.Slots, slot)
	}
}

func (p *pass) applied(s incident.Snapshot, a incident.Action, res incident.Result) []ledger.Entry {
	slot, place, creates := incident.Creates(a)
	if creates {
		p.journal.Slots[slot] = incident.Attempt{At: p.now(), Place: place, Ref: res.Ref, Comment: res.Comment}
	}
	p.wrote(s, a)
	p.touched(s, a)
	delete(p.journal.Refused, incident.Task(a))
	p.log.Info("did", "action", incident.Trace(a))
	entries := []ledger.Entry{{Kind: ledger.Did, At: p.now(), Ref: res.Ref, Slot: slot, Name: incident.Once(a), Text: a.String()}}
	if n, ok := a.(incident.Notify); ok && res.Err != nil {
		entries = append(entries, ledger.Entry{Kind: ledger.Did, At: p.now(), Name: incident.LostName(n.ID), Text: fmt.Sprintf("%s: sent, and refused for good by some: %v", a, res.Err)})
		p.log.Warn("some refused it for good", "action", incident.Trace(a), "why", res.Err)
	}
	p.observe(s, a)
	return entries
}

func (p *pass) refused(a incident.Action, why error) ledger.Entry {
	p.unintend(a)
	p.holdBack(a, incident.Refusal{Why: fmt.Sprint(why)})
	p.log.Warn("refused", "action", incident.Trace(a), "why", why)
	slot, _, _ := incident.Creates(a)
	return ledger.Entry{Kind: ledger.Failed, At: p.now(), Slot: slot, Text: fmt.Sprintf("%s: %v", a, why)}
}

// unsure keeps the intent of what may have been created, and why that is not
// known; what only changes something may be done once more.
func (p *pass) unsure(a incident.Action, why error) ledger.Entry {
	slot, _, creates := incident.Creates(a)
	if creates {
		tried := p.journal.Slots[slot]
		tried.Why, tried.N = fmt.Sprint(why), tried.N+1
		p.journal.Slots[slot] = tried
	} else {
		p.holdBack(a, incident.Refusal{Why: fmt.Sprintf("it is not known whether this was done: %v", why), Unsure: true})
	}
	p.log.Warn("no answer", "action", incident.Trace(a), "why", why)
	return ledger.Entry{Kind: ledger.Failed, At: p.now(), Slot: slot, Text: fmt.Sprintf("%s: outcome unknown: %v", a, why)}
}

// holdBack notes a refusal, and how many of the kind there were in a row.
func (p *pass) holdBack(a incident.Action, r incident.Refusal) {
	task := incident.Task(a)
	r.At, r.N = p.now(), 1
	if last := p.journal.Refused[task]; last.Unsure == r.Unsure {
		r.N += last.N
	}
	if p.journal.Refused == nil {
		p.journal.Refused = map[string]incident.Refusal{}
	}
	p.journal.Refused[task] = r
}

// observe tells the metrics about what matters to people.
func (p *pass) observe(s incident.Snapshot, a incident.Action) {
	switch a := a.(type) {
	case incident.Reopen:
		if a.Ref == s.Head.Ref {
			p.r.Observer.Reopened()
		}
	case incident.Say:
		if a.Slot == incident.Board && a.Comment == "" {
			p.r.Observer.Board(p.now().Sub(p.record.Declared.At))
		}
	}
}
