package postmortem

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

const issues = "## Issues discovered\n\n"

func TestItems(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string // texts
	}{
		"signs":             {"- a\n- b\n\n* c\n\n+ d\n\n1. e\n2. f\n\n3) g\n", []string{"a", "b", "c", "d", "e", "f", "g"}},
		"many lines":        {"- a\n  b\nlazy\n\n  second\n\n- c\n", []string{"a\nb\nlazy\n\nsecond", "c"}},
		"sub-lists":         {"- a\n  - b\n    - c\n  1. d\n- e\n", []string{"a\n- b\n  - c\n1. d", "e"}},
		"no items":          {"prose - here\n\n| - a |\n|---|\n", nil},
		"code":              {"```\n- a\n```\n\n    - b\n\n`- c`\n\n<pre>\n- d\n</pre>\n", nil},
		"comments":          {"<!--\n- a\n\n- b\n-->\n<!-- - c -->\n- d\n", []string{"d"}},
		"quotes":            {"> - a\n- b\n", []string{"b"}},
		"empty":             {"-\n- <!-- x -->\n*\n1. a\n", []string{"a"}},
		"empty, then apart": {"-\n\n  a\n- b\n", []string{"b"}},
		"code goes on":      {"```\n    ```\n- a\n```\n- b\n", []string{"b"}},
		"code within":       {"- a\n  ```\n  - b\n\n  c\n  ```\n- d\n", []string{"a\n```\n- b\n\nc\n```", "d"}},
		"code only":         {"- ```\n  x\n  ```\n", []string{"```\nx\n```"}},
		"a table":           {"- | a | b |\n  |---|---|\n  | c | d |\n", []string{"| a | b |\n|---|---|\n| c | d |"}},
		"task list":         {"- [ ] a\n- [x] b\n", []string{"a", "b"}},
		"prompts between":   {promptBegin + "x" + promptEnd + "\n\n- a\n", []string{"a"}},
		"other sections":    {"- a\n\n### Details\n\n- b\n\n## Notes\n\n- c\n", []string{"a", "b"}},
		"CRLF":              {"- a\r\n  b\r\n- c", []string{"a\nb", "c"}},
		"tabs":              {"-\ta\n\tb\n\n\t- c\n", []string{"a\nb\n\n- c"}},
		"HTML, -->":         {"- a <b>b</b> --> c <!-- d --> e\n", []string{"a <b>b</b> --> c <!-- d --> e"}},
		"text by comments":  {"- <!-- a --> b <!-- c -->\n- <!-- d\n  e --> f\n- <!-- g\n  h -->\n", []string{"<!-- a --> b <!-- c -->", "<!-- d\ne --> f"}},
		"commented out":     {"- <!-- a <!-- hereby:item-abc -->\n- b\n", []string{"b"}},
		"mark in code":      {"- a\n\n  ```\n  <!-- hereby:item-abc -->\n  ```\n", []string{"a\n\n```\n<!-- hereby:item-abc -->\n```"}},
		"our block":         {"- a\n" + block(PeopleBlock, "- b") + "- c\n", []string{"a", "c"}},
		"mark":              {"- a <!-- hereby:item-abc -->\n- b → x <!-- hereby:item-abd " + sum("x") + " -->\n", []string{"a", "b"}},
		"mark, edited":      {"- b → y <!-- hereby:item-abd " + sum("x") + " --> c\n", []string{"b → y c"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := Read("7", "# T\n\n## Abstract\n\n- not this\n\n"+issues+c.in)
			var got []string
			for _, it := range p.Items {
				got = append(got, it.Text)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestWhatItemsSayAboutThemselves(t *testing.T) {
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	for in, want := range map[string]Item{
		"a @bob @Carol. #time":                   {Owners: []incident.Person{"bob", "carol"}, Category: "time"},
		"@bob saw it; owner: @carol, @dave":      {Owners: []incident.Person{"carol", "dave"}},
		"a\n  - @bob does":                       {Owners: []incident.Person{"bob"}},
		"@bob\n  - @carol does":                  {Owners: []incident.Person{"bob"}},
		"`@bob` <!-- @bob --> [x](/@bob) a@b.de": {},
		"a due:2026-12-01":                       {Due: day("2026-12-01")},
		"a (due: 2026-12-01)":                    {Due: day("2026-12-01")},
		"fix it until 2026-12-01, please":        {Due: day("2026-12-01")},
		"fix it By 2028-02-29":                   {Due: day("2028-02-29")},
		"broke on 2026-12-01":                    {},
		"a due:2027-02-29":                       {Problems: []string{"“2027-02-29” is not a date: write `due:2026-12-01`"}},
		"a due:2026-12-01).":                     {Due: day("2026-12-01")},
		"a due:friday #time":                     {Category: "time", Problems: []string{"“friday” is not a date: write `due:2026-12-01`"}},
		"a due:1.12.2026, that is":               {Problems: []string{"“1.12.2026” is not a date: write `due:2026-12-01`"}},
		"what was due: nobody knew":              {},
		"a category: Budget":                     {Category: "budget"},
		"a #people #time":                        {Category: "people"},
		"a#people #peoples see #12":              {},
		"a category:magic":                       {Problems: []string{"“magic” is not a category: the categories are `#technical`, `#time`, `#budget`, `#people`, `#communication`, `#process`"}},
		"a to:acme/shop.":                        {Place: "acme/shop"},
		"a to:bob_acme/notes":                    {Place: "bob_acme/notes"},
		"a to:OPS":                               {Place: "OPS"},
		"a to:ops":                               {Problems: []string{"“ops” is not a place for a ticket: write `to:owner/repo` or `to:KEY`"}},
		"what it said to: nobody":                {},
		"`due:2026-12-01 #time to:OPS`":          {},
		"a @bob/team":                            {},
	} {
		p := Read("7", issues+"- "+in+"\n")
		if len(p.Items) != 1 {
			t.Errorf("%q: %d items", in, len(p.Items))
			continue
		}
		got := p.Items[0]
		if !slices.Equal(got.Owners, want.Owners) || !got.Due.Equal(want.Due) || got.Category != want.Category || got.Place != want.Place || !slices.Equal(got.Problems, want.Problems) {
			t.Errorf("%q:\n got %+v\nwant %+v", in, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	const link = "[#12](https://t/12), open"
	for name, c := range map[string]struct{ in, want string }{
		"one line":        {"- a\n", "- a MARK\n"},
		"no line end":     {"- a", "- a MARK"},
		"CRLF":            {"- a\r\n", "- a MARK\r\n"},
		"first paragraph": {"- a\n  b\nlazy\n\n  c\n  - d\n", "- a\n  b\nlazy MARK\n\n  c\n  - d\n"},
		"sub-list":        {"- a\n  - b\n", "- a MARK\n  - b\n"},
		"list in list":    {"- - a\n", "- MARK\n\n  - a\n"},
		"code":            {"1. ```\n   a\n", "1. MARK\n\n   ```\n   a\n"},
		"indented code":   {"-     a\n", "- MARK\n\n      a\n"},
		"table":           {"- | a |\n  |---|\n", "- MARK\n\n  | a |\n  |---|\n"},
		"quote":           {"- > a\n", "- MARK\n\n  > a\n"},
		"open comment":    {"- a <!-- b\n", "- MARK\n\n  a <!-- b\n"},
		"empty first":     {"-\n  a\n", "-\n  a MARK\n"},
		"ends in code":    {"- `a`\n", "- `a` MARK\n"},
	} {
		t.Run(name, func(t *testing.T) {
			hash := Read("7", issues+c.in).Items[0].Hash
			for _, shown := range []string{"", link} {
				want := issues + strings.Replace(c.want, "MARK", strings.TrimSpace(markText(hash, shown)), 1)
				got := Apply(issues+c.in, Edits{ID: "7", Items: map[string]string{hash: shown}})
				if got != want {
					t.Fatalf("got\n%q\nwant\n%q", got, want)
				}
				it := Read("7", got).Items[0]
				if it.Hash != hash || !it.Marked || it.Shown != shown {
					t.Errorf("read as %+v", it)
				}
				back := Apply(got, Edits{ID: "7", Items: map[string]string{hash: ""}})
				if bare := Apply(issues+c.in, Edits{ID: "7", Items: map[string]string{hash: ""}}); back != bare {
					t.Errorf("taken back\n%q\nwant\n%q", back, bare)
				}
			}
		})
	}
	if got := Apply(issues+"- a\n", Edits{ID: "7", Items: map[string]string{"nobody": "x"}}); got != issues+"- a\n" {
		t.Errorf("an item that is gone: %q", got)
	}
}

// What a person did around a mark must not change what an item is when the
// mark's text changes.
func TestMarksInOddPlaces(t *testing.T) {
	for in, want := range map[string]string{
		"- <!-- hereby:item-abc -->\ntext\n":  "- → x <!-- hereby:item-abc " + sum("x") + " -->\n\ntext\n",
		"- - a\n  <!-- hereby:item-abc -->\n": "- - a\n\n  → x <!-- hereby:item-abc " + sum("x") + " -->\n",
		"- -<!-- hereby:item-abc -->\n":       "- -→ x <!-- hereby:item-abc " + sum("x") + " -->\n",
		"- a\t<!-- hereby:item-abc --> b\n":   "- a\t→ x <!-- hereby:item-abc " + sum("x") + " --> b\n",
	} {
		if got := Apply(issues+in, Edits{ID: "7", Items: map[string]string{"abc": "x"}}); got != issues+want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, issues+want)
		}
	}
}

func TestAnItemIsKnownByItsMark(t *testing.T) {
	page := issues + "- same\n- same\n- other\n"
	p := Read("7", page)
	a, b, c := p.Items[0].Hash, p.Items[1].Hash, p.Items[2].Hash
	if a == b || b == c || a == c || p.Items[0].Marked {
		t.Fatalf("hashes %q %q %q", a, b, c)
	}
	if q := Read("8", page); q.Items[0].Hash == a {
		t.Error("the incident does not count")
	}
	marked := Apply(page, Edits{ID: "7", Items: map[string]string{a: "x", b: "", c: "y"}})
	edited := strings.Replace(marked, "- same", "- rewritten", 1)
	if q := Read("7", edited); q.Items[0].Hash != a || q.Items[0].Text != "rewritten" || q.Items[1].Hash != b {
		t.Errorf("an edited item: %+v", q.Items)
	}
	line := strings.SplitAfter(edited, "\n")[2]
	copied := edited + line
	q := Read("7", copied)
	last := q.Items[3]
	if last.Marked || !last.Copied || last.Hash == a || last.Text != "rewritten" {
		t.Errorf("a copied item: %+v", last)
	}
	again := Apply(copied, Edits{ID: "7", Items: map[string]string{last.Hash: "z"}})
	if want := edited + "- rewritten" + markText(last.Hash, "z") + "\n"; again != want {
		t.Errorf("a marked copy:\n%q\nwant\n%q", again, want)
	}
	if q := Read("7", Apply(page, Edits{ID: "7", Items: map[string]string{a: ""}})); q.Items[1].Hash != b || q.Items[1].Marked {
		t.Errorf("the second of two, when the first is marked: %+v", q.Items)
	}
	if q := Read("7", issues+"- a `<!-- hereby:item-abc -->`\n"); q.Items[0].Marked {
		t.Errorf("a mark in code: %+v", q.Items)
	}
	// The first of two equal items is taken away: the other keeps its name.
	without := strings.Replace(Apply(page, Edits{ID: "7", Items: map[string]string{b: ""}}), "- same\n", "", 1)
	if q := Read("7", without); q.Items[0].Hash != b || !q.Items[0].Marked {
		t.Errorf("left: %+v", q.Items)
	}
}

func TestAddedItems(t *testing.T) {
	mark := markText("abc", "")
	for name, c := range map[string]struct{ in, text, want string }{
		"to the list":      {issues + "- a\n  b\n\n## Evidence\n", "c", issues + "- a\n  b\n- c" + mark + "\n\n## Evidence\n"},
		"without line end": {issues + "- a", "c", issues + "- a\n- c" + mark},
		"numbered":         {issues + "9. a\n", "c", issues + "9. a\n10. c" + mark + "\n"},
		"no list":          {issues + promptBegin + "x" + promptEnd + "\n\nprose\n", "c", issues + promptBegin + "x" + promptEnd + "\n\n- c" + mark + "\n\nprose\n"},
		"no section":       {"mine\n\n## Evidence\n", "c", "mine\n\n" + issues + "- c" + mark + "\n\n## Evidence\n"},
		"two lines":        {issues + "- a\n", "c\nd", issues + "- a\n- c\n  d" + mark + "\n"},
		"CRLF":             {strings.ReplaceAll(issues, "\n", "\r\n") + "* a\r\n", "c\nd", strings.ReplaceAll(issues, "\n", "\r\n") + "* a\r\n* c\r\n  d" + mark + "\r\n"},
		"two items":        {issues + "- a\n", "c\n\n# d", issues + "- a\n- c" + mark + "\n\n  # d\n"},
		"a comment":        {issues + "- a\n", "<!-- c", issues + "- a\n- &lt;!-- c" + mark + "\n"},
		"nothing":          {issues + "- a\n", " ", issues + "- a\n- (no text)" + mark + "\n"},
		"there already":    {issues + "- a" + mark + "\n", "c", issues + "- a" + mark + "\n"},
		"there elsewhere":  {"moved" + mark + "\n\n" + issues + "- a\n", "c", "moved" + mark + "\n\n" + issues + "- a\n"},
		"another's":        {issues + "- a" + markText("abcd", "") + "\n", "c", issues + "- a" + markText("abcd", "") + "\n- c" + mark + "\n"},
	} {
		t.Run(name, func(t *testing.T) {
			e := Edits{ID: "7", Add: []Added{{"abc", c.text}}}
			got := Apply(c.in, e)
			if got != c.want {
				t.Fatalf("got\n%q\nwant\n%q", got, c.want)
			}
			if again := Apply(got, e); again != got {
				t.Errorf("twice %q", again)
			}
		})
	}
	if AskedHash("7", "99.1") == AskedHash("7", "99.2") {
		t.Error("two lines of a comment have one hash")
	}
}

// Until an item shows its ticket, its handle says who the owner is.
func TestAnOwnersHandleWaitsForTheTicket(t *testing.T) {
	page := "@bob\n\n" + issues + "- a @bob\n- b @bob\n"
	items := Read("7", page).Items
	e := Edits{ID: "7", Handles: map[incident.Person]string{"bob": "Operations A"}, Items: map[string]string{items[0].Hash: "", items[1].Hash: "[#1](https://t/1)"}}
	got := Apply(page, e)
	want := "Operations A\n\n" + issues + "- a @bob" + markText(items[0].Hash, "") + "\n- b Operations A" + markText(items[1].Hash, "[#1](https://t/1)") + "\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	// What is shown is ours, and replaced as a whole.
	e.Items[items[1].Hash] = "[#2](https://t/2)"
	named := strings.Replace(got, markText(items[1].Hash, "[#1](https://t/1)"), markText(items[1].Hash, "by @bob"), 1)
	if again := Apply(named, e); !strings.HasSuffix(again, "- b Operations A"+markText(items[1].Hash, "[#2](https://t/2)")+"\n") {
		t.Errorf("a handle in what is shown: %q", again)
	}
	if items := Read("7", got).Items; len(items[0].Owners) != 1 {
		t.Errorf("the owner of %+v is lost", items[0])
	}
}

func TestTitles(t *testing.T) {
	for in, want := range map[string]string{
		"- look at /?a=1&region=eu &amp; &lt;b&gt;":                     "look at /?a=1&region=eu & <b>",
		"The **socket pool** was _too_ small":                           "The socket pool was too small",
		"Use `a_b*c` and [the doc](https://x/@y)":                       "Use a_b*c and the doc",
		"a snake_case_name\n  goes on @bob due:2026-12-01 #time to:OPS": "a snake_case_name goes on",
		"@bob's script fails, owner: @carol":                            "bob's script fails",
		"a (due: 2026-12-01, #budget)":                                  "a",
		"5 < 6 &amp; <b>bold</b> <!-- no --> &#64;bob":                  "5 < 6 & bold bob",
		"![shot](x.png) of it":                                          "shot of it",
		"~~old~~ \\*new\\*":                                             "old *new*",
		"a\u2060b\u202e c":                                              "ab c",
		"```\n  rm -rf /\n  ```":                                        "rm -rf /",
		"- nested":                                                      "nested",
		"@bob":                                                          "An issue without words",
		"#12 breaks x@y.de":                                             "#12 breaks x@y.de",
		strings.Repeat("é", 300):                                        strings.Repeat("é", 249) + "…",
	} {
		p := Read("7", issues+"- "+in+"\n")
		if len(p.Items) != 1 {
			t.Fatalf("%q: %d items", in, len(p.Items))
		}
		if got := p.Items[0].Title(); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestBodies(t *testing.T) {
	for in, want := range map[string]string{
		"a @bob b@c.de `@bob`":        "a @\u2060bob b@c.de `@bob`",
		"@acme/team &commat;bob":      "@\u2060acme/team @\u2060bob",
		"a <!-- hidden --> b":         "a &lt;!-- hidden --> b",
		"a <!-- open":                 "a &lt;!-- open",
		"a\n\n  ```\n  @bob <!-- x":   "a\n\n```\n@bob <!-- x\n```",
		"a\n  > @bob said":            "a\n> @\u2060bob said",
		"a @\u2060bob":                "a @\u2060bob",
		"a\n  - b\n    - c":           "a\n- b\n  - c",
		"a | b\n  --- | ---\n  c | d": "a | b\n--- | ---\nc | d",
	} {
		if got := Read("7", issues+"- "+in+"\n").Items[0].Body(); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
	long := Item{Text: strings.Repeat("é", maxBody+5)}
	if n := utf8.RuneCountInString(long.Body()); n > maxBody+60 || !strings.Contains(long.Body(), "on the page") {
		t.Errorf("a long body has %d characters", n)
	}
}

// Whatever an item says, its ticket mentions nobody and hides nothing.
func TestTicketsAreQuiet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, it := range Read("7", issues+"- "+pages().Draw(t, "page")).Items {
			title := it.Title()
			if title == "" || strings.ContainsAny(title, "\r\n\t") || utf8.RuneCountInString(title) > maxTitle || len(handlesIn(title)) > 0 || strings.Contains(title, "hereby:item") {
				t.Fatalf("title %q of %q", title, it.Text)
			}
			_, all := said(it.Body())
			if strings.Contains(strings.ReplaceAll(all, "@"+incident.Joiner, ""), " @") {
				t.Fatalf("body %q of %q", it.Body(), it.Text)
			}
		}
	})
}

func TestDeepListsAreReadToABound(t *testing.T) {
	page := strings.Repeat("- ", 300) + "a\n"
	if rows := plainRows(page); rows[0].depth > maxDepth {
		t.Errorf("read to depth %d", rows[0].depth)
	}
	if p := Read("7", issues+page); len(p.Items) != 1 || p.Items[0].Title() != "a" {
		t.Errorf("got %+v", p.Items)
	}
}

func TestAPageOfFiveMegabytes(t *testing.T) {
	page := storyDraft() + issues + strings.Repeat("- an issue that goes on for a while, with `code` and [a link](https://x)\n", 5<<20/72)
	e := Edits{ID: storyID, Blocks: map[Block]string{TimelineBlock: "now"}, Items: map[string]string{}}
	if len(page) < 5<<20 {
		t.Fatal("too small")
	}
	once := Apply(page, e)
	if len(once) >= len(page) || Apply(once, e) != once || !strings.Contains(once, "\nnow\n") {
		t.Errorf("%d bytes became %d", len(page), len(once))
	}
}

func TestSlots(t *testing.T) {
	if got := (Item{Hash: "abc"}).Slot(); got != "follow/item-abc" || !got.Under("follow") {
		t.Errorf("slot %q", got)
	}
}

func TestTwoHundredItems(t *testing.T) {
	var b strings.Builder
	b.WriteString(issues)
	for i := range 200 {
		fmt.Fprintf(&b, "%d. issue %d @bob\n", i+1, i%7)
	}
	p := Read("7", b.String())
	e := Edits{ID: "7", Items: map[string]string{}}
	for _, it := range p.Items {
		e.Items[it.Hash] = "[#1](https://t/1), open"
	}
	if len(e.Items) != 200 {
		t.Fatalf("%d hashes", len(e.Items))
	}
	if q := Read("7", Apply(b.String(), e)); len(q.Items) != 200 || !q.Items[199].Marked {
		t.Errorf("%d items", len(q.Items))
	}
}
