package bolt_test

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/hereby/hereby/internal/testenv"
)

// due returns the keys that are due, in their order.
func due(t testing.TB, s store.Store) (keys []incident.Key) {
	t.Helper()
	for {
		l, _, ok, err := s.Lease(context.Background(), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return keys
		}
		keys = append(keys, l.Key)
	}
}

// left copies a store as a process that is killed now would leave it.
func left(t testing.TB, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "left.db")
	copyStore(t, path, to)
	return to
}

func logOf(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(bolt.LogOf(path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func setLog(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(bolt.LogOf(path), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ends returns where the log's records end.
func ends(b []byte) (ends []int) {
	for at := 0; at+8 < len(b) && b[at+4]|b[at+5]|b[at+6]|b[at+7] != 0; {
		at += 8 + int(b[at+6])<<8 + int(b[at+7])
		ends = append(ends, at)
	}
	return ends
}

func wantDue(t testing.TB, path string, c *testenv.Clock, want ...incident.Key) {
	t.Helper()
	s := open(t, path, c)
	defer s.Close()
	if got := due(t, s); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("due are %v, not %v", got, want)
	}
}

// TestTouchIsOneSync: a touch is in the log before it is answered, and a closed
// store is one file.
func TestTouchIsOneSync(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	before := s.Stats()
	touch(t, s, keyOf(0))
	if after := s.Stats(); after.Logged != before.Logged+1 || after.Commits != before.Commits || after.Written != before.Written+1 {
		t.Errorf("a touch took %+v to %+v", before, after)
	}
	killed, missing := left(t, path), left(t, path)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(bolt.LogOf(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log of a closed store: %v", err)
	}
	wantDue(t, path, c, keyOf(0))
	wantDue(t, killed, c, keyOf(0))
	if err := os.Remove(bolt.LogOf(missing)); err != nil {
		t.Fatal(err)
	}
	wantDue(t, missing, c)
}

// TestTornWrite cuts and scrambles the last record at each of its bytes: nobody
// was told of it, so it is gone, and what was before it is there.
func TestTornWrite(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	touch(t, s, keyOf(0))
	touch(t, s, keyOf(1))
	whole := logOf(t, path)
	e := ends(whole)
	if len(e) != 2 {
		t.Fatalf("two touches made records that end at %v", e)
	}
	killed := left(t, path)
	for at := e[0]; at < e[1]; at++ {
		torn := append([]byte(nil), whole...)
		clear(torn[at:])
		scrambled := append([]byte(nil), whole...)
		scrambled[at] ^= 0x40
		for how, b := range map[string][]byte{"torn": torn, "scrambled": scrambled, "short": whole[:at]} {
			one := left(t, killed)
			setLog(t, one, b)
			s := open(t, one, c)
			if d, err := s.Depth(context.Background()); err != nil || d.Keys != 1 {
				t.Fatalf("%s at byte %d of a record from %d to %d: %+v, %v", how, at, e[0], e[1], d, err)
			}
			s.Close()
		}
	}
}

// TestStaleRecords: what was folded does not come back, though the log's file
// still holds it whole, behind a record that counts or alone.
func TestStaleRecords(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	touch(t, s, keyOf(0))
	touch(t, s, keyOf(1))
	for range 2 {
		l := lease(t, s)
		if err := s.Release(context.Background(), l, l.Now.Add(time.Hour), true); err != nil {
			t.Fatal(err)
		}
	}
	if e := ends(logOf(t, path)); len(e) != 2 {
		t.Fatalf("the log was cut: its records end at %v", e)
	}
	wantDue(t, left(t, path), c)
	touch(t, s, keyOf(2))
	if e := ends(logOf(t, path)); len(e) != 2 {
		t.Fatalf("the log did not start over: its records end at %v", e)
	}
	wantDue(t, left(t, path), c, keyOf(2))
}

// TestAnotherLog: the records of another store, and of another life of the
// same store, do not count.
func TestAnotherLog(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	touch(t, s, keyOf(0))
	killed := left(t, path)
	old := logOf(t, path)
	s.Close()

	other := filepath.Join(t.TempDir(), "other.db")
	open(t, other, c).Close()
	setLog(t, other, old)
	wantDue(t, other, c)

	s = open(t, killed, c)
	l := lease(t, s)
	if err := s.Release(context.Background(), l, l.Now.Add(time.Hour), true); err != nil {
		t.Fatal(err)
	}
	later := left(t, killed)
	setLog(t, later, old)
	wantDue(t, later, c)
}

func TestDamagedLog(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	for i := range 3 {
		touch(t, s, keyOf(i))
	}
	b := logOf(t, path)
	b[ends(b)[0]+20] ^= 1 // in the second of three
	killed := left(t, path)
	setLog(t, killed, b)
	_, err := bolt.Open(killed, bolt.Options{Clock: c.Now})
	if err == nil {
		t.Fatal("a damaged log was taken")
	}
	for _, want := range []string{bolt.LogOf(killed), "damaged between the bytes", "move the log away"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	// As the error says: the store opens without it.
	if err := os.Remove(bolt.LogOf(killed)); err != nil {
		t.Fatal(err)
	}
	wantDue(t, killed, c)
	if err := os.Mkdir(bolt.LogOf(killed), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(killed, bolt.Options{Clock: c.Now}); err == nil || !strings.Contains(err.Error(), bolt.LogOf(killed)) {
		t.Errorf("a log that cannot be read brought %v", err)
	}
}

// TestLogThroughALink: whoever opens the file by its other name finds its log.
func TestLogThroughALink(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	path, link := filepath.Join(dir, "hereby.db"), filepath.Join(t.TempDir(), "link.db")
	open(t, path, c).Close()
	if err := os.Symlink(path, link); err != nil {
		t.Skip("skipped: no symbolic links here:", err)
	}
	touch(t, open(t, link, c), keyOf(0))
	wantDue(t, left(t, path), c, keyOf(0))
}

// TestManyTouches overflows the log in keys and in bytes, and crashes.
func TestManyTouches(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	before, n := s.Stats(), 0
	for _, keys := range []int{bolt.MaxNews, bolt.MaxNews - 1, 2, 3 * bolt.MaxNews, 1} {
		var some []incident.Key
		for range keys {
			some = append(some, incident.KeyOf("github", incident.Ref(fmt.Sprintf("acme/%s#%d", strings.Repeat("x", 100), n+1))))
			n++
		}
		touch(t, s, some...)
		killed := open(t, left(t, path), c)
		if d, err := killed.Depth(context.Background()); err != nil || d.Keys != n || d.Due != n {
			t.Errorf("of %d keys %+v came back, %v", n, d, err)
		}
		killed.Close()
	}
	if after := s.Stats(); after.Commits == before.Commits || after.Logged == before.Logged || after.Written != before.Written+int64(n) {
		t.Errorf("%d touches took %+v to %+v", n, before, after)
	}
}

// faulty is a log's file that fails.
type faulty struct {
	bolt.LogFile
	write, sync *error
}

func (f faulty) WriteAt(b []byte, at int64) (int, error) {
	if *f.write != nil {
		n, _ := f.LogFile.WriteAt(b[:len(b)/2], at)
		return n, *f.write
	}
	return f.LogFile.WriteAt(b, at)
}

func (f faulty) Datasync() error { return errors.Join(*f.sync, f.LogFile.Datasync()) }

// TestFailingLog: while the log fails, touches go into the pages; after a beat
// it is tried again.
func TestFailingLog(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	var opening, write, sync error
	create := s.CreateLog()
	s.OpenLog(func(path string) (bolt.LogFile, error) {
		if opening != nil {
			return nil, opening
		}
		f, err := create(path)
		return faulty{f, &write, &sync}, err
	})
	n := 0
	fail := func(fault *error) {
		t.Helper()
		touch(t, s, keyOf(n))
		*fault = syscall.ENOSPC
		before := s.Stats()
		touch(t, s, keyOf(n+1))
		*fault = nil
		touch(t, s, keyOf(n+2))
		if after := s.Stats(); after.Logged != before.Logged || after.Commits != before.Commits+2 {
			t.Errorf("with a log that failed two touches took %+v to %+v", before, after)
		}
		n += 3
		killed := open(t, left(t, path), c)
		if d, err := killed.Depth(context.Background()); err != nil || d.Keys != n || d.Due != n {
			t.Errorf("of %d keys %+v came back, %v", n, d, err)
		}
		killed.Close()
		if err := s.Mend(); err != nil {
			t.Error(err)
		}
	}
	opening = syscall.ENOSPC
	touch(t, s, keyOf(n))
	n++
	opening = nil
	if err := s.Mend(); err != nil {
		t.Error(err)
	}
	fail(&write)
	fail(&sync)
	before := s.Stats()
	touch(t, s, keyOf(n))
	if after := s.Stats(); after.Logged != before.Logged+1 {
		t.Errorf("a mended log was not used: %+v, then %+v", before, after)
	}
}

// TestFailedCommit: touches that come after a commit of which nobody knows
// whether it reached the disk are there if it did and if it did not.
func TestFailedCommit(t *testing.T) {
	path, c := filepath.Join(t.TempDir(), "hereby.db"), newClock()
	s := open(t, path, c)
	touch(t, s, keyOf(0))
	s.Fail(false)
	touch(t, s, keyOf(1))
	wantDue(t, left(t, path), c, keyOf(0), keyOf(1))
	reached := left(t, path)
	raw(t, reached, func(tx *bbolt.Tx) error {
		meta := tx.Bucket([]byte("meta"))
		generation := append([]byte(nil), meta.Get([]byte("generation"))...)
		generation[7]++
		return meta.Put([]byte("generation"), generation)
	})
	wantDue(t, reached, c, keyOf(1))
	// What reads show may be gone tomorrow: it is written again.
	if err := s.Beat(); err != nil {
		t.Fatal(err)
	}
	s.Fail(true)
	before := s.Stats()
	touch(t, s, keyOf(0))
	if after := s.Stats(); after.Logged != before.Logged+1 {
		t.Error("a touch was answered by what may not be on the disk")
	}
	if err := s.Beat(); err != nil {
		t.Fatal(err)
	}
	before = s.Stats()
	touch(t, s, keyOf(0))
	if after := s.Stats(); syncs(after) != syncs(before) {
		t.Error("after a commit reads are still in doubt")
	}
	if got := due(t, s); len(got) != 2 {
		t.Errorf("due are %v", got)
	}
}
