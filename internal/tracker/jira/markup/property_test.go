package markup

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

var update = flag.Bool("update", false, "rewrite golden files")

// nasty is text as people, and people who mean no good, write it: in either
// markup.
var nasty = rapid.Custom(func(t *rapid.T) string {
	parts := []string{
		"{", "}", "{{", "}}", "[", "]", "|", "||", "*", "_", "-", "+", "~", "^", "!", "#", "?", "??", "\\", "\\\\", "(", ")", ":", ";", "&", "<", ">", "`", "@", "/", ".",
		"{code}", "{noformat}", "{quote}", "{color:red}", "{panel}", "{*}", "{-}", "[~admin]", "[~accountid:1]", "[a|https://e.example]", "[^a.txt]", "!i.png!", "!i.png|width=1!",
		"h1. ", "bq. ", "----", "---", "--", "* ", "# ", "- ", "|a|", "||a||", ":)", ":-(", ";)", ":D", ":P", "(!)", "(x)", "(on)", "(*r)", "&amp;", "&#123;", "&#x7b;", "&nbsp;",
		"**", "~~", "<!--", "-->", "<br>", "<b>", "@everyone", "@alice", "https://e.example/a_b*c", "https://e.example/{x}", "http://", "OPS-12", "#12", "a", "word", "Straße", "名", "1", " ", "  ", "\n", "\t", "\u00A0", joiner, "é", "😀",
	}
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 14).Draw(t, "parts"), "")
})

// strict has a mention in it fail the test.
func strict(t interface{ Fatalf(string, ...any) }) Options {
	return Options{Mention: func(p incident.Person) string {
		t.Fatalf("%s is mentioned", p)
		return ""
	}}
}

// A title shows as it was written and does nothing, wherever it stands.
func TestTitlesDoNothing(t *testing.T) {
	places := map[string][3]string{ // Markdown with % for the title, and what stands around it in the markup
		"line":    {"%", "", ""},
		"text":    {"x % y", "x ", " y"},
		"glued":   {"x%y", "x", "y"},
		"heading": {"## x % y", "h2. x ", " y"},
		"item":    {"- x %", "* x ", ""},
		"cell":    {"| a | b |\n|---|---|\n| x % | y |", "||a||b||\n|x ", "|y|"},
		"bold":    {"**x % y**", "*x ", " y*"},
		"second":  {"a\nx % y", "a\nx ", " y"},
		"quote":   {"> x % y", "{quote}\nx ", " y\n{quote}"},
	}
	rapid.Check(t, func(t *rapid.T) {
		title := strings.Join(strings.Fields(nasty.Draw(t, "title")), " ")
		if title == "" {
			return
		}
		where := rapid.SampledFrom([]string{"line", "text", "glued", "heading", "item", "cell", "bold", "second", "quote"}).Draw(t, "where")
		p := places[where]
		if where == "glued" && strings.Contains(title, "://") {
			return // what follows would belong to the address
		}
		if where == "line" && blockStart.MatchString(title) {
			return // Inline is for within a line: alone on it, Markdown's own blocks begin
		}
		got := Wiki(strings.Replace(p[0], "%", incident.Inline(title), 1), strict(t))
		body, ok := strings.CutPrefix(got, p[1])
		body, ok2 := strings.CutSuffix(body, p[2])
		if !ok || !ok2 {
			t.Fatalf("%q as %s leaves its place: %q", title, where, got)
		}
		// Its neighbours are part of what it could do together with them.
		lead, tail := "", ""
		switch where {
		case "line":
		case "glued":
			lead, tail = "x", "y"
		case "cell", "item":
			lead = "x "
		default:
			lead, tail = "x ", " y"
		}
		if what := acts(lead + body + tail); what != "" {
			t.Fatalf("%q as %s does %s: %q", title, where, what, got)
		}
		if !alike(visible(body), title) {
			t.Fatalf("%q as %s reads %q: %q", title, where, visible(body), got)
		}
	})
}

