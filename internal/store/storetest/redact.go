package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// pasted returns a ledger with a secret in a comment, an order and a title, and
// the record after it.
func pasted(key incident.Key, secret string) (incident.Record, []ledger.Entry) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	order := &incident.Order{Comment: "7", At: at, By: "bob", Said: "/note " + secret, Verdict: incident.Obeyed, Command: incident.Command{Word: "note", Text: secret}}
	entries := ledger.Chain(incident.Record{}, []ledger.Entry{
		{Kind: ledger.Declared, At: at, Declared: &incident.Declared{By: "alice", At: at, Via: "label"}},
		{Kind: ledger.Commented, At: at, By: "bob", Comment: "7", Text: "/note " + secret},
		{Kind: ledger.Ordered, At: at, By: "bob", Comment: "7", Text: order.Said, Order: order},
		{Kind: ledger.TicketAdded, At: at, Ref: "acme/shop#20", Text: "Rotate " + secret},
	}, at)
	record := ledger.Fold(incident.Record{ID: "4711", Key: key}, entries)
	record.Last.Head.Title, record.Last.Head.Body = "Down, "+secret, strings.Repeat("…"+secret, 500)
	return record, entries
}

func testRedact(t *testing.T, h *Harness) {
	ctx := context.Background()
	const secret = "hunter2-correct-horse"
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	record, entries := pasted(one, secret)
	must(t, h.Store.Append(ctx, l, entries, record))
	must(t, h.Store.Save(ctx, l, incident.Journal{
		Slots:   map[incident.Slot]incident.Attempt{"follow/7.0": {Place: "acme/shop"}},
		Refused: map[string]incident.Refusal{"create: Rotate " + secret: {N: 1, Why: secret}},
	}))
	for n := range 20 { // leaves the secret in one free place after another
		record.Last.Head.Labels = append(record.Last.Head.Labels, fmt.Sprint(n))
		must(t, h.Store.Append(ctx, l, nil, record))
	}
	if !bytes.Contains(h.Bytes(), []byte(secret)) {
		t.Fatal("the secret is not even there before: the search proves nothing")
	}

	x, err := ledger.Expunge(record, entries, ledger.Expunging{Text: secret, By: "olga", At: h.Now()})
	must(t, err)
	after := append(slices.Clone(x.Blank), x.Added)
	if err := h.Store.Redact(ctx, one, len(entries)-1, after, x.Record); !errors.Is(err, store.ErrChanged) {
		t.Errorf("redacting what was not read: %v", err)
	}
	must(t, h.Store.Redact(ctx, one, len(entries), after, x.Record))
	if kept := h.Bytes(); bytes.Contains(kept, []byte(secret)) {
		t.Errorf("the secret is still kept, %d times", bytes.Count(kept, []byte(secret)))
	}
	if err := h.Store.Append(ctx, l, nil, record); !errors.Is(err, store.ErrLost) {
		t.Errorf("who had read the secret could write it back: %v", err)
	}
	if err := h.Store.Redact(ctx, one, len(entries), after, x.Record); !errors.Is(err, store.ErrChanged) {
		t.Errorf("redacting again: %v", err)
	}

	got, err := h.Store.Entries(ctx, one, 0)
	must(t, err)
	state := load(t, h, one)
	if err := ledger.Audit(state.Record, got); err != nil || len(got) != 5 || got[4].By != "olga" {
		t.Errorf("the ledger is %s: %v", text(got), err)
	}
	if !same(state.Record, x.Record) || len(state.Journal.Slots) != 1 || state.Journal.Refused != nil {
		t.Errorf("the state is %s", text(state))
	}
	if list, err := h.Store.Incidents(ctx); err != nil || len(list) != 1 || list[0].Title != "" {
		t.Errorf("the incidents are %s, %v", text(list), err)
	}
	if l := lease(t, h, time.Hour); l.Key != one {
		t.Errorf("leased %s: it is to be looked at anew", l.Key)
	}
	h.Store = h.Reopen()
	if kept := h.Bytes(); bytes.Contains(kept, []byte(secret)) {
		t.Error("the secret is back after a restart")
	}
}

func testRedactOnly(t *testing.T, h *Harness) {
	ctx := context.Background()
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	record, entries := pasted(one, "hunter2")
	must(t, h.Store.Append(ctx, l, entries, record))
	x, err := ledger.Expunge(record, entries, ledger.Expunging{Seqs: []int{2}, By: "olga", At: h.Now()})
	must(t, err)
	added := []ledger.Entry{x.Added}
	forged, other, none := x.Blank[0], entries[1], x.Blank[0]
	forged.By, other.Text, none.Seq = "mallory", "/note nothing", 0
	for what, e := range map[string]ledger.Entry{"entry 2": forged, "would be changed": other, "entry 0": none} {
		err := h.Store.Redact(ctx, one, len(entries), append([]ledger.Entry{e}, added...), x.Record)
		if err == nil || errors.Is(err, store.ErrChanged) || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", text(e), err)
		}
	}
	if err := h.Store.Redact(ctx, two, len(entries), added, x.Record); !errors.Is(err, store.ErrChanged) {
		t.Errorf("a key of which nothing is kept: %v", err)
	}
	got, err := h.Store.Entries(ctx, one, 0)
	must(t, err)
	if !same(got, entries) || !same(load(t, h, one).Record, record) {
		t.Errorf("a refused redaction left %s", text(got))
	}
	must(t, h.Store.Append(ctx, l, nil, record)) // and the lease as it was
}

func (m *model) redact(t *rapid.T) {
	key := m.key(t)
	e := m.keys[key]
	m.seq++
	r := e.record
	r.Seq, r.Head = r.Seq+1, fmt.Sprint("hash ", m.seq)
	entries := []ledger.Entry{{Seq: r.Seq, Kind: ledger.Redacted, Seen: store.FromMillis(int64(m.seq))}}
	after := append(slices.Clone(e.ledger), entries...)
	for i, was := range e.ledger {
		if rapid.Bool().Draw(t, "blank") {
			after[i] = ledger.Blank(was)
			entries = append(entries, after[i])
		}
	}
	was := e.record.Seq - rapid.IntRange(0, 1).Draw(t, "stale")
	now, err := m.during(func() error { return m.h.Store.Redact(context.Background(), key, was, entries, r) })
	if was != e.record.Seq {
		if !errors.Is(err, store.ErrChanged) {
			t.Fatalf("redacting a ledger of %d entries as one of %d brought %v", e.record.Seq, was, err)
		}
		return
	}
	must(t, err)
	e.appended, e.record, e.ledger = true, r, after
	e.due, e.dirty, e.token = now, span{}, ""
}
