package store

import (
	"encoding/json"
	"fmt"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// CheckBlank returns the error of a Redact that would do more to an entry than
// blank its texts.
func CheckBlank(key incident.Key, is, will ledger.Entry) error {
	want, err := json.Marshal(ledger.Blank(is))
	if err != nil {
		return fmt.Errorf("entry %d of %s cannot be written down: %w", is.Seq, key, err)
	}
	if got, err := json.Marshal(will); err != nil || string(got) != string(want) {
		return fmt.Errorf("entry %d of %s would be changed and not only blanked: entries are never replaced", will.Seq, key)
	}
	return nil
}

// Forget returns a journal without the texts it may hold: of what the tracker
// refused, which is then tried again the sooner.
func Forget(j incident.Journal) incident.Journal {
	j.Refused = nil
	return j
}
