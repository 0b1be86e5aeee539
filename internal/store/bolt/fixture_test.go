package bolt_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

var update = flag.Bool("update", false, "write testdata/schema1.bolt anew; only while its layout was never released")

// history returns a record of n entries, as the fixture holds it.
func history(key incident.Key, n int) (incident.Record, []ledger.Entry) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	record := incident.Record{
		ID: fmt.Sprint(1000 + n), Key: key, Seq: n, Head: fmt.Sprint("hash ", n),
		Declared: incident.Declared{By: "alice", At: at, Via: "label"},
		Counted:  map[incident.Ref]incident.Counted{"acme/shop#14": {Slot: "role/command", Title: "Command", Since: at}},
	}
	record.Last.URL, record.Last.Head.Title = "https://tracker.example/12", "Checkout is down"
	var entries []ledger.Entry
	for i := range n {
		entries = append(entries, ledger.Entry{Seq: i + 1, At: at, Seen: at, Kind: ledger.Commented, By: "bob", Text: fmt.Sprint("Zeile ", i, " – ü")})
	}
	return record, entries
}

// TestYesterdaysFile opens a file as the first release wrote it. When the
// layout changes, the old fixture stays and gets a sister.
func TestYesterdaysFile(t *testing.T) {
	fixture := filepath.Join("testdata", "schema1.bolt")
	journal := incident.Journal{Slots: map[incident.Slot]incident.Attempt{"say/board": {Comment: "99"}, "role/planning": {Place: "acme/shop"}}}
	ctx := context.Background()
	if *update {
		path := filepath.Join(t.TempDir(), "hereby.db")
		s := open(t, path, newClock())
		plant(t, s, key, 3)
		touch(t, s, "jira:OPS-3", "sweep:github:acme/shop")
		l := lease(t, s)
		if err := s.Save(ctx, l, journal); err != nil {
			t.Fatal(err)
		}
		touch(t, s, l.Key)
		s.Close()
		copyFile(t, path, fixture)
	}

	path := filepath.Join(t.TempDir(), "hereby.db")
	copyFile(t, fixture, path)
	c := newClock()
	s := open(t, path, c)
	record, entries := history(key, 3)
	state, err := s.Load(ctx, key)
	if err != nil || !alike(state.Record, record) {
		t.Errorf("the record is %+v, %v", state.Record, err)
	}
	if want := c.Now().Truncate(time.Millisecond); !state.Journal.Epoch.Equal(want) {
		t.Errorf("the epoch is %v, not %v", state.Journal.Epoch, want)
	}
	if got, err := s.Entries(ctx, key, 0); err != nil || !alike(got, entries) {
		t.Errorf("the ledger is %+v, %v", got, err)
	}
	if state, err := s.Load(ctx, "jira:OPS-3"); err != nil || !alike(state.Journal.Slots, journal.Slots) {
		t.Errorf("the journal is %+v, %v", state.Journal, err)
	}
	if heads, err := s.Heads(ctx, "acme/shop#14"); err != nil || !slices.Equal(heads, []incident.Key{key}) {
		t.Errorf("the heads are %v, %v", heads, err)
	}
	list, err := s.Incidents(ctx)
	if err != nil || len(list) != 1 || list[0].Title != "Checkout is down" || list[0].Due.IsZero() {
		t.Errorf("the incidents are %+v, %v", list, err)
	}
	if d, err := s.Depth(ctx); err != nil || d.Keys != 3 || d.Due != 2 {
		t.Errorf("the depth is %+v, %v", d, err)
	}
	// The lease of the process that wrote it has ended.
	if l := lease(t, s); l.Key != "jira:OPS-3" || l.Failures != 1 {
		t.Errorf("leased %+v first", l)
	}
	if l := lease(t, s); l.Key != "sweep:github:acme/shop" || l.Failures != 0 {
		t.Errorf("leased %+v second", l)
	}
	if _, _, ok, err := s.Lease(ctx, time.Hour); ok || err != nil {
		t.Errorf("leased a third: %v", err)
	}
}

func alike(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
