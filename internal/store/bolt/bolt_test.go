package bolt_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/internal/store/storetest"
	"github.com/hereby/hereby/internal/testenv"
)

func newClock() *testenv.Clock {
	return testenv.NewClock(time.Date(2026, 11, 22, 10, 0, 0, 123_456_789, time.UTC))
}

func open(t testing.TB, path string, c *testenv.Clock) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copyStore copies a store with its log, or without one if it has none.
func copyStore(t testing.TB, from, to string) {
	t.Helper()
	copyFile(t, from, to)
	if _, err := os.Stat(bolt.LogOf(from)); err == nil {
		copyFile(t, bolt.LogOf(from), bolt.LogOf(to))
	} else if err := os.Remove(bolt.LogOf(to)); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// stored returns all bytes of a store's files.
func stored(t testing.TB, path string) []byte {
	t.Helper()
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(bolt.LogOf(path))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return append(all, log...)
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func() (*storetest.Harness, error) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			return nil, err
		}
		c, path, backup := newClock(), filepath.Join(dir, "hereby.db"), filepath.Join(dir, "backup.db")
		s := open(t, path, c)
		copyFile(t, path, backup)
		// again opens the files as from, which is how a process that was
		// killed, or an operator, left them.
		again := func(from string) store.Store {
			left := filepath.Join(dir, "left.db")
			copyStore(t, from, left)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			copyStore(t, left, path)
			s = open(t, path, c)
			return s
		}
		return &storetest.Harness{
			Store: s, Now: c.Now, Advance: c.Advance, Unit: time.Minute,
			Reopen: func() store.Store { return again(path) },
			Alone:  true,
			Lose: func() store.Store {
				c.Advance(2 * time.Minute)
				return again(backup)
			},
			Bytes: func() []byte { return stored(t, path) },
			Close: func() {
				s.Close()
				os.RemoveAll(dir)
			},
		}, nil
	})
}
