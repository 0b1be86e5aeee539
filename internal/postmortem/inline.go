package postmortem

import (
	"regexp"
	"strings"
)

// span is a piece of a paragraph that is not plain text.
type span struct {
	from, to int
	what     what
}

type what uint8

const (
	codeSpan   what = 1 << iota // code, with its signs, and what tags set apart as code or quote
	hiddenSpan                  // HTML tags and comments
	targetSpan                  // where a link leads, with its brackets; bare addresses
	linkSpan                    // a link as a whole
)

// unsaid are the spans in which nobody says anything.
const unsaid = codeSpan | hiddenSpan | targetSpan

// inliner reads a paragraph from left to right; each of its memories makes
// sure that nothing is looked for twice in vain.
type inliner struct {
	s     string
	spans []span
	ticks map[int][]int   // runs of "`" by length, those still ahead
	never map[string]bool // strings that do not come any more
	open  []int           // "[" without "]"
	// comment is set if the paragraph ends within "<!--".
	comment bool
}

// inline returns the spans of a paragraph, from left to right as they end, and
// whether a comment is begun in it and not ended.
func inline(s string) ([]span, bool) {
	p := inliner{s: s, ticks: map[int][]int{}, never: map[string]bool{}}
	for i := strings.IndexByte(s, '`'); i >= 0 && i < len(s); {
		n := runLen(s[i:])
		p.ticks[n] = append(p.ticks[n], i)
		next := strings.IndexByte(s[i+n:], '`')
		if next < 0 {
			break
		}
		i += n + next
	}
	for i := 0; i < len(s); {
		i = p.step(i)
	}
	return p.spans, p.comment
}

func runLen(s string) int { return len(s) - len(strings.TrimLeft(s, s[:1])) }

func (p *inliner) add(from, to int, w what) int {
	p.spans = append(p.spans, span{from, to, w})
	return to
}

// step reads what stands at i and returns where to go on.
func (p *inliner) step(i int) int {
	switch c := p.s[i]; c {
	case '\\':
		return min(i+2, len(p.s))
	case '`':
		return p.code(i)
	case '<':
		return p.angle(i)
	case '[':
		p.open = append(p.open, i)
	case ']':
		return p.link(i)
	case 'h', 'H', 'w', 'W':
		if i == 0 || !wordByte(p.s[i-1]) {
			if m := address.FindString(p.s[i:min(i+8, len(p.s))]); m != "" {
				end := strings.IndexAny(p.s[i:], " \t\r\n<>\"|")
				if end < 0 {
					end = len(p.s) - i
				}
				return p.add(i, i+end, targetSpan|linkSpan)
			}
		}
	}
	return i + 1
}

var address = regexp.MustCompile(`^(?i:https?://|www\.)`)

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (p *inliner) code(i int) int {
	n := runLen(p.s[i:])
	ahead := p.ticks[n]
	for len(ahead) > 0 && ahead[0] <= i {
		ahead = ahead[1:]
	}
	p.ticks[n] = ahead
	if len(ahead) == 0 {
		return i + n
	}
	return p.add(i, ahead[0]+n, codeSpan)
}

// find looks for a string, in lower case, from i on.
func (p *inliner) find(what string, i int) int {
	if p.never[what] || i > len(p.s) {
		return -1
	}
	for j := i; j+len(what) <= len(p.s); j++ {
		if strings.EqualFold(p.s[j:j+len(what)], what) {
			return j
		}
	}
	p.never[what] = true
	return -1
}

// angle reads comments, addresses and tags.
func (p *inliner) angle(i int) int {
	rest := p.s[i:]
	if strings.HasPrefix(rest, "<!--") {
		for _, whole := range []string{"<!-->", "<!--->"} {
			if strings.HasPrefix(rest, whole) {
				return p.add(i, i+len(whole), hiddenSpan)
			}
		}
		end := p.find("-->", i+4)
		if end < 0 {
			p.comment = true
			return i + 4
		}
		return p.add(i, end+3, hiddenSpan)
	}
	if m := autolink.FindString(rest[:min(len(rest), 2048)]); m != "" {
		return p.add(i, i+len(m), targetSpan|linkSpan)
	}
	end, name := p.tag(i)
	if end < 0 {
		return i + 1
	}
	p.add(i, end, hiddenSpan)
	switch name {
	case "code", "pre", "kbd", "samp", "tt", "q", "blockquote", "script", "style", "textarea":
		if stop := p.find("</"+name, end); stop >= 0 {
			return p.add(i, stop, codeSpan)
		}
	case "a":
		if stop := p.find("</a", end); stop >= 0 {
			p.add(i, stop, linkSpan)
		}
	}
	return end
}

var autolink = regexp.MustCompile(`^<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>`)

// tag returns where an HTML tag ends, -1 if there is none, and the name of an
// opening one.
func (p *inliner) tag(i int) (end int, name string) {
	j := i + 1
	if j < len(p.s) && p.s[j] == '/' {
		j++
	}
	from := j
	for j < len(p.s) && wordByte(p.s[j]) && p.s[j] < 0x80 && p.s[j] != '_' {
		j++
	}
	if j == from || p.s[from] <= '9' {
		return -1, ""
	}
	if from == i+1 {
		name = strings.ToLower(p.s[from:j])
	}
	if j < len(p.s) && !strings.ContainsRune(" \t\r\n/>", rune(p.s[j])) {
		return -1, ""
	}
	for j < len(p.s) {
		switch c := p.s[j]; c {
		case '>':
			return j + 1, name
		case '<', '`':
			return -1, ""
		case '"', '\'':
			end := p.find(string(c), j+1)
			if end < 0 {
				return -1, ""
			}
			j = end
		}
		j++
	}
	return -1, ""
}

// link reads the end of a link's text and where it leads.
func (p *inliner) link(i int) int {
	if len(p.open) == 0 {
		return i + 1
	}
	start := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	end := target(p.s, i+1)
	if end < 0 {
		return i + 1
	}
	p.add(i, end, targetSpan)
	return p.add(start, end, linkSpan)
}

// target returns where "(address "title")" ends, -1 if there is none. It gives
// up where brackets nest deeper than anybody writes, so that no text is read
// again and again.
func target(s string, i int) int {
	if i >= len(s) || s[i] != '(' {
		return -1
	}
	depth := 0
	for j := i; j < len(s) && j < i+4096; j++ {
		switch s[j] {
		case '\\':
			j++
		case '(':
			if depth++; depth > 32 {
				return -1
			}
		case ')':
			if depth--; depth == 0 {
				return j + 1
			}
		case '[', '\n':
			return -1
		}
	}
	return -1
}

// hide returns a paragraph with spans of some kinds blanked, at its length.
func hide(s string, spans []span, kinds what) string {
	b := []byte(s)
	for _, x := range spans {
		if x.what&kinds == 0 {
			continue
		}
		for i := x.from; i < x.to; i++ {
			if b[i] != '\n' && b[i] != '\r' {
				b[i] = ' '
			}
		}
	}
	return string(b)
}
