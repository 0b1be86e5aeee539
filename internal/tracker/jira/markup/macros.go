package markup

import (
	"encoding/json"
	"regexp"
	"strings"
)

// cut stands, as a line of its own, for a block that is not said.
const cut = "\x00"

// macro matches the tag of a macro that is understood: its name, and what
// follows a colon.
var macro = regexp.MustCompile(`^(?i)\{(code|noformat|quote|panel|color|expand|anchor|adf)((?::[^{}\n]*)?)\}`)

// blocks takes a text apart at its macros: what stands in a quote or is code
// goes, and so do the tags of what stays. Forced line breaks become lines.
//
// A tag that has no end is dropped and hides nothing: Jira shows what follows.
// But {adf}, which Cloud itself puts around what markup cannot say, as JSON,
// lacks an end only where the text was cut, and hides the rest.
func blocks(wiki string) string {
	var b strings.Builder
	ends := tagsOf(wiki)
	for i := 0; i < len(wiki); {
		switch wiki[i] {
		case '\\':
			n := backslash(wiki, i)
			if n == 2 && forced(wiki, i) {
				b.WriteByte('\n')
			} else {
				b.WriteString(wiki[i : i+n])
			}
			i += n
			continue
		case '{':
			m := macro.FindStringSubmatch(upTo(wiki[i:], longAddress))
			if m == nil {
				break
			}
			name := strings.ToLower(m[1])
			i += len(m[0])
			switch name {
			case "code", "noformat", "quote":
				if end := ends.after(name, i); end > 0 {
					b.WriteString("\n" + cut + "\n")
					i = end
				}
			case "adf":
				if end := ends.after(name, i+lengthOfValue(wiki[i:])); end > 0 {
					i = end
				} else {
					i = len(wiki)
				}
				if !strings.EqualFold(m[2], ":display=inline") {
					b.WriteString("\n" + cut + "\n")
				}
			case "panel", "expand":
				b.WriteString("\n")
			}
			continue
		}
		b.WriteByte(wiki[i])
		i++
	}
	return b.String()
}

// lengthOfValue returns how long the JSON is with which a text begins; 0 if it
// is none. Words in it may look like tags.
func lengthOfValue(text string) int {
	d := json.NewDecoder(strings.NewReader(text))
	if d.Decode(new(json.RawMessage)) != nil {
		return 0
	}
	return int(d.InputOffset())
}

// backslash returns how many bytes from i on belong to a backslash: itself,
// and the character that it escapes or forces with.
func backslash(s string, i int) int {
	if i+1 < len(s) && (s[i+1] == '\\' || strings.IndexByte(escapable, s[i+1]) >= 0) {
		return 2
	}
	return 1
}

// escapable are the characters before which a backslash is not shown.
const escapable = "-#*_+?^~|%{}[]()!@"

// forced reports whether the two backslashes at i break the line: those of a
// path (\\host\share) do not.
func forced(s string, i int) bool {
	if s[i+1] != '\\' || i > 0 && s[i-1] == '\\' {
		return false
	}
	rest := s[i+2:]
	if end := strings.IndexAny(rest, " \t\n"); end >= 0 {
		rest = rest[:end]
	}
	return !strings.Contains(rest, `\`)
}

// tags holds where the tags without parameters of each macro end.
type tags map[string][]int

var endTag = regexp.MustCompile(`(?i)\{(code|noformat|quote|adf)\}`)

func tagsOf(wiki string) tags {
	t := tags{}
	for _, m := range endTag.FindAllStringSubmatchIndex(wiki, -1) {
		name := strings.ToLower(wiki[m[2]:m[3]])
		if m[0] == 0 || wiki[m[0]-1] != '\\' {
			t[name] = append(t[name], m[1])
		}
	}
	return t
}

// after returns where the first tag of a macro that begins at or after from
// ends, and 0 if there is none. It is asked with growing from.
func (t tags) after(name string, from int) int {
	for len(t[name]) > 0 && t[name][0] < from+len(name)+2 {
		t[name] = t[name][1:]
	}
	if len(t[name]) == 0 {
		return 0
	}
	return t[name][0]
}
