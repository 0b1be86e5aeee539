package bolt_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

const secret = "hunter2-correct-horse"

// A redaction that was interrupted before its traces were overwritten is ended
// by the next start.
func TestTracesAreOverwrittenAtTheNextStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hereby.db")
	c := newClock()
	s := open(t, path, c)
	touch(t, s, key)
	l := lease(t, s)
	record, entries := history(key, 3)
	record.Last.Head.Body = strings.Repeat(secret, 10_000)
	for range 2 {
		if err := s.Append(context.Background(), l, entries, record); err != nil {
			t.Fatal(err)
		}
		record.Last.Head.Body = ""
	}
	s.Close()
	open(t, path, c).Close()
	if !bytes.Contains(stored(t, path), []byte(secret)) {
		t.Fatal("no free page holds the secret: the test proves nothing")
	}
	raw(t, path, func(tx *bbolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("wipe"), []byte{1}) })
	s = open(t, path, c)
	if bytes.Contains(stored(t, path), []byte(secret)) {
		t.Error("the secret is still in the file")
	}
	if got, err := s.Entries(context.Background(), key, 0); err != nil || !alike(got, entries) {
		t.Errorf("the ledger is %+v, %v", got, err)
	}
	s.Close()
	raw(t, path, func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte("meta")).Get([]byte("wipe")) != nil {
			t.Error("it would be done at each start")
		}
		return nil
	})
}

// Whoever reads meanwhile reads what is valid, though its pages are free already.
func TestReadersAreNotDisturbed(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), "hereby.db"), newClock())
	touch(t, s, key)
	l := lease(t, s)
	order := ledger.Entry{Kind: ledger.Commented, Text: secret}
	var all []ledger.Entry
	for range 40 {
		all = append(all, order)
	}
	entries := ledger.Chain(incident.Record{}, all, newClock().Now())
	record := ledger.Fold(incident.Record{}, entries)
	if err := s.Append(ctx, l, entries, record); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				state, err := s.Load(ctx, key)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := s.Entries(ctx, key, 0)
				if err != nil || len(got) < state.Record.Seq {
					t.Errorf("%d entries for a record of %d, %v", len(got), state.Record.Seq, err)
					return
				}
			}
		})
	}
	for seq := 1; seq <= 40; seq++ {
		x, err := ledger.Expunge(record, entries, ledger.Expunging{Seqs: []int{seq}, By: "olga", At: newClock().Now()})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Redact(ctx, key, record.Seq, append(x.Blank, x.Added), x.Record); err != nil {
			t.Fatal(err)
		}
		record = x.Record
		entries[seq-1] = x.Blank[0]
		entries = append(entries, x.Added)
	}
	close(done)
	readers.Wait()
	if err := ledger.Audit(record, entries); err != nil {
		t.Error(err)
	}
}
