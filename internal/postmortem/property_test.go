package postmortem

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// pieces are what pages are made of, and what breaks readers of Markdown.
var pieces = []string{
	"\n", "\n", "\n\n", "\r\n", " ", "  ", "    ", "\t", "a", "b c", "word", "- ", "* ", "+ ", "1. ", "2) ", "- - ", "-", "- [ ] ",
	"> ", "```", "~~~", "```go\n", "`", "``", "<!--", "-->", "<!-- x -->", "<pre>", "</pre>", "<details>", "<b>", "<code>", "</code>",
	"# ", "## ", "### ", "===", "---", "***", "| a | b |", "|---|---|", "[", "](", ")", "[x](y)", "\\", "*", "_", "&", "&#64;",
	"@bob", "@alice", "@stranger", "a@b.de", "https://x.y/@bob", "#technical", "due:2026-12-01", "to:acme/shop", "→", " → ", "é", "\ufeff", "\u2060",
	"## People\n", "## Timeline\n", "\n## Issues discovered\n\n- ", "## Abstract\n", "\n# T\n", "### Evidence\n", "\n- one issue\n", "\n- one issue\n",
	"<!-- hereby:item-abc -->", "<!-- hereby:item-abc AAAAAA -->", "\n- marked <!-- hereby:item-abc -->\n",
	"| Planning | Ann |\n", "old event\n", "new event\n", promptBegin + "x" + promptEnd,
	"<!-- hereby:1 7 block/people -->", "<!-- hereby:1 7 block/people", "<!-- /hereby:1 7 block/people -->", "<!-- hereby:1 7 block/timeline AAAAAA -->",
	"<!-- /hereby:1 7 block/timeline -->\n", "<!-- hereby:1 8 block/people -->",
	block(PeopleBlock, oldTable), block(TimelineBlock, "old event\n"), block(StateBlock, "open"),
}

func pages() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		var b strings.Builder
		for range n {
			b.WriteString(rapid.SampledFrom(pieces).Draw(t, "piece"))
		}
		return b.String()
	})
}

// anyEdits returns edits of every kind, those of items made for a page.
func anyEdits(t *rapid.T, page string) Edits {
	e := Edits{ID: "7", Blocks: map[Block]string{}, Items: map[string]string{}}
	for _, b := range Blocks {
		if rapid.Bool().Draw(t, "named") {
			e.Blocks[b] = rapid.SampledFrom([]string{"", newTable, "old event\nnew event", "- a\n- b", "```\nx"}).Draw(t, "text")
		}
	}
	p := Read("7", page)
	for _, it := range p.Items {
		if rapid.Bool().Draw(t, "shown") {
			e.Items[it.Hash] = rapid.SampledFrom([]string{"", "[#1](https://t/1), open", "a → b", "<!-- x --> `"}).Draw(t, "what")
		}
	}
	if rapid.Bool().Draw(t, "handles") {
		e.Handles = map[incident.Person]string{"bob": "Operations A", "alice": "Planning"}
	}
	if rapid.Bool().Draw(t, "add") {
		e.Add = []Added{{"abcdef", rapid.SampledFrom([]string{"an issue @bob", "two\nlines", "```\ncode", "", "- x\n\n# h", "`a", "<!-- c"}).Draw(t, "added")}}
	}
	return e
}

func TestTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := pages().Draw(t, "page")
		e := anyEdits(t, page)
		once := Apply(page, e)
		if twice := Apply(once, e); twice != once {
			t.Fatalf("page  %q\nedits %q\nonce  %q\ntwice %q", page, e, once, twice)
		}
	})
}

var anyMarker = regexp.MustCompile(`<!--[ \t]*/?hereby:1[ \t]+7[ \t]+block/(?:state|people|timeline|resolutions|evidence)(?:[ \t]+[A-Za-z0-9._]+)?[ \t]*(?:-->|[\r\n]*$)`)

