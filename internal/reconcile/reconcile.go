// Package reconcile turns hints into the state a tracker should be in. It is
// the only place where the pure core meets the world, and holds no rule.
//
// One [Reconciler.Step] leases the key due longest, works on it, and gives the
// lease back with the time to look again. There are three kinds of key:
//
//   - an issue: load what is known, observe, append what is new to the ledger,
//     plan (file pass.go), apply in order (file carryout.go);
//   - an alias, which stands for an ID: whoever has it is touched;
//   - a sweep: what changed in a place is read and touched (file sweep.go).
//
// In production [Reconciler.Run] steps for ever; a test steps by itself.
//
// A pass may end anywhere, by a crash, a lost reply or a lost lease, and
// nothing is lost by it: what is decided was appended before anything was
// done, what was to be created is in the journal before it is sent, and the
// next pass observes before it acts.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/store"
)

// Options is what a Reconciler works with. Store, Trackers and Policy are required.
type Options struct {
	Store    store.Store
	Trackers map[string]Tracker // by the name that starts a key
	Wikis    map[string]Wiki    // by tracker; nil: post-mortems are kept elsewhere
	Policy   func(tracker string) *plan.Policy
	Notify   Notifier
	Clock    func() time.Time
	Log      *slog.Logger
	Observer Observer

	Workers int           // passes at a time in Run; default 4
	Lease   time.Duration // how long a pass may take; default 2 min
	// Sweep is how often a tracker's places are read; default 15 min.
	Sweep func(tracker string) time.Duration
	// Settle is, by tracker, how long a journal is young; it only widens what
	// is listed, and the snapshot's own Settling decides. Default 5 min.
	Settle time.Duration
	// Dry plans and logs, and changes nothing in the tracker.
	Dry bool
}

// Observer is told what happened, for metrics.
type Observer interface {
	Pass(kind string, outcome string, took time.Duration) // kind: incident, alias, sweep
	Action(kind string, outcome incident.Outcome)
	Reopened()
	Board(afterDeclaration time.Duration)
}

// Reconciler works off the queue.
type Reconciler struct {
	Options

	mu     sync.Mutex
	others []store.Summary // of all incidents, for a while
	asOf   time.Time
	outage outage
}

// New returns a Reconciler with defaults filled in.
func New(o Options) *Reconciler {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	if o.Notify == nil {
		o.Notify = unnotified{}
	}
	if o.Workers <= 0 {
		o.Workers = 4
	}
	if o.Lease <= 0 {
		o.Lease = time.Minute
	}
	if o.Settle <= 0 {
		o.Settle = 5 * time.Minute
	}
	if o.Sweep == nil {
		o.Sweep = func(string) time.Duration { return 15 * time.Minute }
	}
	return &Reconciler{Options: o}
}

// Run steps until the context is done, with several workers, and returns once
// the passes under way have given back their leases.
func (r *Reconciler) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range r.Workers {
		workers.Go(func() {
			for ctx.Err() == nil {
				r.turn(ctx)
			}
		})
	}
	workers.Wait()
	return nil
}

// turn makes one step, or waits until there is one to make.
func (r *Reconciler) turn(ctx context.Context) {
	asked := r.Clock()
	worked, next, err := r.Step(ctx)
	if ctx.Err() != nil {
		return
	}
	r.outage.note(r.Log, asked, r.Clock(), err)
	wait := time.Minute
	switch {
	case err != nil:
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		return
	case worked:
		return
	case !next.IsZero():
		wait = min(wait, max(next.Sub(r.Clock()), 10*time.Millisecond))
	}
	r.Store.Wait(ctx, wait)
}

// Step works on the key due longest. It reports whether there was one; if not,
// next is when there will be. An error is the store's.
func (r *Reconciler) Step(ctx context.Context) (worked bool, next time.Time, err error) {
	lease, next, ok, err := r.Store.Lease(ctx, r.Lease)
	if err != nil || !ok {
		return false, next, err
	}
	p := &pass{r: r, lease: lease, began: r.Clock(), log: r.Log.With("key", string(lease.Key)), stopping: func() bool { return ctx.Err() != nil }}
	kind, end := p.run(ctx)
	r.Observer.Pass(kind, end.outcome(), r.Clock().Sub(p.began))
	if end.gone { // the lease went with it
		return true, time.Time{}, nil
	}
	next = p.after(end)
	err = r.Store.Release(context.WithoutCancel(ctx), lease, next, end.ok())
	if errors.Is(err, store.ErrLost) {
		p.log.Warn("the pass took longer than its lease; another worker has it")
		err = nil
	}
	return true, time.Time{}, err
}

// ending is how a pass ended.
type ending struct {
	next time.Time // when to look again; zero: not by itself
	err  error
	gone bool // the lease was given up with the key
}

// ok reports whether a pass counts as a success: a server that asked for time
// is not a failure of the pass.
func (e ending) ok() bool {
	var wait *incident.NotYet
	return e.err == nil || errors.As(e.err, &wait)
}

func (e ending) outcome() string {
	switch {
	case e.err == nil:
		return "ok"
	case e.ok():
		return "deferred"
	}
	return "failed"
}

// tellAfter is how many failures in a row the operator is told of, once.
const tellAfter = 8

// after returns when a pass is to be repeated: when the server said, or with
// back-off up to five minutes.
func (p *pass) after(e ending) time.Time {
	var wait *incident.NotYet
	switch {
	case e.err == nil:
		return e.next
	case errors.As(e.err, &wait):
		p.log.Info("deferred", "until", wait.Until, "why", wait.Err)
		return wait.Until
	}
	n := p.lease.Failures + 1
	p.log.Warn("pass failed; trying again", "times", n, "error", e.err)
	if n == tellAfter {
		p.log.Error(fmt.Sprintf("%d passes in a row failed; nothing is lost, it goes on being tried, and this is said once", n), "error", e.err)
	}
	return p.now().Add(backOff(p.lease.Key, n))
}

// backOff is how long the nth failure in a row is waited out. Each key has its
// own pace, so that what failed together is not tried together for ever; and
// the same one each time, so that a run can be replayed.
func backOff(key incident.Key, n int) time.Duration {
	h := fnv.New32a()
	fmt.Fprintf(h, "%s %d", key, n)
	pace := 0.8 + 0.4*float64(h.Sum32())/math.MaxUint32
	return time.Duration(float64(min(time.Second<<min(n-1, 9), 5*time.Minute)) * pace)
}

type unobserved struct{}

func (unobserved) Pass(string, string, time.Duration) {}
func (unobserved) Action(string, incident.Outcome)    {}
func (unobserved) Reopened()                          {}
func (unobserved) Board(time.Duration)                {}

type unnotified struct{}

func (unnotified) Send(context.Context, incident.Notify) error { return nil }
