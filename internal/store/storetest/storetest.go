// Package storetest is the conformance suite of store.Store: what every store
// must do, whatever it keeps things in. Its heart is a model of the queue, the
// states and the index, against which a store is driven through random
// histories of touches, leases, crashes, renames, restarts and losses.
//
// Time in the model is a span rather than a moment: what the store called
// "now" lies between its clock just before a call and just after it. With a
// clock that stands still the span is one moment and every check is exact;
// with the clock of a real server the same model holds, and no check depends
// on how fast the machine is.
package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// Harness is one store under test, empty at first, and power over its world.
type Harness struct {
	Store store.Store
	// Now reads the store's clock.
	Now func() time.Time
	// Advance lets at least d go by on the store's clock.
	Advance func(d time.Duration)
	// Unit is a short time that Advance can wait out: a minute on a clock that
	// is set, a few milliseconds on a real one.
	Unit time.Duration
	// Reopen ends the store as a process ends and opens it again.
	Reopen func() store.Store
	// Alone says that one process at a time has the store, so that Reopen ends
	// all leases: their keys are due at once, and their failures count.
	Alone bool
	// Lose makes the store lose all its data, as by a restart without
	// persistence or a restored backup, and opens it again.
	Lose func() store.Store
	// Bytes returns all that the store keeps, as it lies there.
	Bytes func() []byte
	// Close ends it all.
	Close func()
}

// Run runs the suite. open makes a new harness for each history.
func Run(t *testing.T, open func() (*Harness, error)) {
	start := func(t fataler) *Harness {
		t.Helper()
		h, err := open()
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		return h
	}
	t.Run("Model", func(t *testing.T) { testModel(t, start) })
	for name, test := range map[string]func(*testing.T, *Harness){
		"ATouchIsLeasedOnce":        testTouch,
		"NeverBeforeItsTime":        testNeverEarly,
		"FailuresAreCounted":        testFailures,
		"NewsInMidPassIsKept":       testDirty,
		"ACrashForgetsNoTouch":      testCrash,
		"AStaleLeaseChangesNothing": testStale,
		"ALedgerOnlyGrows":          testLedger,
		"ARenameKeepsTheRicher":     testRename,
		"ARenameEndsTheOthersLease": testRenameLeased,
		"TheIndexFollowsTheRecord":  testIndex,
		"WhatWasRedactedIsGone":     testRedact,
		"OnlyBlankingIsRedacting":   testRedactOnly,
		"EpochOutlivesARestart":     testEpoch,
		"BadKeysAreRefused":         testBadKeys,
		"BigStatesFit":              testBig,
		"ACancelledCallSaysSo":      testCancelled,
		"NothingIsLostAmongWorkers": testWorkers,
		"EveryTouchOfManyIsThere":   testMany,
	} {
		t.Run(name, func(t *testing.T) {
			h := start(t)
			defer h.Close()
			test(t, h)
		})
	}
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// The calls of a test that must succeed.

func touch(t fataler, h *Harness, at time.Time, keys ...incident.Key) {
	t.Helper()
	if err := h.Store.Touch(context.Background(), at, keys...); err != nil {
		t.Fatalf("touch %v: %v", keys, err)
	}
}

func lease(t fataler, h *Harness, ttl time.Duration) store.Lease {
	t.Helper()
	l, next, ok, err := h.Store.Lease(context.Background(), ttl)
	if err != nil || !ok {
		t.Fatalf("lease: nothing until %v, %v", next, err)
	}
	return l
}

func none(t fataler, h *Harness) (next time.Time) {
	t.Helper()
	l, next, ok, err := h.Store.Lease(context.Background(), time.Minute)
	if err != nil || ok {
		t.Fatalf("leased %v (%v) where nothing is due", l, err)
	}
	return next
}

func release(t fataler, h *Harness, l store.Lease, next time.Time, ok bool) {
	t.Helper()
	if err := h.Store.Release(context.Background(), l, next, ok); err != nil {
		t.Fatalf("release %s: %v", l.Key, err)
	}
}

func load(t fataler, h *Harness, key incident.Key) store.State {
	t.Helper()
	state, err := h.Store.Load(context.Background(), key)
	if err != nil {
		t.Fatalf("load %s: %v", key, err)
	}
	return state
}

// must fails the test at an error.
func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}