// theirs returns the lines of a page that say something and are not ours, in
// order: neither marker nor a line of any of the texts given.
func theirs(page string, texts ...string) []string {
	our := map[string]bool{}
	for _, text := range texts {
		for _, line := range blockLines(text) {
			our[strings.TrimSpace(line)] = true
		}
	}
	var lines []string
	for line := range strings.Lines(page) {
		for _, piece := range strings.Split(anyMarker.ReplaceAllString(line, "\n"), "\n") {
			if s := strings.TrimSpace(piece); !mute(s) && !our[s] && partOf(strings.TrimLeft(s, "# ")) == "" {
				lines = append(lines, s)
			}
		}
	}
	return lines
}

// A person does anything to a page that we wrote: writes into blocks, deletes,
// doubles and moves lines, markers among them.
func TestNoWordOfPeopleIsLost(t *testing.T) {
	old := map[Block]string{StateBlock: "open", PeopleBlock: oldTable, TimelineBlock: "old event\n\nfirst event", ResolutionsBlock: "", EvidenceBlock: "- x1\n- x2"}
	next := Edits{ID: "7", Blocks: map[Block]string{StateBlock: "closed", PeopleBlock: newTable, TimelineBlock: "first event\nnew event", ResolutionsBlock: "r1", EvidenceBlock: "- x2\n- x3"}}
	var texts []string
	for b := range old {
		texts = append(texts, old[b], next.Blocks[b])
	}
	rapid.Check(t, func(t *rapid.T) {
		lines := strings.SplitAfter(Draft(Facts{ID: "7", Title: "t", Blocks: old}), "\n")
		for i := range rapid.IntRange(1, 12).Draw(t, "edits") {
			from := rapid.IntRange(0, len(lines)).Draw(t, "from")
			to := min(len(lines), from+rapid.IntRange(0, 8).Draw(t, "length"))
			cut := slices.Clone(lines[from:to])
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				lines = slices.Insert(lines, from, fmt.Sprintf("human %d\n", i))
			case 1:
				lines = slices.Insert(lines, from, rapid.SampledFrom([]string{"\n", "```\n", "<!-- c\n", "## Notes\n", "| h | i |\n|---|---|\n", "> q\n"}).Draw(t, "line"))
			case 2:
				lines = slices.Delete(lines, from, to)
			case 3: // doubled
				lines = slices.Insert(lines, rapid.IntRange(0, len(lines)).Draw(t, "at"), cut...)
			case 4: // moved
				lines = slices.Delete(lines, from, to)
				lines = slices.Insert(lines, rapid.IntRange(0, len(lines)).Draw(t, "at"), cut...)
			case 5: // within a line
				if from < len(lines) {
					at := rapid.IntRange(0, len(strings.TrimRight(lines[from], "\n"))).Draw(t, "at")
					lines[from] = lines[from][:at] + fmt.Sprintf(" human%d ", i) + lines[from][at:]
				}
			}
		}
		page := strings.Join(lines, "")
		got := Apply(page, next)
		if was, is := theirs(page, texts...), theirs(got, texts...); !slices.Equal(was, is) {
			t.Fatalf("page\n%s\n\ngot\n%s\n\nwas %q\nis  %q", page, got, was, is)
		}
		for _, b := range Blocks {
			if text, ok := next.Blocks[b]; ok && strings.Count(got, block(b, text)) != 1 && strings.Count(got+"\n", block(b, text)) != 1 {
				t.Fatalf("page\n%s\n\ngot\n%s\n\nwhich should hold once\n%s", page, got, block(b, text))
			}
		}
		if n := len(anyMarker.FindAllString(got, -1)); n != 2*len(next.Blocks) {
			t.Fatalf("page\n%s\n\n%d markers in\n%s", page, n, got)
		}
	})
}

