package bolt

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// Redact implements store.Store. A transaction leaves the pages it replaces in
// the file as free ones, with all they held; so they are overwritten before it
// returns. If that is interrupted the next open does it.
func (s *Store) Redact(ctx context.Context, key incident.Key, was int, entries []ledger.Entry, record incident.Record) error {
	var blanked, added []ledger.Entry
	for _, e := range entries {
		if e.Seq <= was {
			blanked = append(blanked, e)
		} else {
			added = append(added, e)
		}
	}
	page, err := newPage(key, added, record)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *txn) error {
		old, err := t.state(key)
		if err != nil {
			return err
		}
		if old.Record.Seq != was {
			return refusal{store.ErrChanged}
		}
		if err := t.checkBlank(key, blanked); err != nil {
			return err
		}
		if err := page.put(t); err != nil {
			return err
		}
		if err := t.blank(key, blanked); err != nil {
			return err
		}
		if err := t.forgetRefusals(key); err != nil {
			return err
		}
		if err := t.restart(key); err != nil {
			return err
		}
		return t.put(bMeta, kWipe, []byte{1})
	})
	if err != nil {
		return err
	}
	return s.write(context.WithoutCancel(ctx), s.wipe)
}

// checkBlank refuses to do more to entries than blank them.
func (t *txn) checkBlank(key incident.Key, entries []ledger.Entry) error {
	for _, e := range entries {
		b := t.Bucket(bLedger).Get(entryKey(key, e.Seq))
		if b == nil {
			return refusal{fmt.Errorf("the ledger of %s has no entry %d", key, e.Seq)}
		}
		var is ledger.Entry
		if err := json.Unmarshal(b, &is); err != nil {
			return fmt.Errorf("entry %d of the ledger of %s cannot be read: %w", e.Seq, key, err)
		}
		if err := store.CheckBlank(key, is, e); err != nil {
			return refusal{err}
		}
	}
	return nil
}

func (t *txn) blank(key incident.Key, entries []ledger.Entry) error {
	for _, e := range entries {
		value, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("entry %d of %s cannot be written down: %w", e.Seq, key, err)
		}
		if err := t.put(bLedger, entryKey(key, e.Seq), value); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) forgetRefusals(key incident.Key) error {
	if t.Bucket(bJournal).Get([]byte(key)) == nil {
		return nil
	}
	var journal incident.Journal
	if err := t.read(bJournal, key, &journal); err != nil {
		return err
	}
	value, err := json.Marshal(store.Forget(journal))
	if err != nil {
		return fmt.Errorf("the journal of %s cannot be written down: %w", key, err)
	}
	return t.put(bJournal, []byte(key), value)
}

// restart ends the lease of a key and makes it due now.
func (t *txn) restart(key incident.Key) error {
	it, err := t.item(key)
	if err != nil {
		return err
	}
	next := it
	next.token, next.dirty, next.due = "", 0, t.now
	return t.move(key, it, next)
}

// wipe overwrites every free page of the file. Before a transaction commits it
// has freed none of its own, so nothing that is valid refers to one; but after a
// commit of which it is not known whether it reached the disk, what was before
// it may have to serve again. Readers, whose pages may be free already, are
// waited for and kept out.
func (s *Store) wipe(t *txn) error {
	if s.failed.Load() {
		return refusal{fmt.Errorf("%s: texts were blanked, but their traces in free pages were not overwritten, since the last write failed; the next start does it", s.path)}
	}
	s.pages.Lock()
	defer s.pages.Unlock()
	size := s.db.Info().PageSize
	zeros := make([]byte, size)
	for id := 0; ; id++ {
		p, err := t.Page(id)
		if err != nil {
			return err
		}
		if p == nil {
			break
		}
		if p.Type != "free" {
			continue
		}
		if _, err := s.file.WriteAt(zeros, int64(id)*int64(size)); err != nil {
			return err
		}
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	return t.drop(bMeta, kWipe)
}
