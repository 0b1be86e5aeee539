package redis

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// Redact implements store.Store. Files and replicas of the server, such as its
// append-only file, hold what was until the server rewrites them.
func (s *Store) Redact(ctx context.Context, key incident.Key, was int, entries []ledger.Entry, record incident.Record) error {
	value, err := encode("record", key, record)
	if err != nil {
		return err
	}
	names, summary, err := index(key, record)
	if err != nil {
		return err
	}
	keys := append(s.queue(), s.key("heads"), s.key("incidents"), s.state(key), s.ledger(key))
	what := "redact " + string(key)
	for range maxReads {
		now, err := s.kept(ctx, key)
		if err != nil {
			return err
		}
		if now.Record.Seq != was {
			return store.ErrChanged
		}
		journal, err := encode("journal", key, store.Forget(now.Journal))
		if err != nil {
			return err
		}
		args := []any{s.key("wake"), string(key), now.raw["seq"], digest(now.raw["journal"]), journal, value, record.Seq, names, summary}
		for _, e := range entries {
			line, err := s.instead(ctx, key, was, e)
			if err != nil {
				return err
			}
			args = append(args, line...)
		}
		switch done, err := redact.Run(ctx, s.client, keys, args...).Int(); {
		case err != nil:
			return s.told(what, err)
		case done == 0:
			return store.ErrChanged
		case done != changed:
			return nil
		}
	}
	return s.told(what, errors.New("the key kept changing meanwhile"))
}

// instead returns an entry's number, the digest of the line in whose place it
// is put, and its own line.
func (s *Store) instead(ctx context.Context, key incident.Key, was int, e ledger.Entry) ([]any, error) {
	line, err := encode("entry "+strconv.Itoa(e.Seq), key, e)
	if err != nil {
		return nil, err
	}
	if e.Seq > was {
		return []any{e.Seq, "", line}, nil
	}
	n := strconv.Itoa(e.Seq)
	have, err := s.client.ZRangeByScore(ctx, s.ledger(key), &redis.ZRangeBy{Min: n, Max: n}).Result()
	if err != nil {
		return nil, s.told("read the ledger of "+string(key), err)
	}
	if len(have) != 1 {
		return nil, fmt.Errorf("the ledger of %s has no entry %d", key, e.Seq)
	}
	var is ledger.Entry
	if err := decode("ledger", key, have[0], &is); err != nil {
		return nil, err
	}
	return []any{e.Seq, digest(have[0]), line}, store.CheckBlank(key, is, e)
}

// digest is what the script compares by.
func digest(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
