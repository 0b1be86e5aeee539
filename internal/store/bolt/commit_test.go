package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
	"github.com/hereby/hereby/internal/store/bolt"
	"github.com/hereby/hereby/internal/testenv"
)

func keyOf(i int) incident.Key {
	return incident.KeyOf("github", incident.Ref(fmt.Sprintf("acme/shop#%d", i+1)))
}

// queue is a context that counts who waits for the writer: each caller asks
// once before it stands in line and once when it does.
type queue struct {
	context.Context
	asked atomic.Int32
}

func newQueue() *queue { return &queue{Context: context.Background()} }

func (q *queue) Done() <-chan struct{} {
	q.asked.Add(1)
	return q.Context.Done()
}

// wait returns when n calls wait.
func (q *queue) wait(n int32) {
	for q.asked.Load() < 2*n {
		time.Sleep(time.Millisecond)
	}
}

// TestTouchesShareACommit holds the writer up and lets touches gather.
func TestTouchesShareACommit(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hereby.db"), newClock())
	const callers = 64
	free := s.Hold()
	t.Cleanup(free)
	before := s.Stats()
	var wg sync.WaitGroup
	q := newQueue()
	for i := range callers {
		wg.Go(func() {
			if err := s.Touch(q, time.Time{}, keyOf(i)); err != nil {
				t.Errorf("touch: %v", err)
			}
		})
	}
	q.wait(callers)
	free()
	wg.Wait()
	after := s.Stats()
	if n := after.Logged - before.Logged; n > callers/8 || after.Commits != before.Commits {
		t.Errorf("%d touches at once took %d records and %d commits", callers, n, after.Commits-before.Commits)
	}
	if n := after.Written - before.Written; n != callers {
		t.Errorf("%d of %d touches were written", n, callers)
	}
}

// impatient is a context that fails the test of whoever waits under it.
type impatient struct {
	t *testing.T
	context.Context
}

func (i impatient) Done() <-chan struct{} {
	i.t.Error("a touch of what is due waited for the writer")
	done := make(chan struct{})
	close(done)
	return done
}

// syncs is how often a store waited for the disk.
func syncs(s bolt.Stats) int64 { return 2*s.Commits + s.Logged }

func TestDueIsNotWrittenAgain(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hereby.db"), newClock())
	ctx := context.Background()
	touch(t, s, key)
	free := s.Hold()
	t.Cleanup(free)
	for _, at := range []time.Time{{}, time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if err := s.Touch(impatient{t, ctx}, at, key); err != nil {
			t.Error(err)
		}
	}
	free()
	if err := s.Beat(); err != nil {
		t.Error(err)
	}
	before := s.Stats()
	touch(t, s, key)
	touch(t, s, key)
	if after := s.Stats(); syncs(after) != syncs(before) || after.Touches != before.Touches+2 {
		t.Errorf("touches of what is due were written: %+v, then %+v", before, after)
	}
	l := lease(t, s)
	before = s.Stats()
	touch(t, s, key)
	touch(t, s, key)
	if after := s.Stats(); syncs(after) != syncs(before)+1 {
		t.Errorf("of two touches in mid-pass %d were written, not one", syncs(after)-syncs(before))
	}
	if err := s.Beat(); err != nil {
		t.Error(err)
	}
	before = s.Stats()
	if err := s.Release(ctx, store.Lease{Key: key, Token: "lost"}, time.Time{}, true); !errors.Is(err, store.ErrLost) {
		t.Errorf("release: %v", err)
	}
	if after := s.Stats(); syncs(after) != syncs(before) {
		t.Error("a refused call took a commit")
	}
	if err := s.Release(ctx, l, time.Time{}, true); err != nil {
		t.Error(err)
	}
}

// TestTouchWaitsForADurableRead: while a commit is under way a read may see
// what is not on the disk yet, so a touch must not rely on it.
func TestTouchWaitsForADurableRead(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hereby.db"), newClock())
	touch(t, s, key)
	if err := s.Beat(); err != nil {
		t.Fatal(err)
	}
	free := s.Hold()
	t.Cleanup(free)
	before := s.Stats()
	q := newQueue()
	done := make(chan error, 1)
	go func() { done <- s.Touch(q, time.Time{}, key) }()
	for q.asked.Load() == 0 {
		select {
		case err := <-done:
			t.Fatalf("the touch was answered from a read in mid-commit: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	free()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if after := s.Stats(); syncs(after) != syncs(before) {
		t.Error("a touch that changed nothing was written")
	}
}

// TestOneBadCallFailsAlone: a call that finds damage does not fail the calls
// that share its commit.
func TestOneBadCallFailsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hereby.db")
	s := open(t, path, newClock())
	touch(t, s, keyOf(0), keyOf(1))
	good, bad := lease(t, s), lease(t, s)
	free := s.Hold()
	t.Cleanup(free)
	var wg sync.WaitGroup
	q := newQueue()
	wg.Go(func() {
		if err := s.Save(q, good, incident.Journal{}); err != nil {
			t.Errorf("a good call failed with a bad one: %v", err)
		}
	})
	wg.Go(func() {
		if err := s.Panic(q, bad); err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), path) {
			t.Errorf("a bad call brought %v", err)
		}
	})
	q.wait(2)
	free()
	wg.Wait()
	touch(t, s, keyOf(2))
}

