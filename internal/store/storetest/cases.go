package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

const (
	one incident.Key = "github:acme/shop#1"
	two incident.Key = "github:acme/shop#2"
)

func testTouch(t *testing.T, h *Harness) {
	touch(t, h, time.Time{}, one)
	h.Advance(h.Unit)
	touch(t, h, time.Time{}, one, two)
	l := lease(t, h, time.Hour)
	if l.Key != one {
		t.Errorf("leased %s; %s has been due longer", l.Key, one)
	}
	touch(t, h, h.Now().Add(time.Hour), two) // never raises
	if l := lease(t, h, time.Hour); l.Key != two {
		t.Errorf("leased %s, not %s", l.Key, two)
	}
	if next := none(t, h); !next.Equal(l.Expires) {
		t.Errorf("the next is due at %v, not as the first lease ends at %v", next, l.Expires)
	}
}

func testNeverEarly(t *testing.T, h *Harness) {
	at := h.Now().Add(time.Hour).Truncate(time.Millisecond).Add(time.Nanosecond)
	touch(t, h, at, one)
	if next := none(t, h); next.Before(at) || next.Sub(at) > time.Millisecond {
		t.Errorf("due at %v, touched for %v", next, at)
	}
	touch(t, h, time.Time{}, two)
	l := lease(t, h, time.Hour)
	release(t, h, l, at.Add(-time.Minute), true)
	if next := none(t, h); next.Before(at.Add(-time.Minute)) {
		t.Errorf("due at %v, released until %v", next, at.Add(-time.Minute))
	}
}

// past returns a time that means "now".
func past(h *Harness) time.Time { return h.Now().Add(-time.Hour) }

func testFailures(t *testing.T, h *Harness) {
	touch(t, h, time.Time{}, one)
	for want := range 3 {
		l := lease(t, h, h.Unit)
		if l.Failures != want {
			t.Fatalf("%d failures, not %d", l.Failures, want)
		}
		if want == 1 {
			h.Advance(2 * h.Unit) // a crash: nobody releases
			continue
		}
		release(t, h, l, past(h), false)
	}
	release(t, h, lease(t, h, time.Hour), past(h), true)
	if l := lease(t, h, time.Hour); l.Failures != 0 {
		t.Errorf("%d failures after a success", l.Failures)
	}
}

func testDirty(t *testing.T, h *Harness) {
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	touch(t, h, time.Time{}, one)
	touch(t, h, h.Now().Add(time.Hour), one) // does not put it off
	none(t, h)
	release(t, h, l, time.Time{}, true)
	l = lease(t, h, time.Hour) // not lost, though the pass wanted no other
	soon := h.Now().Add(10 * time.Minute)
	touch(t, h, soon, one)
	release(t, h, l, soon.Add(time.Hour), true)
	if next := none(t, h); next.Sub(soon).Abs() > time.Millisecond {
		t.Errorf("due at %v, touched for %v", next, soon)
	}
}

func testCrash(t *testing.T, h *Harness) {
	touch(t, h, time.Time{}, one)
	lease(t, h, h.Unit)
	touch(t, h, time.Time{}, one) // the pass that dies may not have seen it
	h.Advance(2 * h.Unit)
	release(t, h, lease(t, h, h.Unit), time.Time{}, true) // the next one does
	if next := none(t, h); !next.IsZero() {
		t.Errorf("what a later pass saw is due again at %v", next)
	}

	touch(t, h, time.Time{}, one)
	lease(t, h, h.Unit)
	later := h.Now().Add(time.Hour)
	touch(t, h, later, one)
	h.Advance(2 * h.Unit)
	release(t, h, lease(t, h, h.Unit), time.Time{}, true)
	if next := none(t, h); next.Sub(later).Abs() > time.Millisecond {
		t.Errorf("what was asked for at %v is due at %v", later, next)
	}
}

