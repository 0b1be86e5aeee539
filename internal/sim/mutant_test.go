package sim

import (
	"context"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
)

// mutant is Hereby with one safeguard removed, and the runs that are to fail
// without it: in one chapter, with a lag or without, these faults at these steps.
type mutant struct {
	name string
	mutation

	chapter int
	lags    bool
	more    int
	fault   fault
	at      func(step) bool
}

// mutation puts something around the ports of a process, or changes its policy;
// each may be nil.
type mutation struct {
	store   func(store.Store) store.Store
	tracker func(reconcile.Tracker) reconcile.Tracker
	wiki    func(reconcile.Wiki) reconcile.Wiki
	wire    func(http.RoundTripper) http.RoundTripper // to the wiki
	notify  func(reconcile.Notifier) reconcile.Notifier
	policy  func(*plan.Policy)
}

func posts(s step) bool {
	return s.port == api && ((*github)(nil).creates(s.name) || (*jira)(nil).creates(s.name))
}

// touched matches a touch of the head.
var touched = regexp.MustCompile(`^touch \[.*(github:acme/shop#2|jira:OPS-2)\b`)

var mutants = []mutant{
	{name: "intents are not saved", mutation: mutation{store: func(s store.Store) store.Store { return noIntents{s} }}, chapter: 0, fault: late, at: posts},
	{name: "no settle window", mutation: mutation{tracker: through(noSettle)}, chapter: 0, fault: late, at: posts},
	{name: "touches of leased keys are forgotten", mutation: mutation{store: func(s store.Store) store.Store { return &noDirty{s, map[incident.Key]bool{}} }}, chapter: 2, fault: interrupted,
		at: func(s step) bool { return s.port == api && !s.writes() && s.n > 130 }},
	{name: "the lease's token is not checked", mutation: mutation{store: func(s store.Store) store.Store { return &noToken{s, map[incident.Key]string{}} }}, chapter: 0, fault: overtaken,
		at: func(s step) bool { return s.port == disk && s.writes() }},
	{name: "the record is not in the gate", mutation: mutation{store: func(s store.Store) store.Store { return noCounted{s} }}, chapter: 13, more: 1, at: always},
}

// youngJournal is missed where all that is new is found by lists that lag. On
// Jira the head names what hangs under it and is linked to it, so that the steps
// of the story leave nothing to an index alone.
var youngJournal = []mutant{{name: "no epoch", mutation: mutation{store: func(s store.Store) store.Store { return noEpoch{s} }}, chapter: 0, lags: true, fault: storeLost,
	at: func(s step) bool { return touched.MatchString(s.name) }}}

// A simulation in which a safeguard can be missed proves that it is needed.
// Without its mutation each of these runs ends well.
//
// Those of Confluence are tried on Jira, with those of the creation protocol and
// of the gate; the others where GitHub is, or with HEREBY_SIM everywhere. Under
// the race detector a part of them is.
func TestEachSafeguardIsMissed(t *testing.T) { inEach(t, eachSafeguardIsMissed) }

func eachSafeguardIsMissed(t *testing.T, town string) {
	tried := slices.Concat(mutants, gateMutants)
	if town == onGitHub || os.Getenv("HEREBY_SIM") != "" {
		tried = slices.Concat(tried, pageMutants)
	}
	switch {
	case town != onGitHub:
		tried = slices.Concat(tried, spaceMutants)
	case hasGit():
		tried = slices.Concat(tried, gitMutants, youngJournal)
	default:
		tried = slices.Concat(tried, youngJournal)
	}
	miss(t, town, tried)
}

// miss tries mutants of a town.
func miss(t *testing.T, town string, tried []mutant) {
	for i, m := range tried {
		if uint64(i)%share != seed()%share {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			from := scene{stage{town, lags(town)[0]}, m.chapter}
			if m.lags {
				from.lag = lags(town)[1]
			}
			for _, s := range from.steps(t) {
				if !m.at(s) {
					continue
				}
				n++
				x := trial{scene: from, more: m.more, faults: map[int]fault{s.n: m.fault}}
				o := x.run(tapeOf(t, from.stage), options{mutation: m.mutation})
				if o.wrong == nil {
					continue
				}
				if sound := x.run(tapeOf(t, from.stage), options{}); sound.wrong != nil {
					t.Fatalf("it fails without the mutation as well: %v", sound)
				}
				t.Logf("missed in run %d: %.600s", n, o)
				return
			}
			t.Errorf("nobody misses it in %d runs", n)
		})
	}
}

