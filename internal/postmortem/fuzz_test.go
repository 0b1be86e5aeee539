package postmortem

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func seeds(f *testing.F) {
	f.Add(storyDraft())
	f.Add(strings.ReplaceAll(storyDraft(), "\n", "\r\n"))
	f.Add("## People\n" + block(PeopleBlock, oldTable) + "human\n" + block(PeopleBlock, oldTable))
	f.Add("## Timeline\n<!-- hereby:1 7 block/people\n" + block(TimelineBlock, "x") + "<!-- /hereby:1 7 block/people -->")
	f.Add(issues + "- a @bob <!-- hereby:item-abc -->\n- ```\n  b\n- c → x <!-- hereby:item-abc AAAAAA -->\n1. | a |\n   |---|\n- - d <!-- e\n")
	f.Add("a\n===\n> b\nc\n- d\n\n      e\n<pre>\n</pre>\n\\")
}

// FuzzApply changes a page in every way, twice.
func FuzzApply(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<16 {
			return
		}
		e := Edits{ID: "7", Items: map[string]string{}, Handles: map[incident.Person]string{"bob": "Operations A"}, Add: []Added{{"abcdef", "c @bob"}},
			Blocks: map[Block]string{StateBlock: "open", PeopleBlock: newTable, TimelineBlock: "old event\n", EvidenceBlock: "- x"}}
		for i, it := range Read("7", page).Items {
			e.Items[it.Hash] = []string{"", "[#1](https://t/1)"}[i%2]
		}
		once := Apply(page, e)
		if twice := Apply(once, e); twice != once {
			t.Fatalf("page  %q\nonce  %q\ntwice %q", page, once, twice)
		}
		e.Items, e.Handles, e.Add = nil, nil, nil
		texts := []string{"open", newTable, "old event", "- x"}
		if was, is := theirs(page, texts...), theirs(Apply(page, e), texts...); !slices.Equal(was, is) && !strings.Contains(page, "hereby:1 7") {
			t.Fatalf("page %q\nwas %q\nis  %q", page, was, is)
		}
	})
}

// FuzzRead reads any page, and what its items say.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, page string) {
		if len(page) > 1<<16 {
			return
		}
		p := Read("7", page)
		for _, x := range p.Lint(storyPeople, DefaultWords()) {
			if x.Line < 0 || x.Line > strings.Count(page, "\n")+1 || x.Better == "" || strings.Contains(x.String(), "\n") && !strings.Contains(x.Better, "\n") {
				t.Fatalf("page %q\nfinding %+v", page, x)
			}
		}
		for _, it := range p.Items {
			if title := it.Title(); title == "" || strings.ContainsAny(title, "\r\n") {
				t.Fatalf("title %q of %q", title, it.Text)
			}
			_ = it.Body()
		}
	})
}

// A page of 5 MB, of each kind that could be slow.
func bigPages() map[string]string {
	const size = 5 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	pages := map[string]string{
		"prose": storyDraft() + fill("Some words that people wrote about what happened.\n\n"),
		"items": storyDraft() + issues + fill("- an issue @bob #time due:2026-12-01\n  and more\n"),
	}
	for _, s := range []string{"- ", "> ", "`", "<!--", "[", "](", "](a(", "<a \"", "<a '\"", "*", "@", "@bob ", "\n", "a\n", "- a\n", "``a`", "<b>", "<code>", "# a\n", "→ ",
		"<!-- hereby:1 7 block/people -->", "<!-- hereby:1 7 block/people -->\n", "<!-- /hereby:1 7 block/people -->\n", "| Planning | Ann |\n", "```\n", "- - - a\n", "\\", "- <!-- hereby:item-abc -->\n", "http://", "a\n---\n", "Bob ", " "} {
		pages[fmt.Sprintf("%q", s)] = issues + fill(s)
	}
	return pages
}

func BenchmarkFiveMegabytes(b *testing.B) {
	for name, page := range bigPages() {
		e := Edits{ID: "7", Blocks: map[Block]string{PeopleBlock: newTable, TimelineBlock: "x"}, Items: map[string]string{"abc": "x"}, Handles: map[incident.Person]string{"bob": "Operations A"}}
		b.Run("apply/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			for range b.N {
				Apply(page, e)
			}
		})
		b.Run("read/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(page)))
			for range b.N {
				p := Read("7", page)
				p.Lint(storyPeople, DefaultWords())
			}
		})
	}
}
