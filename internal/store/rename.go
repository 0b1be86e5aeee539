package store

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// MergeJournals returns the journal a key has after a rename onto it: that of
// the record that stays, and whatever the other one set out to create as well,
// for an intent that is forgotten may be carried out twice. Where both know a
// slot the one whose outcome is known wins.
func MergeJournals(stays, goes incident.Journal) incident.Journal {
	merged := stays
	merged.Slots = maps.Clone(stays.Slots)
	for slot, attempt := range goes.Slots {
		if merged.Slots == nil {
			merged.Slots = map[incident.Slot]incident.Attempt{}
		}
		if known, ok := merged.Slots[slot]; !ok || known.Open() && !attempt.Open() {
			merged.Slots[slot] = attempt
		}
	}
	merged.Spent = append(slices.Clone(stays.Spent), goes.Spent...)
	slices.SortFunc(merged.Spent, time.Time.Compare)
	return merged
}

// CheckRename returns an error that says why a key cannot be renamed so.
func CheckRename(from, to incident.Key) error {
	if from == to {
		return fmt.Errorf("%s cannot be renamed to itself", from)
	}
	return CheckKey(to)
}
