package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
)

const key incident.Key = "github:acme/shop#12"

func touch(t testing.TB, s store.Store, keys ...incident.Key) {
	t.Helper()
	if err := s.Touch(context.Background(), time.Time{}, keys...); err != nil {
		t.Fatal(err)
	}
}

func lease(t testing.TB, s store.Store) store.Lease {
	t.Helper()
	l, next, ok, err := s.Lease(context.Background(), time.Hour)
	if err != nil || !ok {
		t.Fatalf("lease: nothing until %v, %v", next, err)
	}
	return l
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hereby.db")
	open(t, path, newClock())
	s, err := bolt.Open(path, bolt.Options{LockWait: time.Millisecond})
	if !errors.Is(err, store.ErrLocked) || s != nil {
		t.Fatalf("a second open brought %v, %v", s, err)
	}
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "Stop the other hereby") {
		t.Errorf("the error does not help: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	deny := func(name string, _ int, _ os.FileMode) (*os.File, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EACCES}
	}
	full := func(name string, _ int, _ os.FileMode) (*os.File, error) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.ENOSPC}
	}
	for name, c := range map[string]struct {
		path string
		open func(string, int, os.FileMode) (*os.File, error)
		want string
	}{
		"no path":           {"", nil, "expected bolt:PATH"},
		"directory":         {dir, nil, "is a directory"},
		"missing directory": {filepath.Join(dir, "no", "hereby.db"), nil, "does not exist. Create it"},
		"no permission":     {filepath.Join(dir, "denied.db"), deny, "owner or mode"},
		"full disk":         {filepath.Join(dir, "full.db"), full, "Make room"},
		"text":              {write("text.db", strings.Repeat("not a database\n", 1000)), nil, "is damaged or is no store"},
		"short":             {write("short.db", "x"), nil, "is damaged or is no store"},
		"zeros":             {write("zeros.db", strings.Repeat("\x00", 1<<16)), nil, "is damaged or is no store"},
	} {
		s, err := bolt.Open(c.path, bolt.Options{OpenFile: c.open})
		if err == nil {
			t.Errorf("%s: opened %v", name, s)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
			t.Errorf("%s: %v; want %q and the path", name, err, c.want)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "text.db")); err != nil || !strings.HasPrefix(string(b), "not a database") {
		t.Errorf("a file that is no store was changed: %.20q, %v", b, err)
	}
}

func TestPermissions(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("skipped: root may read and write every file")
	}
	path := filepath.Join(t.TempDir(), "hereby.db")
	if err := os.WriteFile(path, nil, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(path, bolt.Options{}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("opening a file without permission brought %v", err)
	}
}

// raw changes a store's file behind its back.
func raw(t *testing.T, path string, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
}

func TestForeignFiles(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	raw(t, other, func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("boxes"))
		return err
	})
	if _, err := bolt.Open(other, bolt.Options{}); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("another program's file brought %v", err)
	}
	newer := filepath.Join(dir, "newer.db")
	s := open(t, newer, newClock())
	s.Close()
	raw(t, newer, func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("schema"), []byte{0, 0, 0, 0, 0, 0, 0, 99})
	})
	if _, err := bolt.Open(newer, bolt.Options{}); err == nil || !strings.Contains(err.Error(), "newer hereby") {
		t.Errorf("a newer file brought %v", err)
	}
}

// use does a bit of everything, and returns the first error.
func use(s store.Store) error {
	ctx := context.Background()
	if err := s.Touch(ctx, time.Time{}, key, "jira:OPS-3"); err != nil {
		return err
	}
	if _, err := s.Incidents(ctx); err != nil {
		return err
	}
	for range 3 {
		l, _, ok, err := s.Lease(ctx, time.Hour)
		if err != nil || !ok {
			return err
		}
		state, err := s.Load(ctx, l.Key)
		if err != nil {
			return err
		}
		if err := s.Save(ctx, l, state.Journal); err != nil {
			return err
		}
		state.Record.ID = "changed"
		if err := s.Append(ctx, l, nil, state.Record); err != nil {
			return err
		}
		if err := s.Release(ctx, l, time.Time{}, true); err != nil {
			return err
		}
	}
	return nil
}

// TestDamaged flips and cuts bytes all over a file: each time the store must
// open or say why not, and answer or say why not, and close.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	c := newClock()
	s := open(t, good, c)
	for i := range 40 {
		plant(t, s, incident.KeyOf("github", incident.PathRef("acme/shop", string(rune('1'+i%9))+strings.Repeat("0", i/9))), i%5+1)
	}
	s.Close()
	sound, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	opened, refused, failed := 0, 0, 0
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		b := append([]byte(nil), sound...)
		if rnd.IntN(4) == 0 {
			b = b[:rnd.IntN(len(b))]
		} else {
			at, n := rnd.IntN(len(b)), 1+rnd.IntN(64)
			for i := at; i < min(at+n, len(b)); i++ {
				b[i] = byte(rnd.Uint32())
			}
		}
		path := filepath.Join(dir, fmt.Sprintf("bad%d.db", i))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := bolt.Open(path, bolt.Options{Clock: c.Now})
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), path) || errors.Is(err, store.ErrLocked) {
				t.Errorf("the error does not name the file: %v", err)
			}
			continue
		}
		opened++
		if err := use(s); err != nil {
			failed++
			if errors.Is(err, store.ErrLost) {
				t.Errorf("damage was told as a lost lease: %v", err)
			}
		}
		s.Close()
	}
	t.Logf("of 150 damaged files %d opened, %d of which failed later, and %d were refused", opened, failed, refused)
	if refused == 0 || failed == 0 || opened == failed {
		t.Error("the damage was not of every kind")
	}
}

// plant gives a key a record with n entries.
func plant(t testing.TB, s store.Store, key incident.Key, n int) {
	t.Helper()
	touch(t, s, key)
	l := lease(t, s)
	record, entries := history(l.Key, n)
	if err := s.Append(context.Background(), l, entries, record); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(context.Background(), l, l.Now.Add(24*time.Hour), true); err != nil {
		t.Fatal(err)
	}
}
