package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// span is when something is, in ms, as far as the model can tell; the zero
// span is never.
type span struct{ lo, hi int64 }

func (s span) never() bool { return s == span{} }

func (s span) holds(t time.Time) bool {
	ms := store.Millis(t)
	return s.lo <= ms && ms <= s.hi
}

// first returns the earlier of two spans.
func first(a, b span) span {
	switch {
	case a.never():
		return b
	case b.never():
		return a
	}
	return span{min(a.lo, b.lo), min(a.hi, b.hi)}
}

// after returns the later of a moment and a span: a time in the past means now.
func after(at time.Time, now span) span {
	ms := store.Millis(at)
	return span{max(ms, now.lo), max(ms, now.hi)}
}

// entry is what the model knows of one key.
type entry struct {
	due, dirty span
	token      string
	tries      int

	saved    bool
	journal  incident.Journal
	appended bool
	record   incident.Record
	ledger   []ledger.Entry
}

var (
	modelKeys = []incident.Key{"github:acme/shop#1", "github:acme/shop#10", "jira:OPS-3", "sweep:github:acme/shop"}
	modelRefs = []incident.Ref{"acme/shop#1", "acme/shop#10", "acme/shop#100", "OPS-3"}
	modelIDs  = []string{"", "7", "77"}
)

// model drives a store and says what it must answer.
type model struct {
	h      *Harness
	keys   map[incident.Key]*entry
	leases []store.Lease
	epoch  span
	last   time.Time // the epoch as last seen
	seq    int
}

func testModel(t *testing.T, start func(fataler) *Harness) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{h: start(t), keys: map[incident.Key]*entry{}}
		defer func() { m.h.Close() }()
		m.forget()
		load(t, m.h, modelKeys[0]) // the epoch of an empty store may begin here
		m.epoch = span{1, m.now().hi}
		t.Repeat(map[string]func(*rapid.T){
			"advance": m.advance,
			"touch":   m.touch,
			"lease":   m.lease,
			"release": m.release,
			"save":    m.save,
			"append":  m.append,
			"rename":  m.rename,
			"redact":  m.redact,
			"reopen":  m.reopen,
			"lose":    m.lose,
			"":        m.check,
		})
	})
}

func (m *model) forget() {
	for _, key := range modelKeys {
		m.keys[key] = &entry{}
	}
}

// now returns the clock as a span of no length.
func (m *model) now() span {
	ms := m.h.Now().UnixMilli()
	return span{ms, ms}
}

// during runs a call and returns what "now" may have been in it.
func (m *model) during(call func() error) (span, error) {
	lo := m.now().lo
	err := call()
	return span{lo, m.now().hi}, err
}

func (m *model) units(t *rapid.T, label string) time.Duration {
	return m.h.Unit * time.Duration(rapid.IntRange(0, 3).Draw(t, label))
}

// when draws a time for a touch or a release: none, past, near or far.
func (m *model) when(t *rapid.T) time.Time {
	switch rapid.SampledFrom([]string{"zero", "past", "near", "far"}).Draw(t, "when") {
	case "past":
		return m.h.Now().Add(-time.Hour)
	case "near":
		return m.h.Now().Add(m.units(t, "near") + time.Microsecond)
	case "far":
		return m.h.Now().Add(30 * 24 * time.Hour)
	}
	return time.Time{}
}

func (m *model) key(t *rapid.T) incident.Key { return rapid.SampledFrom(modelKeys).Draw(t, "key") }

func (m *model) advance(t *rapid.T) { m.h.Advance(m.units(t, "d")) }

func (m *model) touch(t *rapid.T) {
	keys := rapid.SliceOfNDistinct(rapid.SampledFrom(modelKeys), 0, 3, rapid.ID[incident.Key]).Draw(t, "keys")
	at := m.when(t)
	now, err := m.during(func() error { return m.h.Store.Touch(context.Background(), at, keys...) })
	must(t, err)
	for _, key := range keys {
		m.keys[key].touch(after(at, now))
	}
}

