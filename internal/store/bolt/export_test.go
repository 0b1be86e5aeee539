package bolt

import (
	"context"
	"sync"

	"github.com/hereby/hereby/internal/store"
)

// LogOf returns the path of a store's log.
func LogOf(path string) string { return path + logSuffix }

// MaxNews is how many keys wait to be folded, about.
const MaxNews = maxNews

// LogFile is the file of a log.
type LogFile = logFile

// OpenLog replaces how the log's file is made, before the first touch.
func (s *Store) OpenLog(open func(path string) (LogFile, error)) { s.log.open = open }

// CreateLog returns how the log's file is made.
func (s *Store) CreateLog() func(path string) (LogFile, error) { return s.log.open }

// Mend does what a beat does for a log that failed.
func (s *Store) Mend() error {
	return s.write(context.Background(), func(t *txn) error {
		s.log.sick = false
		return t.beat()
	})
}

// Fail has a commit fail; visibly if reads shall be in doubt after it.
func (s *Store) Fail(visibly bool) {
	s.write(context.Background(), func(t *txn) error {
		s.doubt()
		s.doubtful = visibly
		return errCommit
	})
}

// Hold keeps the writer in the middle of a commit until the result is called.
func (s *Store) Hold() (free func()) {
	begun, end := make(chan struct{}), make(chan struct{})
	go s.write(context.Background(), func(*txn) error {
		close(begun)
		<-end
		return nil
	})
	<-begun
	return sync.OnceFunc(func() { close(end) })
}

// Panic is a call that finds damage after it wrote something.
func (s *Store) Panic(ctx context.Context, l store.Lease) error {
	return s.write(ctx, func(t *txn) error {
		if err := t.drop(bItem, []byte(l.Key)); err != nil {
			return err
		}
		panic("page 42 is not what it was")
	})
}

// Beat does what an idle minute does.
func (s *Store) Beat() error { return s.write(context.Background(), (*txn).beat) }
