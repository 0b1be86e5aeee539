package storetest

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/store"
)

// Callers is how many touch at once in the benchmarks.
const Callers = 16

// BenchTouch measures durable touches by Callers at once, every one of a new
// key, and then of keys that are due already.
func BenchTouch(b *testing.B, open func(b *testing.B) store.Store) {
	b.Run("New", func(b *testing.B) {
		s := open(b)
		var n atomic.Int64
		benchTouch(b, s, func() incident.Key {
			return incident.KeyOf("github", incident.Ref(fmt.Sprintf("acme/shop#%d", n.Add(1))))
		})
	})
	b.Run("Due", func(b *testing.B) {
		s := open(b)
		benchTouch(b, s, func() incident.Key { return one })
	})
	b.Run("NewAlone", func(b *testing.B) {
		s := open(b)
		for i := 0; b.Loop(); i++ {
			if err := s.Touch(b.Context(), time.Time{}, incident.KeyOf("jira", incident.Ref(fmt.Sprintf("OPS-%d", i+1)))); err != nil {
				b.Fatal(err)
			}
		}
		perSync(b, s)
	})
}

func benchTouch(b *testing.B, s store.Store, key func() incident.Key) {
	b.SetParallelism(max(1, Callers/runtime.GOMAXPROCS(0)))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Touch(context.Background(), time.Time{}, key()); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	perSync(b, s)
}

// perSync reports how many touches shared a sync, where the store tells.
func perSync(b *testing.B, s store.Store) {
	if c, ok := s.(interface {
		Syncs() (touches, syncs int64)
	}); ok {
		if touches, syncs := c.Syncs(); syncs > 0 {
			b.ReportMetric(float64(touches)/float64(syncs), "touches/sync")
		}
	}
}

// BenchIdle measures a store with 10,000 open incidents that sit idle: the
// memory they take, a touch among them, and a look that finds nothing due.
func BenchIdle(b *testing.B, open func(b *testing.B) store.Store) {
	const incidents = 10_000
	before := heap()
	s := open(b)
	ctx := context.Background()
	far := time.Now().Add(30 * 24 * time.Hour)
	keys := make([]incident.Key, incidents)
	for i := range keys {
		keys[i] = incident.KeyOf("github", incident.Ref(fmt.Sprintf("acme/shop#%d", 100*i+1)))
		if err := s.Touch(ctx, time.Time{}, keys[i]); err != nil {
			b.Fatal(err)
		}
		l, _, ok, err := s.Lease(ctx, time.Hour)
		if err != nil || !ok {
			b.Fatalf("lease: %v, %v", ok, err)
		}
		record, entries := typical(l.Key, i)
		if err := s.Append(ctx, l, entries, record); err != nil {
			b.Fatal(err)
		}
		if err := s.Release(ctx, l, far, true); err != nil {
			b.Fatal(err)
		}
	}
	held := float64(heap()-before) / (1 << 20)
	rss := resident()
	b.Run("Touch", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if err := s.Touch(ctx, far.Add(-time.Duration(i+1)*time.Millisecond), keys[i%incidents]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(held, "MB-heap")
		b.ReportMetric(rss, "MB-resident")
	})
	b.Run("Lease", func(b *testing.B) {
		for b.Loop() {
			if _, _, ok, err := s.Lease(ctx, time.Hour); ok || err != nil {
				b.Fatalf("something is due: %v", err)
			}
		}
	})
	b.Run("Heads", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			ref := fmt.Sprintf("acme/shop#%d", 100*(i%incidents)+1+i%20)
			if heads, err := s.Heads(ctx, ref); err != nil || len(heads) != 1 {
				b.Fatalf("%s: %v, %v", ref, heads, err)
			}
		}
	})
	b.Run("Incidents", func(b *testing.B) {
		for b.Loop() {
			if list, err := s.Incidents(ctx); err != nil || len(list) != incidents {
				b.Fatalf("%d incidents, %v", len(list), err)
			}
		}
	})
}

// typical returns an incident of 20 tickets and 40 entries, some 20 KB.
func typical(key incident.Key, i int) (incident.Record, []ledger.Entry) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	r := incident.Record{
		ID: fmt.Sprint(i), Key: key, Seq: 40, Declared: incident.Declared{By: "alice", At: at, Via: "label"},
		Counted: map[incident.Ref]incident.Counted{},
	}
	r.Last.Head.Title = "Checkout is down"
	for n := range 20 {
		ref := incident.Ref(fmt.Sprintf("acme/shop#%d", 100*i+1+n))
		r.Counted[ref] = incident.Counted{Title: "Find out why", Since: at}
		r.Last.Tickets = append(r.Last.Tickets, incident.Ticket{Ref: ref, Title: "Find out why", Body: strings.Repeat("text ", 40), State: incident.Open})
	}
	var entries []ledger.Entry
	for n := range 40 {
		entries = append(entries, ledger.Entry{Seq: n + 1, At: at, Seen: at, Kind: ledger.Commented, By: "bob", Text: strings.Repeat("what was said ", 10)})
	}
	return r, entries
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
