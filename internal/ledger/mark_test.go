package ledger

import (
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// ended is a ledger with a recovery, in entry 3, and a close, in entry 5.
func ended() []Entry {
	order := func(word string, verdict incident.Verdict) Entry {
		return Entry{Kind: Ordered, At: minute(3), By: "alice", Order: &incident.Order{At: minute(3), Verdict: verdict, Command: incident.Command{Word: word}}}
	}
	return Chain(incident.Record{}, []Entry{
		{Kind: Declared, At: noon, Declared: &incident.Declared{By: "alice", At: noon}},
		order("restored", incident.RefusedByRule), order("restored", incident.Obeyed), order("note", incident.Obeyed),
		{Kind: Sealed, At: minute(50), Name: "closed"}, {Kind: Sealed, At: minute(51), Name: "retracted"},
	}, minute(60))
}

func TestTheHeadIsMarkedWherePeopleLookBackTo(t *testing.T) {
	entries := ended()
	marks := Fold(incident.Record{}, entries).Marks
	want := map[string]incident.Mark{
		"restored": {At: minute(3), Seq: 3, Head: entries[2].Hash},
		"closed":   {At: minute(50), Seq: 5, Head: entries[4].Hash},
	}
	if len(marks) != len(want) || marks["restored"] != want["restored"] || marks["closed"] != want["closed"] {
		t.Errorf("the marks are %+v, not %+v", marks, want)
	}
	entries[2].Hash = ""
	if m, ok := Fold(incident.Record{}, entries[:3]).Marks["restored"]; ok {
		t.Errorf("an entry that is not chained was marked as %+v", m)
	}
}

// Whoever can write the store can write a whole new ledger that is sound in
// itself; he cannot change what the board has shown (O46).
func TestALedgerWrittenAnewIsFound(t *testing.T) {
	entries := ended()
	shown := Fold(incident.Record{}, entries).Marks
	if lost, err := Compare(entries, shown); err != nil || lost != nil {
		t.Errorf("%v, %v", lost, err)
	}
	forged := deepCopy(entries)
	forged[3].By = "mallory"
	forged = Chain(incident.Record{}, forged, minute(60))
	if err := Audit(Fold(incident.Record{}, forged), forged); err != nil {
		t.Fatalf("it is not sound in itself: %v", err)
	}
	if _, err := Compare(forged, shown); err == nil || !strings.HasPrefix(err.Error(), "entry 5: as of closed its hash was shown as "+Short(entries[4].Hash)+", here it is "+Short(forged[4].Hash)) {
		t.Errorf("%v", err)
	}
	if _, err := Compare(entries[:4], shown); err == nil || !strings.HasPrefix(err.Error(), "entry 5, whose hash "+Short(entries[4].Hash)+" was shown as of closed, is not in the ledger") {
		t.Errorf("%v", err)
	}
}

// What was shown before the store was lost is no proof against the ledger that
// was begun after it; what was shown since is.
func TestAGapExcusesOnlyWhatWasBeforeIt(t *testing.T) {
	shown := Fold(incident.Record{}, ended()).Marks
	begun := func(until int) []Entry {
		return Chain(incident.Record{}, []Entry{{Kind: Declared, At: noon}, {Kind: Gap, At: noon}, {Kind: Did, At: minute(40)}}, minute(until))
	}
	if lost, err := Compare(begun(70), shown); err != nil || len(lost) != 2 || !strings.Contains(lost[0], "as of restored, entry 3") || !strings.Contains(lost[1], "as of closed, entry 5") {
		t.Errorf("%q, %v", lost, err)
	}
	if lost, err := Compare(begun(30), shown); err == nil || len(lost) != 1 {
		t.Errorf("%q, %v", lost, err)
	}
}
