package ledger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Line is an entry as it may be shown to the world: who by variable, and of
// texts their digests, so that no name and no pasted secret is published again
// (design, section 11).
//
// A Line with number 0 is no entry but a gap: the ledger of the lines before it
// was lost with its store, Prev and At are the hash and the time of its last
// line, Hash and Seen those of the first of the ledger that follows.
type Line struct {
	Seq     int              `json:"seq"`
	At      time.Time        `json:"at"`
	Seen    time.Time        `json:"seen"`
	Kind    Kind             `json:"kind"`
	By      string           `json:"by,omitempty"` // a variable
	Ref     incident.Ref     `json:"ref,omitempty"`
	State   incident.State   `json:"state,omitempty"`
	Word    string           `json:"word,omitempty"` // of an order
	Verb    string           `json:"verb,omitempty"` // of an order: see incident.Command
	Verdict incident.Verdict `json:"verdict,omitempty"`
	Sum     string           `json:"sum,omitempty"` // digest of the text
	Prev    string           `json:"prev"`
	Hash    string           `json:"hash"`
}

// IsGap reports whether the line says that a ledger was lost before it.
func (l Line) IsGap() bool { return l.Seq == 0 }

// Mirror returns a ledger as JSON lines for publication, in place of a mirror
// that was published before. as maps people to variables; one who has none is
// left out. The hashes are those of the ledger: whoever holds that can prove
// that the mirror shows all of it.
//
// Lines of another ledger, one that was lost with its store or went on further
// than the copy of the store that was put back, are the only copy there is: they
// stay, as they are, and a gap stands between them and the entries (O46).
func Mirror(was string, entries []Entry, as map[incident.Person]string) string {
	var b strings.Builder
	kept, last := foreign(was, entries)
	for _, row := range kept {
		b.WriteString(row + "\n")
	}
	if len(kept) > 0 && len(entries) > 0 {
		writeLine(&b, Line{At: last.Seen, Seen: entries[0].Seen, Kind: Gap, Prev: last.Hash, Hash: entries[0].Hash})
	}
	for _, e := range entries {
		l := Line{Seq: e.Seq, At: e.At, Seen: e.Seen, Kind: e.Kind, By: as[e.By], Ref: e.Ref, State: e.State, Sum: e.Sum, Prev: e.Prev, Hash: e.Hash}
		if e.Order != nil {
			l.Word, l.Verb, l.Verdict = e.Order.Command.Word, e.Order.Command.Verb, e.Order.Verdict
		}
		writeLine(&b, l)
	}
	return b.String()
}

func writeLine(b *strings.Builder, l Line) {
	_ = json.NewEncoder(b).Encode(l) // a builder takes everything, and all of it is text
}

// foreign returns the lines of a mirror, as they are written, up to the end of
// the last ledger in it that has another entry than ours, and the last of them.
func foreign(mirror string, entries []Entry) (rows []string, last Line) {
	ours := map[string]bool{}
	for _, e := range entries {
		ours[e.Hash] = true
	}
	var pending []string // what may be the ledger of entries, from its gap on
	eachLine(mirror, func(row string, l Line) {
		if pending = append(pending, row); !ours[l.Hash] {
			rows, last, pending = append(rows, pending...), l, nil
		}
	})
	return rows, last
}

// Lines returns the lines of a mirror. What is no line of one is passed over:
// people can write into a wiki.
func Lines(mirror string) (lines []Line) {
	eachLine(mirror, func(_ string, l Line) { lines = append(lines, l) })
	return lines
}

func eachLine(mirror string, f func(row string, l Line)) {
	for row := range strings.Lines(mirror) {
		var l Line
		if row = strings.TrimSpace(row); json.Unmarshal([]byte(row), &l) == nil && l.Hash != "" {
			f(row, l)
		}
	}
}

// VerifyMirror checks that each line of a mirror follows the one before, from
// the first entry on and again from the first after each gap. It cannot check
// what a line says, for the hashes cover names and texts that it leaves out:
// who holds the ledger can, by the hashes.
func VerifyMirror(lines []Line) error {
	seq, prev, next := 0, "", ""
	for i, l := range lines {
		at := fmt.Sprintf("line %d (entry %d, %s)", i+1, l.Seq, l.Kind)
		switch {
		case l.IsGap() && l.Prev != prev:
			return fmt.Errorf("line %d, a gap, was not written after the line before it as that reads now: one of them was exchanged", i+1)
		case l.IsGap():
			seq, prev, next = 0, "", l.Hash
			continue
		case l.Seq != seq+1:
			return fmt.Errorf("%s stands where entry %d belongs: lines are missing, or in another order", at, seq+1)
		case l.Prev != prev || next != "" && l.Hash != next:
			return fmt.Errorf("%s was not written after the line before it as that reads now: one of them was exchanged", at)
		}
		seq, prev, next = l.Seq, l.Hash, ""
	}
	return nil
}
