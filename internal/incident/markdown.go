package incident

import "strings"

// Joiner is U+2060 WORD JOINER: invisible, and behind an "@" it keeps a name
// from being a mention that notifies somebody.
const Joiner = "\u2060"

// Inline makes user text safe within one line of Markdown, the form of all
// texts in actions: nothing in it formats, mentions, links, hides, is set as
// mathematics ($a$) or breaks the line or a table's cell. It is for text as
// people wrote it, and is applied once.
func Inline(text string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(text), " ") {
		switch r {
		case '\\', '`', '*', '_', '[', ']', '|', '~', '#', '!', '$':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			b.WriteString("&amp;")
		case '@':
			b.WriteString("@" + Joiner)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
