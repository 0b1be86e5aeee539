package ledger

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// The mirror is public: no name, no text, but the chain.
func TestMirrorPublishesNeitherNamesNorTexts(t *testing.T) {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	entries := Chain(incident.Record{}, []Entry{
		{Kind: Declared, At: at, By: "alice", Declared: &incident.Declared{By: "alice", At: at}},
		{Kind: Commented, At: at, By: "bob", Comment: "7", Text: "the password is hunter2"},
		{Kind: Ordered, At: at, By: "bob", Comment: "7", Text: "/note hunter2", Order: &incident.Order{By: "bob", Said: "/note hunter2", Verdict: incident.Obeyed, Command: incident.Command{Word: "note", Text: "hunter2"}}},
		{Kind: RoleBegan, At: at, By: "carol", Tenure: &incident.Tenure{Role: incident.Operations, Who: "carol"}, Slot: "role/operations/carol"},
	}, at)
	got := Mirror("", entries, map[incident.Person]string{"alice": "Incident Command", "bob": "Operations A"})
	for _, secret := range []string{"alice", "bob", "carol", "hunter2"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q stands in\n%s", secret, got)
		}
	}
	rows := strings.Split(strings.TrimSpace(got), "\n")
	if len(rows) != len(entries) || !strings.Contains(rows[2], `"by":"Operations A"`) || !strings.Contains(rows[2], `"word":"note","verdict":"obeyed"`) {
		t.Fatalf("%s", got)
	}
	prev := ""
	for i, row := range rows {
		var m struct{ Prev, Hash, Sum string }
		if err := json.Unmarshal([]byte(row), &m); err != nil || m.Prev != prev || m.Hash != entries[i].Hash || m.Sum != entries[i].Sum {
			t.Errorf("row %d: %+v, %v", i, m, err)
		}
		prev = m.Hash
	}
}

// lives returns the mirrors that the ledgers of an incident leave, one after
// the other in the same file: each was lost with its store, or an older copy of
// it was put back, in which case two of them begin alike.
func lives(t *rapid.T) (mirrors []string, alike bool) {
	var chains [][]Entry
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	text := ""
	for life := range rapid.IntRange(1, 4).Draw(t, "lives") {
		var entries []Entry
		var r incident.Record
		if life > 0 && rapid.Bool().Draw(t, "put back") {
			before := chains[life-1]
			entries = slices.Clone(before[:rapid.IntRange(1, len(before)).Draw(t, "copy")])
			r, alike = Fold(r, entries), true
		}
		for range rapid.IntRange(1, 3).Draw(t, "writings") {
			for range rapid.IntRange(1, 3).Draw(t, "entries") {
				at = at.Add(time.Minute)
				more := Chain(r, []Entry{{Kind: Commented, At: at, By: "bob", Text: "x"}}, at)
				r, entries = Fold(r, more), append(entries, more...)
			}
			if life == 0 || rapid.Bool().Draw(t, "published") {
				text = Mirror(text, entries, map[incident.Person]string{"bob": "Operations A"})
				mirrors = append(mirrors, text)
			}
		}
		chains = append(chains, entries)
	}
	return mirrors, alike
}

// After any losses of the store no line of an earlier mirror disappears, a gap
// stands between two ledgers and nowhere else, and all of it verifies (O46).
func TestNoLineOfAMirrorDisappears(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mirrors, alike := lives(t)
		for i, text := range mirrors {
			lines := Lines(text)
			if err := VerifyMirror(lines); err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			if i == 0 {
				continue
			}
			for _, row := range strings.Split(strings.TrimSpace(mirrors[i-1]), "\n") {
				if n := strings.Count("\n"+text, "\n"+row+"\n"); n == 0 || n > 1 && !alike {
					t.Fatalf("this line is there %d times:\n%s\nin\n%s", n, row, text)
				}
			}
			gaps, firsts := 0, 0
			for _, l := range lines {
				if l.IsGap() {
					gaps++
				} else if l.Seq == 1 {
					firsts++
				}
			}
			if gaps != firsts-1 {
				t.Fatalf("%d gaps between %d ledgers:\n%s", gaps, firsts, text)
			}
		}
	})
}

// A mirror that somebody cut, put in another order or exchanged lines of does
// not verify, gaps or not.
func TestVerifyMirrorFindsWhatWasChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mirrors, _ := lives(t)
		lines := Lines(mirrors[len(mirrors)-1])
		i := rapid.IntRange(0, len(lines)-1).Draw(t, "line")
		broken := slices.Clone(lines)
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			if i == len(lines)-1 {
				return // the end that was cut off is told by the heads on the board
			}
			broken = slices.Delete(broken, i, i+1)
		case 1:
			broken[i].Hash = strings.Repeat("0", 64)
			if i == len(lines)-1 {
				return
			}
		case 2:
			broken[i].Prev = strings.Repeat("0", 64)
		default:
			if i == 0 {
				return
			}
			broken[i], broken[i-1] = broken[i-1], broken[i]
		}
		if VerifyMirror(broken) == nil {
			t.Fatalf("line %d: %+v", i, lines)
		}
	})
}

// What people write between the lines is no line, and the lines of this ledger
// are written as they are, whatever became of them in the wiki.
func TestAMirrorThatSomebodyEdited(t *testing.T) {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	entries := Chain(incident.Record{}, []Entry{{Kind: Commented, At: at, By: "bob", Text: "x"}, {Kind: Commented, At: at, By: "bob", Text: "y"}}, at)
	want := Mirror("", entries, nil)
	for _, was := range []string{"Hello!\n" + want, strings.ReplaceAll(want, "\n", "\r\n"), strings.Split(want, "\n")[1], "null\n{}\n[]\n", strings.Replace(want, `"kind":"commented"`, `"kind":"declared"`, 1)} {
		if got := Mirror(was, entries, nil); got != want {
			t.Errorf("of %q:\n%s", was, got)
		}
	}
}

// FuzzMirror keeps each line once, whatever stands in the wiki.
func FuzzMirror(f *testing.F) {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	entries := Chain(incident.Record{}, []Entry{{Kind: Commented, At: at, By: "bob", Text: "x"}}, at)
	old := Chain(incident.Record{}, []Entry{{Kind: Declared, At: at}}, at)
	for _, seed := range []string{"", Mirror("", old, nil), Mirror(Mirror("", old, nil), entries, nil), "{\"hash\":\"x\"}\n\r\nnull", `{"seq":-1,"hash":"a"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, was string) {
		once := Mirror(was, entries, nil)
		if again := Mirror(once, entries, nil); again != once {
			t.Fatalf("not at rest:\n%s\n%s", once, again)
		}
		if lines, before := Lines(once), Lines(was); len(lines) < len(before) && !slices.ContainsFunc(before, func(l Line) bool { return l.Hash == entries[0].Hash }) {
			t.Fatalf("%d lines of %d", len(lines), len(before))
		}
		_ = VerifyMirror(Lines(once))
	})
}
