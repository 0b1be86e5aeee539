package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/store"
)

// carryOut applies the plan in runs: actions that create something have their
// intents saved first, right before they are sent.
func (p *pass) carryOut(ctx context.Context, tracker Tracker, s incident.Snapshot, pl plan.Plan) ending {
	refused := maps.Clone(p.journal.Refused)
	p.journal.Refused = map[string]incident.Refusal{}
	for _, key := range pl.Held {
		p.journal.Refused[key] = refused[key]
	}
	changed := p.warn(pl.Alarm) || len(refused) != len(p.journal.Refused)
	if len(pl.Do) == 0 {
		if changed {
			return ending{next: pl.Next, err: p.save(ctx)}
		}
		return ending{next: pl.Next}
	}
	var done []ledger.Entry
	var stop, waits error
	for _, run := range runs(pl.Do, max(maxRun, s.Caps.Bulk)) {
		if stop = p.intend(ctx, run); stop != nil {
			break
		}
		results := p.apply(ctx, tracker, s, run)
		var entries []ledger.Entry
		entries, stop = p.note(s, run, results, refused)
		done = append(done, entries...)
		if _, page := run[0].(incident.PutPages); page && stop != nil {
			waits, stop = stop, nil // a wiki in the way holds up nothing else
		}
		if stop != nil {
			break
		}
	}
	stop = cmp.Or(stop, waits)
	end := ending{next: p.now().Add(soon), err: stop}
	if errors.Is(stop, store.ErrLost) {
		return end
	}
	// What was done is kept even if the pass ran out of time meanwhile.
	if err := p.keep(context.WithoutCancel(ctx), done); err != nil && end.err == nil {
		end.err = err
	}
	return end
}

// warn tells the operator what only he can put right: when it begins and when
// it is over, not at every pass. It reports whether there was news.
func (p *pass) warn(alarm string) bool {
	last := p.journal.Alarm
	switch p.journal.Alarm = alarm; alarm {
	case last:
		return false
	case "":
		p.log.Info("the operator is no longer needed", "was", last)
	default:
		p.log.Warn("the operator is needed", "why", alarm)
	}
	return true
}

// keep writes down what was tried and what was done.
func (p *pass) keep(ctx context.Context, done []ledger.Entry) error {
	if err := p.save(ctx); err != nil {
		return err
	}
	if p.record.Declared.IsZero() || len(done) == 0 {
		return nil
	}
	entries := ledger.Chain(p.record, done, p.now())
	p.record = ledger.Fold(p.record, entries)
	return p.r.Store.Append(ctx, p.lease, entries, p.record)
}

func (p *pass) save(ctx context.Context) error {
	p.forgetTouched()
	p.journal.Spent = slices.DeleteFunc(p.journal.Spent, func(at time.Time) bool { return p.now().Sub(at) >= time.Hour })
	return p.r.Store.Save(ctx, p.lease, p.journal)
}

// maxRun bounds a run of creations that takes a request each, so that each is
// sent soon after its intent was saved: the settle window counts from there.
const maxRun = 5

// runs cuts a plan into pieces that are applied in one go: creations of
// tickets in a row, a single comment, or anything else in a row.
func runs(do []incident.Action, most int) [][]incident.Action {
	kind := func(a incident.Action) string {
		switch a.(type) {
		case incident.Create:
			return "create"
		case incident.Notify:
			return "notify"
		case incident.PutPages:
			return "wiki"
		}
		if _, _, creates := incident.Creates(a); creates {
			return "say"
		}
		return "change"
	}
	var list [][]incident.Action
	for _, a := range do {
		k := kind(a)
		if n := len(list); n > 0 && k != "say" && k == kind(list[n-1][0]) && (k != "create" || len(list[n-1]) < most) {
			list[n-1] = append(list[n-1], a)
			continue
		}
		list = append(list, []incident.Action{a})
	}
	return list
}

// intend saves the intents of a run, unless the lease has too little left or
// the program is to stop.
func (p *pass) intend(ctx context.Context, run []incident.Action) error {
	if left := p.lease.Expires.Sub(p.now()); left < margin || p.stopping() {
		return &incident.NotYet{Until: p.now(), Err: errors.New("the rest is left to the next pass")}
	}
	intents := false
	for _, a := range run {
		if slot, place, ok := incident.Creates(a); ok {
			if p.journal.Slots == nil {
				p.journal.Slots = map[incident.Slot]incident.Attempt{}
			}
			p.journal.Slots[slot] = incident.Attempt{At: p.now(), Place: place}
			intents = true
		}
	}
	if !intents {
		return nil
	}
	return p.save(ctx)
}

func (p *pass) apply(ctx context.Context, tracker Tracker, s incident.Snapshot, run []incident.Action) []incident.Result {
	switch run[0].(type) {
	case incident.Notify:
	case incident.PutPages:
		return p.put(ctx, run)
	default:
		return tracker.Apply(ctx, s, run)
	}
	results := make([]incident.Result, len(run))
	for i, a := range run {
		err := p.r.Notify.Send(ctx, a.(incident.Notify))
		if lost := new(incident.Lost); err == nil || errors.As(err, &lost) {
			results[i] = incident.Result{Outcome: incident.Applied, Err: err}
		} else {
			results[i] = incident.Result{Outcome: incident.Refused, Err: err}
		}
	}
	return results
}

// note takes down what became of a run: in the journal what was tried, on the
// ledger what was done or refused. An error ends the pass.
func (p *pass) note(s incident.Snapshot, run []incident.Action, results []incident.Result, refused map[string]incident.Refusal) (entries []ledger.Entry, stop error) {
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
			entries = append(entries, p.applied(s, a, res)...)
		case incident.Refused:
			entries = append(entries, p.refused(a, res.Err, refused[incident.Task(a)].N+1))
		case incident.Unknown:
			entries = append(entries, p.unsure(a, res.Err))
			stop = fmt.Errorf("%s: it is not known whether this was done: %w", incident.Trace(a), res.Err)
		case incident.Deferred, incident.NotRun:
			p.unintend(a)
			stop = cmp.Or(stop, res.Err, errNotRun)
		}
	}
	return entries, stop
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

// refused notes the nth refusal in a row.
func (p *pass) refused(a incident.Action, why error, n int) ledger.Entry {
	p.unintend(a)
	p.journal.Refused[incident.Task(a)] = incident.Refusal{At: p.now(), N: n, Why: fmt.Sprint(why)}
	p.log.Warn("refused", "action", incident.Trace(a), "why", why)
	slot, _, _ := incident.Creates(a)
	return ledger.Entry{Kind: ledger.Failed, At: p.now(), Slot: slot, Text: fmt.Sprintf("%s: %v", a, why)}
}

// unsure keeps the intent of what may have been created, and why that is not known.
func (p *pass) unsure(a incident.Action, why error) ledger.Entry {
	slot, _, creates := incident.Creates(a)
	if creates {
		tried := p.journal.Slots[slot]
		tried.Why = fmt.Sprint(why)
		p.journal.Slots[slot] = tried
	}
	return ledger.Entry{Kind: ledger.Failed, At: p.now(), Slot: slot, Text: fmt.Sprintf("%s: outcome unknown: %v", a, why)}
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
