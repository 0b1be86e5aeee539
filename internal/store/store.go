// Package store holds what the tracker cannot: when to look at an incident
// again (the queue), what we tried (journals), and what we saw (records and
// ledgers).
//
// # The queue is one sorted set
//
// Each key has one score, the earliest time at which anybody may lease it.
// Immediate work is "now", a retry is now plus back-off, a review is its date,
// and a lease is its own expiry: so crash recovery, retries and timers are
// scores, not features. A touch lowers a score and never raises it. A touch
// of a leased key is remembered ("dirty") and merged when the lease ends, so
// that news that arrives in mid-pass is never lost. Nothing is archived and
// nothing is given up.
//
// # Fencing
//
// Save, Append, Rename and Release need the lease's token and fail with
// [ErrLost] once somebody else has leased the key, so a process that was
// paused past its lease cannot overwrite its successor's work. Effects on the
// tracker cannot be fenced; journal, settle window and repair cover them
// (package plan).
//
// # Epoch
//
// A store that lost data may have forgotten an intent. Load therefore hands
// out each journal with the store's own epoch: since when it has remembered
// everything it was told.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// ErrLost is returned when a lease has expired and been taken by another.
var ErrLost = errors.New("the lease on this key was lost to another worker")

// ErrChanged is returned when a record is not the one the caller has read.
var ErrChanged = errors.New("the record has changed since it was read")

// ErrLocked is returned by an open of an embedded store that another process holds.
var ErrLocked = errors.New("the store is in use by another process")

// Lease is the right to work on one key until Expires.
type Lease struct {
	Key      incident.Key
	Token    string
	Now      time.Time // the store's clock at the lease: the only clock a pass uses
	Expires  time.Time
	Failures int // passes in a row, before this one, that ended without Release(ok)
}

// State is what is kept of one key.
type State struct {
	Journal incident.Journal
	Record  incident.Record
}

// Summary is one incident as the index holds it.
type Summary struct {
	Key      incident.Key
	ID       string
	URL      string
	Title    string // "" if few may see the head
	Declared time.Time
	Closed   bool // sealed, retracted or gone: nothing is waited for
	Due      time.Time
}

// Depth says how full the queue is, for metrics.
type Depth struct {
	Keys   int       // in the queue, leased or not
	Due    int       // may be leased now
	Oldest time.Time // due longest; zero if nothing is due
}

// Store is a queue with a memory. All methods are safe for concurrent use.
// Every error but ErrLost means that the store could not be reached or would
// not answer; the caller tries again later.
type Store interface {
	// Touch makes each key due at the given time, or now if at is zero, unless
	// it is due earlier already. It returns when that is durable. A key that is
	// due and not leased is not written again.
	Touch(ctx context.Context, at time.Time, keys ...incident.Key) error

	// Lease takes the key that has been due longest. If none is due it returns
	// ok false and the time at which the next one will be, zero if there is none.
	Lease(ctx context.Context, ttl time.Duration) (lease Lease, next time.Time, ok bool, err error)

	// Release ends a lease. The key becomes due at next, or leaves the queue if
	// next is zero; a touch that came meanwhile wins if it is earlier. ok tells
	// whether the pass succeeded, which resets Failures.
	Release(ctx context.Context, lease Lease, next time.Time, ok bool) error

	// Wait blocks until a key may have become due, at most for d.
	Wait(ctx context.Context, d time.Duration)

	// Load returns the state of a key; of an unknown one an empty state with
	// the store's epoch.
	Load(ctx context.Context, key incident.Key) (State, error)

	// Save replaces the journal of the leased key.
	Save(ctx context.Context, lease Lease, journal incident.Journal) error

	// Append adds entries to the ledger of the leased key and replaces its
	// record, in one transaction. It also indexes the record: see Heads. The
	// ledger only grows: repeating what it holds already changes nothing, and
	// another entry under a number that is taken is an error.
	Append(ctx context.Context, lease Lease, entries []ledger.Entry, record incident.Record) error

	// Rename moves journal, record and ledger of the leased key to another key,
	// makes that key due now, and drops the leased one with its lease. If the
	// other key has a record already the richer one (greater Seq) stays. What
	// either journal set out to create is kept, see MergeJournals. If anything
	// moves, a lease of the other key ends: its holder worked on what is no
	// longer true. The record is moved as it is; its Key is not rewritten.
	Rename(ctx context.Context, lease Lease, to incident.Key) error

	// Redact rids a key of texts that had to go. It puts entries that were
	// blanked in the place of what they were, which is the one change a ledger
	// allows ([CheckBlank]), adds those that say so, replaces the record, and
	// forgets what the journal was refused, in one transaction. The record must
	// hold was entries still, or it fails with ErrChanged. Like Rename it ends a
	// lease of the key, whose holder has read what had to go, and makes the key
	// due now. What the store itself has left of the old texts is overwritten;
	// copies and logs of it by others are not.
	Redact(ctx context.Context, key incident.Key, was int, entries []ledger.Entry, record incident.Record) error

	// Entries returns the ledger of a key, oldest first, from sequence number from.
	Entries(ctx context.Context, key incident.Key, from int) ([]ledger.Entry, error)

	// Heads returns the keys of the incidents that count a ticket, by its Ref
	// ("acme/shop#14"), or that have an ID ("#123456").
	Heads(ctx context.Context, name string) ([]incident.Key, error)

	// Incidents returns a summary of every key that has a declared record.
	Incidents(ctx context.Context) ([]Summary, error)

	// Depth returns how full the queue is.
	Depth(ctx context.Context) (Depth, error)

	// Ping reports whether the store answers.
	Ping(ctx context.Context) error

	Close() error
}