func testStale(t *testing.T, h *Harness) {
	ctx := context.Background()
	touch(t, h, time.Time{}, one)
	old := lease(t, h, h.Unit)
	h.Advance(2 * h.Unit)
	l := lease(t, h, time.Hour)
	journal := incident.Journal{Slots: map[incident.Slot]incident.Attempt{"say/board": {Place: "right"}}}
	must(t, h.Store.Save(ctx, l, journal))
	forged := l
	forged.Token = ""
	for _, stale := range []store.Lease{old, forged, {Key: two, Token: l.Token}, {Key: two}} {
		for what, err := range map[string]error{
			"save":    h.Store.Save(ctx, stale, incident.Journal{}),
			"append":  h.Store.Append(ctx, stale, []ledger.Entry{{Seq: 1}}, incident.Record{ID: "wrong", Seq: 1}),
			"rename":  h.Store.Rename(ctx, stale, "github:acme/shop#3"),
			"release": h.Store.Release(ctx, stale, time.Time{}, true),
		} {
			if !errors.Is(err, store.ErrLost) {
				t.Errorf("%s under the lease %v: %v", what, stale, err)
			}
		}
	}
	state := load(t, h, one)
	if state.Journal.Slots["say/board"].Place != "right" || state.Record.ID != "" {
		t.Errorf("a stale lease changed the state to %s", text(state))
	}
	if got, err := h.Store.Entries(ctx, one, 0); err != nil || len(got) != 0 {
		t.Errorf("a stale lease wrote the entries %v, %v", got, err)
	}
	release(t, h, l, time.Time{}, true)
	if err := h.Store.Save(ctx, l, incident.Journal{}); !errors.Is(err, store.ErrLost) {
		t.Errorf("save after the release: %v", err)
	}
}

func testLedger(t *testing.T, h *Harness) {
	ctx := context.Background()
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	entries := []ledger.Entry{{Seq: 1, Text: "a"}, {Seq: 2, Text: "b"}}
	for range 2 { // a repetition, after a lost answer, changes nothing
		must(t, h.Store.Append(ctx, l, entries, incident.Record{Seq: 2}))
	}
	err := h.Store.Append(ctx, l, []ledger.Entry{{Seq: 3, Text: "c"}, {Seq: 2, Text: "forged"}}, incident.Record{Seq: 3})
	if err == nil || errors.Is(err, store.ErrLost) || !strings.Contains(err.Error(), "entry 2") {
		t.Errorf("an entry in the place of another brought %v", err)
	}
	got, err := h.Store.Entries(ctx, one, 0)
	must(t, err)
	if !same(got, entries) {
		t.Errorf("the ledger is %s, not %s", text(got), text(entries))
	}
	if r := load(t, h, one).Record; r.Seq != 2 {
		t.Errorf("the refused append left a record of %d entries", r.Seq)
	}
}

// declared returns a record of n entries.
func declared(id string, n int) (incident.Record, []ledger.Entry) {
	var entries []ledger.Entry
	for i := range n {
		entries = append(entries, ledger.Entry{Seq: i + 1, Text: fmt.Sprint(id, " ", i)})
	}
	return incident.Record{ID: id, Seq: n, Declared: incident.Declared{By: "alice", At: store.FromMillis(1)}}, entries
}

// plant leases a key and gives it a record of n entries and an intent.
func plant(t *testing.T, h *Harness, key incident.Key, id string, n int) store.Lease {
	t.Helper()
	touch(t, h, time.Time{}, key)
	l := lease(t, h, time.Hour)
	if l.Key != key {
		t.Fatalf("leased %s, not %s", l.Key, key)
	}
	record, entries := declared(id, n)
	must(t, h.Store.Append(context.Background(), l, entries, record))
	must(t, h.Store.Save(context.Background(), l, incident.Journal{Slots: map[incident.Slot]incident.Attempt{
		incident.Slot("follow/" + id): {Place: id},
	}}))
	return l
}

