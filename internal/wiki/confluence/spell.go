package confluence

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// codeSpan returns a text as code within a line.
func codeSpan(said string, cell bool) string {
	fence := "`"
	for strings.Contains(said, fence) {
		fence += "`"
	}
	if strings.HasPrefix(said, "`") || strings.HasSuffix(said, "`") {
		said = " " + said + " "
	}
	if cell {
		said = strings.ReplaceAll(said, "|", `\|`)
	}
	return fence + said + fence
}

// address spells a link's address so that it ends where it should.
func address(to string) string {
	if strings.ContainsAny(to, " ()\t\n") {
		to = strings.NewReplacer(" ", "%20", "(", "%28", ")", "%29", "\t", "%09", "\n", "%0A").Replace(to)
	}
	return strings.NewReplacer("<", "%3C", ">", "%3E", "|", "%7C", `\`, "%5C").Replace(to)
}

// words reads a text.
func (w *writer) words(n *node) {
	raw := w.r.storage[n.from:n.to]
	w.part(n.text)
	if n.cdata {
		w.put(escapeMarkdown(strings.Join(strings.Fields(n.text), " "), w.cell), n.from, n.to, false, n.up)
		return
	}
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRuneInString(raw[i:])
		from := n.from + i
		entity := ""
		if r == '&' {
			if said, long := incident.Entity(raw[i:]); long > 0 {
				entity, size = said, long
				r, _ = utf8.DecodeRuneInString(entity)
			}
		}
		i += size
		next, _ := utf8.DecodeRuneInString(raw[i:])
		switch {
		case r == 0xFEFF || r == 0x200B:
		case unicode.IsSpace(r):
			w.space(from, from+size, r == ' ' && entity == "", n.up)
		default:
			if r == '@' && entity == "" {
				if known := w.alias(raw[i:], from, n.up); known > 0 {
					i += known
					break
				}
			}
			said := string(r)
			if utf8.RuneCountInString(entity) > 1 {
				said = entity
			}
			md := w.spell(r, said, next)
			w.put(md, from, from+size, entity == "" && md == said, n.up)
		}
	}
}

// spell returns how a sign is written in Markdown so that it stays one.
func (w *writer) spell(r rune, said string, next rune) string {
	if w.index {
		if r == '@' {
			return said // its joiner is on the page
		}
		return incident.Inline(said)
	}
	last, _ := utf8.DecodeLastRune(w.text)
	return escaped(r, said, last, next, w.cell)
}

// escaped returns a sign with what keeps it from being markup, between its
// neighbours.
func escaped(r rune, said string, last, next rune, cell bool) string {
	switch r {
	case '\\', '`', '*', '[', ']', '~':
		return `\` + said
	case '|':
		if cell {
			return `\|`
		}
	case '_':
		if !wordRune(last) || !wordRune(next) {
			return `\_`
		}
	case '<':
		return "&lt;"
	case '&':
		if next == '#' || unicode.IsLetter(next) {
			return "&amp;"
		}
	}
	return said
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// escapeMarkdown returns words as Markdown that says them.
func escapeMarkdown(words string, cell bool) string {
	var b strings.Builder
	words = strings.Join(strings.Fields(words), " ")
	last := utf8.RuneError
	for i := 0; i < len(words); {
		r, size := utf8.DecodeRuneInString(words[i:])
		i += size
		next, _ := utf8.DecodeRuneInString(words[i:])
		b.WriteString(escaped(r, string(r), last, next, cell))
		last = r
	}
	return b.String()
}

// alias puts the person whom people here call otherwise, and returns how long
// the name is; 0 if it is none.
func (w *writer) alias(rest string, from int, up *node) int {
	before, _ := utf8.DecodeLastRune(w.text)
	name := handleIn(before, rest)
	who := w.r.aliases[incident.PersonOf(name)]
	if name == "" || who == "" {
		return 0
	}
	w.put(who.Mention(), from, from+1+len(name), false, up)
	return len(name)
}
