package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// Rename implements store.Store. What the two journals set out to create is
// merged. If somebody holds the other key and its state changes, his lease
// ends: he works on what is no longer true.
func (s *Store) Rename(ctx context.Context, lease store.Lease, to incident.Key) error {
	if err := store.CheckRename(lease.Key, to); err != nil {
		return err
	}
	return s.write(ctx, func(t *txn) error {
		it, err := t.held(lease)
		if err != nil {
			return err
		}
		moved, err := t.carry(lease.Key, to)
		if err != nil {
			return err
		}
		if err := t.move(lease.Key, it, item{}); err != nil {
			return err
		}
		old, err := t.item(to)
		if err != nil {
			return err
		}
		next := old
		if moved {
			next.token, next.dirty, next.due = "", 0, t.now
		} else {
			next = old.touched(0, t.now)
		}
		return t.move(to, old, next)
	})
}

// carry moves what is kept of one key to another, and reports whether there
// was anything.
func (t *txn) carry(from, to incident.Key) (moved bool, err error) {
	goes, err := t.state(from)
	if err != nil {
		return false, err
	}
	had := t.Bucket(bJournal).Get([]byte(from)) != nil
	if !had && t.Bucket(bRecord).Get([]byte(from)) == nil {
		return false, nil
	}
	stays, err := t.state(to)
	if err != nil {
		return false, err
	}
	if goes.Record.Seq > stays.Record.Seq || t.Bucket(bRecord).Get([]byte(to)) == nil {
		if err := t.replace(from, to, goes.Record); err != nil {
			return false, err
		}
		goes.Journal, stays.Journal = stays.Journal, goes.Journal
	}
	journal, err := json.Marshal(store.MergeJournals(stays.Journal, goes.Journal))
	if err != nil {
		return false, fmt.Errorf("the journal of %s cannot be written down: %w", to, err)
	}
	if err := t.put(bJournal, []byte(to), journal); err != nil {
		return false, err
	}
	return true, t.forget(from)
}

// replace puts the record and ledger of one key in the place of another's.
func (t *txn) replace(from, to incident.Key, record incident.Record) error {
	lines := t.lines(from)
	if err := t.dropLines(t.lines(to)); err != nil {
		return err
	}
	if t.Bucket(bRecord).Get([]byte(from)) == nil {
		return nil
	}
	p, err := newPage(to, nil, record)
	if err != nil {
		return err
	}
	for _, l := range lines {
		p.entries = append(p.entries, line{entryKey(to, seqOf(l.key)), l.value})
	}
	return p.put(t)
}

// forget drops all that is kept of a key but its place in the queue.
func (t *txn) forget(key incident.Key) error {
	if err := t.index(key, nil, nil); err != nil {
		return err
	}
	for _, bucket := range [][]byte{bJournal, bRecord} {
		if err := t.drop(bucket, []byte(key)); err != nil {
			return err
		}
	}
	return t.dropLines(t.lines(key))
}

// lines returns the ledger of a key as it is kept, in copies.
func (t *txn) lines(key incident.Key) (lines []line) {
	of := prefix(string(key))
	c := t.Bucket(bLedger).Cursor()
	for k, v := c.Seek(of); bytes.HasPrefix(k, of); k, v = c.Next() {
		lines = append(lines, line{bytes.Clone(k), bytes.Clone(v)})
	}
	return lines
}

func (t *txn) dropLines(lines []line) error {
	for _, l := range lines {
		if err := t.drop(bLedger, l.key); err != nil {
			return err
		}
	}
	return nil
}
