package bolt

import (
	"context"
	"sync"

	"github.com/hereby/hereby/internal/store"
)

// LogOf returns the path of a store's log.
func LogOf(path string) string { return path + logSuffix }

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

// HoldIdle keeps the writer from taking anything, though no commit is under way.
func (s *Store) HoldIdle() (free func()) {
	free = s.Hold()
	s.committing.Store(false)
	return free
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
