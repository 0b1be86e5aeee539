package app

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// FuzzReadExport reads whatever there is: what can be read is written again as
// the same, so that no export changes on its way.
func FuzzReadExport(f *testing.F) {
	var good bytes.Buffer
	entries := ledger.Chain(incident.Record{}, []ledger.Entry{
		{Kind: ledger.Declared, At: three, Declared: &incident.Declared{By: "alice", At: three, Via: "label"}},
		{Kind: ledger.Commented, At: three, By: "bob", Comment: "7", Text: "<b>\u2028 & \"quoted\""},
	}, three)
	if err := writeExport(&good, entries); err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{good.String(), "", "null", "{}", `{"seq":1,"kind":"\u001b[2J","by":"\u001b","ref":"\u001b","text":"\u001b"}`, "[]", `{"seq":1}{"seq":2}`, `{"seq":1,"more":2}`, strings.Repeat("{", 100)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := readExport(bytes.NewReader(data))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := writeExport(&again, entries); err != nil {
			return // a time that JSON cannot hold
		}
		got, err := readExport(bytes.NewReader(again.Bytes()))
		if err != nil || len(got) != len(entries) {
			t.Fatalf("%d entries came back as %d, %v", len(entries), len(got), err)
		}
		if one, two := ledger.Verify(entries), ledger.Verify(got); (one == nil) != (two == nil) || one == nil && !reflect.DeepEqual(hashes(entries), hashes(got)) {
			t.Fatalf("%v became %v", one, two)
		}
		var out bytes.Buffer
		if err := printLedger(&out, got); err != nil || strings.ContainsRune(out.String(), '\x1b') {
			t.Fatalf("%q, %v", out.String(), err)
		}
	})
}

func hashes(entries []ledger.Entry) (all []string) {
	for _, e := range entries {
		all = append(all, e.Hash)
	}
	return all
}
