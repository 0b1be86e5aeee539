package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

const (
	maxBatch  = 1024 // calls in one commit
	maxLinger = 2 * time.Millisecond
	minLinger = 30 * time.Microsecond
	idleBeat  = time.Minute                           // how often an idle store notes the time
	beatEvery = int64(time.Second / time.Millisecond) // and a busy one, in ms
)

// txn is one transaction, read or write, with what must happen after it.
type txn struct {
	*bbolt.Tx
	now     int64 // ms
	news    *news // of a read: what the log holds and these pages do not; or nil
	changed bool  // something was put or deleted: commit
	wake    bool  // a key may have become due: signal
	tried   bool  // to commit
}

// refusal is an error of one call that wrote nothing, such as a lost lease.
// It leaves the transaction that the call shares with others intact; any
// other error undoes it.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// write is one call's share of a commit.
type write struct {
	do    func(*txn) error
	touch *touch // what do does, if it is a touch
	err   error
	done  chan error
	taken atomic.Bool
}

// take reports whether the caller of take is the one who decides about w: the
// writer by beginning it, or the caller of the store by giving up.
func (w *write) take() bool { return w.taken.CompareAndSwap(false, true) }

var errClosed = errors.New("the store is closed")

// write has do run within a write transaction, perhaps with other calls', and
// returns when that is durable. A caller whose context ends leaves, unless its
// write has begun; so a write that was reported as failed did not happen,
// unless the disk failed.
func (s *Store) write(ctx context.Context, do func(*txn) error) error {
	return s.queue(ctx, &write{do: do, done: make(chan error, 1)})
}

func (s *Store) queue(ctx context.Context, w *write) error {
	if err := ctx.Err(); err != nil {
		return explain(s.path, "written", err)
	}
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	select {
	case s.work <- w:
	case <-s.stop:
		return explain(s.path, "written", errClosed)
	case <-ctx.Done():
		return explain(s.path, "written", ctx.Err())
	}
	var err error
	select {
	case err := <-w.done:
		return s.told(err)
	case <-s.stopped:
		err = errClosed
	case <-ctx.Done():
		err = ctx.Err()
	}
	if w.take() {
		return explain(s.path, "written", err)
	}
	return s.told(<-w.done)
}

// told returns an error as the caller of the store shall read it.
func (s *Store) told(err error) error {
	var r refusal
	if errors.As(err, &r) {
		return r.error
	}
	return explain(s.path, "written", err)
}

// run is the writer.
func (s *Store) run() {
	defer close(s.stopped)
	idle := time.NewTicker(idleBeat)
	defer idle.Stop()
	beat := func() *write {
		return &write{do: (*txn).beat, done: make(chan error, 1)}
	}
	for {
		select {
		case w := <-s.work:
			s.commit(s.crowd.gather(s.work, w))
		case <-idle.C:
			s.log.sick = false
			s.commit([]*write{beat()})
		case <-s.stop:
			s.commit([]*write{beat()})
			return
		}
	}
}

// crowd decides whether to wait for company before a commit. Callers that were
// answered by one commit come back a moment later; some time is spent on
// letting them in, instead of syncing once for the first and once more for the
// others: three fourths of what a record of the log took, less than a fifth of
// what a transaction did. With a third of the crowd there is no need to wait:
// the others make the next batch while the disk works on this one. A lone
// caller does not wait, but after a crowd, which may come back, a few times.
type crowd struct {
	size   int // callers at the end of late commits: in it, or waiting already
	linger time.Duration
}

func (c *crowd) learn(size int, linger time.Duration) {
	c.size = max(size, c.size-(c.size-size+7)/8)
	c.linger = min(linger, maxLinger)
}

// gather returns first, what else is waiting, and if that is little, what
// arrives within the linger. It sleeps through that: to be woken by each
// arrival, or to spin, would keep a processor from looking after the network.
func (c *crowd) gather(work <-chan *write, first *write) []*write {
	batch := take(work, []*write{first})
	if len(batch) < (c.size+1)/3 && c.linger >= minLinger {
		time.Sleep(c.linger)
		batch = take(work, batch)
	}
	return batch
}

