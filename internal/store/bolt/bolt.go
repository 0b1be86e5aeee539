// Package bolt keeps the store in one file of its own, for one process: the
// default. The file's lock enforces "one".
//
// # The file
//
// A bbolt B+tree with these buckets; integers are big-endian, so that they
// sort, and NUL separates, since no key holds one:
//
//	meta      schema, epoch, beat        what the file is, since when it remembers
//	due       uint64 ms · KEY → –        the queue in its order
//	item      KEY → due dirty tries token   the same by key, with the lease
//	journal   KEY → JSON                 incident.Journal
//	record    KEY → JSON                 incident.Record
//	ledger    KEY NUL uint64 seq → JSON  ledger.Entry
//	names     KEY → JSON array           what heads holds of the key
//	heads     NAME NUL KEY → –           the index behind Heads
//	incident  KEY → JSON                 store.Summary, without Due
//
// # Commits
//
// One goroutine writes. It takes everything that is waiting into one
// transaction, so that callers at once share one commit and its sync; while
// the disk works the next batch gathers by itself. A write that would change
// nothing costs no commit, and a touch of a key that is due and not leased is
// answered from a read.
//
// # Epoch
//
// The epoch is set when the file is created. Each commit, and once a minute
// an idle one, notes the time in the file ("beat"). A file that is opened more
// than a minute away from its own beat may be a restored backup, which has
// forgotten intents: it begins a new epoch.
package bolt

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hereby/hereby/internal/store"
)

// Options says how to open a store. The zero value serves production.
type Options struct {
	// Clock is the store's clock; nil means time.Now.
	Clock func() time.Time
	// LockWait is how long to wait for another process to let go of the
	// file; 0 means 200 ms.
	LockWait time.Duration
	// OpenFile opens the file; nil means os.OpenFile. Tests put faults here.
	OpenFile func(name string, flag int, perm os.FileMode) (*os.File, error)
}

// Stats counts what a store did since it was opened.
type Stats struct {
	Touches int64 // keys touched
	Written int64 // of those, the ones that had to be written
	Commits int64 // transactions made durable, each with its sync
	Largest int64 // calls that shared one transaction, at most
}

// Store is a store.Store in one file.
type Store struct {
	path  string
	db    *bbolt.DB
	file  *os.File // of db
	clock func() time.Time

	work    chan *write
	wake    chan struct{} // holds a token when a key may have become due
	stop    chan struct{}
	stopped chan struct{} // closed by the writer as it ends
	waiting atomic.Int64  // callers of write
	crowd   crowd         // the writer's own
	closing sync.Once

	committing atomic.Bool           // a commit is under way: reads may see what is not durable yet
	broken     atomic.Pointer[error] // the file is damaged beyond writing
	failed     atomic.Bool           // the last commit failed

	touches, written, commits, largest atomic.Int64
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the file at path and creates it if need be; its
// directory must exist. While another process holds the file the error wraps
// [store.ErrLocked].
func Open(path string, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.LockWait == 0 {
		o.LockWait = 200 * time.Millisecond
	}
	db, file, err := openFile(path, o)
	if err != nil {
		return nil, err
	}
	s := &Store{
		path: path, db: db, file: file, clock: o.Clock,
		work: make(chan *write), wake: make(chan struct{}, 1),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.closeFile())
	}
	go s.run()
	return s, nil
}

// Close lets the commit under way finish, notes the time and closes the file.
// Calls that come later fail.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.stop)
		<-s.stopped
		err = s.closeFile()
	})
	return err
}

func (s *Store) closeFile() error {
	if s.broken.Load() != nil {
		return s.file.Close() // bbolt's own locks may be held for ever
	}
	return explain(s.path, "closed", guard(s.db.Close))
}

// Ping reports whether the store answers. After a failed commit it tries
// another, so that a disk that has room again is noticed.
func (s *Store) Ping(ctx context.Context) error {
	if !s.failed.Load() {
		return s.view(ctx, func(*txn) error { return nil })
	}
	probe := make([]byte, 64<<10) // more than the free pages of a full file hold
	if err := s.write(ctx, func(t *txn) error { return t.put(bMeta, kProbe, probe) }); err != nil {
		return err
	}
	return s.write(ctx, func(t *txn) error { return t.drop(bMeta, kProbe) })
}

// Stats returns what the store did since it was opened.
func (s *Store) Stats() Stats {
	return Stats{
		Touches: s.touches.Load(),
		Written: s.written.Load(),
		Commits: s.commits.Load(),
		Largest: s.largest.Load(),
	}
}

func (s *Store) now() int64 { return s.clock().UnixMilli() }

// signal wakes one caller of Wait, now or when it comes.
func (s *Store) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Wait implements store.Store.
func (s *Store) Wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.wake:
	case <-timer.C:
	case <-ctx.Done():
	case <-s.stop:
	}
}
