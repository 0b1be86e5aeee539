package storetest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// check compares all that can be read with the model.
func (m *model) check(t *rapid.T) {
	ctx := context.Background()
	for key, e := range m.keys {
		state := load(t, m.h, key)
		m.checkEpoch(t, state.Journal.Epoch)
		state.Journal.Epoch = time.Time{}
		if !same(state.Journal, e.journal) || !same(state.Record, e.record) {
			t.Fatalf("%s was loaded as %s, not %s", key, text(state), text(store.State{Journal: e.journal, Record: e.record}))
		}
		from := rapid.IntRange(0, 3).Draw(t, "from")
		entries, err := m.h.Store.Entries(ctx, key, from)
		must(t, err)
		want := slices.DeleteFunc(slices.Clone(e.ledger), func(l ledger.Entry) bool { return l.Seq < from })
		if len(entries) != len(want) || len(want) > 0 && !same(entries, want) {
			t.Fatalf("the ledger of %s from %d is %s, not %s", key, from, text(entries), text(want))
		}
	}
	m.checkHeads(t)
	m.checkIncidents(t)
	m.checkDepth(t)
}

func (m *model) checkEpoch(t *rapid.T, epoch time.Time) {
	if !m.epoch.holds(epoch) || epoch.Before(m.last) {
		t.Fatalf("the epoch is %v, not in %v or before %v", epoch, m.epoch, m.last)
	}
	m.last = epoch
}

func (m *model) checkHeads(t *rapid.T) {
	names := []string{"#7", "#77", "#"}
	for _, ref := range modelRefs {
		names = append(names, string(ref))
	}
	for _, name := range names {
		var want []incident.Key
		for _, key := range modelKeys {
			if e := m.keys[key]; e.appended && slices.Contains(store.Names(key, e.record), name) {
				want = append(want, key)
			}
		}
		heads, err := m.h.Store.Heads(context.Background(), name)
		must(t, err)
		slices.Sort(heads)
		if !slices.Equal(heads, want) {
			t.Fatalf("the heads of %s are %v, not %v", name, heads, want)
		}
	}
}

func (m *model) checkIncidents(t *rapid.T) {
	list, err := m.h.Store.Incidents(context.Background())
	must(t, err)
	var keys, want []incident.Key
	for _, s := range list {
		keys = append(keys, s.Key)
		e := m.keys[s.Key]
		if sum, _ := store.Summarise(s.Key, e.record); s.ID != sum.ID || !s.Declared.Equal(sum.Declared) || !e.due.holds(s.Due) {
			t.Fatalf("the incident %s is listed as %s, not %s, due %v", s.Key, text(s), text(sum), e.due)
		}
	}
	for _, key := range modelKeys {
		if !m.keys[key].record.Declared.IsZero() {
			want = append(want, key)
		}
	}
	if !slices.Equal(keys, want) {
		t.Fatalf("the incidents are %v, not %v", keys, want)
	}
}

func (m *model) checkDepth(t *rapid.T) {
	var d store.Depth
	now, err := m.during(func() (err error) {
		d, err = m.h.Store.Depth(context.Background())
		return err
	})
	must(t, err)
	var keys, sure, perhaps int
	var oldest span
	for _, e := range m.keys {
		if e.due.never() {
			continue
		}
		keys++
		oldest = first(oldest, e.due)
		if e.due.hi <= now.lo {
			sure++
		}
		if e.due.lo <= now.hi {
			perhaps++
		}
	}
	if d.Keys != keys || d.Due < sure || d.Due > perhaps {
		t.Fatalf("the depth is %+v; %d keys and %d to %d due are expected", d, keys, sure, perhaps)
	}
	if d.Due > 0 && !oldest.holds(d.Oldest) || d.Due == 0 && !d.Oldest.IsZero() {
		t.Fatalf("the depth is %+v; the oldest is due %v", d, oldest)
	}
}

// text shows a value as it is kept.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// same reports whether two values are kept alike.
func same(a, b any) bool { return text(a) == text(b) }
