package jira

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"

	"github.com/hereby/hereby/internal/incident"
)

// origin is what a text of ours was made of, and how it is known again.
type origin struct {
	// Text is the source; left out if it is too long to be kept.
	Text *string `json:"text,omitempty"`
	// Shown is the fingerprint of the markup that was made of the source.
	Shown string `json:"shown"`
	// Size is how many letters and digits that has; 0 if it begins or ends with
	// a line that has none, which could not be told from people's.
	Size int `json:"size,omitempty"`
}

func originOf(source, shown string) origin {
	o := origin{Text: &source, Shown: fingerprint(shown)}
	lines := slices.DeleteFunc(strings.Split(shown, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	if len(lines) > 0 && speaks(lines[0]) && speaks(lines[len(lines)-1]) {
		letters, _ := words(shown)
		o.Size = len([]rune(letters))
	}
	return o
}

// part is a text of ours as it stands among what people wrote, as it is shown.
type part struct {
	origin
	before, after string
}

// maxTries bounds how many pieces of one text are looked at.
const maxTries = 64

// find finds our text in what is shown: all of it, or whole lines of it in one
// piece, once.
func (o origin) find(shown string) (p part, ok bool) {
	p.origin = o
	if o.Shown == fingerprint(shown) {
		return p, true
	}
	if o.Size == 0 {
		return p, false
	}
	lines := strings.SplitAfter(shown, "\n")
	letters, ends := make([]int, len(lines)+1), make([]int, len(lines)+1) // before each line, and at the end
	for i, l := range lines {
		w, _ := words(l)
		letters[i+1], ends[i+1] = letters[i]+len([]rune(w)), ends[i]+len(l)
	}
	tries, start := 0, 0
	for i := range lines {
		if !speaks(lines[i]) {
			continue
		}
		for j := sort.SearchInts(letters, letters[i]+o.Size); j <= len(lines) && letters[j] == letters[i]+o.Size; j++ {
			if !speaks(lines[j-1]) {
				continue
			}
			if tries++; tries > maxTries {
				return p, false
			}
			end := ends[i] + len(strings.TrimSuffix(shown[ends[i]:ends[j]], "\n"))
			if fingerprint(shown[ends[i]:end]) != o.Shown {
				continue
			}
			if ok && letters[i] > start {
				return p, false // which of the two is ours nobody can tell
			}
			p.before, p.after, ok, start = shown[:ends[i]], shown[end:], true, letters[i]
			break
		}
	}
	return p, ok
}

// within returns what a text has between the same words of people, or all of it
// if those are to go.
func (p *part) within(text string) string {
	if len(text) >= len(p.before)+len(p.after) && strings.HasPrefix(text, p.before) && strings.HasSuffix(text, p.after) {
		return text[len(p.before) : len(text)-len(p.after)]
	}
	p.before, p.after = "", ""
	return text
}

// fingerprint names a text by its letters and digits, and by the addresses in
// it, each once wherever it stands: Cloud keeps documents and writes markup
// anew, in another spelling.
func fingerprint(markup string) string {
	letters, addresses := words(markup)
	slices.Sort(addresses)
	return incident.HashText(letters + "\n" + strings.Join(slices.Compact(addresses), "\n"))
}

// words returns the letters and digits of a text, and those of the addresses in
// it. Those of several lines are those of each.
func words(markup string) (letters string, addresses []string) {
	var all strings.Builder
	for _, word := range strings.FieldsFunc(macros.ReplaceAllString(markup, " "), func(r rune) bool { return unicode.IsSpace(r) || r == '|' || r == '[' || r == ']' }) {
		if strings.Contains(word, "://") {
			addresses = append(addresses, bare(word))
			continue
		}
		all.WriteString(bare(word))
	}
	return all.String(), addresses
}

// speaks reports whether a line has words or addresses.
func speaks(line string) bool {
	letters, addresses := words(line)
	return letters != "" || len(addresses) > 0
}

// bare returns the letters and digits of a word.
func bare(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, word)
}

// macros matches what Cloud writes in another way than it was sent, or adds.
var macros = regexp.MustCompile(`(?i)\{(code|noformat|quote|panel|color)(:[^}\n]*)?\}|\|smart-(link|card|embed)\b`)
