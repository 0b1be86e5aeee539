package markup

import (
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// town knows alice and a Cloud account, and bob's name.
var town = Options{
	Mention: func(p incident.Person) string {
		switch p {
		case "alice", "557058:f58131cb-b67d":
			return AccountMention(string(p))
		}
		return ""
	},
	Name: func(p incident.Person) string {
		if p == "bob" {
			return "Bob {Smith}"
		}
		return ""
	},
}

func TestWiki(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":                 {"", ""},
		"a line":                {"hello", "hello"},
		"two lines":             {"one\ntwo", "one\ntwo"},
		"hard breaks":           {"one  \ntwo\\\nthree", "one\ntwo\nthree"},
		"paragraphs":            {"one\n\n\n\ntwo", "one\n\ntwo"},
		"CRLF":                  {"one\r\n\r\ntwo", "one\n\ntwo"},
		"headings":              {"# A\n## B *c*\n\nD\n===", "h1. A\n\nh2. B _c_\n\nh1. D"},
		"rule":                  {"a\n\n---\n\nb", "a\n\n----\n\nb"},
		"bold":                  {"**a** *b* ~~c~~ ***d***", "*a* _b_ -c- _*d*_"},
		"bold within a word":    {"a**b**c", "a{*}b{*}c"},
		"bold next to a dash":   {"**a**–b", "*a{*}–b"},
		"bold over two lines":   {"**a\nb** c", "*a*\n*b* c"},
		"bold in bold":          {"**a __b__ c**", "*a b c*"},
		"code":                  {"say `/ops @me` now", "say {{/ops @me}} now"},
		"code that acts":        {"`{code} *a* [b] {{c}}`", "{{\\{code\\} \\*a\\* \\[b\\] \\{\u2060\\{c\\}\u2060\\}}}"},
		"code after a word":     {"a`b`", "a\u2060{{b}}"},
		"code ends in \\":       {"`a\\`", "{{a\\\u2060}}"},
		"empty code":            {"a ` ` b", "a  b"},
		"fence":                 {"```\n*a* {x}\n```", "{noformat}\n*a* {x}\n{noformat}"},
		"fence of a language":   {"```Go\nx\n```", "{code:go}\nx\n{code}"},
		"fence of another":      {"```brainfuck|title=x}\nx\n```", "{noformat}\nx\n{noformat}"},
		"fence that would end":  {"```\n{NoFormat} {code}\n```", "{noformat}\n{\u2060NoFormat} {\u2060code}\n{noformat}"},
		"indented code":         {"    x\n    y", "{noformat}\nx\ny\n{noformat}"},
		"quote":                 {"> a\n> b\n>\n> c", "{quote}\na\nb\n\nc\n{quote}"},
		"quote in a quote":      {"> a\n> > b\n> > c", "{quote}\na\n\n> b\n> c\n{quote}"},
		"list":                  {"- a\n- b", "* a\n* b"},
		"loose list":            {"- a\n\n  b\n- c", "* a\nb\n* c"},
		"nested lists":          {"- a\n  1. b\n     - c\n  2. d\n- e", "* a\n*# b\n*#* c\n*# d\n* e"},
		"list begins with code": {"- ```\n  x\n  ```", "* \u00A0\n{noformat}\nx\n{noformat}"},
		"empty item":            {"- \n- a", "* \u00A0\n* a"},
		"tasks":                 {"- [ ] a\n- [x] b", "* ☐ a\n* ☑ b"},
		"table":                 {"| a | b |\n|---|:-:|\n| **c** | d\\|e |\n| | |", "||a||b||\n|*c*|d\\|e|\n| | |"},
		"table without header":  {"| | |\n|---|---|\n| a | b |", "|a|b|"},
		"break in a cell":       {"| a |\n|---|\n| b<br>c |", "||a||\n|b\\\\ c|"},
		"list in a cell":        {"| a |\n|---|\n| - b |\n| # c |", "||a||\n|\\- b|\n|\\# c|"},
		"link":                  {"[#12](https://x.example/a_b?c=d#e)", "[#12|https://x.example/a_b?c=d#e]"},
		"link with a title":     {`[a](https://x.example "t")`, "[a|https://x.example]"},
		"link of odd text":      {"[a \\| b\\]](https://x.example)", "a \\| b\\] [https://x.example]"},
		"link of odd address":   {"[a](<https://x.example/{b}|c d!e>)", "[a|https://x.example/%7Bb%7D%7Cc%20d%21e]"},
		"link to nowhere":       {"[Page-1](Page-1)", "Page-1 (Page-1)"},
		"link that runs":        {"[a](javascript:alert(1))", "a (javascript:alert(1))"},
		"link to a file":        {"[a](^secret.txt)", "a (\\^secret.txt)"},
		"autolink":              {"<https://x.example/a>", "[https://x.example/a]"},
		"address":               {"see https://x.example/a\\_b, or (http://y.example).", "see [https://x.example/a_b], or ([http://y.example])."},
		"link with entities":    {"[a](https://x.example/?a=1&amp;b=2&region=eu) <https://x.example/?a=1&amp;b>", "[a|https://x.example/?a=1&b=2&region=eu] [https://x.example/?a=1&b]"},
		"addresses in HTML":     {"<sub>\nhttps://x.example/?a=1&region=eu&amp;b\n</sub>", "[https://x.example/?a=1&region=eu&b]"},
		"image":                 {"![alt](https://x.example/i.png)", "[alt|https://x.example/i.png]"},
		"comment":               {"a <!-- b --> c\n\n<!-- hereby:1 7 say/board -->", "a  c"},
		"comment over lines":    {"<!--\na\n\nb\n-->\nc", "c"},
		"sub":                   {"<sub>a `b`</sub>", "a {{b}}"},
		"details":               {"<details><summary>Done (6)</summary>\n\n- a\n\n</details>", "*Done (6)*\n\n* a"},
		"mention":               {"@alice, @Alice: @557058:f58131cb-b67d. @nobody a@alice", "[~accountid:alice], [~accountid:alice]: [~accountid:557058:f58131cb-b67d]. @nobody a@alice"},
		"team":                  {"@alice/on-call @alice/", "@alice/on-call [~accountid:alice]/"},
		"quiet name":            {"@\u2060bob and @\u2060alice", "Bob \\{Smith\\} and @\u2060alice"},
		"mention in code":       {"`@alice`", "{{@alice}}"},
		"entities":              {"&lt;b&gt; &amp;#123; &amp;nbsp;", "<b> &\u2060#123; &\u2060nbsp;"},

		"macros":         {"{code} {color:red}x{color} {{x}}", "\\{code\\} \\{color:red\\}x\\{color\\} \\{\u2060\\{x\\}\u2060\\}"},
		"a link":         {"\\[a|https://x.example\\]", "\\[a\\|[https://x.example]\\]"},
		"a mention":      {"\\[~alice\\]", "\\[\\~alice\\]"},
		"an image":       {"!i.png! done!", "\\!i.png! done!"},
		"signs":          {"\\*a\\* \\_b\\_ -c- +d+ ^e^ \\~f\\~ ??g??", "\\*a\\* \\_b\\_ \\-c\\- \\+d\\+ \\^e\\^ \\~f\\~ \\?\\?g\\?\\?"},
		"harmless signs": {"2026-11-22 a_b x - y 2+2? yes!", "2026-11-22 a_b x - y 2+2? yes!"},
		"dashes":         {"a -- b --- c", "a \\-\\- b \\-\\-\\- c"},
		"h1.":            {"h1. a\nbq. b\nH2. c", "\u2060h1. a\n\u2060bq. b\n\u2060H2. c"},
		"a list":         {"\\# a\n\\* b\n\\- c", "\\# a\n\\* b\n\\- c"},
		"emoticons":      {"a :) (!) (on) ;-) :D :P (y) :Done", "a :\u2060) \\(\\!) \\(on) ;\u2060\\-) :\u2060D :\u2060P \\(y) :Done"},
		"backslashes":    {`C:\\dir \\\\host\\\\x a\\`, "C:\\dir \\\u2060\\host\\\u2060\\x a\\"},
		"control":        {"a\x00b\x1bc", "a\uFFFDb\uFFFDc"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Wiki(c.text, town); got != c.want {
				t.Errorf("Wiki(%q)\n got %q\nwant %q", c.text, got, c.want)
			}
		})
	}
}

func TestMentionsHold(t *testing.T) {
	for _, who := range []string{"", "a]b", "a|b", "a\nb", "a{b}", `a\`} {
		if got := AccountMention(who) + NameMention(who); got != "" {
			t.Errorf("%q is mentioned: %q", who, got)
		}
	}
	if got := NameMention("alice.b"); got != "[~alice.b]" {
		t.Error(got)
	}
	if !strings.Contains(Wiki("@alice", Options{}), "@alice") {
		t.Error("a mention is lost")
	}
}