func (e *entry) touch(at span) {
	if e.token != "" {
		e.dirty = first(e.dirty, at)
	} else {
		e.due = first(e.due, at)
	}
}

func (m *model) lease(t *rapid.T) {
	ttl := rapid.SampledFrom([]time.Duration{m.h.Unit, time.Hour}).Draw(t, "ttl")
	var l store.Lease
	var next time.Time
	var ok bool
	now, err := m.during(func() (err error) {
		l, next, ok, err = m.h.Store.Lease(context.Background(), ttl)
		return err
	})
	must(t, err)
	var soonest span
	for _, e := range m.keys {
		soonest = first(soonest, e.due)
	}
	if !ok {
		m.idle(t, next, soonest, now)
		return
	}
	e := m.keys[l.Key]
	switch {
	case e == nil || e.due.never() || e.due.lo > now.hi:
		t.Fatalf("leased %v, which is not due", l)
	case e.due.lo > soonest.hi:
		t.Fatalf("leased %v, due %v, before one due %v", l, e.due, soonest)
	case !now.holds(l.Now) || store.Millis(l.Expires) != store.Millis(l.Now)+ttl.Milliseconds():
		t.Fatalf("leased %v: now is in %v, and the lease is for %v", l, now, ttl)
	case l.Failures != e.tries:
		t.Fatalf("leased %v: %d failures are expected", l, e.tries)
	case l.Token == "" || slices.ContainsFunc(m.leases, func(o store.Lease) bool { return o.Token == l.Token }):
		t.Fatalf("leased %v: the token is not new", l)
	}
	for other, o := range m.keys {
		if other < l.Key && o.due == e.due && o.due.lo == o.due.hi {
			t.Fatalf("leased %v before %s, which is due at the same time", l, other)
		}
	}
	e.tries++
	e.token = l.Token
	e.due = span{store.Millis(l.Expires), store.Millis(l.Expires)}
	if e.dirty.hi <= store.Millis(l.Now) {
		e.dirty = span{} // this pass sees what the touch was about
	}
	m.leases = append(m.leases, l)
}

// idle checks an answer that nothing is due.
func (m *model) idle(t *rapid.T, next time.Time, soonest, now span) {
	switch {
	case soonest.never() && !next.IsZero():
		t.Fatalf("an empty queue has something at %v", next)
	case soonest.never():
	case soonest.hi <= now.lo:
		t.Fatalf("nothing was leased although something is due since %v", soonest)
	case !soonest.holds(next):
		t.Fatalf("the next is due at %v, not in %v", next, soonest)
	}
}

// any draws a lease, old or new, and reports whether it holds.
func (m *model) any(t *rapid.T) (store.Lease, *entry, bool) {
	if len(m.leases) == 0 {
		t.Skip("nothing was leased")
	}
	l := m.leases[len(m.leases)-1]
	if rapid.Bool().Draw(t, "old") {
		l = rapid.SampledFrom(m.leases).Draw(t, "lease")
	}
	e := m.keys[l.Key]
	return l, e, e.token == l.Token
}

// fenced checks the error of a call under a lease; it reports whether the call
// was carried out.
func fenced(t *rapid.T, holds bool, err error) bool {
	t.Helper()
	if !holds {
		if !errors.Is(err, store.ErrLost) {
			t.Fatalf("a lost lease brought %v", err)
		}
		return false
	}
	must(t, err)
	return true
}

func (m *model) release(t *rapid.T) {
	l, e, holds := m.any(t)
	next, ok := m.when(t), rapid.Bool().Draw(t, "ok")
	now, err := m.during(func() error { return m.h.Store.Release(context.Background(), l, next, ok) })
	if !fenced(t, holds, err) {
		return
	}
	var due span
	if !next.IsZero() {
		due = after(next, now)
	}
	e.due, e.dirty, e.token = first(due, e.dirty), span{}, ""
	if ok {
		e.tries = 0
	}
}

