package markup

import (
	"slices"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

func TestSpoken(t *testing.T) {
	alias := func(p incident.Person) incident.Person {
		if p == "alice" {
			return "5b10a"
		}
		return ""
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":                  {"", nil},
		"one line":               {"/ops", []string{"/ops"}},
		"outer white space":      {"  /ops \t\n\n", []string{"/ops"}},
		"CRLF":                   {"/ops\r\n/note hello\r\n", []string{"/ops", "/note hello"}},
		"paragraphs":             {"one\n\n\n\ntwo\nthree", []string{"one", "", "two", "three"}},
		"forced break":           {`hello\\/ops`, []string{"hello", "/ops"}},
		"path":                   {`\\host\share`, []string{`\\host\share`}},
		"quote":                  {"{quote}\n/ops\n{quote}\n/comms", []string{"/comms"}},
		"quote in a line":        {"a {quote}/ops{quote} b", []string{"a", "", "b"}},
		"quote without an end":   {"{quote}\n/ops", []string{"/ops"}},
		"escaped quote":          {"\\{quote}\n/ops\n\\{quote}", []string{"{quote}", "/ops", "{quote}"}},
		"code in a quote":        {"{quote}{code}{code}\n/ops{quote}\n/comms", []string{"/comms"}},
		"bq":                     {"bq. /ops\n/comms", []string{"/comms"}},
		"code":                   {"{code:java|title=x}\n/ops\n{code}\nafter", []string{"after"}},
		"quote in code":          {"{code}\n{quote}\n{code}\n/ops\n{quote}x{quote}", []string{"/ops"}},
		"noformat":               {"{noformat}\nI hereby declare\n{noformat}", nil},
		"code in a list":         {"# see\n{code}\n/ops\n{code}", []string{"1. see"}},
		"panel":                  {"{panel:title=My title|borderStyle=dashed}\n/ops\n{panel}", []string{"/ops"}},
		"colour":                 {"{color:#ff0000}I hereby declare{color} this", []string{"I hereby declare this"}},
		"unknown macro":          {"{foo} bar", []string{"{foo} bar"}},
		"a document":             {"a\n{adf:display=block}\n{\"type\":\"expand\",\"content\":[{\"type\":\"blockquote\",\"text\":\"I hereby declare \\\\ /ops {code} {adf} /ic\"}]}\n{adf}\nb {code}c{code}", []string{"a", "", "b"}},
		"a document in a line":   {"/note see {adf:display=inline}{\"type\":\"status\",\"attrs\":{\"text\":\"/ops\"}}{adf}, it is up", []string{"/note see , it is up"}},
		"a document cut off":     {"a\n{adf:display=block}\n{\"text\":\"I hereby declare", []string{"a"}},
		"mono":                   {"say {{I hereby declare this an incident}} loudly", []string{"say  loudly"}},
		"mono in a command":      {"/note restarted {{api-7}} twice", []string{"/note restarted `api-7` twice"}},
		"mono behind a command":  {"/note first\nthen {{api\\-7}}", []string{"/note first", "then `api-7`"}},
		"phrase in mono there":   {"/note he typed {{I hereby declare this an incident}}", []string{"/note he typed"}},
		"command in mono":        {"{{/ops}}", nil},
		"struck out":             {"-I hereby declare this an incident- no", []string{"no"}},
		"struck out in braces":   {"a{-}b{-}c", []string{"ac"}},
		"hyphens":                {"/restored -10m\na well-known 2026-11-22 x - y - z --a-- (-5)", []string{"/restored -10m", "a well-known 2026-11-22 x - y - z --a-- (-5)"}},
		"escaped hyphens":        {`\-a\-`, []string{"-a-"}},
		"hyphens in an address":  {"/evidence https://x.example/-a-/b", []string{"/evidence https://x.example/-a-/b"}},
		"emphasis":               {"*I hereby declare this an incident.* {*}a{*}b", []string{"*I hereby declare this an incident.* *a*b"}},
		"heading":                {"h2. I hereby declare\ntext", []string{"## I hereby declare", "text"}},
		"lists keep a bullet":    {"- /ops\n* /comms\n# /ic\n*# a", []string{"- /ops", "- /comms", "1. /ic", "1. a"}},
		"table":                  {"||a||\n|I hereby declare|", []string{"||a||", "|I hereby declare|"}},
		"ruler":                  {"a\n----\nb", []string{"a", "", "b"}},
		"escapes":                {`\[a\] \{b\} \!c\! \\d`, []string{`[a] {b} !c!`, `d`}},
		"account":                {"/ops [~accountid:557058:F58131cb]", []string{"/ops @557058:f58131cb"}},
		"user":                   {"/ops [~Bob.Smith]", []string{"/ops @bob.smith"}},
		"typed person":           {"/ops @Alice @bob mail@alice", []string{"/ops @5b10a @bob mail@alice"}},
		"link":                   {"/note see [the *log*|https://x.example/a_b]", []string{"/note see [the *log*](https://x.example/a_b)"}},
		"bare link":              {"/evidence [https://x.example/a]", []string{"/evidence https://x.example/a"}},
		"smart link":             {"/evidence [https://x.example/a|https://x.example/a|smart-link] ", []string{"/evidence https://x.example/a"}},
		"link that a word names": {"/postmortem [our page|https://x.example/p]", []string{"/postmortem https://x.example/p (our page)"}},
		"link to an issue":       {"/link [OPS-12|https://x.example/browse/OPS-12]", []string{"/link OPS-12"}},
		"mail":                   {"[mailto:a@x.example] [a@x.example|mailto:a@x.example] [me|mailto:a@x.example]", []string{"a@x.example a@x.example me (a@x.example)"}},
		"link with a query":      {"/evidence [https://x.example/?a=1&copy=2&amp=3]", []string{"/evidence https://x.example/?a=1&copy=2&amp=3"}},
		"words of a link":        {"see [a&region=eu &regional; &amp;lt;|https://x.example]", []string{"see [a&region=eu &regional; &lt;](https://x.example)"}},
		"file":                   {"[^log.txt]", []string{"log.txt"}},
		"brackets":               {"[x] done", []string{"[x] done"}},
		"spaces":                 {"&nbsp;/ops&nbsp;@a &amp; &lt;", []string{"/ops @a & <"}},
		"mail reply":             {"I will.\n\n-----Original Message-----\nFrom: Bob\n/ops", []string{"I will."}},
		"mail header":            {"I will.\n\n*From:* Bob <b@x.example>\n*Sent:* Monday\n/ops", []string{"I will."}},
		"invalid UTF-8":          {"\xff/ops", []string{"\uFFFD/ops"}},
		"a NUL is no gap":        {"a\n\x00\nb", []string{"a", "\uFFFD", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Spoken(c.text, alias); !slices.Equal(got, c.want) {
				t.Errorf("Spoken(%q)\n got %q\nwant %q", c.text, got, c.want)
			}
		})
	}
}
