package markup

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hereby/hereby/internal/incident"
)

var (
	heading = regexp.MustCompile(`^(?i)h([1-6])\.\s*`)
	bullet  = regexp.MustCompile(`^[-*#]+\s+`)

	braced  = regexp.MustCompile(`^\{([*_+^~-]|\?\?)\}`)
	web     = regexp.MustCompile(`^(?i)https?://[^\s|\]{}\\]+`)
	typed   = regexp.MustCompile(`^@([\p{L}\p{N}](?:[\p{L}\p{N}._:@-]*[\p{L}\p{N}])?)`)
	someone = regexp.MustCompile(`^~(?:accountid:)?([^|\]]+)`)
)

// words returns one line as it is spoken, with or without inline code.
func words(line string, code bool, alias func(incident.Person) incident.Person) string {
	r := &reader{s: line, code: code, alias: alias}
	if m := heading.FindStringSubmatch(line); m != nil {
		r.b.WriteString(strings.Repeat("#", int(m[1][0]-'0')) + " ")
		r.i = len(m[0])
	} else if m := bullet.FindString(line); m != "" {
		if strings.HasSuffix(strings.TrimSpace(m), "#") {
			r.b.WriteString("1. ")
		} else {
			r.b.WriteString("- ")
		}
		r.i = len(m)
	}
	for r.i < len(r.s) {
		r.next()
	}
	return r.b.String()
}

// reader goes through a line once.
type reader struct {
	s     string
	i     int
	b     strings.Builder
	code  bool
	alias func(incident.Person) incident.Person
}

func (r *reader) next() {
	rest := r.s[r.i:]
	switch {
	case rest[0] == '\\':
		n := backslash(r.s, r.i)
		if n == 2 && rest[1] != '\\' {
			r.b.WriteByte(rest[1])
		} else {
			r.b.WriteString(rest[:n])
		}
		r.i += n
		return
	case strings.HasPrefix(rest, "{{") && r.mono(rest):
		return
	case rest[0] == '{' && r.brace(rest):
		return
	case rest[0] == '-' && r.struck(rest, "-", "-"):
		return
	case rest[0] == '[' && r.link(rest):
		return
	case rest[0] == '&' && r.entity(rest):
		return
	case rest[0] == '@' && r.handle(rest):
		return
	case begins(rest, "http") && !r.afterWord() && r.address(rest):
		return
	}
	r.b.WriteByte(rest[0])
	r.i++
}

func (r *reader) afterWord() bool {
	before, size := utf8.DecodeLastRuneInString(r.s[:r.i])
	return size > 0 && inWord(before)
}

// mono reads inline code.
func (r *reader) mono(rest string) bool {
	end := unescapedIndex(upTo(rest[2:], longAddress), "}}")
	if end <= 0 {
		return false
	}
	text := literal(rest[2 : 2+end])
	r.i += 2 + end + 2
	if r.code && !hereby(text) {
		if strings.Contains(text, "`") {
			r.b.WriteString(text)
		} else {
			r.b.WriteString("`" + text + "`")
		}
	}
	return true
}

// brace reads the sign of a phrase in braces.
func (r *reader) brace(rest string) bool {
	m := braced.FindStringSubmatch(upTo(rest, longSign))
	if m == nil {
		return false
	}
	if m[1] == "-" && r.struck(rest, "{-}", "{-}") {
		return true
	}
	r.b.WriteString(m[1])
	r.i += len(m[0])
	return true
}

// tries bounds how many ends of a phrase are looked at.
const tries = 64

// struck leaves out what is struck out, as Jira sees it: the sign stands
// before a word and behind one, and never within. Two hyphens are a dash.
func (r *reader) struck(rest, open, shut string) bool {
	if open == "-" && (r.afterWord() || strings.HasSuffix(r.s[:r.i], "-")) {
		return false
	}
	body := upTo(rest[len(open):], longAddress)
	if body == "" || body[0] == '-' || unicode.IsSpace(rune(body[0])) {
		return false
	}
	for from, n := 0, 0; n < tries; n++ {
		at := unescapedIndex(body[from:], shut)
		if at < 0 {
			break
		}
		at += from
		from = at + len(shut)
		before, _ := utf8.DecodeLastRuneInString(body[:at])
		after, _ := utf8.DecodeRuneInString(body[from:])
		if unicode.IsSpace(before) || before == '-' || open == "-" && (inWord(after) || after == '-') {
			continue
		}
		r.i += len(open) + from
		return true
	}
	return false
}