func (m *model) save(t *rapid.T) {
	l, e, holds := m.any(t)
	m.seq++
	slot := rapid.SampledFrom([]incident.Slot{"say/board", "role/command"}).Draw(t, "slot")
	attempt := incident.Attempt{At: store.FromMillis(int64(m.seq)), Place: fmt.Sprint("place ", m.seq)}
	if rapid.Bool().Draw(t, "known") {
		attempt.Ref = "acme/shop#99"
	}
	j := incident.Journal{Slots: map[incident.Slot]incident.Attempt{slot: attempt}, Cursor: attempt.At}
	err := m.h.Store.Save(context.Background(), l, j)
	if fenced(t, holds, err) {
		e.saved, e.journal = true, j
	}
}

func (m *model) append(t *rapid.T) {
	l, e, holds := m.any(t)
	m.seq++
	var entries []ledger.Entry
	for i := range rapid.IntRange(0, 2).Draw(t, "entries") {
		entries = append(entries, ledger.Entry{
			Seq: e.record.Seq + 1 + i, Kind: ledger.Commented, Seen: store.FromMillis(int64(m.seq)),
			Text: rapid.SampledFrom([]string{"", "é\u2028\n", `{"a":[]}`}).Draw(t, "text"),
		})
	}
	r := incident.Record{
		ID: rapid.SampledFrom(modelIDs).Draw(t, "id"), Key: l.Key, Seq: e.record.Seq + len(entries),
		Head: fmt.Sprint("hash ", m.seq),
	}
	for _, ref := range rapid.SliceOfNDistinct(rapid.SampledFrom(modelRefs), 0, 3, rapid.ID[incident.Ref]).Draw(t, "counted") {
		if r.Counted == nil {
			r.Counted = map[incident.Ref]incident.Counted{}
		}
		r.Counted[ref] = incident.Counted{Title: "t", Since: store.FromMillis(1)}
	}
	if rapid.Bool().Draw(t, "declared") {
		r.Declared = incident.Declared{By: "alice", At: store.FromMillis(int64(m.seq)), Via: "label"}
	}
	err := m.h.Store.Append(context.Background(), l, entries, r)
	if fenced(t, holds, err) {
		e.appended, e.record, e.ledger = true, r, append(slices.Clone(e.ledger), entries...)
	}
}

func (m *model) rename(t *rapid.T) {
	l, e, holds := m.any(t)
	to := m.key(t)
	if to == l.Key {
		t.Skip("to itself")
	}
	now, err := m.during(func() error { return m.h.Store.Rename(context.Background(), l, to) })
	if !fenced(t, holds, err) {
		return
	}
	o := m.keys[to]
	if !e.saved && !e.appended {
		o.touch(now)
	} else {
		stays, goes := o.journal, e.journal
		if !o.appended || e.record.Seq > o.record.Seq {
			stays, goes = goes, stays
			o.record, o.ledger, o.appended = e.record, e.ledger, e.appended
		}
		o.journal, o.saved = store.MergeJournals(stays, goes), true
		o.due, o.dirty, o.token = now, span{}, ""
	}
	m.keys[l.Key] = &entry{}
}

func (m *model) reopen(t *rapid.T) {
	now, _ := m.during(func() error { m.h.Store = m.h.Reopen(); return nil })
	// A store that stood still for long may take itself for a backup.
	m.epoch.hi = max(m.epoch.hi, now.hi)
	if !m.h.Alone {
		return
	}
	for _, e := range m.keys {
		if e.token != "" {
			e.due, e.dirty, e.token = first(first(e.due, e.dirty), now), span{}, ""
		}
	}
}

func (m *model) lose(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "rarely") > 0 {
		t.Skip("not this time")
	}
	began := m.now()
	m.h.Store = m.h.Lose()
	m.forget()
	_ = load(t, m.h, modelKeys[0])
	m.epoch, m.last = span{began.lo, m.now().hi}, time.Time{}
}
