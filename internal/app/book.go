package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/store"
)

// book is what is on record about one incident, as JSON between a service and
// hereby ledger.
type book struct {
	Record  incident.Record `json:"record"`
	Entries []ledger.Entry  `json:"entries"`
	Board   *shown          `json:"board,omitempty"` // if it was looked at
}

// shown is what the board shows of the ledger, or why that is not known.
type shown struct {
	Marks   map[string]incident.Mark `json:"marks,omitempty"`
	None    bool                     `json:"none,omitempty"` // there is no board, or no issue any more
	Problem string                   `json:"problem,omitempty"`
}

// maxBook bounds a book on its way from a service, in bytes.
const maxBook = 512 << 20

// maxReads bounds how often a book is read again that grows meanwhile.
const maxReads = 10

var errNothing = errors.New("nothing is on record")

// readBook reads a ledger and the record of the same moment.
func readBook(ctx context.Context, s store.Store, key incident.Key) (book, error) {
	for range maxReads {
		state, err := s.Load(ctx, key)
		if err != nil {
			return book{}, err
		}
		entries, err := s.Entries(ctx, key, 0)
		if err != nil {
			return book{}, err
		}
		again, err := s.Load(ctx, key)
		if err != nil {
			return book{}, err
		}
		if again.Record.Seq != state.Record.Seq || again.Record.Head != state.Record.Head {
			continue
		}
		if len(entries) == 0 && state.Record.Seq == 0 {
			return book{}, fmt.Errorf("%s: %w: it is not an incident that this store has seen", key, errNothing)
		}
		return book{Record: state.Record, Entries: entries}, nil
	}
	return book{}, fmt.Errorf("%s: its ledger kept growing while it was read; try again", key)
}

// lookAtBoard reads the heads that the board shows, from the tracker.
func lookAtBoard(ctx context.Context, l looker, key incident.Key, redact func(string) string) *shown {
	seen, err := l.Plan(ctx, key)
	if err != nil {
		return &shown{Problem: redact(err.Error())}
	}
	marks, ok := plan.Shown(seen.Snapshot)
	return &shown{Marks: marks, None: !ok}
}

// redactBook blanks texts of a ledger, and says what it came to.
func redactBook(ctx context.Context, s store.Store, key incident.Key, x ledger.Expunging) (redacted, error) {
	for range maxReads {
		b, err := readBook(ctx, s, key)
		if err != nil {
			return redacted{}, err
		}
		x.At = time.Now().UTC()
		out, err := ledger.Expunge(b.Record, b.Entries, x)
		if err != nil {
			return redacted{}, err
		}
		err = s.Redact(ctx, key, b.Record.Seq, append(out.Blank, out.Added), out.Record)
		if !errors.Is(err, store.ErrChanged) {
			return redacted{Seq: out.Added.Seq, Left: out.Left}, err
		}
	}
	return redacted{}, fmt.Errorf("%s: its ledger kept growing meanwhile; try again", key)
}

// redacted is what came of a redaction.
type redacted struct {
	Seq  int   `json:"seq"` // of the entry that says so
	Left []int `json:"left,omitempty"`
}

// desk is where hereby ledger reads and blanks: the store, or the service that
// holds it.
type desk struct {
	equipment
	options
	key incident.Key
}

func (d *desk) read(ctx context.Context, board bool) (b book, err error) {
	now, err := d.equipment.read(d.options, nil)
	if err != nil {
		return book{}, err
	}
	s, err := openToRead(ctx, now.config.Store, d.log)
	if errors.Is(err, store.ErrLocked) {
		path := pathOf(d.key) + "?ledger=all"
		if board {
			path += "&look=board"
		}
		return b, d.put(ctx, now.config, question{path: path, bound: maxBook}, &b)
	}
	if err != nil {
		return book{}, err
	}
	defer s.Close()
	if b, err = readBook(ctx, s, d.key); err == nil && board {
		b.Board = lookAtBoard(ctx, d.looker(now, s), d.key, d.secrets.Blank)
	}
	return b, err
}

func (d *desk) redact(ctx context.Context, x ledger.Expunging) (done redacted, err error) {
	now, err := d.equipment.read(d.options, nil)
	if err != nil {
		return redacted{}, err
	}
	s, err := openToRead(ctx, now.config.Store, d.log)
	if errors.Is(err, store.ErrLocked) {
		q := question{path: pathOf(d.key), body: redaction{x.Seqs, x.Text, x.By}, bound: maxAnswer}
		return done, d.put(ctx, now.config, q, &done)
	}
	if err != nil {
		return redacted{}, err
	}
	defer s.Close()
	return redactBook(ctx, s, d.key, x)
}
