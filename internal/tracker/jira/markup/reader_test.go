package markup

import (
	"regexp"
	"strings"
)

// What follows is a reader of wiki markup of its own, after the patterns by
// which Data Center replaces it, each taken more widely than there: what it
// finds nothing in does nothing. It stands in tests alone.

var (
	// escaped is a character behind a backslash that no other comes before.
	escapedChar = regexp.MustCompile(`(^|[^\\])\\([-#*_+?^~|%{}\[\]()!@])`)

	acting = map[string]*regexp.Regexp{
		"a macro or a link":  regexp.MustCompile(`[{}\[\]]`),
		"inline code":        regexp.MustCompile("\uE001\uE001|\uE002\uE002"),
		"a sign in braces":   regexp.MustCompile("\uE001(?:[*_+^~-]|[?][?])\uE002"),
		"a cell":             regexp.MustCompile(`\|`),
		"super or subscript": regexp.MustCompile(`[\^~]`),
		"an image":           regexp.MustCompile(`![^ \t\n]`),
		"bold":               phraseOf(`\*`),
		"italics":            phraseOf(`_`),
		"underlined":         phraseOf(`\+`),
		"struck out":         phraseOf(`-`),
		"a citation":         regexp.MustCompile(`\?\?`),
		"a dash":             regexp.MustCompile(`--`),
		"a forced line":      regexp.MustCompile(`\\\\`),
		"a list":             regexp.MustCompile(`(?m)^[ \t]*[*#-]+[ \t]`),
		"a heading":          regexp.MustCompile(`(?im)^[ \t]*h[0-9]\.`),
		"a quote":            regexp.MustCompile(`(?im)^[ \t]*bq\.`),
		"a ruler":            regexp.MustCompile(`(?m)^[ \t]*----`),
		"an emoticon":        regexp.MustCompile(`[:;]-?[()|]|[:;]-?[DPp](?:[^\p{L}\p{N}]|$)|(?i:\((?:[-!?*+/xyni]|\*[rgby]|on|off|flag|flagoff)\))`),
		"an entity":          regexp.MustCompile(`&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);`),
	}
)

// phraseOf matches text between two signs, at the edges of words.
func phraseOf(sign string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^\p{L}\p{N}\\])` + sign + `[^ \t\n` + sign + `](?:[^\n]*?[^ \t\n` + sign + `])??` + sign + `(?:[^\p{L}\p{N}]|$)`)
}

// ownLink is a link that may stand in a text: to an address that was there.
var ownLink = regexp.MustCompile(`\[(https?://[^\[\]{}|\\\s^!"<>` + "`" + `]+)\]`)

// acts returns what a text of one or more lines does, or "".
func acts(wiki string) string {
	wiki = ownLink.ReplaceAllString(wiki, "\uE000")
	for escapedChar.MatchString(wiki) {
		wiki = escapedChar.ReplaceAllStringFunc(wiki, func(m string) string {
			before, c := m[:len(m)-2], m[len(m)-1:]
			switch c {
			case "{":
				return before + "\uE001" // given back before "{{" is looked for
			case "}":
				return before + "\uE002"
			}
			return before + "\uE003"
		})
	}
	for what, pattern := range acting {
		if m := pattern.FindString(wiki); m != "" {
			return what + " by " + m
		}
	}
	return ""
}

// visible returns the text that is read: without links' brackets, escapes and
// joiners.
func visible(wiki string) string {
	wiki = ownLink.ReplaceAllString(wiki, "$1")
	for escapedChar.MatchString(wiki) {
		wiki = escapedChar.ReplaceAllString(wiki, "$1\uE009$2")
	}
	return strings.NewReplacer("\uE009", "", joiner, "").Replace(wiki)
}
