package ledger

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hereby/hereby/internal/incident"
)

// marking are the obeyed words whose entries people look back to, with what
// the board calls them.
var marking = map[string]string{"restored": "restored", "publish": "published", "postmortem": "published"}

// mark notes the chain's head as of an entry. One that is not chained yet has none.
func mark(r *incident.Record, name string, e Entry) {
	if e.Hash == "" || name == "" {
		return
	}
	if r.Marks == nil {
		r.Marks = map[string]incident.Mark{}
	}
	r.Marks[name] = incident.Mark{At: e.At, Seq: e.Seq, Head: e.Hash}
}

// Compare checks a ledger against heads that were shown elsewhere, where who
// can write the store cannot reach them (O46). Only so is it noticed that a
// ledger was written anew as a whole.
//
// What was shown of a ledger that was lost with its store, as a gap in this one
// tells, cannot be compared; lost says which.
func Compare(entries []Entry, shown map[string]incident.Mark) (lost []string, err error) {
	names := slices.SortedFunc(maps.Keys(shown), func(a, b string) int { return shown[a].Seq - shown[b].Seq })
	for _, name := range names {
		m := shown[name]
		i := slices.IndexFunc(entries, func(e Entry) bool { return e.Seq == m.Seq })
		switch {
		case i >= 0 && entries[i].Hash == m.Head:
		case slices.ContainsFunc(entries, func(e Entry) bool { return e.Kind == Gap && m.At.Before(e.Seen) }):
			lost = append(lost, fmt.Sprintf("the head shown as of %s, entry %d with %s, is of the ledger that was lost with its store", name, m.Seq, Short(m.Head)))
		case i < 0:
			return lost, fmt.Errorf("entry %d, whose hash %s was shown as of %s, is not in the ledger: it was cut off or written anew", m.Seq, Short(m.Head), name)
		default:
			return lost, fmt.Errorf("entry %d: as of %s its hash was shown as %s, here it is %s: the ledger was written anew, this entry or one before it", m.Seq, name, Short(m.Head), Short(entries[i].Hash))
		}
	}
	return lost, nil
}

// Short is a hash as people compare it.
func Short(hash string) string { return hash[:min(12, len(hash))] }
