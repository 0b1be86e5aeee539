package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Expunging is what is to go from a ledger and its record, and who says so.
type Expunging struct {
	Seqs []int  // the texts of these entries
	Text string // and every text that holds this; "": none
	By   incident.Person
	At   time.Time
}

// Expunged is a ledger and its record without the texts that had to go.
type Expunged struct {
	Blank  []Entry // those that were blanked, in the place of what they were
	Added  Entry   // says which, and by whom
	Record incident.Record
	// Left are the numbers of entries that hold the text all the same, in what
	// the chain covers, such as a name: that cannot be blanked.
	Left []int
}

// Expunge blanks texts for good wherever a ledger and its record hold them: in
// the entries that are named, and those of the same comment whose text overlaps;
// in those that hold a text that is named; in the orders folded from them; and in
// what was seen last. Digests stay, so that the ledger verifies, and a new
// entry says what was blanked, so that nobody can blank in secret ([Audit]).
//
// What is left out of the last snapshot is seen again with the next one: a text
// that still stands in the tracker comes back.
func Expunge(r incident.Record, entries []Entry, x Expunging) (Expunged, error) {
	if err := Audit(r, entries); err != nil {
		return Expunged{}, fmt.Errorf("nothing is blanked in a ledger that does not verify: %w", err)
	}
	seqs, err := x.chosen(entries)
	if err != nil {
		return Expunged{}, err
	}
	var out Expunged
	var gone []string // of what is named by number: which part must go is not known
	after := entries
	for _, seq := range seqs {
		if after, err = redact(after, seq); err != nil {
			return Expunged{}, err
		}
		if slices.Contains(x.Seqs, seq) {
			gone = append(gone, written(entries[seq-1])...)
		}
		out.Blank = append(out.Blank, after[seq-1])
	}
	said := Entry{Kind: Redacted, At: x.At, By: x.By, Name: list(seqs)}
	out.Added = Chain(r, []Entry{said}, x.At)[0]
	out.Record = Fold(incident.Record{}, append(after, out.Added))
	for _, e := range after {
		if x.Text != "" && holds(e, x.Text) {
			out.Left = append(out.Left, e.Seq)
		}
	}
	out.Record.ID, out.Record.Key, out.Record.Last = r.ID, r.Key, forget(r.Last, gone, x.Text)
	return out, nil
}

// chosen returns the numbers of the entries whose texts go, sorted. The ledger
// is whole: entry n is the nth.
func (x Expunging) chosen(entries []Entry) ([]int, error) {
	if len(x.Seqs) == 0 && x.Text == "" {
		return nil, errors.New("no entry is named, and no text: nothing to blank")
	}
	seqs := slices.Clone(x.Seqs)
	for _, seq := range seqs {
		if _, err := redact(entries, seq); err != nil {
			return nil, err
		}
	}
	for _, e := range entries {
		of := func(seq int) bool {
			return e.Comment != "" && e.Comment == entries[seq-1].Comment && overlap(written(e), written(entries[seq-1]))
		}
		holds := func(text string) bool { return x.Text != "" && strings.Contains(text, x.Text) }
		if slices.ContainsFunc(x.Seqs, of) || slices.ContainsFunc(written(e), holds) {
			seqs = append(seqs, e.Seq)
		}
	}
	if len(seqs) == 0 {
		return nil, errors.New("no entry holds that text: nothing to blank")
	}
	slices.Sort(seqs)
	return slices.Compact(seqs), nil
}

// written returns what an entry holds of people's texts.
func written(e Entry) []string {
	all := []string{e.Text}
	if e.Order != nil {
		all = append(all, e.Order.Said, e.Order.Command.Text, e.Order.Reply)
	}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// overlap reports whether a text of the one is part of a text of the other.
func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if strings.Contains(x, y) || strings.Contains(y, x) {
				return true
			}
		}
	}
	return false
}

// holds reports whether a text stands anywhere in an entry.
func holds(e Entry, text string) bool {
	data, err := json.Marshal(e)
	part, err2 := json.Marshal(text)
	return err == nil && err2 == nil && bytes.Contains(data, part[1:len(part)-1])
}

// list writes numbers as Name of a Redacted entry holds them.
func list(seqs []int) string {
	all := make([]string, len(seqs))
	for i, seq := range seqs {
		all[i] = strconv.Itoa(seq)
	}
	return strings.Join(all, ",")
}

func numbers(list string) (seqs []int) {
	for s := range strings.SplitSeq(list, ",") {
		if seq, err := strconv.Atoi(s); err == nil {
			seqs = append(seqs, seq)
		}
	}
	return seqs
}
