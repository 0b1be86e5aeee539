package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// verifyLedger proves a ledger, or names the first entry that is not as it was
// written.
func verifyLedger(in *invocation, f *ledgerFlags, words []string) error {
	if f.file != "" {
		return verifyExport(in, f.file, words)
	}
	d, b, err := in.open(f, words, true)
	if err != nil {
		return err
	}
	if err := ledger.Audit(b.Record, b.Entries); err != nil {
		return errors.Join(err, b.compare(io.Discard))
	}
	fmt.Fprintf(in.stdout, "%s: the chain of %d entries is whole, and the record is what they add up to\n", d.key, len(b.Entries))
	remarks(in.stdout, b.Entries)
	return b.compare(in.stdout)
}

// compare checks a ledger against what the board shows.
func (b book) compare(w io.Writer) error {
	switch {
	case b.Board.Problem != "":
		return fmt.Errorf("it could not be compared with the board, so that a ledger written anew as a whole would not be noticed: %s", b.Board.Problem)
	case b.Board.None:
		fmt.Fprintln(w, "there is no board to compare it with")
		return nil
	case len(b.Board.Marks) == 0:
		fmt.Fprintln(w, "the board shows no head of it yet: it does from the recovery on")
		return nil
	}
	lost, err := ledger.Compare(b.Entries, b.Board.Marks)
	for _, l := range lost {
		fmt.Fprintln(w, l)
	}
	if err != nil {
		return fmt.Errorf("the board tells against it: %w", err)
	}
	fmt.Fprintf(w, "the board shows the same: %d of the heads on it are of this ledger\n", len(b.Board.Marks)-len(lost))
	return nil
}

func verifyExport(in *invocation, name string, words []string) error {
	if len(words) > 0 {
		return fmt.Errorf("an export is verified by itself: leave out %q", words)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if lines, ok := readMirror(text); ok {
		return verifyMirror(in.stdout, name, lines)
	}
	entries, err := readExport(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(entries) == 0 {
		return fmt.Errorf("%s holds no entries", name)
	}
	if err := errors.Join(ledger.Verify(entries), ledger.Blanked(entries)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	last := entries[len(entries)-1]
	fmt.Fprintf(in.stdout, "%s: the chain of %d entries is whole\n", name, len(entries))
	remarks(in.stdout, entries)
	fmt.Fprintln(in.stdout, "whether its end was cut off, or all of it written anew, tell the heads on the board:")
	marks := ledger.Fold(incident.Record{}, entries).Marks
	for _, name := range slices.Sorted(maps.Keys(marks)) {
		fmt.Fprintf(in.stdout, "  %s at entry %d, %s\n", name, marks[name].Seq, ledger.Short(marks[name].Head))
	}
	fmt.Fprintf(in.stdout, "  the end at entry %d, %s\n", last.Seq, ledger.Short(last.Hash))
	return nil
}

// readMirror reads the mirror of a ledger, as it stands in the wiki. An export
// is none: its entries hold more than the lines of a mirror.
func readMirror(text []byte) (lines []ledger.Line, ok bool) {
	orders := false
	for row := range bytes.Lines(text) {
		if row = bytes.TrimSpace(row); len(row) == 0 {
			continue
		}
		var l ledger.Line
		from := json.NewDecoder(bytes.NewReader(row))
		from.DisallowUnknownFields()
		if err := from.Decode(&l); err != nil || l.Hash == "" {
			return nil, false
		}
		orders = orders || l.Word != "" || l.IsGap()
		lines = append(lines, l)
	}
	return lines, orders
}

// verifyMirror proves of a mirror what can be proved of it by itself.
func verifyMirror(w io.Writer, name string, lines []ledger.Line) error {
	if err := ledger.VerifyMirror(lines); err != nil {
		return fmt.Errorf("%s: a mirror of the ledger: %w", name, err)
	}
	var last ledger.Line
	n := 0
	for _, l := range lines {
		if l.IsGap() {
			fmt.Fprintf(w, "after entry %d, %s, the store was lost; what follows was recorded from %s on\n", last.Seq, ledger.Short(last.Hash), l.Seen.UTC().Format(time.RFC3339))
			continue
		}
		n++
		last = l
	}
	fmt.Fprintf(w, "%s: a mirror of the ledger: the chain of %s is whole; it ends at entry %d, %s\n", name, entriesIn(n, len(lines)-n), last.Seq, ledger.Short(last.Hash))
	fmt.Fprintln(w, "its hashes cover names and texts that it leaves out: an export, or the heads on the board, tell whether they are the ledger's")
	return nil
}

// entriesIn counts entries, and the gaps between them.
func entriesIn(n, gaps int) string {
	switch gaps {
	case 0:
		return fmt.Sprintf("%d entries", n)
	case 1:
		return fmt.Sprintf("%d entries, 1 gap between them,", n)
	}
	return fmt.Sprintf("%d entries, %d gaps between them,", n, gaps)
}

// remarks says what a whole chain does not hold.
func remarks(w io.Writer, entries []ledger.Entry) {
	for _, e := range entries {
		switch e.Kind {
		case ledger.Gap:
			fmt.Fprintf(w, "entry %d: %s\n", e.Seq, gapText(e))
		case ledger.Redacted:
			fmt.Fprintf(w, "entry %d: %s blanked the texts of %s on %s; their digests stand\n", e.Seq, plain(string(e.By)), e.Name, e.At.UTC().Format(time.RFC3339))
		}
	}
}
