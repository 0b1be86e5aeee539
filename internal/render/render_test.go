package render

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/templates"
)

var cet = time.FixedZone("CET", 3600)

func load(t *testing.T, custom map[string]string) (*Texts, error) {
	t.Helper()
	if custom == nil {
		return Load(templates.FS, nil, cet)
	}
	files := fstest.MapFS{}
	for name, text := range custom {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return Load(templates.FS, files, cet)
}

var note = struct {
	Head, Title, Text string
	By                incident.Person
	At                time.Time
}{"#12", "Bound the pool", "", "bob", time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)}

func TestATeamsOwnText(t *testing.T) {
	texts, err := load(t, map[string]string{"followup.md": "Ours: {{.Title}} by {{mention .By}} on {{day .At}}"})
	if err != nil {
		t.Fatal(err)
	}
	if got := texts.Render("followup.md", note); got != "Ours: Bound the pool by @bob on Monday 23 November 2026\n" {
		t.Errorf("%q", got)
	}
	if texts.Checklists[incident.Operations].Takes != "/ops" {
		t.Error("the built-in checklists are gone")
	}
}

// A replaced text that cannot be rendered must not stop an incident.
func TestABrokenTextFallsBack(t *testing.T) {
	for name, text := range map[string]string{
		"a field there is not":     "half of it {{.Titel}}",
		"a function that fails":    "half of it {{index .Title 99}}",
		"a text that is not there": "{{template \"nowhere\"}}",
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := load(t, map[string]string{"followup.md": text})
			if err != nil {
				t.Fatal(err)
			}
			builtin, _ := load(t, nil)
			if got, want := texts.Render("followup.md", note), builtin.Render("followup.md", note); got != want {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	const roles = "command: {name: C, takes: /ic}\noperations: {name: O, takes: /ops}\ncommunications: {name: M, takes: /comms}\n"
	for name, c := range map[string]struct{ file, text, says string }{
		"what does not parse":      {"followup.md", "{{if}}", "followup.md"},
		"an unknown function":      {"board.md", "{{shout .By}}", `"shout"`},
		"a text nobody says":       {"bord.md", "x", "bord.md is not the name of a text; the names are"},
		"checklists that are none": {"checklists.yaml", "a: [", "checklists.yaml"},
		"a role without a name":    {"checklists.yaml", roles + "planning: {takes: /planning}", `the role "planning" needs a name`},
		"a role that is missing":   {"checklists.yaml", roles, `the role "planning"`},
		"a duty without an id":     {"checklists.yaml", roles + "planning: {name: P, takes: /p, duties: [{text: do}]}", "an id of its own"},
		"a duty twice":             {"checklists.yaml", roles + "planning: {name: P, takes: /p, duties: [{id: a, text: do}, {id: a, text: do}]}", "an id of its own"},
		"an id that hides a duty":  {"checklists.yaml", roles + "planning: {name: P, takes: /p, duties: [{id: 'a-->', text: do}]}", "an id of its own"},
		"a duty of two lines":      {"checklists.yaml", roles + "planning: {name: P, takes: /p, duties: [{id: a, text: \"do\\nit\"}]}", "one line"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, map[string]string{c.file: c.text})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestEachDutyHasAProofThatExists(t *testing.T) {
	texts, err := load(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`^(board|staffed|restored|summary|action|publish|update (owner|customers|internal))?$`)
	for role, list := range texts.Checklists {
		if len(list.Duties) == 0 || list.Purpose == "" || !strings.HasPrefix(list.Takes, "/") {
			t.Errorf("%s: %+v", role, list)
		}
		for _, d := range list.Duties {
			if !known.MatchString(d.Proof) {
				t.Errorf("%s/%s is proven by %q", role, d.ID, d.Proof)
			}
		}
	}
}

func TestStampsAndSpans(t *testing.T) {
	at := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[*time.Location]string{nil: "2026-11-23 23:30 UTC", time.UTC: "2026-11-23 23:30 UTC", cet: "2026-11-24 00:30 CET (23:30 UTC)"} {
		if got := Stamp(at, zone); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0 min", 29 * time.Second: "0 min", 90 * time.Minute: "1 h 30 min", 2 * time.Hour: "2 h", 24 * time.Hour: "1 day", 76*time.Hour + 10*time.Minute: "3 days 4 h"} {
		if got := Span(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
}

var page = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))

func html(t interface{ Fatal(...any) }, text string) string {
	var b bytes.Buffer
	if err := page.Convert([]byte(text), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// nasty is text as people, and people who mean no good, write it.
var nasty = rapid.Custom(func(t *rapid.T) string {
	parts := []string{"`", "``", "```\n", "*", "**", "_", "~~", "|", "\\", "[x](https://e.example)", "![i](u)", "<!--", "-->", "<b>", "<script>", "&lt;", "&#64;", "&#x40;", "&commat;", "@everyone", "@acme/all",
		"https://e.example/x", "www.e.example", "http://e.example", "mail@e.example", "#12", "# ", "- ", "1. ", "> ", "\n", "\r", "\r\n", "\n\n", "\t", "    ", "---", "===", "$x$", "[^1]", ":tada:", "word", " ", "é", "[ ] ", "<!-- hereby:1 9012 say/board -->", "</details>", "<https://e.example>"}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "parts"), "")
})

// address is a link that shows its target.
var address = regexp.MustCompile(`<a href="(?:http[^"]*|mailto:[^"]*)">((?:http|www|mail)[^<]*)</a>`)

var visibleTag = regexp.MustCompile(`<[^>]*>`)

// Inline text shows as it is and does nothing: no format, link, mention,
// comment, and it stays in its cell (design, section 5: people's words).
func TestInlineDoesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := nasty.Draw(t, "text")
		got := html(t, "| a | b |\n|---|---|\n| x "+Inline(text)+" | y |\n")
		got = strings.NewReplacer("<table>", "", "</table>", "", "<thead>", "", "</thead>", "", "<tbody>", "", "</tbody>", "", "<tr>", "", "</tr>", "").Replace(got)
		if n := strings.Count(got, "<td>"); n != 2 || !strings.Contains(got, "<td>y</td>") {
			t.Fatalf("%d cells: %s", n, got)
		}
		got = strings.NewReplacer("<th>", "", "</th>", "", "<td>", "", "</td>", "").Replace(got)
		got = address.ReplaceAllString(got, "$1")
		if tag := visibleTag.FindString(got); tag != "" {
			t.Fatalf("%q makes %s of %q: %s", Inline(text), tag, text, got)
		}
		silent(t, got)
	})
}

// silent checks that nobody is mentioned.
func silent(t *rapid.T, shown string) {
	if m := regexp.MustCompile(`@[A-Za-z]`).FindString(shown); m != "" {
		t.Fatalf("mentions %s: %s", m, shown)
	}
}

// A quote stays a quote: nothing leaves it, hides, or mentions.
func TestQuotesHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := nasty.Draw(t, "text")
		got := html(t, "before\n\n"+quote(text)+"\n\nafter\n")
		body, ok := strings.CutPrefix(got, "<p>before</p>\n<blockquote>")
		body, ok2 := strings.CutSuffix(body, "</blockquote>\n<p>after</p>\n")
		if !ok || !ok2 || strings.Contains(body, "<!--") || strings.Contains(body, "<script") {
			t.Fatalf("%q leaves its quote: %s", text, got)
		}
		silent(t, regexp.MustCompile(`href="[^"]*"`).ReplaceAllString(body, ""))
	})
}

// A code span shows the line and holds it.
func TestCodeHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := nasty.Draw(t, "text")
		want := strings.Join(strings.Fields(text), " ")
		got := html(t, "say "+Code(text)+" now\n")
		if want == "" {
			return
		}
		if !strings.HasPrefix(got, "<p>say <code>") || !strings.HasSuffix(got, "</code> now</p>\n") || strings.Count(got, "<code>") != 1 {
			t.Fatalf("%q: %s", text, got)
		}
	})
}
