package markup

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

var (
	// address is one of the web in running text. What ends a sentence or
	// closes a bracket behind it is not part of it.
	address = regexp.MustCompile(`^(?i)https?://[^\s<>"'\[\]{}|\\^` + "`" + joiner + `]*[^\s<>"'\[\]{}|\\^` + "`" + joiner + `.,:;!?()*_~-]`)
	// handle is a person in running text, behind "@" or "@" and a joiner.
	handle = regexp.MustCompile(`^@(` + joiner + `?)([\p{L}\p{N}](?:[\p{L}\p{N}._:@-]*[\p{L}\p{N}])?)`)

	// team follows a handle that is not a person's: "@acme/on-call".
	team = regexp.MustCompile(`^/[\p{L}\p{N}]`)

	emoticon = regexp.MustCompile(`^(?i)\((?:[-!?*+/xyni]|\*[rgby]|on|off|flag|flagoff)\)`)
	smiley   = regexp.MustCompile(`^[:;]-?(?:[()|]|[DPp](?:[^\p{L}\p{N}]|$))`)
	entity   = regexp.MustCompile(`^&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);`)
	opening  = regexp.MustCompile(`^(?i)(?:h[1-6]|bq)\.`)
)

// say returns running text as markup: escaped, its addresses links, its
// people mentioned or named. fresh says that it begins a line, and after is
// what follows it.
func (w *writer) say(s string, fresh bool, after rune) string {
	var b strings.Builder
	from := 0
	flush := func(to int) {
		next := after
		if to < len(s) {
			next = '['
		}
		b.WriteString(escape(s[from:to], fresh && from == 0, next))
		from = to
	}
	for i := 0; i < len(s); i++ {
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if i > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before) || before == '_') {
			continue
		}
		switch s[i] {
		case 'h', 'H':
			if !begins(s[i:], "http") {
				continue
			}
			m := address.FindString(upTo(s[i:], longAddress))
			if target, ok := linkable(m); ok && m != "" {
				flush(i)
				b.WriteString("[" + target + "]")
				from = i + len(m)
				i = from - 1
			}
		case '@':
			m := handle.FindStringSubmatch(upTo(s[i:], longName))
			if m == nil || team.MatchString(s[i+len(m[0]):]) {
				continue
			}
			if said := w.name(incident.PersonOf(m[2]), m[1] != ""); said != "" {
				flush(i)
				b.WriteString(said)
				from = i + len(m[0])
				i = from - 1
			}
		}
	}
	flush(len(s))
	return b.String()
}

// name returns the markup for a person, or "" to leave the text as it is.
func (w *writer) name(p incident.Person, quiet bool) string {
	if !quiet && w.o.Mention != nil {
		return w.o.Mention(p)
	}
	if quiet && w.o.Name != nil {
		return escape(strings.Join(strings.Fields(w.o.Name(p)), " "), true, '[')
	}
	return ""
}

// Bounds on what is looked at for one piece of markup, in bytes, so that
// hostile text is read in linear time.
const (
	longSign    = 64
	longName    = 256
	longAddress = 4 << 10
)

// upTo returns the first n bytes of s, or all of it.
func upTo(s string, n int) string { return s[:min(len(s), n)] }

// begins reports whether s begins with a word in any case.
func begins(s, word string) bool {
	return len(s) >= len(word) && strings.EqualFold(s[:len(word)], word)
}

// escape makes text do nothing. What stands before it is taken for markup;
// fresh says that it begins a line, or might, and after is what follows it.
func escape(s string, fresh bool, after rune) string {
	var b strings.Builder
	var prev rune
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		next := after
		if i+size < len(s) {
			next, _ = utf8.DecodeRuneInString(s[i+size:])
		}
		before, behind := guards(r, prev, next, fresh, upTo(s[i:], longSign))
		b.WriteString(before)
		b.WriteRune(r)
		b.WriteString(behind)
		fresh = fresh && blank(r)
		prev, i = r, i+size
	}
	return b.String()
}

// guards returns what must stand before and behind a character so that it is
// no markup; rest is the text from it on.
func guards(r, prev, next rune, fresh bool, rest string) (before, behind string) {
	special := false
	switch r {
	case '{', '}':
		if prev == r { // both would be given back before "{{" is looked for
			before = joiner
		}
		special = true
	case '[', ']', '|', '^', '~':
		special = true
	case '*', '_', '-', '+':
		special = !(inWord(prev) && inWord(next)) && !(!fresh && blank(prev) && blank(next))
	case '?':
		special = prev == '?' || next == '?'
	case '!':
		special = !blank(next)
	case '#':
		special = fresh
	case '(':
		special = emoticon.MatchString(rest)
	case '\\':
		if !inWord(next) && !blank(next) {
			behind = joiner
		}
	case ':', ';':
		if smiley.MatchString(rest) {
			behind = joiner
		}
	case '&':
		if entity.MatchString(rest) {
			behind = joiner
		}
	case 'h', 'H', 'b', 'B':
		if fresh && opening.MatchString(rest) {
			before = joiner
		}
	}
	if special {
		before += `\`
	}
	return before, behind
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// blank reports whether r is white space to Jira's patterns.
func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }
