package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
		was, _ := store.Summarise(p.lease.Key, p.record)
		if is, _ := store.Summarise(p.lease.Key, record); was != is {
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
