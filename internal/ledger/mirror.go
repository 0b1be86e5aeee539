package ledger

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// mirrored is an entry as it may be shown to the world: who by variable, and
// of texts their digests, so that no name and no pasted secret is published
// again (design, section 11).
type mirrored struct {
	Seq     int              `json:"seq"`
	At      time.Time        `json:"at"`
	Seen    time.Time        `json:"seen"`
	Kind    Kind             `json:"kind"`
	By      string           `json:"by,omitempty"` // a variable
	Ref     incident.Ref     `json:"ref,omitempty"`
	State   incident.State   `json:"state,omitempty"`
	Word    string           `json:"word,omitempty"` // of an order
	Verdict incident.Verdict `json:"verdict,omitempty"`
	Sum     string           `json:"sum,omitempty"` // digest of the text
	Prev    string           `json:"prev"`
	Hash    string           `json:"hash"`
}

// Mirror returns a ledger as JSON lines for publication. as maps people to
// variables; one who has none is left out. The hashes are those of the ledger:
// whoever holds that can prove that the mirror shows all of it.
func Mirror(entries []Entry, as map[incident.Person]string) string {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	for _, e := range entries {
		m := mirrored{Seq: e.Seq, At: e.At, Seen: e.Seen, Kind: e.Kind, By: as[e.By], Ref: e.Ref, State: e.State, Sum: e.Sum, Prev: e.Prev, Hash: e.Hash}
		if e.Order != nil {
			m.Word, m.Verdict = e.Order.Command.Word, e.Order.Verdict
		}
		_ = out.Encode(m) // a buffer takes everything, and all of it is text
	}
	return b.String()
}
