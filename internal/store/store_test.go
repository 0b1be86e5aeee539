package store_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/store"
)

func TestMillisNeverComeEarly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(1, 1<<34).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		kept := store.FromMillis(store.Millis(at))
		if kept.Before(at) || kept.Sub(at) >= time.Millisecond {
			t.Fatalf("%v is kept as %v", at, kept)
		}
		if again := store.FromMillis(store.Millis(kept)); !again.Equal(kept) {
			t.Fatalf("%v moves on to %v", kept, again)
		}
	})
	if store.Millis(time.Time{}) != 0 || !store.FromMillis(0).IsZero() {
		t.Error("no time is not kept as none")
	}
}

func TestCheckKey(t *testing.T) {
	for _, key := range []incident.Key{"github:acme/shop#12", "jira:#10040", "sweep:github:acme/shop", "github:acme/läden#1"} {
		if err := store.CheckKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []incident.Key{"", "a\x00b", "a\nb", "a\x7f", "\xc3\x28", incident.Key(strings.Repeat("x", 1025))} {
		if err := store.CheckKey(key); err == nil {
			t.Errorf("%q can be kept", key)
		}
	}
}

func TestNames(t *testing.T) {
	record := incident.Record{ID: "77", Counted: map[incident.Ref]incident.Counted{
		"acme/shop#1": {}, "acme/shop#2": {Out: true}, "bad\x00name": {},
	}}
	if got, want := store.Names("github:acme/shop#1", record), []string{"#77", "acme/shop#1", "acme/shop#2"}; !slices.Equal(got, want) {
		t.Errorf("the names are %q, not %q", got, want)
	}
	if got := store.Names("sweep:github:acme/shop", incident.Record{}); len(got) != 0 {
		t.Errorf("a sweep has the names %q", got)
	}
}

func TestSummarise(t *testing.T) {
	if _, ok := store.Summarise("jira:OPS-1", incident.Record{ID: "1"}); ok {
		t.Error("what was never declared has a summary")
	}
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(*incident.Record){
		"open":        func(*incident.Record) {},
		"restricted":  func(r *incident.Record) { r.Last.Head.Private = true },
		"sealed":      func(r *incident.Record) { r.Sealed = at },
		"gone":        func(r *incident.Record) { r.Last.Gone = true },
		"retracted":   func(r *incident.Record) { r.Done = map[string]time.Time{"retracted": at} },
		"a duplicate": func(r *incident.Record) { r.Done = map[string]time.Time{"duplicate": at} },
	} {
		record := incident.Record{ID: "1", Declared: incident.Declared{By: "alice", At: at}}
		record.Last.URL, record.Last.Head.Title = "https://tracker.example/1", "Down"
		change(&record)
		sum, ok := store.Summarise("jira:OPS-1", record)
		want := store.Summary{Key: "jira:OPS-1", ID: "1", URL: "https://tracker.example/1", Title: "Down", Declared: at, Closed: name != "open" && name != "restricted"}
		if name == "restricted" {
			want.Title = ""
		}
		if !ok || sum != want {
			t.Errorf("%s: %+v, %v; want %+v", name, sum, ok, want)
		}
	}
}

func TestMergeJournals(t *testing.T) {
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	stays := incident.Journal{Epoch: at(5), Cursor: at(9), Spent: []time.Time{at(2), at(4)}, Slots: map[incident.Slot]incident.Attempt{
		"open here": {Place: "stays"}, "known here": {Place: "stays", Ref: "a/b#1"}, "only here": {Place: "stays"}, "open twice": {Place: "stays"},
	}}
	goes := incident.Journal{Epoch: at(1), Cursor: at(10), Spent: []time.Time{at(3)}, Slots: map[incident.Slot]incident.Attempt{
		"open here": {Place: "goes", Ref: "a/b#2"}, "known here": {Place: "goes"}, "only there": {Place: "goes"}, "open twice": {Place: "goes"},
	}}
	before, _ := json.Marshal(stays)
	got := store.MergeJournals(stays, goes)
	want := incident.Journal{Epoch: at(5), Cursor: at(9), Spent: []time.Time{at(2), at(3), at(4)}, Slots: map[incident.Slot]incident.Attempt{
		"open here": {Place: "goes", Ref: "a/b#2"}, "known here": {Place: "stays", Ref: "a/b#1"}, "only here": {Place: "stays"},
		"only there": {Place: "goes"}, "open twice": {Place: "stays"},
	}}
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("merged to %s, not %s", a, b)
	}
	if after, _ := json.Marshal(stays); string(after) != string(before) {
		t.Error("the merge changed the journal it was given")
	}
}