// link reads what stands in brackets: a person, an address, a file.
func (r *reader) link(rest string) bool {
	end := unescapedIndex(upTo(rest, 2*longAddress), "]")
	if end < 2 {
		return false
	}
	inner := rest[1:end]
	if m := someone.FindStringSubmatch(inner); m != nil {
		r.b.WriteString(incident.PersonOf(literal(m[1])).Mention())
		r.i += end + 1
		return true
	}
	text, target := "", inner
	if i := unescapedIndex(inner, "|"); i >= 0 {
		text, target = strings.TrimSpace(literal(inner[:i])), inner[i+1:]
		if j := strings.IndexByte(target, '|'); j >= 0 {
			target = target[:j]
		}
	}
	target = strings.TrimSpace(target)
	switch {
	case web.MatchString(target):
	case strings.HasPrefix(strings.ToLower(target), "mailto:"):
		target = target[len("mailto:"):]
		if text == "" || text == target {
			text = target
		} else {
			text += " (" + target + ")"
		}
		target = ""
	case strings.HasPrefix(target, "^") && len(target) > 1:
		if text == "" {
			text = literal(target[1:])
		}
		target = ""
	case text != "":
		target = ""
	default:
		return false // brackets, and nothing that leads anywhere
	}
	r.b.WriteString(r.linked(text, target))
	r.i += end + 1
	return true
}

// linked returns how a link is spoken.
func (r *reader) linked(text, target string) string {
	_, isRef := incident.ParseRef(text, "")
	switch {
	case target == "", isRef && !web.MatchString(text):
		return text
	case text == "", web.MatchString(text):
		return target
	case operand.MatchString(r.b.String()):
		return target + " (" + text + ")"
	}
	return "[" + text + "](" + target + ")"
}

// operand matches a line that so far is only a command's word.
var operand = regexp.MustCompile(`^(?i)(?:/[a-z]+|hereby\s+[a-z]+)\s+$`)

func (r *reader) entity(rest string) bool {
	said, size := incident.Entity(rest)
	r.b.WriteString(oneLined(said))
	r.i += size
	return size > 0
}

// oneLined returns what entities stand for, which is no more than text of one
// line.
func oneLined(said string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.IsControl(c) {
			return ' '
		}
		return c
	}, said)
}

// handle reads a person whose name was typed.
func (r *reader) handle(rest string) bool {
	if r.alias == nil || r.afterWord() {
		return false
	}
	m := typed.FindStringSubmatch(upTo(rest, longName))
	if m == nil {
		return false
	}
	p := r.alias(incident.PersonOf(m[1]))
	if p == "" {
		return false
	}
	r.b.WriteString(p.Mention())
	r.i += len(m[0])
	return true
}

// address reads an address as it stands: nothing in it is markup.
func (r *reader) address(rest string) bool {
	m := web.FindString(upTo(rest, longAddress))
	r.b.WriteString(m)
	r.i += len(m)
	return m != ""
}

// unescapedIndex returns where sign stands first in s without a backslash
// before it, or -1.
func unescapedIndex(s, sign string) int {
	for from := 0; ; {
		i := strings.Index(s[from:], sign)
		if i < 0 {
			return -1
		}
		i += from
		if i == 0 || s[i-1] != '\\' {
			return i
		}
		from = i + len(sign)
	}
}

// literal undoes the escapes in s.
func literal(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		n := backslash(s, i)
		if s[i] == '\\' && n == 2 && s[i+1] != '\\' {
			b.WriteByte(s[i+1])
			i += 2
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return oneLined(incident.Unescape(b.String()))
}