func testRename(t *testing.T, h *Harness) {
	ctx := context.Background()
	for _, c := range []struct {
		from, to int // entries of the leased key and of the other
		stays    string
	}{{3, 1, "from"}, {1, 3, "to"}} {
		from, to := incident.Key(fmt.Sprintf("github:acme/old#%d", c.from)), incident.Key(fmt.Sprintf("github:acme/new#%d", c.to))
		release(t, h, plant(t, h, to, "to", c.to), time.Time{}, true)
		l := plant(t, h, from, "from", c.from)
		must(t, h.Store.Rename(ctx, l, to))

		state := load(t, h, to)
		entries, err := h.Store.Entries(ctx, to, 0)
		must(t, err)
		if state.Record.ID != c.stays || len(entries) != 3 || entries[2].Text != c.stays+" 2" {
			t.Errorf("%+v: the record %s and ledger %s stayed", c, text(state.Record), text(entries))
		}
		if len(state.Journal.Slots) != 2 {
			t.Errorf("%+v: intents were forgotten: %v", c, state.Journal.Slots)
		}
		if heads, err := h.Store.Heads(ctx, string(to.Ref())); err != nil || !slices.Equal(heads, []incident.Key{to}) {
			t.Errorf("%+v: the heads are %v, %v", c, heads, err)
		}
		if heads, err := h.Store.Heads(ctx, string(from.Ref())); err != nil || len(heads) != 0 {
			t.Errorf("%+v: the old name still leads to %v, %v", c, heads, err)
		}
		left := load(t, h, from)
		entries, err = h.Store.Entries(ctx, from, 0)
		if left.Record.Seq != 0 || len(left.Journal.Slots) != 0 || len(entries) != 0 || err != nil {
			t.Errorf("%+v: the old key still has %s and %s, %v", c, text(left), text(entries), err)
		}
		if err := h.Store.Save(ctx, l, incident.Journal{}); !errors.Is(err, store.ErrLost) {
			t.Errorf("%+v: the lease outlived the rename: %v", c, err)
		}
		if l := lease(t, h, time.Hour); l.Key != to {
			t.Errorf("%+v: leased %s, not the new key", c, l.Key)
		} else {
			release(t, h, l, time.Time{}, true)
		}
	}
	if next := none(t, h); !next.IsZero() {
		t.Errorf("an old key is still due at %v", next)
	}
}

func testRenameLeased(t *testing.T, h *Harness) {
	ctx := context.Background()
	touch(t, h, time.Time{}, two)
	held := lease(t, h, time.Hour)
	must(t, h.Store.Rename(ctx, plant(t, h, one, "from", 5), two))
	if err := h.Store.Append(ctx, held, nil, incident.Record{ID: "stale"}); !errors.Is(err, store.ErrLost) {
		t.Errorf("who worked on the other key could write over what was moved to it: %v", err)
	}
	l := lease(t, h, time.Hour)
	if l.Key != two || load(t, h, two).Record.ID != "from" {
		t.Errorf("leased %v with %s", l, text(load(t, h, two).Record))
	}

	// A key of which nothing is kept takes nobody's lease away.
	touch(t, h, time.Time{}, "github:#7")
	must(t, h.Store.Rename(ctx, lease(t, h, time.Hour), two))
	must(t, h.Store.Save(ctx, l, incident.Journal{}))
	release(t, h, l, time.Time{}, true)
	if l := lease(t, h, time.Hour); l.Key != two {
		t.Errorf("leased %s: the touch in the rename was forgotten", l.Key)
	}
	if err := h.Store.Rename(ctx, l, two); err == nil || errors.Is(err, store.ErrLost) {
		t.Errorf("a rename to itself brought %v", err)
	}
}

func testIndex(t *testing.T, h *Harness) {
	ctx := context.Background()
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	record, entries := declared("4711", 1)
	record.Last.URL, record.Last.Head.Title = "https://tracker.example/1", "Checkout is down"
	record.Counted = map[incident.Ref]incident.Counted{"acme/shop#5": {}, "acme/infra#6": {Out: true}}
	must(t, h.Store.Append(ctx, l, entries, record))
	want := map[string]bool{
		"acme/shop#1": true, "acme/shop#5": true, "acme/infra#6": true, "#4711": true,
		"acme/shop": false, "acme/shop#55": false, "#47": false, "": false, "acme/shop#5\x00github:acme/shop#1": false,
	}
	for name, found := range want {
		if heads, err := h.Store.Heads(ctx, name); err != nil || slices.Contains(heads, one) != found {
			t.Errorf("the heads of %q are %v, %v", name, heads, err)
		}
	}
	list, err := h.Store.Incidents(ctx)
	must(t, err)
	if len(list) != 1 || list[0].URL != "https://tracker.example/1" || list[0].Title != "Checkout is down" || list[0].Closed || !list[0].Due.Equal(l.Expires) {
		t.Errorf("the incidents are %s", text(list))
	}
	record.Sealed = h.Now()
	record.Counted = map[incident.Ref]incident.Counted{"acme/shop#9": {}}
	must(t, h.Store.Append(ctx, l, nil, record))
	for name, found := range map[string]bool{"acme/shop#9": true, "acme/shop#5": false, "#4711": true} {
		if heads, err := h.Store.Heads(ctx, name); err != nil || slices.Contains(heads, one) != found {
			t.Errorf("then the heads of %q are %v, %v", name, heads, err)
		}
	}
	if list, err := h.Store.Incidents(ctx); err != nil || len(list) != 1 || !list[0].Closed {
		t.Errorf("then the incidents are %s, %v", text(list), err)
	}
}

