package github

import (
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

func TestSpoken(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":                  {"", nil},
		"one line":               {"/ops", []string{"/ops"}},
		"outer white space":      {"  /ops \t\n\n", []string{"/ops"}},
		"CRLF":                   {"/ops\r\n/note hello\r\n", []string{"/ops", "/note hello"}},
		"lone CR":                {"hello\r/ops", []string{"hello", "/ops"}},
		"paragraphs":             {"one\n\n\n\ntwo\nthree", []string{"one", "", "two", "three"}},
		"quote":                  {"> /ops\n\n/comms", []string{"/comms"}},
		"quote goes on":          {"> hello\n/ops", nil}, // GitHub shows it within the quote
		"quote in a list":        {"- > /ops\n- /comms", []string{"- /comms"}},
		"nested quote":           {"> > /ops\n>\n> /comms\n\nyes", []string{"yes"}},
		"fence":                  {"```\n/ops\n```\nafter", []string{"after"}},
		"tilde fence":            {"~~~ sh\n/ops\n~~~", nil},
		"open fence":             {"before\n```\n/ops", []string{"before"}},
		"fence in a list":        {"1. see\n   ```\n   /ops\n   ```", []string{"1. see"}},
		"indented code":          {"see:\n\n    /ops\n\nend", []string{"see:", "", "end"}},
		"tab code":               {"\t/ops", nil},
		"indented text":          {"see\n    /ops", []string{"see", "/ops"}}, // a paragraph goes on
		"code span":              {"say `I hereby declare this an incident` loudly", []string{"say  loudly"}},
		"double code span":       {"say `` a ` I hereby declare `` now", []string{"say  now"}},
		"code span over lines":   {"say `I hereby\ndeclare this an incident` now", []string{"say", "now"}},
		"code in a command":      {"/note restarted `api-7` twice", []string{"/note restarted `api-7` twice"}},
		"code behind a command":  {"/note first\nthen `api-7`", []string{"/note first", "then `api-7`"}},
		"phrase in code there":   {"/note he typed `I hereby declare this an incident`", []string{"/note he typed"}},
		"wide phrase in code":    {"/note `I ｈｅｒｅｂｙ declare`", []string{"/note"}},
		"command in code":        {"`/ops`", nil},
		"comment":                {"<!-- /ops -->\n/comms", []string{"/comms"}},
		"comment over lines":     {"<!--\n/ops\n\nI hereby declare this an incident\n-->\nhello", []string{"hello"}},
		"comment in a line":      {"hello <!-- I hereby declare --> world", []string{"hello  world"}},
		"comment across lines":   {"hello <!-- I\nhereby declare --> world", []string{"hello", "world"}},
		"comment without an end": {"<!-- hello\n\n/ops", nil},
		"HTML block":             {"<details>\n/ops\n</details>\n\n/comms", []string{"/comms"}},
		"inline tags":            {"we <b>hereby</b> say", []string{"we hereby say"}},
		"code tag":               {"say <code>I hereby declare</code> now", []string{"say  now"}},
		"code tag over lines":    {"say <code>I\nhereby</code> now", []string{"say", "now"}},
		"open code tag":          {"say <code>I hereby declare", []string{"say"}},
		"pre block":              {"<pre>\n/ops\n</pre>", nil},
		"struck out":             {"~~I hereby declare this an incident~~ no", []string{"no"}},
		"emphasis":               {"**I hereby declare this an incident.**", []string{"**I hereby declare this an incident.**"}},
		"heading":                {"# I hereby declare\ntext", []string{"# I hereby declare", "text"}},
		"setext heading":         {"I hereby declare\n===\ntext", []string{"I hereby declare", "", "text"}},
		"list keeps its bullet":  {"- /ops\n* /comms\n1. /ic", []string{"- /ops", "* /comms", "1. /ic"}},
		"task":                   {"- [x] told the owner", []string{"- [x] told the owner"}},
		"table":                  {"| a |\n|---|\n| I hereby declare |", []string{"| a |", "", "| I hereby declare |"}},
		"escaped":                {`\/ops`, []string{`\/ops`}},
		"link":                   {"/evidence [log](https://x.example/a_b)", []string{"/evidence [log](https://x.example/a_b)"}},
		"reference":              {"[x]: https://x.example \"I hereby declare\"\n\nhello", []string{"hello"}},
		"mail reply":             {"I will.\n\n-----Original Message-----\nFrom: Bob\n/ops", []string{"I will."}},
		"mail header":            {"I will.\n\nFrom: Bob <b@x.example>\nSent: Monday\n/ops", []string{"I will."}},
		"mail quote":             {"/ops\n\nOn Mon, Bob wrote:\n> /comms\n> I hereby declare", []string{"/ops", "", "On Mon, Bob wrote:"}},
		"our marker":             {"hello\n\n<!-- hereby:1 7 say/board -->", []string{"hello"}},
		"invalid UTF-8":          {"\xff/ops", []string{"\uFFFD/ops"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := spoken(c.text); !slices.Equal(got, c.want) {
				t.Errorf("Spoken(%q) = %q, want %q", c.text, got, c.want)
			}
		})
	}
}

