package bolt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// index replaces what heads and incident hold of a key.
func (t *txn) index(key incident.Key, names []string, summary []byte) error {
	var old []string
	if err := t.read(bNames, key, &old); err != nil {
		return err
	}
	for _, name := range old {
		if !slices.Contains(names, name) {
			if err := t.drop(bHeads, headKey(name, key)); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if !slices.Contains(old, name) {
			if err := t.put(bHeads, headKey(name, key), nil); err != nil {
				return err
			}
		}
	}
	if summary == nil {
		if err := t.drop(bIncident, []byte(key)); err != nil {
			return err
		}
	} else if err := t.put(bIncident, []byte(key), summary); err != nil {
		return err
	}
	if len(names) == 0 {
		return t.drop(bNames, []byte(key))
	}
	value, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return t.put(bNames, []byte(key), value)
}

func headKey(name string, key incident.Key) []byte {
	return append(prefix(name), key...)
}

// Heads implements store.Store.
func (s *Store) Heads(ctx context.Context, name string) (keys []incident.Key, err error) {
	if store.CheckKey(incident.Key(name)) != nil {
		return nil, nil // what cannot be kept is not found
	}
	err = s.view(ctx, func(t *txn) error {
		of := prefix(name)
		c := t.Bucket(bHeads).Cursor()
		for k, _ := c.Seek(of); bytes.HasPrefix(k, of); k, _ = c.Next() {
			keys = append(keys, incident.Key(k[len(of):]))
		}
		return nil
	})
	return keys, err
}

// Incidents implements store.Store; they come in the order of their keys.
func (s *Store) Incidents(ctx context.Context) (list []store.Summary, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.Bucket(bIncident).ForEach(func(k, v []byte) error {
			var sum store.Summary
			if err := json.Unmarshal(v, &sum); err != nil {
				return fmt.Errorf("the summary of %q cannot be read: %w", k, err)
			}
			it, err := t.item(sum.Key)
			sum.Due = store.FromMillis(it.due)
			list = append(list, sum)
			return err
		})
	})
	return list, err
}
