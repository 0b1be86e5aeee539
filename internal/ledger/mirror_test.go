package ledger

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// The mirror is public: no name, no text, but the chain.
func TestMirrorPublishesNeitherNamesNorTexts(t *testing.T) {
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	entries := Chain(incident.Record{}, []Entry{
		{Kind: Declared, At: at, By: "alice", Declared: &incident.Declared{By: "alice", At: at}},
		{Kind: Commented, At: at, By: "bob", Comment: "7", Text: "the password is hunter2"},
		{Kind: Ordered, At: at, By: "bob", Comment: "7", Text: "/note hunter2", Order: &incident.Order{By: "bob", Said: "/note hunter2", Verdict: incident.Obeyed, Command: incident.Command{Word: "note", Text: "hunter2"}}},
		{Kind: RoleBegan, At: at, By: "carol", Tenure: &incident.Tenure{Role: incident.Operations, Who: "carol"}, Slot: "role/operations/carol"},
	}, at)
	got := Mirror(entries, map[incident.Person]string{"alice": "Incident Command", "bob": "Operations A"})
	for _, secret := range []string{"alice", "bob", "carol", "hunter2"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q stands in\n%s", secret, got)
		}
	}
	rows := strings.Split(strings.TrimSpace(got), "\n")
	if len(rows) != len(entries) || !strings.Contains(rows[2], `"by":"Operations A"`) || !strings.Contains(rows[2], `"word":"note","verdict":"obeyed"`) {
		t.Fatalf("%s", got)
	}
	prev := ""
	for i, row := range rows {
		var m struct{ Prev, Hash, Sum string }
		if err := json.Unmarshal([]byte(row), &m); err != nil || m.Prev != prev || m.Hash != entries[i].Hash || m.Sum != entries[i].Sum {
			t.Errorf("row %d: %+v, %v", i, m, err)
		}
		prev = m.Hash
	}
}
