package plan_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// Every rule that a refusal cites is explained in the README, and every rule
// explained there is cited in a reply that people read (O75).
func TestRefusalsCiteTheRulesOfTheReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/reply-refused-*.md")
	if err != nil {
		t.Fatal(err)
	}
	cited, explained := map[string]bool{}, map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?m)❌ `.*` – \\*([a-z ]+)\\*: ").FindAllSubmatch(text, -1) {
			cited[string(m[1])] = true
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\| \*([a-z ]+)\* \| [A-Z].*\. \|$`).FindAllSubmatch(readme, -1) {
		explained[string(m[1])] = true
	}
	if len(cited) < 10 || !maps.Equal(cited, explained) {
		t.Errorf("cited are %q, and explained %q", slices.Sorted(maps.Keys(cited)), slices.Sorted(maps.Keys(explained)))
	}
}
