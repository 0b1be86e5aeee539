package store

import (
	"fmt"
	"slices"
	"sort"
	"unicode"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// maxKey bounds a key in bytes; every tracker's keys are far shorter.
const maxKey = 1024

// CheckKey returns an error that says why a key cannot be kept: keys come
// from deliveries, and a store separates its own names by control characters.
func CheckKey(key incident.Key) error {
	s := string(key)
	switch {
	case s == "":
		return fmt.Errorf("an empty key cannot be kept in the store")
	case len(s) > maxKey:
		return fmt.Errorf("a key of %d bytes cannot be kept in the store: at most %d are expected", len(s), maxKey)
	case !utf8.ValidString(s):
		return fmt.Errorf("the key %q cannot be kept in the store: it is not UTF-8", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) {
			return fmt.Errorf("the key %q cannot be kept in the store: it holds a control character", s)
		}
	}
	return nil
}

// Names returns the names under which [Store.Heads] finds a key, sorted: each
// ticket its record ever counted, the issue the key itself names, and "#" with
// the record's ID. A ticket that was unlinked stays a name: looking once too
// often is harmless.
func Names(key incident.Key, record incident.Record) []string {
	names := make([]string, 0, len(record.Counted)+2)
	for ref := range record.Counted {
		names = append(names, string(ref))
	}
	if ref := key.Ref(); ref != "" {
		names = append(names, string(ref))
	}
	if record.ID != "" {
		names = append(names, "#"+record.ID)
	}
	sort.Strings(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(n string) bool { return CheckKey(incident.Key(n)) != nil })
}

// Summarise returns what the index says of a record, without Due. It reports
// false for a record that was never declared.
func Summarise(key incident.Key, record incident.Record) (Summary, bool) {
	if record.Declared.IsZero() {
		return Summary{}, false
	}
	_, retracted := record.Done["retracted"]
	_, duplicate := record.Done["duplicate"]
	title := record.Last.Head.Title
	if record.Last.Head.Private {
		title = ""
	}
	return Summary{
		Key:      key,
		ID:       record.ID,
		URL:      record.Last.URL,
		Title:    title,
		Declared: record.Declared.At,
		Closed:   !record.Sealed.IsZero() || record.Last.Gone || retracted || duplicate,
	}, true
}

// Taken returns the error of an Append that would change an entry: a ledger
// only grows.
func Taken(key incident.Key, seq int) error {
	return fmt.Errorf("the ledger of %s holds another entry %d already: entries are never replaced, load the record anew", key, seq)
}
