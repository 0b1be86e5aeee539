package postmortem

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func storyTwin() Twin {
	t := Twin{ID: storyID, Head: "acme/shop#12", Phase: "restored", Ledger: "abc", Entries: 9, Declared: at("10:00"), Restored: at("11:00")}
	t.SetPeople(storyPeople)
	t.SetTimeline(storyEvents)
	t.SetTickets(storyTickets)
	t.Describe(Read(storyID, Apply(written("@bob wrote s3cret"), Edits{ID: storyID, Blocks: storyBlocks()})))
	return t
}

func TestTwinIsReviewed(t *testing.T) { golden(t, "twin.json", string(storyTwin().Encode())) }

// The same facts make the same bytes, in whatever order and zone they come.
func TestTwinIsStable(t *testing.T) {
	a, b := storyTwin(), storyTwin()
	slices.Reverse(b.Timeline)
	slices.Reverse(b.Tickets)
	slices.Reverse(b.Roles)
	zone := time.FixedZone("X", 3600)
	b.Declared = b.Declared.In(zone)
	for i := range b.Timeline {
		b.Timeline[i].At = b.Timeline[i].At.In(zone)
	}
	if !bytes.Equal(a.Encode(), b.Encode()) {
		t.Errorf("got\n%s\nwant\n%s", b.Encode(), a.Encode())
	}
	var back Twin
	if err := json.Unmarshal(a.Encode(), &back); err != nil || !bytes.Equal(back.Encode(), a.Encode()) {
		t.Errorf("read back: %v", err)
	}
	if empty := string(Twin{}.Encode()); strings.Contains(empty, "null") || strings.Contains(empty, "0001") {
		t.Errorf("empty: %s", empty)
	}
}

// A twin names nobody and repeats nothing that people wrote.
func TestTwinHoldsNoNamesAndNoTexts(t *testing.T) {
	twin := strings.ToLower(string(storyTwin().Encode()))
	for _, m := range storyPeople {
		for _, name := range append(strings.Fields(m.Name), string(m.Who)) {
			if len(name) > 2 && strings.Contains(twin, "\""+strings.ToLower(name)) || strings.Contains(twin, " "+strings.ToLower(name)+" ") {
				t.Errorf("%q is in the twin", name)
			}
		}
	}
	for _, word := range []string{"restarted", "s3cret", "socket", "alert", "checkout", "@"} {
		if strings.Contains(twin, word) {
			t.Errorf("%q is in the twin", word)
		}
	}
}
