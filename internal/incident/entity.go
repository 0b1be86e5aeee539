package incident

import (
	"html"
	"regexp"
	"strings"
)

// entity matches what may be an entity of HTML, and longEntity bounds it.
var entity = regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);`)

const longEntity = 40

// Entity returns what the entity of HTML at the front of a text stands for,
// and how long it is; 0 if none is there. One that has no ";", as browsers
// forgive, is none: an address may hold "&region=eu".
func Entity(text string) (said string, size int) {
	name := entity.FindString(text[:min(len(text), longEntity)])
	said = html.UnescapeString(name)
	if said != ";" && strings.HasSuffix(said, ";") { // it knows only how the name begins
		return "", 0
	}
	return said, len(name)
}

// Unescape returns a text with what its entities stand for, each read once.
func Unescape(text string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '&')
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		said, size := Entity(text[i:])
		if size == 0 {
			said, size = "&", 1
		}
		b.WriteString(said)
		text = text[i+size:]
	}
	return b.String() + text
}
