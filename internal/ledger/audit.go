package ledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Audit checks all that a ledger and its record can prove by themselves (O46):
// the chain from its first entry to where the record says it ends ([VerifyAll]),
// that each text that is gone was blanked by somebody on record, and that the
// record is what the entries add up to.
func Audit(r incident.Record, entries []Entry) error {
	if err := VerifyAll(r, entries); err != nil {
		return err
	}
	if err := Blanked(entries); err != nil {
		return err
	}
	return sameFold(r, entries)
}

// Blanked checks that a later entry says of each text that is gone who blanked it.
func Blanked(entries []Entry) error {
	known := map[int]bool{}
	for _, e := range slices.Backward(entries) {
		if e.Kind == Redacted {
			for _, seq := range numbers(e.Name) {
				known[seq] = true
			}
		}
		if e.Redacted() && !known[e.Seq] {
			return fmt.Errorf("entry %d (%s, %s): its text is gone, and no later entry says who blanked it", e.Seq, e.Kind, e.At.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// Redacted reports whether the entry had a text that was blanked.
func (e Entry) Redacted() bool { return e.Sum != "" && !hasText(e) }

// sameFold checks that a record is the fold of its ledger. What was seen last
// is not on the ledger.
func sameFold(r incident.Record, entries []Entry) error {
	is, want := fields(r), fields(Fold(incident.Record{}, entries))
	names := slices.AppendSeq(slices.Collect(maps.Keys(is)), maps.Keys(want))
	slices.Sort(names)
	for _, name := range names {
		if is[name] != want[name] {
			return fmt.Errorf("the record is not what its ledger says: %q was changed. The ledger itself is whole", name)
		}
	}
	return nil
}

// fields returns a record's parts as JSON, by name, without what is not folded.
func fields(r incident.Record) map[string]string {
	r.ID, r.Key, r.Last = "", "", incident.Snapshot{}
	data, err := json.Marshal(r)
	parts := map[string]json.RawMessage{}
	if err == nil {
		err = json.Unmarshal(data, &parts)
	}
	if err != nil {
		return map[string]string{"record": err.Error()} // unreachable unless a time lies outside the years 0 to 9999
	}
	all := map[string]string{}
	for name, part := range parts {
		all[name] = string(part)
	}
	return all
}
