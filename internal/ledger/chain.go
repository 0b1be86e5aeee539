package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Chain makes entries the continuation of a record's ledger, written at seen:
// it sets Seq, Seen, Sum, Prev and Hash, and makes times and texts such that
// they survive being stored. The given entries stay as they were.
//
// # What is hashed
//
// Hash is the SHA-256, in hex, of the entry as JSON, with times in UTC and
// with "" for Hash itself and for every text of people's: Text, and of an
// order what was said, its command's text and our reply. For those stands Sum,
// which is hashed: so texts can be blanked (see [Expunge]) and the chain holds.
//
// Sum is the SHA-256 of Text, or, of an entry with an order, of the JSON array
// [Text, Said, Command.Text, Reply]; "" if there is no text. One digest for
// all of them, so that they can only be blanked together.
//
// A field added to an entry later must be omitted from JSON when empty: then
// the ledgers of yesterday verify.
func Chain(r incident.Record, entries []Entry, seen time.Time) []Entry {
	chained := make([]Entry, 0, len(entries))
	seq, prev := r.Seq, r.Head
	for _, e := range entries {
		seq++
		e.Seq, e.Seen, e.Prev = seq, seen, prev
		e = stored(e)
		e.Sum = sum(e)
		e.Hash = hash(e)
		prev = e.Hash
		chained = append(chained, e)
	}
	return chained
}

// stored returns a copy of the entry as it comes back from a store: bytes that
// are no UTF-8 are replaced, and times lose what JSON cannot hold.
func stored(e Entry) Entry {
	var copied Entry
	data, err := json.Marshal(inUTC(e))
	if err == nil {
		err = json.Unmarshal(data, &copied)
	}
	if err != nil {
		return inUTC(e) // unreachable unless a time lies outside the years 0 to 9999
	}
	return copied
}

// hash returns the entry's hash, which covers all but texts and the hash.
func hash(e Entry) string {
	e = Blank(inUTC(e))
	e.Hash = ""
	return digestJSON(e)
}

// inUTC returns a copy of the entry, nothing shared, with its times in UTC.
func inUTC(e Entry) Entry {
	e.At, e.Seen = e.At.UTC(), e.Seen.UTC()
	if e.Declared != nil {
		d := *e.Declared
		d.At = d.At.UTC()
		e.Declared = &d
	}
	if e.Order != nil {
		o := *e.Order
		o.At, o.Command.When = o.At.UTC(), o.Command.When.UTC()
		o.Command.People = slices.Clone(o.Command.People)
		e.Order = &o
	}
	if e.Tenure != nil {
		t := *e.Tenure
		t.From, t.To = t.From.UTC(), t.To.UTC()
		e.Tenure = &t
	}
	return e
}

// Blank returns the entry without its texts. Their digest, and so the hash, stays.
func Blank(e Entry) Entry {
	e.Text = ""
	if e.Order != nil {
		o := *e.Order
		o.Said, o.Command.Text, o.Reply = "", "", ""
		e.Order = &o
	}
	return e
}

// hasText reports whether the entry holds any text of people's.
func hasText(e Entry) bool {
	return e.Text != "" || e.Order != nil && e.Order.Said+e.Order.Command.Text+e.Order.Reply != ""
}

// sum returns the digest of the entry's texts, "" if it has none.
func sum(e Entry) string {
	switch {
	case !hasText(e):
		return ""
	case e.Order == nil:
		s := sha256.Sum256([]byte(e.Text))
		return hex.EncodeToString(s[:])
	}
	return digestJSON([]string{e.Text, e.Order.Said, e.Order.Command.Text, e.Order.Reply})
}

func digestJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		data = fmt.Append(nil, err) // unreachable unless a time lies outside the years 0 to 9999
	}
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

// Verify checks a ledger from its first entry on, and says of the first entry
// that is wrong what is wrong with it (O46). It cannot know of entries that
// were cut off the end; [VerifyAll] can.
func Verify(entries []Entry) error {
	seq, prev := 0, ""
	for _, e := range entries {
		if err := follows(e, seq, prev); err != nil {
			return err
		}
		seq, prev = e.Seq, e.Hash
	}
	return nil
}

// VerifyAll checks a ledger, and that it ends where its record says.
func VerifyAll(r incident.Record, entries []Entry) error {
	if err := Verify(entries); err != nil {
		return err
	}
	var last Entry
	if len(entries) > 0 {
		last = entries[len(entries)-1]
	}
	switch {
	case last.Seq < r.Seq:
		return fmt.Errorf("the ledger ends with entry %d, but the record knows of %d: the end was cut off", last.Seq, r.Seq)
	case last.Seq > r.Seq:
		return fmt.Errorf("entry %d: the record knows of %d entries only: this one was added past it", r.Seq+1, r.Seq)
	case last.Hash != r.Head:
		return fmt.Errorf("entry %d: the record knows another hash for it: the ledger was written anew", last.Seq)
	}
	return nil
}

// follows checks one entry, and that it comes after entry seq with hash prev.
func follows(e Entry, seq int, prev string) error {
	at := fmt.Sprintf("entry %d (%s, %s)", e.Seq, e.Kind, e.At.UTC().Format(time.RFC3339))
	switch {
	case e.Seq <= seq:
		return fmt.Errorf("%s stands after entry %d: entries were put in another order, or repeated", at, seq)
	case e.Seq > seq+1:
		return fmt.Errorf("%s stands where entry %d belongs: what was before it is missing", at, seq+1)
	case e.Prev != prev && seq == 0:
		return fmt.Errorf("%s names a predecessor, but is the first: what was before it is missing", at)
	case e.Prev != prev:
		return fmt.Errorf("%s was not written after entry %d as that reads now: one of them was exchanged", at, seq)
	case hasText(e) && e.Sum != sum(e):
		return fmt.Errorf("%s: its text is not the one that was written: it was changed", at)
	case e.Hash != hash(e):
		return fmt.Errorf("%s: it does not match its hash: it was changed", at)
	}
	return nil
}

// redact returns the ledger with the texts of entry seq blanked, for a secret
// that must go. Their digest stays, and the ledger still verifies. A record
// holds the texts of orders too, so it is to be folded anew.
func redact(entries []Entry, seq int) ([]Entry, error) {
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Seq == seq })
	if i < 0 {
		return nil, fmt.Errorf("the ledger has no entry %d: it has %d entries", seq, len(entries))
	}
	if !hasText(entries[i]) {
		return nil, fmt.Errorf("entry %d holds no text: nothing to blank", seq)
	}
	entries = slices.Clone(entries)
	entries[i] = Blank(entries[i])
	return entries, nil
}
