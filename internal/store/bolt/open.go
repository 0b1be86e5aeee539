package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// schema is the layout of the file; a release that changes it raises it and
// still reads the older ones.
const schema = 1

// stale is how far from its own beat a file may be opened without a new epoch.
const stale = time.Minute

var (
	bMeta     = []byte("meta")
	bDue      = []byte("due")
	bItem     = []byte("item")
	bJournal  = []byte("journal")
	bRecord   = []byte("record")
	bLedger   = []byte("ledger")
	bNames    = []byte("names")
	bHeads    = []byte("heads")
	bIncident = []byte("incident")

	buckets = [][]byte{bMeta, bDue, bItem, bJournal, bRecord, bLedger, bNames, bHeads, bIncident}

	kSchema = []byte("schema")
	kEpoch  = []byte("epoch")
	kBeat   = []byte("beat")
	kProbe  = []byte("probe") // of Ping, for a moment
	kWipe   = []byte("wipe")  // free pages are to be overwritten

	kLog        = []byte("log")        // the id of the log that belongs to the file
	kGeneration = []byte("generation") // the first of which records count
)

// openFile opens the database and turns whatever goes wrong into an error
// that says what to do. The file is the database's own.
func openFile(path string, o Options) (db *bbolt.DB, file *os.File, err error) {
	if path == "" {
		return nil, nil, errors.New("the store has no file: expected bolt:PATH, such as bolt:hereby.db")
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, nil, fmt.Errorf("the store %s is a directory: give the path of a file in it, such as %s", path, filepath.Join(path, "hereby.db"))
	}
	open := o.OpenFile
	if open == nil {
		open = os.OpenFile
	}
	err = guard(func() error {
		db, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:      o.LockWait,
			FreelistType: bbolt.FreelistMapType,
			OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
				f, err := open(name, flag, perm)
				file = f
				return f, err
			},
		})
		return err
	})
	if err == nil {
		return db, file, nil
	}
	if file != nil {
		_ = file.Close() // lets go of the lock where a panic kept it; a second close is harmless
	}
	return nil, nil, explainOpen(path, err)
}

func explainOpen(path string, err error) error {
	dir := filepath.Dir(path)
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return fmt.Errorf("the store %s cannot be opened: %w. Stop the other hereby, or give this one a store of its own; several replicas share a Redis store", path, store.ErrLocked)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the store %s cannot be opened: the directory %s does not exist. Create it, or set another path in store: bolt:PATH (%w)", path, dir, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("the store %s cannot be opened: this process (user %d) may not read and write it or its directory. Change its owner or mode, or set another path in store: bolt:PATH (%w)", path, os.Getuid(), err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return damaged(path, err)
	}
	return explain(path, "opened", err)
}

// begin makes a new file a store, checks an old one, takes in what its log
// holds, and decides the epoch.
func (s *Store) begin() error {
	path, err := filepath.EvalSymlinks(s.path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return explain(s.path, "opened", err)
	}
	id := newID()
	s.log.init(path+logSuffix, id)
	return s.commitOne(func(t *txn) error {
		if err := t.lay(); err != nil {
			return err
		}
		if t.Bucket(bMeta).Get(kWipe) != nil {
			if err := s.wipe(t); err != nil {
				return err
			}
		}
		leased, err := t.checkQueue()
		if err != nil {
			return err
		}
		past, err := t.past(s.log.path)
		if err != nil {
			return err
		}
		if err := t.fold(past.at); err != nil {
			return err
		}
		if err := t.end(leased); err != nil {
			return err
		}
		if err := t.setNumber(kLog, int64(id)); err != nil {
			return err
		}
		beat, ok := t.number(kBeat)
		beat = max(beat, past.last)
		if away := t.now - beat; !ok || away > stale.Milliseconds() || away < -stale.Milliseconds() {
			if err := t.setNumber(kEpoch, t.now); err != nil {
				return err
			}
		}
		return t.beat()
	})
}

// lay creates the buckets of a new file and checks the schema of an old one.
func (t *txn) lay() error {
	if t.Bucket(bMeta) == nil {
		if k, _ := t.Cursor().First(); k != nil {
			return fmt.Errorf("it is a bbolt file of another program (it holds %q). Set another path in store: bolt:PATH", k)
		}
	}
	for _, name := range buckets {
		if _, err := t.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	t.changed = true
	switch have, ok := t.number(kSchema); {
	case !ok:
		return t.setNumber(kSchema, schema)
	case have > schema:
		return fmt.Errorf("a newer hereby wrote it (layout %d; this one reads up to %d). Run that release, or set another path in store: bolt:PATH", have, schema)
	}
	return nil
}

// past reads the log of whoever wrote the file last.
func (t *txn) past(path string) (past, error) {
	id, ok := t.number(kLog)
	generation, _ := t.number(kGeneration)
	if !ok {
		return past{}, nil // from before the log
	}
	return readLog(path, uint64(id), generation)
}

// end ends leases that a process left behind.
func (t *txn) end(leased []incident.Key) error {
	for _, key := range leased {
		it, err := t.item(key)
		if err != nil {
			return err
		}
		if err := t.move(key, it, it.ended(t.now)); err != nil {
			return err
		}
	}
	return nil
}

// checkQueue reads the queue once in full: damage is better told at the start
// than in the middle of an incident. It returns the keys that are leased.
func (t *txn) checkQueue() (leased []incident.Key, err error) {
	n := 0
	err = t.Bucket(bItem).ForEach(func(k, v []byte) error {
		it, err := decodeItem(v)
		if err != nil {
			return fmt.Errorf("item %q: %w", k, err)
		}
		if it.token != "" {
			leased = append(leased, incident.Key(k))
		}
		if it.due == 0 {
			return nil
		}
		n++
		if t.Bucket(bDue).Get(dueKey(it.due, k)) == nil {
			return fmt.Errorf("item %q: %w: it is not in the queue", k, errDamaged)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if have := t.count(bDue); have != n {
		return nil, fmt.Errorf("%w: the queue holds %d keys and its items %d", errDamaged, have, n)
	}
	return leased, nil
}

func (t *txn) number(key []byte) (int64, bool) {
	v := t.Bucket(bMeta).Get(key)
	if len(v) != 8 {
		return 0, false
	}
	return int64(binary.BigEndian.Uint64(v)), true
}

func (t *txn) setNumber(key []byte, n int64) error {
	t.changed = true
	return t.Bucket(bMeta).Put(key, binary.BigEndian.AppendUint64(nil, uint64(n)))
}

// beat notes the time in the file, for the next open to judge its age by.
func (t *txn) beat() error { return t.setNumber(kBeat, t.now) }
