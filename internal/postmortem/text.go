package postmortem

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

// Bounds of a ticket, in characters.
const (
	maxTitle = 250
	maxBody  = 60_000
)

// Title returns the item's first paragraph as one line of plain text for a
// ticket's title: no markup, no mention, none of what the item says about
// owner, date, kind and place; at most 250 characters.
func (it Item) Title() string {
	rows := plainRows(it.Text)
	title := ""
	passages(rows, func(p *passage) {
		if title == "" {
			text := withoutAsides(p)
			if rows[p.first].start {
				text = withoutSigns(text)
			}
			title = plain(text)
		}
	})
	for i := 0; title == "" && i < len(rows); i++ {
		if rows[i].kind == codeRow && fence(strings.TrimSpace(rows[i].text)+" ") == 0 {
			title = unmention(fold(printable(markForm.ReplaceAllString(rows[i].text, ""))))
		}
	}
	if title == "" {
		title = "An issue without words"
	}
	if r := []rune(title); len(r) > maxTitle {
		title = string(r[:maxTitle-1]) + "…"
	}
	return title
}

// withoutSigns takes the signs of list items from the front.
func withoutSigns(text string) string {
	for {
		text = strings.TrimLeft(text, " \t")
		if text == "" {
			return ""
		}
		width, _ := bullet(text)
		if width == 0 {
			return text
		}
		text = text[width:]
	}
}

// withoutAsides returns a passage without owner, date, kind and place.
func withoutAsides(p *passage) string {
	text := hide(p.text, p.spans, unsaid)
	b := []byte(p.text)
	blank := func(from, to int) {
		for i := from; i < to; i++ {
			b[i] = ' '
		}
	}
	for _, form := range []*regexp.Regexp{ownerForm, dueForm, categoryForm, placeForm} {
		for _, m := range form.FindAllStringIndex(text, -1) {
			from := m[0]
			if strings.ContainsRune("(,;", rune(text[from])) {
				from++
			}
			to := m[1]
			if form == placeForm {
				to -= len(text[:to]) - len(strings.TrimRight(text[:to], ".,;:!?)"))
			}
			blank(from, to)
		}
	}
	// Handles at the end name owners; those within a sentence belong to it.
	eachHandle(text, func(from, to int, _ incident.Person) {
		if rest := strings.TrimSpace(string(b[to:])); rest == "" || strings.HasPrefix(rest, "@") {
			blank(from, to)
		}
	})
	return string(b)
}

// plain returns a passage without markup, on one line.
func plain(s string) string {
	spans, _ := inline(s)
	b := []byte(s)
	code := map[int]int{}
	for _, x := range spans {
		switch {
		case x.what&codeSpan != 0 && s[x.from] == '`':
			code[x.from] = x.to
		case x.what == targetSpan, x.what&hiddenSpan != 0:
			for i := x.from; i < x.to; i++ {
				b[i] = ' '
			}
			if s[x.from] == ']' {
				b[x.from] = 0
			}
		case x.what == linkSpan && b[x.from] == '[':
			b[x.from] = 0
		}
	}
	var out strings.Builder
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case code[i] > 0:
			out.WriteString(strings.Trim(string(b[i:code[i]]), "`"))
			i = code[i] - 1
		case c == 0, c == '*', c == '`', c == '~' && i+1 < len(b) && b[i+1] == '~', c == '~' && i > 0 && s[i-1] == '~':
		case c == '_' && (i == 0 || !wordByte(b[i-1]) || i+1 == len(b) || !wordByte(b[i+1])):
		case c == '!' && i+1 < len(b) && s[i+1] == '[':
		case c == '\\' && i+1 < len(b) && unicode.IsPunct(rune(b[i+1])) && b[i+1] < utf8.RuneSelf:
			i++
			out.WriteByte(b[i])
		default:
			out.WriteByte(c)
		}
	}
	text := unmention(fold(printable(incident.Unescape(out.String()))))
	return strings.Trim(emptyBrackets.ReplaceAllString(text, ""), " ,;:–—")
}

var emptyBrackets = regexp.MustCompile(`\(\s*[,;]*\s*\)`)

// unmention takes the "@" from whatever could be taken for a mention.
func unmention(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r == '@' {
			before, _ := utf8.DecodeLastRuneInString(s[:i])
			if i == 0 || !letterOrDigit(before) {
				continue
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}

// printable drops what is not seen: control signs and joiners.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
}

// Body returns the item as Markdown for a ticket's text. Nothing in it mentions
// anybody, hides, or runs on into what follows; code stays as it is.
func (it Item) Body() string {
	text := strings.ToValidUTF8(strings.ReplaceAll(it.Text, "\r\n", "\n"), "\uFFFD")
	cut := false
	if utf8.RuneCountInString(text) > maxBody {
		text, cut = string([]rune(text)[:maxBody]), true
	}
	rows := plainRows(text)
	var b strings.Builder
	for i := 0; i < len(rows); i++ {
		switch r := &rows[i]; {
		case r.said():
			p := passageAt(rows, i, len(rows))
			b.WriteString(quiet(p.text, p.spans))
			i += len(p.starts) - 1
		case r.kind == codeRow:
			b.WriteString(r.text)
		default:
			b.WriteString(quiet(r.text, nil))
		}
	}
	out := b.String() + openFence(rows)
	if cut {
		out += "\n\n… (the whole text is on the page)"
	}
	return out
}

// quiet neutralises mentions and comments outside code.
func quiet(text string, spans []span) string {
	said := hide(text, spans, codeSpan)
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case said[i] == '&' && atEntity.MatchString(text[i:min(len(text), i+16)]):
			b.WriteString("@" + incident.Joiner)
			i += len(atEntity.FindString(text[i:min(len(text), i+16)])) - 1
		case said[i] == '@' && (i == 0 || !wordByte(said[i-1]) || said[i-1] == '_'):
			b.WriteString("@" + incident.Joiner)
		case said[i] == '<' && strings.HasPrefix(text[i:], "<!"):
			b.WriteString("&lt;")
		default:
			b.WriteByte(text[i])
		}
	}
	return strings.ReplaceAll(b.String(), incident.Joiner+incident.Joiner, incident.Joiner)
}

// atEntity matches "@" written as HTML has it.
var atEntity = regexp.MustCompile(`(?i)^&(?:#0{0,5}64|#x0{0,5}40|commat);`)

// openFence returns what ends the code in which a text ends.
func openFence(rows []row) string {
	s := scanner{rows: rows, last: -1}
	for i := range rows {
		s.row(i)
	}
	if s.raw != codeRow || !s.fence {
		return ""
	}
	return "\n" + strings.Repeat(" ", s.base(s.depth)) + s.sign
}
