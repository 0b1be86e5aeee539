package postmortem

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// An item that we copied onto the page loses its text and nothing else changes.
func TestBlank(t *testing.T) {
	asked := AskedHash(storyID, "7.0")
	for name, text := range map[string]string{
		"bullets":   "- one @bob\n- the word\n  is s3cret\n\n  - and s3cret again\n\n- three\n",
		"numbers":   "1. one @bob\n2. s3cret\n3. three\n",
		"the last":  "- one @bob\n- s3cret",
		"with CRLF": "- one @bob\r\n- s3cret\r\n  more\r\n- three\r\n",
	} {
		page := "## Issues discovered\n\n" + text
		all := Read(storyID, page).Items
		i := slices.IndexFunc(all, func(it Item) bool { return strings.Contains(it.Text, "s3cret") })
		page = Apply(page, Edits{ID: storyID, Items: map[string]string{all[i].Hash: "[#9](https://t.example/9) open"}})
		page = strings.ReplaceAll(page, all[i].Hash, asked)
		got := Blank(storyID, page, []string{asked})
		items := Read(storyID, got).Items
		if strings.Contains(got, "s3cret") || len(items) != len(all) || items[i].Hash != asked || items[i].Text != Redacted || items[i].Shown == "" {
			t.Errorf("%s: %q", name, got)
		}
		for j := range items {
			if j != i && items[j].Text != all[j].Text {
				t.Errorf("%s: %q was %q", name, items[j].Text, all[j].Text)
			}
		}
		if again := Blank(storyID, got, []string{asked}); again != got {
			t.Errorf("%s: not at rest: %q", name, again)
		}
		if other := Blank(storyID, page, []string{"another"}); other != page {
			t.Errorf("%s: changed: %q", name, other)
		}
	}
}

// Whatever the page is, only the item goes.
func TestBlankTouchesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "# x\n\n" + rapid.StringOf(rapid.SampledFrom([]rune("ab \n\r-*1.>#`|<!"))).Draw(t, "before") +
			"\n\n## Issues discovered\n\n- the s3cret <!-- hereby:item-abc -->\n\n## Evidence\n\n" + rapid.StringOf(rapid.SampledFrom([]rune("ab \n-*`|<!"))).Draw(t, "after")
		got := Blank(storyID, text, []string{"abc"})
		if Blank(storyID, text, nil) != text {
			t.Fatal("changed without a reason")
		}
		if got != text && got != strings.Replace(text, "the s3cret", Redacted, 1) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
