package redis

import (
	"context"
	"errors"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

// maxReads bounds how often Rename reads again what others keep changing.
const maxReads = 10

// Results of the script.
const changed = 2

// Rename implements store.Store. What the two journals set out to create is
// merged. If somebody holds the other key and its state changes, his lease
// ends: he works on what is no longer true.
//
// The journals are merged here rather than in a script, since Lua's JSON does
// not keep what it cannot name; so the script checks that the other key is
// still as it was read. The leased key is safe behind its lease.
func (s *Store) Rename(ctx context.Context, l store.Lease, to incident.Key) error {
	if err := store.CheckRename(l.Key, to); err != nil {
		return err
	}
	what := "rename " + string(l.Key)
	for range maxReads {
		m, err := s.plan(ctx, l.Key, to)
		if err != nil {
			return err
		}
		keys := append(s.queue(), s.key("heads"), s.key("incidents"), s.state(l.Key), s.ledger(l.Key), s.state(to), s.ledger(to))
		done, err := rename.Run(ctx, s.client, keys, s.key("wake"), string(l.Key), l.Token, string(to),
			m.moves, m.oldJournal, m.oldSeq, m.journal, m.names, m.summary).Int()
		if err != nil || done != changed {
			return s.fenced(what, done, err)
		}
	}
	return s.told(what, errors.New("the other key kept changing meanwhile"))
}

// move is what a rename will do, and the state of the other key it is for.
type move struct {
	moves              string // nothing, journal, all
	oldJournal, oldSeq string
	journal            string
	names, summary     string
}

// plan reads both keys and decides what moves.
func (s *Store) plan(ctx context.Context, from, to incident.Key) (m move, err error) {
	goes, err := s.kept(ctx, from)
	if err != nil {
		return m, err
	}
	stays, err := s.kept(ctx, to)
	if err != nil {
		return m, err
	}
	m = move{moves: "nothing", oldJournal: stays.raw["journal"], oldSeq: stays.raw["seq"]}
	if !goes.has("journal") && !goes.has("record") {
		return m, nil
	}
	m.moves = "journal"
	if goes.has("record") && (!stays.has("record") || goes.Record.Seq > stays.Record.Seq) {
		m.moves = "all"
		if m.names, m.summary, err = index(to, goes.Record); err != nil {
			return m, err
		}
	}
	winner, loser := stays.Journal, goes.Journal
	if m.moves == "all" || !stays.has("record") {
		winner, loser = loser, winner
	}
	m.journal, err = encode("journal", to, store.MergeJournals(winner, loser))
	return m, err
}

// kept is a key's state with its fields as they are kept.
type kept struct {
	store.State
	raw map[string]string
}

func (k kept) has(field string) bool { return k.raw[field] != "" }

func (s *Store) kept(ctx context.Context, key incident.Key) (k kept, err error) {
	if k.raw, err = s.client.HGetAll(ctx, s.state(key)).Result(); err != nil {
		return k, s.told("load "+string(key), err)
	}
	if err := decode("journal", key, k.raw["journal"], &k.Journal); err != nil {
		return k, err
	}
	return k, decode("record", key, k.raw["record"], &k.Record)
}