func TestClosed(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hereby.db"), newClock())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	s.Wait(ctx, time.Hour)
	if err := s.Touch(ctx, time.Time{}, key); err == nil {
		t.Error("a closed store took a touch")
	}
	if err := s.Save(ctx, store.Lease{Key: key}, incident.Journal{}); err == nil {
		t.Error("a closed store took a journal")
	}
	if _, err := s.Load(ctx, key); err == nil {
		t.Error("a closed store loaded")
	}
	if err := s.Ping(ctx); err == nil {
		t.Error("a closed store calls itself well")
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second close: %v", err)
	}
}

// TestWait: whoever waits is woken by what makes a key due, and by nobody's
// clock; each of these would otherwise wait an hour.
func TestWait(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "hereby.db"), newClock())
	ctx := context.Background()
	wait := func() { s.Wait(ctx, time.Hour) }

	touch(t, s, keyOf(0))
	wait()
	touch(t, s, keyOf(1)) // though another is due longer
	wait()
	l := lease(t, s)
	wait() // a lease passes the word on: another key is due as well
	if err := s.Release(ctx, lease(t, s), time.Time{}, true); err != nil {
		t.Fatal(err)
	}
	wait()
	if err := s.Release(ctx, l, l.Now.Add(-time.Hour), true); err != nil {
		t.Fatal(err)
	}
	wait()
	l = lease(t, s)
	wait()
	if err := s.Rename(ctx, l, "jira:OPS-1"); err != nil {
		t.Fatal(err)
	}
	wait()
	lease(t, s)
	wait()
	var far incident.Key = "jira:OPS-2" // becomes the first in the queue: waits must be measured anew
	if err := s.Touch(ctx, newClock().Now().Add(time.Minute), far); err != nil {
		t.Fatal(err)
	}
	wait()
	ended, cancel := context.WithCancel(ctx)
	cancel()
	s.Wait(ended, time.Hour)
}

// crash opens the file as a process that is killed now would leave it.
func crash(t *testing.T, s *bolt.Store, path *string, c *testenv.Clock) *bolt.Store {
	t.Helper()
	left := *path + ".left"
	copyStore(t, *path, left)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	*path = left
	return open(t, left, c)
}

func TestEpochOfABackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hereby.db")
	c := newClock()
	epoch := func(s *bolt.Store) time.Time {
		t.Helper()
		state, err := s.Load(context.Background(), key)
		if err != nil {
			t.Fatal(err)
		}
		return state.Journal.Epoch
	}
	s := open(t, path, c)
	began := epoch(s)
	// Writes keep the file's clock: it may run for as long as it likes.
	for i := range 10 {
		c.Advance(50 * time.Second)
		touch(t, s, keyOf(i))
	}
	s = crash(t, s, &path, c)
	if got := epoch(s); !got.Equal(began) {
		t.Errorf("after a crash the epoch is %v, not %v", got, began)
	}
	// So does an idle store, by its beat, and one that is closed.
	c.Advance(10 * time.Minute)
	if err := s.Beat(); err != nil {
		t.Fatal(err)
	}
	c.Advance(time.Minute)
	s = crash(t, s, &path, c)
	c.Advance(10 * time.Minute)
	s.Close()
	s = open(t, path, c)
	if got := epoch(s); !got.Equal(began) {
		t.Errorf("after a rest the epoch is %v, not %v", got, began)
	}
	// A file older than that, or from the future, may be a backup.
	for _, away := range []time.Duration{time.Minute + time.Second, -2 * time.Minute} {
		s.Close()
		c.Advance(away)
		s = open(t, path, c)
		if got, want := epoch(s), c.Now().Truncate(time.Millisecond); !got.Equal(want) {
			t.Errorf("opened %v away from its beat the epoch is %v, not %v", away, got, want)
		}
	}
}
