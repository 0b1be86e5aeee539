package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/store"
)

// pass is the work on one key under one lease.
type pass struct {
	r     *Reconciler
	lease store.Lease
	began time.Time // by our clock, to carry the lease's clock forward
	log   *slog.Logger
	// stopping reports that the program is to end: what is under way is
	// finished, and nothing more begun.
	stopping func() bool

	journal incident.Journal
	record  incident.Record
}

// now is the store's clock: all workers share it, whatever their own say.
func (p *pass) now() time.Time { return p.lease.Now.Add(p.r.Clock().Sub(p.began)) }

// margin is what must be left of a lease for a request to be sent: a request
// ends before the lease does.
const margin = 25 * time.Second

// soon is when a pass that did something is followed by another look.
const soon = 2 * time.Second

func (p *pass) run(ctx context.Context) (kind string, end ending) {
	kind = "incident"
	defer func() {
		if x := recover(); x != nil {
			end = ending{err: fmt.Errorf("this should not happen, please report it: %v\n%s", x, debug.Stack())}
		}
	}()
	key := p.lease.Key
	tracker, ok := p.r.Trackers[key.Tracker()]
	switch {
	case !ok:
		p.log.Warn("no tracker of this name is configured; dropped from the queue, kept in the store")
		return kind, ending{}
	case key.IsSweep():
		return "sweep", p.sweep(ctx, tracker)
	case key.Alias() != "":
		return "alias", p.alias(ctx, tracker)
	}
	return kind, p.incident(ctx, tracker)
}

// alias touches whoever has an ID, and whom the issue with that id concerns
// where the tracker can find it. An unknown ID is nobody's: a head that the
// store forgot is found again by the sweep.
func (p *pass) alias(ctx context.Context, tracker Tracker) ending {
	keys, err := p.r.Store.Heads(ctx, "#"+p.lease.Key.Alias())
	if err == nil && len(keys) == 0 {
		keys, err = p.find(ctx, tracker)
	}
	if err == nil && len(keys) > 0 {
		err = p.r.Store.Touch(ctx, time.Time{}, keys...)
	}
	return ending{err: err}
}

func (p *pass) find(ctx context.Context, tracker Tracker) ([]incident.Key, error) {
	finder, ok := tracker.(Finder)
	if !ok {
		return nil, nil
	}
	ctx, cancel := p.within(ctx)
	defer cancel()
	hint, err := finder.Find(ctx, p.lease.Key.Alias())
	if err != nil || hint.Key == "" {
		return nil, err
	}
	return p.concerned(ctx, incident.Sighting{Hints: []incident.Hint{hint}})
}

// incident observes one issue, decides, plans and applies.
func (p *pass) incident(ctx context.Context, tracker Tracker) ending {
	ctx, cancel := p.within(ctx)
	defer cancel()
	if err := p.load(ctx); err != nil {
		return ending{err: err}
	}
	if err := p.tellCounters(ctx); err != nil {
		return ending{err: err}
	}
	at := p.now()
	policy := p.r.Policy(p.lease.Key.Tracker())
	s, err := p.r.observe(ctx, tracker, policy, p.lease.Key, p.journal, p.record, at)
	var out *incident.NotServed
	switch {
	case errors.As(err, &out):
		return p.leftAlone(ctx, out.Reason)
	case err != nil:
		return ending{err: err}
	case s.Key != p.lease.Key:
		return p.moved(ctx, s.Key)
	}
	for place, why := range s.Missed {
		p.log.Warn("a place of another tracker could not be looked at; its tickets count as open", "place", place, "why", why)
	}
	s.Others = p.r.open(ctx, p.lease.Key)
	if err := p.learn(ctx, policy, s); err != nil {
		return p.unlessLost(ending{err: err})
	}
	pl := plan.Make(policy, p.journal, p.record, s)
	p.log.Debug("planned", "do", len(pl.Do), "why", pl.Why)
	if p.r.Dry {
		p.explain(pl)
		return ending{next: pl.Next}
	}
	return p.unlessLost(p.carryOut(ctx, tracker, s, pl))
}

// lookAgain is how often an open incident is looked for that is where we may not
// look.
const lookAgain = 24 * time.Hour

// leftAlone ends the pass on what is not ours to look at. Where that is the head
// of an open incident, which somebody moved away, the operator is told and it
// stands on the ledger: nothing holds the incident open there.
func (p *pass) leftAlone(ctx context.Context, why string) ending {
	p.log.Info("left alone", "why", why)
	if p.record.Declared.IsZero() || !p.record.Sealed.IsZero() {
		return ending{}
	}
	end := ending{next: p.now().Add(lookAgain)}
	if p.warn("an open incident is out of our reach, so that nothing holds it open: "+why) && !p.r.Dry {
		end.err = p.keep(ctx, []ledger.Entry{{Kind: ledger.HeadChanged, At: p.now(), Ref: p.record.Last.Head.Ref, Text: "out of our reach: " + why}})
	}
	return p.unlessLost(end)
}

// within bounds a pass by its lease. A stop does not break off a request, for
// then nobody would know whether it was carried out: see intend.
func (p *pass) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), p.lease.Expires.Sub(p.lease.Now)-margin/2)
}

