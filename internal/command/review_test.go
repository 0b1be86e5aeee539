package command

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// What is said of a review (O18, O57; design, section 9).
func TestReview(t *testing.T) {
	for text, want := range map[string]cmd{
		"/review done":                 {Word: "review", Verb: "done"},
		"/REVIEW Done.":                {Word: "review", Verb: "done"},
		"hereby review done":           {Word: "review", Verb: "done"},
		"/review done at last":         {Word: "review", Verb: "done", Text: "at last"},
		"/review done except @bob ill": {Word: "review", Verb: "done", People: group{"bob"}, Text: "@bob ill"},
		"/review done, except @Bob: ill, @carol on leave": {Word: "review", Verb: "done", People: group{"bob", "carol"}, Text: "@Bob: ill, @carol on leave"},
		"/review done except @bob and @carol on leave":    {Word: "review", Verb: "done", People: group{"bob", "carol"}, Text: "@bob and @carol on leave"},
		"/review done except @bob, @carol on leave":       {Word: "review", Verb: "done", People: group{"bob", "carol"}, Text: "@bob, @carol on leave"},
		"/review done except @bob – ill – @bob ill":       {Word: "review", Verb: "done", People: group{"bob"}, Text: "@bob – ill – @bob ill"},
		"/review done except me, ill":                     {}, // people are named with "@"
		"/review done except @me ill":                     {Word: "review", Verb: "done", People: group{"alice"}, Text: "@me ill"},
		"/review done\n@carol raises the pool":            {Word: "review", Verb: "done"},
		"/review done except @bob ill\n@carol raises":     {Word: "review", Verb: "done", People: group{"bob"}, Text: "@bob ill"},
		"/review move 2028-02-29":                         {Word: "review", Verb: "move", Text: "2028-02-29"},
		"/review move 2026-04-02, Easter":                 {Word: "review", Verb: "move", Text: "2026-04-02"},
		"/review move 2026-04-02T11:00:00+02:00":          {Word: "review", Verb: "move", When: time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)},
		"/review move 2026-04-02 11:00":                   {Word: "review", Verb: "move", When: time.Date(2026, 4, 2, 9, 0, 0, 0, time.UTC)},
		"/review move 2026-04-02 11:00 UTC":               {Word: "review", Verb: "move", When: time.Date(2026, 4, 2, 11, 0, 0, 0, time.UTC), Text: "UTC"},
	} {
		here := onHub
		here.Zone = time.FixedZone("CEST", 7200)
		got := Parse(strings.Split(text, "\n"), here)
		if want.Word == "" {
			if len(got) != 1 || got[0].Err == "" {
				t.Errorf("%q is read as %+v", text, got)
			}
			continue
		}
		if len(got) != 1 || got[0].Err != "" || !reflect.DeepEqual(got[0].Command, want) {
			t.Errorf("%q\n got %+v\nwant %+v", text, got, want)
		}
	}
	for text, want := range map[string]struct{ suggest, says string }{
		"/review":                               {"/review done", "whether the review was held or is moved"},
		"/review held":                          {"/review done held", "whether the review was held"},
		"/review done without @bob":             {"/review done except @bob REASON", "was `@bob` not there?"},
		"/review done except":                   {"/review done except @… REASON", "who was excused, and why?"},
		"/review done except the usual ones":    {"/review done except @… the usual ones", "who was excused?"},
		"/review done except @bob":              {"/review done except @bob REASON", "why was `@bob` not there?"},
		"/review done except @bob REASON":       {"/review done except @bob REASON", "no quorum"},
		"/review done except @bob …":            {"/review done except @bob REASON", "no quorum"},
		"/review done except @bob @carol ill":   {"/review done except @bob REASON", "why was `@bob` not there?"},
		"/review done except @bob ill, @carol":  {"/review done except @carol REASON", "why was `@carol` not there?"},
		"/review done except @acme/on-call ill": {"/review done except @… REASON", "is a team"},
		"/review move":                          {"/review move YYYY-MM-DD", "the date is missing"},
		"/review move DATE":                     {"/review move YYYY-MM-DD", "the date is missing"},
		"/review move YYYY-MM-DD":               {"/review move YYYY-MM-DD", "the date is missing"},
		"/review move tomorrow":                 {"/review move YYYY-MM-DD", "`tomorrow` is no date"},
		"/review move 2027-02-29":               {"/review move YYYY-MM-DD", "there is no day `2027-02-29`"},
		"/review move 2026-13-01T10:00:00Z":     {"/review move YYYY-MM-DD", "cannot read the date"},
	} {
		got := Parse([]string{text}, onHub)
		if len(got) != 1 || got[0].Suggest != want.suggest || !strings.Contains(got[0].Err, want.says) {
			t.Errorf("%q: %+v\nwant %+v", text, got, want)
		}
	}
}