var blockStart = regexp.MustCompile(`^(?:[-+>=]|[0-9]+[.)]|\\?~|` + joiner + `)`)

// alike reports whether two texts read the same: joiners are not seen, and in
// an address "!" may be written as its number.
func alike(a, b string) bool {
	same := strings.NewReplacer(joiner, "", "%21", "!")
	return strings.Join(strings.Fields(same.Replace(a)), " ") == strings.Join(strings.Fields(same.Replace(b)), " ")
}

// What is written comes back as it was said.
func TestWhatIsWrittenIsSpoken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := strings.Join(strings.Fields(strings.ReplaceAll(nasty.Draw(t, "title"), joiner, "")), " ")
		said := Spoken(Wiki("x "+incident.Inline(title)+" y", strict(t)), nil)
		want := strings.TrimSpace("x " + title)
		if got := strings.Join(said, "\n"); !alike(got, want+" y") {
			t.Fatalf("%q is said as %q: %q", title, got, Wiki("x "+incident.Inline(title)+" y", Options{}))
		}
	})
}

// ourCode is inline code, in which braces are escaped; tagIn finds the tags of
// macros in what is left.
var (
	ourCode = regexp.MustCompile(`\{\{(?:\\[{}]|[^{}])*\}\}`)
	tagIn   = regexp.MustCompile(`(^|[^\\])\{([^{}\n]*)\}`)
	ourTag  = regexp.MustCompile(`^(?:quote|noformat|code|code:[a-z]+|[*_-])$`)
)

// A text that formats keeps to the formats there are: no macro but ours, no
// mention but those asked for, and code that nothing ends.
func checkWiki(t interface{ Fatalf(string, ...any) }, source string) {
	mentioned := 0
	got := Wiki(source, Options{Mention: func(p incident.Person) string {
		mentioned++
		return "[~accountid:" + strings.Repeat("m", 3) + "]"
	}})
	if !utf8.ValidString(got) {
		t.Fatalf("%q becomes %q", source, got)
	}
	text := got
	for _, fence := range []*regexp.Regexp{
		regexp.MustCompile(`(?s)\{noformat\}\n.*?\n\{noformat\}`), regexp.MustCompile(`(?s)\{code:[a-z]+\}\n.*?\n\{code\}`),
	} {
		text = fence.ReplaceAllString(text, "")
	}
	text = ourCode.ReplaceAllString(text, "")
	for _, m := range tagIn.FindAllStringSubmatch(text, -1) {
		if !ourTag.MatchString(m[2]) && !strings.HasPrefix(m[2], `\`) {
			t.Fatalf("%q has a macro {%s}: %q", source, m[2], got)
		}
	}
	if strings.Count(text, "{quote}")%2 != 0 {
		t.Fatalf("%q leaves a quote: %q", source, got)
	}
	if n := strings.Count(text, "[~"); n != strings.Count(text, "[~accountid:mmm]") || n > mentioned {
		t.Fatalf("%q mentions %d times, %d were asked for: %q", source, n, mentioned, got)
	}
}

func TestMarkdownKeepsToOurMacros(t *testing.T) {
	lines := []string{"> ", "- ", "1. ", "    ", "```\n", "```go\n", "~~~\n", "`", "``", "# ", "| a |\n|---|\n| ", "\n", "\n\n", "<details>\n", "</details>\n", "<!--", "-->", "](https://e.example)", "](", "![", "\\", "<https://e.example/{a}>", "[x]: https://e.example \"t\"\n", "- [ ] "}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for range rapid.IntRange(1, 8).Draw(t, "n") {
			b.WriteString(rapid.SampledFrom(lines).Draw(t, "line"))
			b.WriteString(nasty.Draw(t, "text"))
		}
		checkWiki(t, b.String())
	})
}

