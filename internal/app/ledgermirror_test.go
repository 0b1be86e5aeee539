package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// A mirror from the wiki verifies by itself, with the gap where a store was
// lost, and names the line that was tampered with (O46).
func TestVerifyAMirror(t *testing.T) {
	chain := func(at time.Time, n int) []ledger.Entry {
		var all []ledger.Entry
		for range n {
			all = append(all, ledger.Entry{Kind: ledger.Ordered, At: at, By: "bob", Text: "x", Order: &incident.Order{By: "bob", Said: "x", Verdict: incident.Obeyed, Command: incident.Command{Word: "note"}}})
		}
		return ledger.Chain(incident.Record{}, all, at)
	}
	first := ledger.Mirror("", chain(three, 3), nil)
	both := ledger.Mirror(first, chain(three.Add(time.Hour), 2), nil)
	rows := strings.SplitAfter(strings.TrimSpace(both), "\n")
	for name, c := range map[string]struct {
		text string
		code int
		says string
	}{
		"one ledger":       {first, exitOK, "the chain of 3 entries is whole; it ends at entry 3"},
		"two":              {both, exitOK, "the chain of 5 entries, 1 gap between them, is whole; it ends at entry 2"},
		"where the gap is": {both, exitOK, "after entry 3, "},
		"the gap is gone":  {strings.Join(append(append([]string{}, rows[:3]...), rows[4:]...), ""), exitError, "line 4 (entry 1, ordered) stands where entry 4 belongs"},
		"before it":        {strings.Join(append(append([]string{}, rows[:2]...), rows[3:]...), ""), exitError, "line 3, a gap, was not written after"},
		"after it":         {strings.Join(append(append([]string{}, rows[:4]...), rows[5:]...), ""), exitError, "line 5 (entry 2, ordered) stands where entry 1 belongs"},
		"to a terminal":    {`{"seq":2,"kind":"\u001b[2J","word":"x","prev":"","hash":"x"}`, exitError, "(entry 2, \uFFFD[2J)"},
	} {
		file := filepath.Join(t.TempDir(), "mirror.jsonl")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, said := invoke("ledger", "verify", "--file", file); code != c.code || !strings.Contains(out+said, c.says) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", name, code, c.code, c.says, out, said)
		}
	}
}