// take adds what is waiting to a batch.
func take(work <-chan *write, batch []*write) []*write {
	for len(batch) < maxBatch {
		select {
		case w := <-work:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch in one transaction and answers its callers. If the file
// is found damaged on the way, each call is tried alone: one damaged key must
// not fail the others.
func (s *Store) commit(batch []*write) {
	begun := batch[:0]
	for _, w := range batch {
		if w.take() {
			begun = append(begun, w)
		}
	}
	if len(begun) == 0 {
		return
	}
	s.settle(begun)
}

func (s *Store) settle(batch []*write) {
	began := time.Now()
	var err error
	if s.jot(batch) {
		s.crowd.learn(int(s.waiting.Load()), time.Since(began)*3/4)
	} else {
		err = s.try(batch)
		s.crowd.learn(int(s.waiting.Load()), time.Since(began)*3/16)
	}
	if err != nil && len(batch) > 1 && !errors.Is(err, errCommit) {
		for i := range batch {
			s.settle(batch[i : i+1])
		}
		return
	}
	for _, w := range batch {
		if err != nil {
			w.err = err
		}
		w.done <- w.err
	}
}

// errCommit marks an error of the commit itself, which all calls share.
var errCommit = errors.New("commit")

// try runs a batch in one transaction, after the touches that only the log
// holds so far, and commits it.
func (s *Store) try(batch []*write) error {
	if broken := s.broken.Load(); broken != nil {
		return *broken
	}
	t := &txn{now: s.now()}
	err := guard(func() (err error) {
		if t.Tx, err = s.db.Begin(true); err != nil {
			return err
		}
		if err := t.fold(s.log.news.Load().at); err != nil {
			return err
		}
		for _, w := range batch {
			w.err = w.do(t)
			if r := (refusal{}); w.err != nil && !errors.As(w.err, &r) {
				return w.err
			}
		}
		return s.finish(t)
	})
	if err != nil {
		s.undo(t, err)
		if t.tried {
			s.doubt()
		}
		return err
	}
	if t.tried {
		s.log.folded()
	}
	s.largest.Store(max(s.largest.Load(), int64(len(batch))))
	if t.wake {
		s.signal()
	}
	return nil
}

// finish commits what was changed, and gives up a transaction that is not
// worth a sync.
func (s *Store) finish(t *txn) error {
	if !t.changed {
		return t.Rollback()
	}
	if beat, _ := t.number(kBeat); t.now-beat >= beatEvery || t.now < beat {
		if err := t.beat(); err != nil {
			return err
		}
	}
	if err := t.setNumber(kGeneration, s.log.next()); err != nil {
		return err
	}
	t.tried = true
	if err := t.Commit(); err != nil {
		return fmt.Errorf("%w: %w", errCommit, err)
	}
	s.failed.Store(false)
	s.doubtful = false
	s.commits.Add(1)
	return nil
}

// doubt is told of a commit that failed. If reads see it all the same, it may
// or may not be on the disk, and no read tells what is durable.
func (s *Store) doubt() {
	s.failed.Store(true)
	tried := s.log.unsure()
	err := s.view(context.Background(), func(t *txn) error {
		seen, _ := t.number(kGeneration)
		s.doubtful = seen == tried
		return nil
	})
	s.doubtful = s.doubtful || err != nil
}

// undo rolls back after an error. If even that panics, bbolt's locks may be
// held for ever, and nothing more is written through it.
func (s *Store) undo(t *txn, cause error) {
	if t.Tx == nil {
		return
	}
	if err := guard(func() error { return t.Rollback() }); errors.Is(err, errDamaged) {
		s.broken.Store(&cause)
	}
}

// commitOne is write before the writer runs.
func (s *Store) commitOne(do func(*txn) error) error {
	w := &write{do: do, done: make(chan error, 1)}
	s.commit([]*write{w})
	return explain(s.path, "opened", <-w.done)
}

// view has do run within a read transaction.
func (s *Store) view(ctx context.Context, do func(*txn) error) error {
	if err := ctx.Err(); err != nil {
		return explain(s.path, "read", err)
	}
	s.pages.RLock()
	defer s.pages.RUnlock()
	t := &txn{now: s.now(), news: s.log.news.Load()} // before the pages, or news that are folded now would be in neither
	return explain(s.path, "read", guard(func() error {
		return s.db.View(func(tx *bbolt.Tx) error {
			t.Tx = tx
			if generation, _ := t.number(kGeneration); t.news.in(generation) {
				t.news = nil
			}
			return do(t)
		})
	}))
}