func FuzzWiki(f *testing.F) {
	for _, s := range []string{"a", "**a** {code} `x`", "> q\n> > r", "- a\n  - b\n\n    c", "| a |\n|---|\n| b\\|c |", "```go\n{code}\n```", "<details><summary>x</summary>\n\ny\n</details>", "@a [b](https://e.example) ![c](d)", "a  \nb\\\nc", "<!-- x", "h1. x\nbq. y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4<<10 {
			return
		}
		checkWiki(t, s)
		title := strings.Join(strings.Fields(clean(s)), " ")
		got := Wiki("x "+incident.Inline(title)+" y", Options{})
		if what := acts(got); what != "" {
			t.Fatalf("%q does %s: %q", title, what, got)
		}
	})
}

// What is said is in the text, in order; nothing in a quote or in code is.
func FuzzSpoken(f *testing.F) {
	for _, s := range []string{"/ops", "{quote}q{quote}\n\nx", "{code}\nx\n{code}", "a {{b}} c", "bq. x\ny", "|a|\n|{{b}}|", "-a- b", "[a|https://e.example]", "[~accountid:a:b] @c", `a\\b \{c\}`, "# a\n** b\nh1. c", "a\n----\nFrom: x\nSent: y", "{-}a{-}{color:red}b{color}&nbsp;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines := Spoken(s, nil)
		for i, line := range lines {
			if strings.ContainsAny(line, "\r\n\x00") || line != strings.TrimSpace(line) {
				t.Fatalf("line %q is not one line", line)
			}
			if line == "" && (i == 0 || i == len(lines)-1 || lines[i-1] == "") {
				t.Fatalf("an empty line stands for nothing in %q", lines)
			}
		}
		const hidden = "SECRET"
		if strings.Contains(s, hidden) || len(s) > maxSpoken/2 {
			return
		}
		for _, wrapped := range []string{"{noformat}\n" + hidden + "\n{noformat}", "{code:sql}" + hidden + "{code}", "{quote}" + hidden + "{quote}", "bq. " + hidden, "{{" + hidden + "}}", "-" + hidden + "-"} {
			if said := strings.Join(Spoken(wrapped+"\n"+s, nil), "\n"); strings.Contains(said, hidden) {
				t.Fatalf("%q is said: %q", wrapped, said)
			}
		}
		if strings.ContainsAny(s, `{\`) {
			return
		}
		if said := Spoken("{quote}"+s+"{quote}", nil); len(said) > 0 {
			t.Fatalf("of a quote is said: %q", said)
		}
	})
}

// Hostile text must not take for ever: it is read with every look at the issue.
func TestHostileText(t *testing.T) {
	for _, unit := range []string{
		"[", "[a|", "]", "{", "{{", "}}", "{code}", "{code", "{quote}", "{noformat}{quote}", "-a", " -a", "-a -", "{-}a", "\\", "\\\\", "&", "&amp", "@a", "@", "h", "https://", "~", "!", "*a", "|", "\n", "* ", "a\n", "{panel}",
	} {
		Spoken(strings.Repeat(unit, maxSpoken/len(unit)), func(incident.Person) incident.Person { return "" })
	}
	for _, unit := range []string{"> ", "- ", "1. ", "- > ", "```\n", "`", "**", "[", "|a|\n|-|\n", "@a", "https://a.b/", ":", "(", "\\\\", "<b", "<!--", "~~a"} {
		Wiki(strings.Repeat(unit, 16384/len(unit)), town)
	}
	if got := Spoken(strings.Repeat("x\n", maxSpoken), nil); len(got) > maxSpoken {
		t.Errorf("%d lines of an endless text were read", len(got))
	}
}

// The texts that people read, in both markups, side by side to review.
func TestOurTexts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no texts", err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := Wiki(string(source), Options{Mention: func(p incident.Person) string { return AccountMention(string(p)) }}) + "\n"
		golden := strings.TrimSuffix(file, ".md") + ".wiki"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s:\n%s\nexpected:\n%s", golden, got, want)
		}
	}
}
