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
// intents saved first, right before they are sent. What is not known to have
// been done holds up what is about the same thing, and nothing else. A tracker
// that answers nothing, or asks us to wait, is left alone; it holds up no
// message and no page, and a wiki in the way nothing but its pages.
func (p *pass) carryOut(ctx context.Context, tracker Tracker, s incident.Snapshot, pl plan.Plan) ending {
	refusals := len(p.journal.Refused)
	maps.DeleteFunc(p.journal.Refused, func(task string, _ incident.Refusal) bool { return !slices.Contains(pl.Held, task) })
	changed := p.warn(pl.Alarm) || refusals != len(p.journal.Refused)
	if len(pl.Do) == 0 {
		if changed {
			return ending{next: pl.Next, err: p.save(ctx)}
		}
		return ending{next: pl.Next}
	}
	var done []ledger.Entry
	var stop, waits error
	for rest, silent := pl.Do, 0; len(rest) > 0; {
		run := next(rest, max(maxRun, s.Caps.Bulk))
		if stop = p.intend(ctx, run); stop != nil {
			break
		}
		out := p.note(s, run, p.apply(ctx, tracker, s, run))
		done = append(done, out.entries...)
		rest = without(append(out.left, rest[len(run):]...), out.unsure)
		if silent = out.silence(silent); silent == patience && out.why != nil {
			out.stop = cmp.Or(out.stop, fmt.Errorf("no answer to %d changes in a row; the last: %w", silent, out.why))
		}
		if out.stop != nil && !elsewhere(run[0]) {
			rest = slices.DeleteFunc(rest, func(a incident.Action) bool { return !elsewhere(a) })
		}
		waits = cmp.Or(waits, out.stop)
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

// patience is after how many changes in a row that had no answer no more are
// asked for: then it is not this or that ticket, but the tracker. All have their
// back-off, so that the next pass comes to others.
const patience = 3

// without returns the actions that are about other things than those.
func without(do, those []incident.Action) []incident.Action {
	return slices.DeleteFunc(do, func(a incident.Action) bool {
		return slices.ContainsFunc(those, func(b incident.Action) bool { return incident.About(a) == incident.About(b) })
	})
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

// next returns the first actions of a plan that are applied in one go: creations
// of tickets in a row, a single comment, or anything else in a row.
func next(do []incident.Action, most int) []incident.Action {
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
	first := kind(do[0])
	n := 1
	for n < len(do) && kind(do[n]) == first && first != "say" && (first != "create" || n < most) {
		n++
	}
	return do[:n:n]
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
			p.journal.Slots[slot] = incident.Attempt{At: p.now(), Place: place, N: p.journal.Slots[slot].N}
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