// What stands outside whole blocks is the same byte for byte, white space too.
func TestTextOutsideBlocksIsKeptByteForByte(t *testing.T) {
	whole := regexp.MustCompile(`(?s)<!-- hereby:1 7 block/([a-z]+)[^>]* -->.*?<!-- /hereby:1 7 block/[a-z]+ -->\n`)
	rapid.Check(t, func(t *rapid.T) {
		text := Draft(Facts{ID: "7", Title: "t", Blocks: map[Block]string{PeopleBlock: oldTable, TimelineBlock: "old event"}})
		var page strings.Builder
		plain := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(pieces), func(s string) bool {
			return strings.Contains(s, "hereby:1 7") || strings.Contains(s, "#") || strings.Contains(s, "<") || strings.HasPrefix(s, "-") || strings.Contains(s, "--") || strings.Contains(s, "==") || strings.Contains(s, "~") || strings.Contains(s, "`")
		}))
		outside := func(s string) {
			for line := range strings.Lines(s) {
				page.WriteString(line)
				for range rapid.IntRange(0, 3).Draw(t, "n") {
					page.WriteString(plain.Draw(t, "piece"))
				}
				if !strings.HasSuffix(page.String(), "\n") {
					page.WriteString("\n")
				}
			}
		}
		at := 0
		for _, m := range whole.FindAllStringIndex(text, -1) {
			outside(text[at:m[0]])
			page.WriteString(text[m[0]:m[1]])
			at = m[1]
		}
		outside(text[at:])
		got := Apply(page.String(), edits("people", newTable, "timeline", "x\ny", "state", "", "resolutions", "r", "evidence", "- e"))
		if was, is := whole.ReplaceAllString(page.String(), "[$1]"), whole.ReplaceAllString(got, "[$1]"); was != is {
			t.Fatalf("was\n%q\nis\n%q", was, is)
		}
	})
}

func TestLineEndsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := strings.ReplaceAll(strings.ReplaceAll(pages().Draw(t, "page"), "\r", ""), "\n", "\r\n")
		e := anyEdits(t, page)
		got := Apply(page, e)
		if strings.Contains(page, "\r\n") && strings.Contains(strings.ReplaceAll(got, "\r\n", ""), "\n") {
			t.Fatalf("page %q\ngot %q", page, got)
		}
		if page != "" && len(e.Add) == 0 && !strings.HasSuffix(page, "\n") && strings.HasSuffix(got, "\n") &&
			!strings.HasSuffix(anyMarker.ReplaceAllString(page, ""), "\n") && len(e.Blocks) == 0 {
			t.Fatalf("page %q\ngot %q", page, got)
		}
	})
}

// Marking all items changes nothing about them, wherever the marks end up.
func TestMarkedItemsAreTheSameItems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := "\n## Issues discovered\n\n- " + pages().Draw(t, "page")
		before := Read("7", page)
		e := Edits{ID: "7", Items: map[string]string{}}
		for _, it := range before.Items {
			e.Items[it.Hash] = rapid.SampledFrom([]string{"", "[#1](https://t/1), open"}).Draw(t, "shown")
		}
		marked := Apply(page, e)
		after := Read("7", marked)
		if len(after.Items) != len(before.Items) {
			t.Fatalf("page %q\nmarked %q\n%d items before, %d after", page, marked, len(before.Items), len(after.Items))
		}
		for i, was := range before.Items {
			is := after.Items[i]
			if is.Hash != was.Hash || !is.Marked || is.Copied || fold(is.Text) != fold(was.Text) || is.Shown != e.Items[is.Hash] {
				t.Fatalf("page %q\nmarked %q\nitem was %+v\nis       %+v", page, marked, was, is)
			}
		}
		for i := range e.Items {
			e.Items[i] = "done"
		}
		if again := Read("7", Apply(marked, e)); len(again.Items) != len(before.Items) || len(again.Items) > 0 && again.Items[0].Shown != "done" {
			t.Fatalf("page %q\nmarked %q\ndone %q", page, marked, Apply(marked, e))
		}
	})
}

func TestHashesAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := "## Issues discovered\n\n- " + pages().Draw(t, "page")
		seen := map[string]bool{}
		for _, it := range Read("7", page).Items {
			if seen[it.Hash] || it.Hash == "" {
				t.Fatalf("%q twice in %q", it.Hash, page)
			}
			seen[it.Hash] = true
		}
	})
}
