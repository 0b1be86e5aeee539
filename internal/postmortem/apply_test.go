package postmortem

import (
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

func edits(blocks ...string) Edits {
	e := Edits{ID: "7", Blocks: map[Block]string{}}
	for i := 0; i < len(blocks); i += 2 {
		e.Blocks[Block(blocks[i])] = blocks[i+1]
	}
	return e
}

// block returns a block as we write it.
func block(b Block, text string) string { return markersOf("7").wrap(b, text, "\n") }

const oldTable = "| Variable | Name |\n|---|---|\n| Planning | Ann |\n"
const newTable = "| Variable | Name |\n|---|---|\n| Planning | Ann |\n| Operations A | Ben |\n"

// TestApplyBlocks has a page, and what it is when the People block is to be
// newTable; the other way round nothing changes.
func TestApplyBlocks(t *testing.T) {
	was, is := block(PeopleBlock, oldTable), block(PeopleBlock, newTable)
	open, rest, _ := strings.Cut(was, "\n")
	body, close, _ := strings.Cut(rest, "<!-- /")
	close = "<!-- /" + close
	foreign := strings.ReplaceAll(block(PeopleBlock, "theirs"), " 7 ", " 77 ")
	line := func(s string) string { return open + "\n" + s + close }
	for name, c := range map[string]struct{ in, want string }{
		"replaced in place":   {"## People\nmine\n\n" + was + "\nmine too\n", "## People\nmine\n\n" + is + "\nmine too\n"},
		"restored":            {"# T\n\n## People\n\nmine\n\n## Timeline\n", "# T\n\n## People\n\n" + is + "\nmine\n\n## Timeline\n"},
		"restored, tight":     {"## People\nmine", "## People\n\n" + is + "\nmine"},
		"restored at the end": {"## People", "## People\n\n" + strings.TrimSuffix(is, "\n")},
		"any level and case":  {"#### PEOPLE: ###\n", "#### PEOPLE: ###\n\n" + is},
		"underlined heading":  {"People\n===\nmine\n", "People\n===\n\n" + is + "\nmine\n"},
		"heading gone":        {"# T\n\n## Timeline\nmine\n", "# T\n\n## People\n\n" + is + "\n## Timeline\nmine\n"},
		"all gone":            {"mine\n", "mine\n\n## People\n\n" + is},
		"nothing":             {"", "## People\n\n" + is},
		"heading renamed":     {"## Who\n\n" + was + "\nmine\n", "## Who\n\n" + is + "\nmine\n"},
		"moved away":          {"## Abstract\n\n" + was + "\n## People\n\nmine\n", "## Abstract\n\n\n## People\n\n" + is + "\nmine\n"},
		"moved within":        {"## People\n\nmine\n\n### Notes\n\n" + was, "## People\n\nmine\n\n### Notes\n\n" + is},
		"doubled":             {"## People\n" + was + "mine\n" + was + "too\n", "## People\n" + is + "mine\n\ntoo\n"},
		"doubled elsewhere":   {"## Abstract\n" + was + "mine\n## People\n" + was, "## Abstract\n\nmine\n## People\n" + is},
		"written into":        {line(body + "my note\n\nand more\n"), is + "my note\n\nand more\n"},
		"a row edited":        {line("| Variable | Name |\n|---|---|\n| Planning | Ann, who left |\n"), is + "| Planning | Ann, who left |\n"},
		"a table pasted in":   {line(body + "\n| my | own |\n|---|---|\n| a | b |\n"), is + "| my | own |\n|---|---|\n| a | b |\n"},
		"emptied":             {line(""), is},
		"end lost":            {"## People\n" + open + "\n" + body + "mine\n|---|---|\n", "## People\n" + is + "\nmine\n|---|---|\n"},
		"beginning lost":      {"## People\nmine\n" + body + close + "too\n", "## People\nmine\n\n" + is + "too\n"},
		"markers lost":        {"## People\nmine\n\n" + strings.TrimSpace(body) + "\n\ntoo\n", "## People\nmine\n\n" + is + "\ntoo\n"},
		"on one line":         {"## People\nmine " + open + " too\n" + body + close, "## People\nmine \n" + is + " too\n"},
		"before the end":      {"## People\n" + strings.Replace(was, "<!-- /", "mine <!-- /", 1) + "too\n", "## People\n" + is + "mine \ntoo\n"},
		"nested": {"## Timeline\n" + open + "\n" + block(TimelineBlock, "events") + body + close + "mine\n## People\n",
			"## Timeline\n\n" + block(TimelineBlock, "events") + "\nmine\n## People\n\n" + is},
		"of another incident": {"## People\n" + foreign, "## People\n\n" + is + "\n" + foreign},
		"marker cut off":      {"## People\n" + open[:len(open)-9] + "\n" + body + close, "## People\n" + is},
		"unknown block":       {"## People\n<!-- hereby:1 7 block/future -->\n", "## People\n\n" + is + "\n<!-- hereby:1 7 block/future -->\n"},
		"heading in code":     {"```\n## People\n```\n", "```\n## People\n```\n\n## People\n\n" + is},
		"CRLF":                {"## People\r\nmine\r\n\r\n" + was + "\r\ntoo", "## People\r\nmine\r\n\r\n" + strings.ReplaceAll(is, "\n", "\r\n") + "\r\ntoo"},
		"our CRLF, their LF":  {open + "\r\n## People\n", "## People\n\n" + is},
		"CRLF within":         {"## People\r\n" + strings.ReplaceAll(was, "\n", "\r\n"), "## People\r\n" + strings.ReplaceAll(is, "\n", "\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			e := edits("people", newTable)
			got := Apply(c.in, e)
			if got != c.want {
				t.Fatalf("got\n%q\nwant\n%q", got, c.want)
			}
			if again := Apply(got, e); again != got {
				t.Errorf("applied twice:\n%q\nonce:\n%q", again, got)
			}
		})
	}
}

// A part that is missing begins behind what belongs to the part above it.
func TestMissingPartsKeepTheirOrder(t *testing.T) {
	got := Apply("### Evidence\n## Timeline\n", edits("evidence", "- e", "people", newTable))
	want := "### Evidence\n\n" + block(EvidenceBlock, "- e") + "\n## People\n\n" + block(PeopleBlock, newTable) + "\n## Timeline\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

// An item that was asked for goes on with the list, before a part that begins.
func TestAnAddedItemStaysInItsList(t *testing.T) {
	e := edits("evidence", "- e")
	e.Add = []Added{{"abc", "b"}}
	got := Apply(issues+"- a\n", e)
	if want := issues + "- a\n- b" + markText("abc", "") + "\n\n## Evidence\n\n" + block(EvidenceBlock, "- e"); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestTheStateStandsOnTop(t *testing.T) {
	is := block(StateBlock, "closed")
	for name, c := range map[string]struct{ in, want string }{
		"below the title":  {"# T\nmine\n", "# T\n\n" + is + "\nmine\n"},
		"without title":    {"mine\n# T\n", is + "\nmine\n# T\n"},
		"parts only":       {"## Abstract\nmine\n", is + "\n## Abstract\nmine\n"},
		"a part as title":  {"# Abstract\nmine\n", is + "\n# Abstract\nmine\n"},
		"moved down":       {"# T\n\n## Abstract\n\n" + block(StateBlock, "open"), "# T\n\n" + is + "\n## Abstract\n\n"},
		"moved on the top": {block(StateBlock, "open") + "mine\n# T\n", is + "mine\n# T\n"},
	} {
		if got := Apply(c.in, edits("state", "closed")); got != c.want {
			t.Errorf("%s: got\n%q\nwant\n%q", name, got, c.want)
		}
	}
}

// A block that the edits do not name is not touched, however it looks.
func TestOtherBlocksAreLeftAlone(t *testing.T) {
	was := block(PeopleBlock, oldTable)
	page := "## Abstract\n" + was + was[:33] + "\nmine\n## Timeline\n"
	got := Apply(page, edits("timeline", "now"))
	if want := page + "\n" + block(TimelineBlock, "now"); got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestABlockCannotEndItself(t *testing.T) {
	text := "a\n<!-- /hereby:1 7 block/people -->\r\n-->\rb"
	got := Apply("## People\n", edits("people", text))
	if strings.Count(got, "<!--") != 2 || !strings.Contains(got, "a\n&lt;!-- /hereby") {
		t.Errorf("got %q", got)
	}
	if again := Apply(got, edits("people", text)); again != got {
		t.Errorf("again %q", again)
	}
}

// The markers have the form that all markers of ours have.
func TestMarkersAreMarkers(t *testing.T) {
	open, _, _ := strings.Cut(block(PeopleBlock, oldTable), "\n")
	m, _, ok := marker.Take(open)
	if !ok || m.ID != "7" || m.Slot != "block/people" || len(m.Data) != 2*sumLen {
		t.Errorf("marker.Take(%q) = %+v, %v", open, m, ok)
	}
}

func TestHandlesAreReplaced(t *testing.T) {
	e := Edits{ID: "7", Handles: map[incident.Person]string{"bob": "Operations A", "al.ice": "Planning"}}
	for in, want := range map[string]string{
		"@bob did.":                         "Operations A did.",
		"(@BOB, @al.ice.)":                  "(Operations A, Planning.)",
		"@bob:@bob @bob@bob":                "Operations A:Operations A Operations A@bob",
		"@bobby bob x@bob.de a/@bob":        "@bobby bob x@bob.de a/@bob",
		"@bob/team":                         "@bob/team",
		"`@bob` @\u2060bob":                 "`@bob` Operations A",
		"[@bob](https://x/@bob) @bob":       "[@bob](https://x/@bob) Operations A",
		"https://x/?q=@bob <b title=@bob>":  "https://x/?q=@bob <b title=@bob>",
		"\\`@bob\\`":                        "\\`Operations A\\`",
		"> @bob said\nand @bob again":       "> @bob said\nand @bob again",
		"```\n@bob\n```\n@bob":              "```\n@bob\n```\nOperations A",
		"    @bob":                          "    @bob",
		"<!-- @bob --> <@bob>":              "<!-- @bob --> <@bob>",
		"<code>@bob</code> **@bob**":        "<code>@bob</code> **Operations A**",
		"# @bob\n| @bob | x |\n|---|---|":   "# Operations A\n| Operations A | x |\n|---|---|",
		"a `` ` @bob `` ` @bob":             "a `` ` @bob `` ` Operations A",
		block(PeopleBlock, "@bob") + "@bob": block(PeopleBlock, "@bob") + "Operations A",
	} {
		got := Apply(in, e)
		if got != want {
			t.Errorf("Apply(%q)\n got %q\nwant %q", in, got, want)
		}
		if again := Apply(got, e); again != got {
			t.Errorf("twice: %q, once: %q", again, got)
		}
	}
}
