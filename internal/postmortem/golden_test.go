package postmortem

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with a file in testdata that a person can review.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if the change is meant, run go test -update and review the file.\n%s", file, firstDifference(got, string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return "first at line " + strings.TrimSpace(strings.Join([]string{strconv.Itoa(i + 1), "got ", g[i]}, ": ")) + "\nwant: " + strings.Join(w[min(i, len(w)):min(i+1, len(w))], "")
		}
	}
	return "got ends early"
}

const storyID = "4711"

func at(clock string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", "2026-11-22 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

var storyPeople = Variables([]incident.Tenure{
	{Role: incident.CommandRole, Who: "alice", From: at("10:00"), How: "declared"},
	{Role: incident.Operations, Who: "bob", From: at("10:04"), To: at("10:40"), How: "order"},
	{Role: incident.Communications, Who: "carol", From: at("10:05"), How: "order"},
	{Role: incident.Operations, Who: "dave", From: at("10:12"), To: at("11:30"), How: "order"},
	{Role: incident.Planning, Who: "erin", From: at("11:31"), How: "order"},
}, "olga", []incident.Person{"frank"}, map[incident.Person]string{
	"alice": "Alice Doe", "bob": "Bob Burns", "carol": "Carol | Danvers", "dave": "Mark Miller", "erin": "Will", "olga": "Olga",
})

var (
	storyEvents = []Event{
		{At: at("10:00"), By: "Incident Command", What: "declared", URL: "https://tracker.example/acme/shop/12#1"},
		{At: at("10:04"), By: "Operations A", What: "took operations"},
		{At: at("10:20"), By: "Operations A", What: "action", Text: "restarted *web1*, @dave and Bob Burns watched <!-- secret -->\nthe pool | queue", URL: "https://tracker.example/acme/shop/12#7", Edited: at("10:22")},
		{At: at("10:10"), By: "Communications", What: "update to customers", Text: "We are working on it."},
		{At: at("10:30"), By: "Operations B", What: "note", Text: "removed", Deleted: at("12:00")},
		{At: at("11:00"), By: "Incident Command", What: "service restored"},
	}
	storyChanges = []Change{
		{Name: "socket pool to 400", By: "Operations A", From: at("10:30"), To: at("10:55")},
		{Name: "fewer web workers", By: "Operations B", From: at("10:41")},
		{Name: "cache flush", By: "Operations A", From: at("10:10"), To: at("10:20")},
		{Name: "later", By: "Operations B", From: at("11:05")},
	}
	storyTickets = []Resolution{
		{Ref: "acme/shop#21", URL: "https://tracker.example/acme/shop/21", Title: "Alert at night, says @bob", State: incident.Done, Owner: "Operations A", Category: "process"},
		{Ref: "acme/shop#20", URL: "https://tracker.example/acme/shop/20", Title: "Socket pool | too small", State: incident.Open, Owner: "Planning", Due: at("00:00").AddDate(0, 0, 9), Category: "technical"},
		{Ref: "OPS-7", Title: "Budget", State: incident.Wontfix, Note: "no reason given"},
	}
	storyEvidence = []Evidence{
		{At: at("10:15"), By: "Operations A", What: "https://grafana.example/d/1?from=(a)|b", Source: "https://tracker.example/acme/shop/12#5", Sum: digest("x")},
		{At: at("10:16"), By: "Communications", What: "mail from @bob: \"<b>down</b>\"", Deleted: at("10:17")},
	}
)

func storyBlocks() map[Block]string {
	return map[Block]string{
		StateBlock: StateText(State{Phase: "restored", Ref: "acme/shop#12", URL: "https://tracker.example/acme/shop/12",
			Declared: at("10:00"), Restored: at("11:00"), Note: "Filed: 2 of 3 items."}),
		PeopleBlock:      PeopleText(storyPeople),
		TimelineBlock:    TimelineText(storyEvents, storyPeople, storyChanges, at("11:00")),
		ResolutionsBlock: ResolutionsText(storyTickets, storyPeople),
		EvidenceBlock:    EvidenceText(storyEvidence, storyPeople),
	}
}

func storyDraft() string {
	return Draft(Facts{ID: storyID, Title: "Checkout is broken, says @bob <script>", People: storyPeople, Blocks: storyBlocks()})
}

func TestDraftIsReviewed(t *testing.T) {
	golden(t, "draft.md", storyDraft())
	golden(t, "empty.md", Draft(Facts{ID: "1", Title: "x"}))
}