func testEpoch(t *testing.T, h *Harness) {
	epoch := load(t, h, one).Journal.Epoch
	if epoch.IsZero() || epoch.After(h.Now()) {
		t.Fatalf("the epoch is %v, the time %v", epoch, h.Now())
	}
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	must(t, h.Store.Save(context.Background(), l, incident.Journal{Epoch: h.Now().Add(time.Hour)}))
	if got := load(t, h, one).Journal.Epoch; !got.Equal(epoch) {
		t.Errorf("the epoch of a journal is %v, not the store's %v", got, epoch)
	}
	h.Store = h.Reopen()
	if got := load(t, h, one).Journal.Epoch; !got.Equal(epoch) {
		t.Errorf("after a restart the epoch is %v, not %v", got, epoch)
	}
	err := h.Store.Save(context.Background(), l, incident.Journal{})
	if !h.Alone {
		must(t, err) // so does a lease
	} else if !errors.Is(err, store.ErrLost) {
		t.Errorf("saving under the lease of a process that ended brought %v", err)
	} else if l = lease(t, h, time.Hour); l.Key != one || l.Failures != 1 {
		t.Errorf("after it ended %v was leased", l)
	}
	h.Advance(h.Unit)
	before := h.Now().Truncate(time.Millisecond)
	h.Store = h.Lose()
	if got := load(t, h, one).Journal.Epoch; got.Before(before) {
		t.Errorf("after a loss at %v the epoch is %v", before, got)
	}
}

func testBadKeys(t *testing.T, h *Harness) {
	for _, key := range []incident.Key{"", "github:a\x00b", "github:a\nb", "github:\xff", incident.Key(strings.Repeat("k", 5000))} {
		if err := h.Store.Touch(context.Background(), time.Time{}, one, key); err == nil {
			t.Errorf("the key %.20q was taken", key)
		}
	}
	if next := none(t, h); !next.IsZero() {
		t.Errorf("a refused touch left something for %v", next)
	}
	if heads, err := h.Store.Heads(context.Background(), "no such ticket"); err != nil || len(heads) != 0 {
		t.Errorf("the heads of nothing are %v, %v", heads, err)
	}
}

func testBig(t *testing.T, h *Harness) {
	ctx := context.Background()
	touch(t, h, time.Time{}, one)
	l := lease(t, h, time.Hour)
	record, entries := declared("4711", 1000)
	record.Counted = map[incident.Ref]incident.Counted{}
	for i := range 1000 {
		record.Counted[incident.Ref(fmt.Sprintf("acme/shop#%d", i+100))] = incident.Counted{Title: strings.Repeat("t", 1000)}
	}
	must(t, h.Store.Append(ctx, l, entries, record))
	if got := load(t, h, one).Record; !same(got, record) {
		t.Error("a big record came back changed")
	}
	if got, err := h.Store.Entries(ctx, one, 991); err != nil || !same(got, entries[990:]) {
		t.Errorf("the last ten of 1000 entries are %d, %v", len(got), err)
	}
	must(t, h.Store.Rename(ctx, l, two))
	if heads, err := h.Store.Heads(ctx, "acme/shop#1099"); err != nil || !slices.Equal(heads, []incident.Key{two}) {
		t.Errorf("the heads of its last ticket are %v, %v", heads, err)
	}
}

func testCancelled(t *testing.T, h *Harness) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := h.Store.Touch(ctx, time.Time{}, one); !errors.Is(err, context.Canceled) {
		t.Errorf("touch: %v", err)
	}
	if _, err := h.Store.Load(ctx, one); !errors.Is(err, context.Canceled) {
		t.Errorf("load: %v", err)
	}
	h.Store.Wait(ctx, time.Hour)
	if next := none(t, h); !next.IsZero() {
		t.Errorf("a cancelled touch left something for %v", next)
	}
	must(t, h.Store.Ping(context.Background()))
}
