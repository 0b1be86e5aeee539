package postmortem

import (
	"slices"
	"strconv"
	"strings"
)

// Redacted stands where a text was that had to go.
const Redacted = "(redacted)"

// Blank returns a page with the texts of some items, by hash, replaced by
// [Redacted], whatever became of them since we put them there. Their marks, and
// what is shown before them, stay, so that they are still the items of their
// tickets. Nothing else changes.
func Blank(id, text string, hashes []string) string {
	l := lay(markersOf(id).split(text, nil))
	var b strings.Builder
	at := 0
	copied := func(to int) {
		for ; at < to; at++ {
			b.WriteString(l.rows[at].text)
		}
	}
	for _, it := range l.items(id) {
		if it.read(); !slices.Contains(hashes, it.Hash) {
			continue
		}
		copied(it.from)
		sign, number := signOf(l.rows[it.from].content())
		b.WriteString(strings.Replace(sign, "#", strconv.Itoa(number), 1) + Redacted + markText(it.Hash, it.Shown) + lineEnd(l.rows))
		last := it.to
		for last > it.from+1 && l.rows[last-1].blank() {
			last--
		}
		for ; at < last; at++ {
			if l.rows[at].own != 0 {
				b.WriteString(l.rows[at].text)
			}
		}
	}
	copied(len(l.rows))
	return b.String()
}