// noIntents saves journals without what is being tried.
type noIntents struct{ store.Store }

func (m noIntents) Save(ctx context.Context, l store.Lease, j incident.Journal) error {
	j.Slots = maps.Clone(j.Slots)
	maps.DeleteFunc(j.Slots, func(_ incident.Slot, a incident.Attempt) bool { return a.Open() })
	return m.Store.Save(ctx, l, j)
}

// lens is a tracker whose snapshots are changed on the way. It finds what the
// tracker finds.
type lens struct {
	reconcile.Tracker
	change func(*incident.Snapshot)
}

func through(change func(*incident.Snapshot)) func(reconcile.Tracker) reconcile.Tracker {
	return func(t reconcile.Tracker) reconcile.Tracker { return lens{t, change} }
}

func (l lens) Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error) {
	s, err := l.Tracker.Observe(ctx, look)
	l.change(&s)
	return s, err
}

func (l lens) Find(ctx context.Context, id string) (incident.Hint, error) {
	if f, ok := l.Tracker.(reconcile.Finder); ok {
		return f.Find(ctx, id)
	}
	return incident.Hint{}, nil
}

// noSettle takes every snapshot for the whole truth.
func noSettle(s *incident.Snapshot) { s.Settling = incident.Settling{} }

// noEpoch takes every store for one that never forgot anything.
type noEpoch struct{ store.Store }

func (m noEpoch) Load(ctx context.Context, key incident.Key) (store.State, error) {
	state, err := m.Store.Load(ctx, key)
	state.Journal.Epoch = began.Add(-24 * time.Hour)
	return state, err
}

// noDirty forgets touches of keys that are leased.
type noDirty struct {
	store.Store
	leased map[incident.Key]bool
}

func (m *noDirty) Lease(ctx context.Context, ttl time.Duration) (store.Lease, time.Time, bool, error) {
	l, next, ok, err := m.Store.Lease(ctx, ttl)
	if ok {
		m.leased[l.Key] = true
	}
	return l, next, ok, err
}

func (m *noDirty) Release(ctx context.Context, l store.Lease, next time.Time, ok bool) error {
	delete(m.leased, l.Key)
	return m.Store.Release(ctx, l, next, ok)
}

func (m *noDirty) Touch(ctx context.Context, at time.Time, keys ...incident.Key) error {
	keys = slices.DeleteFunc(slices.Clone(keys), func(k incident.Key) bool { return m.leased[k] })
	return m.Store.Touch(ctx, at, keys...)
}

// noToken lets whoever ever had a lease write.
type noToken struct {
	store.Store
	token map[incident.Key]string // shared by all processes
}

func (m *noToken) Lease(ctx context.Context, ttl time.Duration) (store.Lease, time.Time, bool, error) {
	l, next, ok, err := m.Store.Lease(ctx, ttl)
	if ok {
		m.token[l.Key] = l.Token
	}
	return l, next, ok, err
}

func (m *noToken) now(l store.Lease) store.Lease {
	l.Token = m.token[l.Key]
	return l
}

func (m *noToken) Release(ctx context.Context, l store.Lease, next time.Time, ok bool) error {
	return m.Store.Release(ctx, m.now(l), next, ok)
}

func (m *noToken) Save(ctx context.Context, l store.Lease, j incident.Journal) error {
	return m.Store.Save(ctx, m.now(l), j)
}

func (m *noToken) Append(ctx context.Context, l store.Lease, entries []ledger.Entry, r incident.Record) error {
	return m.Store.Append(ctx, m.now(l), entries, r)
}

// noCounted forgets what was ever counted.
type noCounted struct{ store.Store }

func (m noCounted) Load(ctx context.Context, key incident.Key) (store.State, error) {
	state, err := m.Store.Load(ctx, key)
	state.Record.Counted = nil
	return state, err
}
