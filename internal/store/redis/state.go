package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// schema is the layout of the keys; a release that changes it raises it and
// still reads the older ones.
const schema = 1

func (s *Store) state(key incident.Key) string  { return s.key("state:" + string(key)) }
func (s *Store) ledger(key incident.Key) string { return s.key("ledger:" + string(key)) }

// Load implements store.Store.
func (s *Store) Load(ctx context.Context, key incident.Key) (store.State, error) {
	var state store.State
	got, err := load.Run(ctx, s.client, []string{s.key("meta"), s.state(key)}, schema).StringSlice()
	if err == nil && len(got) != 3 {
		err = fmt.Errorf("%d values where 3 are expected", len(got))
	}
	if err != nil {
		return state, s.told("load "+string(key), err)
	}
	if err := decode("journal", key, got[1], &state.Journal); err != nil {
		return store.State{}, err
	}
	if err := decode("record", key, got[2], &state.Record); err != nil {
		return store.State{}, err
	}
	state.Journal.Epoch, err = parseMillis(got[0])
	return state, s.told("load "+string(key), err)
}

func decode(what string, key incident.Key, text string, into any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		return fmt.Errorf("the %s of %s in the store cannot be read: %w", what, key, err)
	}
	return nil
}

func encode(what string, key incident.Key, v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		err = fmt.Errorf("the %s of %s cannot be written down: %w", what, key, err)
	}
	return string(b), err
}

// Save implements store.Store.
func (s *Store) Save(ctx context.Context, l store.Lease, journal incident.Journal) error {
	value, err := encode("journal", l.Key, journal)
	if err != nil {
		return err
	}
	done, err := save.Run(ctx, s.client, []string{s.key("token"), s.state(l.Key)}, string(l.Key), l.Token, value).Int()
	return s.fenced("save "+string(l.Key), done, err)
}

// Append implements store.Store. Entries that the ledger holds already, after
// a caller's repetition, are left as they are; another entry under the same
// number is refused.
func (s *Store) Append(ctx context.Context, l store.Lease, entries []ledger.Entry, record incident.Record) error {
	value, err := encode("record", l.Key, record)
	if err != nil {
		return err
	}
	names, summary, err := index(l.Key, record)
	if err != nil {
		return err
	}
	args := []any{string(l.Key), l.Token, value, record.Seq, names, summary}
	for _, e := range entries {
		text, err := encode("entry "+strconv.Itoa(e.Seq), l.Key, e)
		if err != nil {
			return err
		}
		args = append(args, e.Seq, text)
	}
	keys := []string{s.key("token"), s.state(l.Key), s.ledger(l.Key), s.key("heads"), s.key("incidents")}
	got, err := appendTo.Run(ctx, s.client, keys, args...).Int64Slice()
	if err == nil && len(got) == 2 {
		return store.Taken(l.Key, int(got[1]))
	}
	if err == nil && len(got) == 1 {
		return s.fenced("append to "+string(l.Key), int(got[0]), nil)
	}
	return s.told("append to "+string(l.Key), err)
}

// index returns what heads and incidents shall hold of a key, as JSON.
func index(key incident.Key, record incident.Record) (names, summary string, err error) {
	if names, err = encode("index", key, store.Names(key, record)); err != nil {
		return "", "", err
	}
	if sum, ok := store.Summarise(key, record); ok {
		summary, err = encode("summary", key, sum)
	}
	return names, summary, err
}

// Entries implements store.Store.
func (s *Store) Entries(ctx context.Context, key incident.Key, from int) ([]ledger.Entry, error) {
	lines, err := s.client.ZRangeByScore(ctx, s.ledger(key), &redis.ZRangeBy{Min: strconv.Itoa(from), Max: "+inf"}).Result()
	if err != nil {
		return nil, s.told("read the ledger of "+string(key), err)
	}
	var entries []ledger.Entry
	for _, text := range lines {
		var e ledger.Entry
		if err := decode("ledger", key, text, &e); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Heads implements store.Store.
func (s *Store) Heads(ctx context.Context, name string) ([]incident.Key, error) {
	if store.CheckKey(incident.Key(name)) != nil {
		return nil, nil // what cannot be kept is not found
	}
	of := name + "\x00"
	members, err := s.client.ZRangeByLex(ctx, s.key("heads"), &redis.ZRangeBy{Min: "[" + of, Max: "(" + name + "\x01"}).Result()
	var keys []incident.Key
	for _, m := range members {
		keys = append(keys, incident.Key(strings.TrimPrefix(m, of)))
	}
	return keys, s.told("find "+name, err)
}

// Incidents implements store.Store; they come in the order of their keys.
func (s *Store) Incidents(ctx context.Context) ([]store.Summary, error) {
	var texts *redis.MapStringStringCmd
	var due *redis.ZSliceCmd
	_, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		texts = p.HGetAll(ctx, s.key("incidents"))
		due = p.ZRangeWithScores(ctx, s.key("due"), 0, -1)
		return nil
	})
	if err != nil {
		return nil, s.told("list incidents", err)
	}
	scores := map[incident.Key]int64{}
	for _, z := range due.Val() {
		key, _ := z.Member.(string)
		scores[incident.Key(key)] = int64(z.Score)
	}
	var list []store.Summary
	for key, text := range texts.Val() {
		var sum store.Summary
		if err := decode("summary", incident.Key(key), text, &sum); err != nil {
			return nil, err
		}
		sum.Due = store.FromMillis(scores[sum.Key])
		list = append(list, sum)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Key < list[j].Key })
	return list, nil
}
