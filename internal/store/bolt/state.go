package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// Load implements store.Store.
func (s *Store) Load(ctx context.Context, key incident.Key) (state store.State, err error) {
	err = s.view(ctx, func(t *txn) error {
		if state, err = t.state(key); err != nil {
			return err
		}
		epoch, _ := t.number(kEpoch)
		state.Journal.Epoch = store.FromMillis(epoch)
		return nil
	})
	return state, err
}

// state returns what is kept of a key.
func (t *txn) state(key incident.Key) (state store.State, err error) {
	if err := t.read(bJournal, key, &state.Journal); err != nil {
		return store.State{}, err
	}
	if err := t.read(bRecord, key, &state.Record); err != nil {
		return store.State{}, err
	}
	return state, nil
}

// read decodes a key's value in a bucket, if there is one.
func (t *txn) read(bucket []byte, key incident.Key, into any) error {
	b := t.Bucket(bucket).Get([]byte(key))
	if b == nil {
		return nil
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("the %s of %s cannot be read: %w", bucket, key, err)
	}
	return nil
}

func (t *txn) put(bucket, key, value []byte) error {
	t.changed = true
	return t.Bucket(bucket).Put(key, value)
}

func (t *txn) drop(bucket, key []byte) error {
	t.changed = true
	return t.Bucket(bucket).Delete(key)
}

// Save implements store.Store.
func (s *Store) Save(ctx context.Context, lease store.Lease, journal incident.Journal) error {
	value, err := json.Marshal(journal)
	if err != nil {
		return fmt.Errorf("the journal of %s cannot be written down: %w", lease.Key, err)
	}
	return s.write(ctx, func(t *txn) error {
		if _, err := t.held(lease); err != nil {
			return err
		}
		return t.put(bJournal, []byte(lease.Key), value)
	})
}

// Append implements store.Store. Entries that the ledger holds already, after
// a caller's repetition, are left as they are; another entry under the same
// number is refused.
func (s *Store) Append(ctx context.Context, lease store.Lease, entries []ledger.Entry, record incident.Record) error {
	page, err := newPage(lease.Key, entries, record)
	if err != nil {
		return err
	}
	return s.write(ctx, func(t *txn) error {
		if _, err := t.held(lease); err != nil {
			return err
		}
		return page.put(t)
	})
}

// page is what one Append writes, encoded before the writer's turn.
type page struct {
	key     incident.Key
	entries []line
	record  []byte
	names   []string
	summary []byte // nil: never declared
}

type line struct{ key, value []byte }

func newPage(key incident.Key, entries []ledger.Entry, record incident.Record) (page, error) {
	p := page{key: key, names: store.Names(key, record)}
	var err error
	if p.record, err = json.Marshal(record); err != nil {
		return page{}, fmt.Errorf("the record of %s cannot be written down: %w", key, err)
	}
	for _, e := range entries {
		value, err := json.Marshal(e)
		if err != nil {
			return page{}, fmt.Errorf("entry %d of %s cannot be written down: %w", e.Seq, key, err)
		}
		p.entries = append(p.entries, line{entryKey(key, e.Seq), value})
	}
	if summary, ok := store.Summarise(key, record); ok {
		if p.summary, err = json.Marshal(summary); err != nil {
			return page{}, fmt.Errorf("the summary of %s cannot be written down: %w", key, err)
		}
	}
	return p, nil
}

func (p page) put(t *txn) error {
	book := t.Bucket(bLedger)
	for _, e := range p.entries {
		if have := book.Get(e.key); have != nil && !bytes.Equal(have, e.value) {
			return refusal{store.Taken(p.key, seqOf(e.key))}
		}
	}
	for _, e := range p.entries {
		if err := t.put(bLedger, e.key, e.value); err != nil {
			return err
		}
	}
	if err := t.put(bRecord, []byte(p.key), p.record); err != nil {
		return err
	}
	return t.index(p.key, p.names, p.summary)
}

// entryKey returns where an entry is kept.
func entryKey(key incident.Key, seq int) []byte {
	return binary.BigEndian.AppendUint64(prefix(string(key)), uint64(max(seq, 0)))
}

func seqOf(entryKey []byte) int {
	return int(binary.BigEndian.Uint64(entryKey[len(entryKey)-8:]))
}

// prefix returns what the keys that belong to a name begin with.
func prefix(name string) []byte {
	b := make([]byte, 0, len(name)+1+8)
	return append(append(b, name...), 0)
}

// Entries implements store.Store.
func (s *Store) Entries(ctx context.Context, key incident.Key, from int) (entries []ledger.Entry, err error) {
	err = s.view(ctx, func(t *txn) error {
		of := prefix(string(key))
		c := t.Bucket(bLedger).Cursor()
		for k, v := c.Seek(entryKey(key, from)); bytes.HasPrefix(k, of); k, v = c.Next() {
			var e ledger.Entry
			if err := json.Unmarshal(v, &e); err != nil {
				return fmt.Errorf("entry %d of the ledger of %s cannot be read: %w", seqOf(k), key, err)
			}
			entries = append(entries, e)
		}
		return nil
	})
	return entries, err
}
