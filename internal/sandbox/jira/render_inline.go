package jira

import (
	"html"
	"regexp"
	"strings"
)

// The parts of a line that mean something, longest first: an escape, monospaced
// text, a link or mention in brackets, a colour, an issue's key, and text
// between marks.
var span = regexp.MustCompile(`\\\\|\\[^\sA-Za-z0-9]|\{\{.+?\}\}|\[[^\]\n]+\]|\{color(?::[^}]*)?\}|\b[A-Z][A-Z0-9_]+-[1-9][0-9]*\b|[*_+\-^~][^*_+\-^~\s](?:[^*_+\-^~]*[^*_+\-^~\s])?[*_+\-^~]`)

var marks = map[byte]string{'*': "strong", '_': "em", '-': "del", '+': "ins", '^': "sup", '~': "sub"}

// inline renders what formats within a line; the rest is text.
func (r *renderer) inline(line string) string {
	var b strings.Builder
	at := 0
	for at < len(line) {
		m := span.FindStringIndex(line[at:])
		if m == nil {
			break
		}
		from, to := at+m[0], at+m[1]
		b.WriteString(html.EscapeString(line[at:from]))
		shown, ok := r.part(line, from, to)
		if !ok { // the first sign is text; look again behind it
			to = from + 1
			shown = html.EscapeString(line[from:to])
		}
		b.WriteString(shown)
		at = to
	}
	return b.String() + html.EscapeString(line[at:])
}

func (r *renderer) part(line string, from, to int) (string, bool) {
	s := line[from:to]
	switch {
	case s == `\\`:
		return "<br>", true
	case s[0] == '\\':
		return html.EscapeString(s[1:]), true
	case strings.HasPrefix(s, "{{"):
		return "<code>" + r.inline(s[2:len(s)-2]) + "</code>", true
	case strings.HasPrefix(s, "{color"):
		return "", true
	case s[0] == '[':
		return r.link(s[1 : len(s)-1])
	case s[0] >= 'A' && s[0] <= 'Z':
		return `<a href="/browse/` + s + `">` + s + "</a>", true
	}
	// Marks stand at the edges of words.
	if s[0] != s[len(s)-1] || from > 0 && isWord(line[from-1]) || to < len(line) && isWord(line[to]) {
		return "", false
	}
	tag := marks[s[0]]
	return "<" + tag + ">" + r.inline(s[1:len(s)-1]) + "</" + tag + ">", true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// link renders what stands in brackets: a mention, or an address with or
// without a text.
func (r *renderer) link(s string) (string, bool) {
	if id, ok := strings.CutPrefix(s, "~"); ok {
		id = strings.TrimPrefix(id, "accountid:")
		name := r.who[id]
		if name == "" {
			name = id
		}
		return `<span class="mention">@` + html.EscapeString(name) + "</span>", true
	}
	parts := strings.Split(s, "|")
	text, address := parts[0], parts[0]
	if len(parts) > 1 {
		address = parts[1]
	}
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "mailto:") {
		return "", false
	}
	if text == address {
		return `<a href="` + html.EscapeString(address) + `">` + html.EscapeString(text) + "</a>", true
	}
	return `<a href="` + html.EscapeString(address) + `">` + r.inline(text) + "</a>", true
}