// Hostile text must not take for ever, since it is read with every look at the
// issue: nesting is bounded, and what is not needed is not searched for.
func TestSpokenOnHostileText(t *testing.T) {
	for name, unit := range map[string]string{
		"quotes": "> ", "lists": "- ", "numbers": "1. ", "quoted lists": "- > ", "lines of quotes": strings.Repeat(">", 60) + "\n",
		"backticks": "`", "ticks": "a`` ` ", "fences": "```\n", "brackets": "[", "links": "[a](", "emphasis": "*a_",
		"tildes": "~", "struck": "~~a", "struck twice": "~~a~~", "tags": "<a", "comments": "<!--", "code tags": "<code>",
		"tables": "|a|\n|-|\n", "references": "[a]: b\n", "definitions": "[a]:\n",
	} {
		hostile := strings.Repeat(unit, 65536/len(unit))
		spoken(hostile)
		depth := 0
		_ = ast.Walk(dialect.Parse(text.NewReader(prepare(hostile))), func(n ast.Node, enter bool) (ast.WalkStatus, error) {
			if k := n.Kind(); k == ast.KindEmphasis || k == ast.KindLink {
				t.Errorf("%s: the parser looked for %v", name, k)
			}
			deep := 0
			for p := n; p != nil; p = p.Parent() {
				deep++
			}
			depth = max(depth, deep)
			if depth > 200 {
				t.Errorf("%s: nested deeper than 200", name)
				return ast.WalkStop, nil
			}
			return ast.WalkContinue, nil
		})
	}
	if got := spoken(strings.Repeat("x\n", maxSpoken)); len(got) > maxSpoken {
		t.Errorf("%d lines of an endless text were read", len(got))
	}
}

// What is said is in the text, in order; nothing in a quote or a fence is.
func FuzzSpoken(f *testing.F) {
	for _, s := range []string{"/ops", "> q\n\nx", "```\nx\n```", "a `b` c", "<!-- x --> y", "| a |\n|---|\n| `b|` |", "~~a~~ b\n<code>c\nd</code>", "- - - `a", "\r\n\r", "a\n\n---\n\nFrom: x\nSent: y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines := spoken(s)
		for i, line := range lines {
			if strings.ContainsAny(line, "\r\n") || line != strings.TrimSpace(line) {
				t.Fatalf("line %q is not one line", line)
			}
			if line == "" && (i == 0 || i == len(lines)-1 || lines[i-1] == "") {
				t.Fatalf("an empty line stands for nothing in %q", lines)
			}
		}
		hidden := "SECRET"
		for _, wrapped := range []string{"```````\n" + hidden + "\n```````\n", "<!-- " + hidden + " -->\n"} {
			if said := strings.Join(spoken("hello\n\n"+wrapped), "\n"); strings.Contains(said, hidden) {
				t.Fatalf("%q is said: %q", wrapped, said)
			}
		}
		quoted := "> " + strings.ReplaceAll(strings.ReplaceAll(unix(s), "\r", "\n"), "\n", "\n> ")
		if said := spoken(quoted); len(said) > 0 && !strings.ContainsAny(s, "[]") {
			t.Fatalf("of a quote is said: %q", said)
		}
	})
}