func (p *pass) load(ctx context.Context) error {
	state, err := p.r.Store.Load(ctx, p.lease.Key)
	p.journal, p.record = state.Journal, state.Record
	return err
}

// tellCounters touches the incidents that count this issue as a ticket, when
// the news was about such a one.
func (p *pass) tellCounters(ctx context.Context) error {
	heads, err := p.r.Store.Heads(ctx, string(p.lease.Key.Ref()))
	heads = slices.DeleteFunc(heads, func(k incident.Key) bool { return k == p.lease.Key })
	if err != nil || len(heads) == 0 {
		return err
	}
	return p.r.Store.Touch(ctx, time.Time{}, heads...)
}

// moved carries everything over to where the head is now.
func (p *pass) moved(ctx context.Context, to incident.Key) ending {
	p.log.Info("the head moved", "to", string(to))
	if err := p.r.Store.Rename(ctx, p.lease, to); err != nil {
		return p.unlessLost(ending{err: err})
	}
	return ending{gone: true}
}

// learn appends what is new to the ledger, before anything is done about it,
// and adopts into the journal what the snapshot shows. An issue that is no
// incident leaves no trace.
func (p *pass) learn(ctx context.Context, policy *plan.Policy, s incident.Snapshot) error {
	seen := ledger.Chain(p.record, ledger.Diff(p.record.Last, s), s.At)
	record := ledger.Fold(p.record, seen)
	decided := ledger.Chain(record, plan.Decide(policy, p.journal, record, s), s.At)
	record = ledger.Fold(record, decided)
	p.journal, _ = plan.Adopt(p.journal, s)
	if record.Declared.IsZero() {
		p.record = incident.Record{}
		return nil
	}
	entries := append(seen, decided...)
	record = ledger.Seen(record, s)
	if !p.r.Dry && (len(entries) > 0 || p.record.Last.ID == "") {
		if err := p.r.Store.Append(ctx, p.lease, entries, record); err != nil {
			return err
		}
		if p.record.Declared != record.Declared || p.record.Sealed != record.Sealed {
			p.r.forget()
		}
	}
	p.record = record
	return nil
}

// unlessLost turns the loss of the lease into the quiet end of the pass:
// somebody else is at work on the key.
func (p *pass) unlessLost(end ending) ending {
	if errors.Is(end.err, store.ErrLost) {
		p.log.Warn("lost the lease in mid-pass; nothing more is done")
		return ending{gone: true}
	}
	return end
}

func (p *pass) explain(pl plan.Plan) {
	for _, a := range pl.Do {
		p.log.Info("would do", "action", incident.Trace(a))
	}
	for _, why := range pl.Why {
		p.log.Info("because", "why", why)
	}
}

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
		slot, place, creates := incident.Creates(a)
		if res.Outcome != incident.NotRun && res.Outcome != incident.Deferred {
			p.journal.Spent = append(p.journal.Spent, p.now())
		}
		switch res.Outcome {
		case incident.Applied:
			if creates {
				p.journal.Slots[slot] = incident.Attempt{At: p.now(), Place: place, Ref: res.Ref, Comment: res.Comment}
			}
			p.wrote(s, a)
			p.touched(s, a)
			delete(p.journal.Refused, incident.Task(a))
			p.log.Info("did", "action", incident.Trace(a))
			entries = append(entries, ledger.Entry{Kind: ledger.Did, At: p.now(), Ref: res.Ref, Slot: slot, Name: incident.Once(a), Text: a.String()})
			if n, ok := a.(incident.Notify); ok && res.Err != nil {
				entries = append(entries, ledger.Entry{Kind: ledger.Did, At: p.now(), Name: incident.LostName(n.ID), Text: fmt.Sprintf("%s: sent, and refused for good by some: %v", a, res.Err)})
				p.log.Warn("some refused it for good", "action", incident.Trace(a), "why", res.Err)
			}
			p.observe(s, a)
		case incident.Refused:
			if creates {
				delete(p.journal.Slots, slot)
			}
			r := refused[incident.Task(a)]
			p.journal.Refused[incident.Task(a)] = incident.Refusal{At: p.now(), N: r.N + 1, Why: fmt.Sprint(res.Err)}
			entries = append(entries, ledger.Entry{Kind: ledger.Failed, At: p.now(), Slot: slot, Text: fmt.Sprintf("%s: %v", a, res.Err)})
			p.log.Warn("refused", "action", incident.Trace(a), "why", res.Err)
		case incident.Unknown:
			if creates {
				tried := p.journal.Slots[slot]
				tried.Why = fmt.Sprint(res.Err)
				p.journal.Slots[slot] = tried
			}
			entries = append(entries, ledger.Entry{Kind: ledger.Failed, At: p.now(), Slot: slot, Text: fmt.Sprintf("%s: outcome unknown: %v", a, res.Err)})
			stop = fmt.Errorf("%s: it is not known whether this was done: %w", incident.Trace(a), res.Err)
		case incident.Deferred, incident.NotRun:
			if creates {
				delete(p.journal.Slots, slot)
			}
			if stop == nil {
				stop = res.Err
			}
			if stop == nil {
				stop = errors.New("the rest of the plan was not run")
			}
		}
	}
	return entries, stop
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
