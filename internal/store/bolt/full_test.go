//go:build unix

package bolt_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store/bolt"
)

// TestFullDisk runs itself in a process that may write only so much to a file,
// which is as a full disk is to bbolt.
func TestFullDisk(t *testing.T) {
	if os.Getenv("HEREBY_TEST_FULL") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
		cmd.Env = append(os.Environ(), "HEREBY_TEST_FULL=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	path := filepath.Join(t.TempDir(), "hereby.db")
	c := newClock()
	s := open(t, path, c)
	ctx := context.Background()
	touch(t, s, key)
	epoch, err := s.Load(ctx, key)
	if err != nil {
		t.Fatal(err)
	}

	limit := setLimit(t, 256<<10)
	kept := []incident.Key{key}
	for i := 0; err == nil; i++ {
		var some []incident.Key
		for j := range 50 {
			some = append(some, incident.KeyOf("github", incident.Ref(fmt.Sprintf("acme/%s#%d", strings.Repeat("x", 100), i*50+j+1))))
		}
		if err = s.Touch(ctx, time.Time{}, some...); err == nil {
			kept = append(kept, some...)
		}
		if len(kept) > 100_000 {
			t.Fatal("the limit does not work")
		}
	}
	if !strings.Contains(err.Error(), syscall.EFBIG.Error()) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "Make room") {
		t.Errorf("the error does not help: %v", err)
	}
	if err := s.Ping(ctx); err == nil {
		t.Error("a store that cannot write calls itself well")
	}
	// What is there is still read, and a touch of what is due still answered.
	if d, err := s.Depth(ctx); err != nil || d.Keys != len(kept) {
		t.Errorf("of %d keys %+v are left, %v", len(kept), d, err)
	}
	if err := s.Touch(ctx, time.Time{}, kept...); err != nil {
		t.Errorf("a touch that writes nothing: %v", err)
	}

	limit()
	if err := s.Ping(ctx); err != nil {
		t.Errorf("with room again: %v", err)
	}
	touch(t, s, "jira:OPS-1")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = bolt.Open(path, bolt.Options{Clock: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d, err := s.Depth(ctx); err != nil || d.Keys != len(kept)+1 {
		t.Errorf("of %d keys %+v came back, %v", len(kept)+1, d, err)
	}
	if state, err := s.Load(ctx, key); err != nil || !state.Journal.Epoch.Equal(epoch.Journal.Epoch) {
		t.Errorf("the epoch is %v, not %v (%v)", state.Journal.Epoch, epoch.Journal.Epoch, err)
	}
}

// setLimit bounds the files this process writes; the result takes that back.
func setLimit(t *testing.T, bytes uint64) (undo func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	set := func(l syscall.Rlimit) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &l); err != nil {
			t.Fatal(err)
		}
	}
	set(syscall.Rlimit{Cur: bytes, Max: old.Max})
	return func() { set(old) }
}
