// Package bolt keeps the store in one file of its own, for one process: the
// default. The file's lock enforces "one".
//
// # The file
//
// A bbolt B+tree with these buckets; integers are big-endian, so that they
// sort, and NUL separates, since no key holds one:
//
//	meta      schema, epoch, beat        what the file is, since when it remembers
//	          log, generation            which records of the log count
//	          wipe                       a redaction has not overwritten its traces yet
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
// transaction, so that callers at once share one commit; while the disk works
// the next batch gathers by itself. A write that would change nothing costs no
// commit. That is for the writer to judge: others may read what a commit under
// way has not made durable yet.
//
// # The log
//
// A commit is two syncs and some pages; a touch, for whose durability a
// tracker waits, should cost one sync and a few bytes. So a batch of nothing
// but touches becomes one record of a log, FILE-touches, and stays in memory as
// "news", which reads lay over the pages; a touch that is no news is answered at
// once. Each commit first folds the news
// into its pages and counts up the generation there, in the same transaction:
// the records of older generations count no more, and the log starts over at
// its first byte without a sync of its own. So no touch is in neither place,
// and none counts that is in both. A full log, a minute's rest and Close fold too.
//
// A commit that failed may have reached the disk all the same. Whether it did
// or not, records of its generation count, so those that follow bear it; and
// if reads show it, touches are logged without asking them. While the log
// itself fails, touches go into the pages.
//
// Each opening draws a new id, which its records bear and its pages hold: no
// record of another file or another time counts. A store that was closed is
// one file; one that was killed is both. Files from before the log hold no id.
//
// # Leases
//
// The file's lock tells that whoever held a lease is dead, so opening the file
// ends all leases: their keys are due at once.
//
// # Epoch
//
// The epoch is set when the file is created. Each commit and each record of
// the log, and once a minute an idle commit, notes the time ("beat"). A file
// that is opened more than a minute away from its own beat may be a restored
// backup, which has forgotten intents: it begins a new epoch.
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
	Commits int64 // transactions made durable, each with two syncs
	Logged  int64 // batches of touches made durable in the log, each with one
	Largest int64 // calls that shared one of these, at most
}

// Store is a store.Store in one file.
type Store struct {
	path  string
	db    *bbolt.DB
	file  *os.File     // of db
	pages sync.RWMutex // held to read pages, and all of it to overwrite free ones
	log   touchlog
	clock func() time.Time

	work    chan *write
	wake    chan struct{} // holds a token when a key may have become due
	stop    chan struct{}
	stopped chan struct{} // closed by the writer as it ends
	waiting atomic.Int64  // callers of write
	crowd   crowd         // the writer's own
	closing sync.Once

	broken   atomic.Pointer[error] // the file is damaged beyond writing
	failed   atomic.Bool           // the last commit failed
	doubtful bool                  // and reads may see what will never be; the writer's own

	touches, written, commits, logged, largest atomic.Int64
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
		work: make(chan *write, maxBatch), wake: make(chan struct{}, 1),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if err := s.begin(); err != nil {
		return nil, errors.Join(err, s.closeFile())
	}
	go s.run()
	return s, nil
}

// Close lets the commit under way finish, folds the log into the file, notes
// the time and closes the file. Calls that come later fail.
func (s *Store) Close() (err error) {
	s.closing.Do(func() {
		close(s.stop)
		<-s.stopped
		err = errors.Join(explain(s.log.path, "closed", s.log.close()), s.closeFile())
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
		Logged:  s.logged.Load(),
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
