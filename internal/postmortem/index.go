package postmortem

import (
	"regexp"
	"slices"
	"strings"
)

// indexHead begins an index that is not there yet.
const indexHead = "# Incidents\n\nEach incident that was declared has a post-mortem.\n\n"

// Index returns the text of an index page with the incident's line as given:
// where its line stands, else at the end. Everything else is kept byte for
// byte. A second line of the incident's goes.
func Index(text, id, line string) string {
	mark := " <!-- hereby:1 " + id + " index -->"
	line = strings.NewReplacer("\n", " ", "\r", " ", "<!--", "").Replace(line) + mark
	if text == "" {
		text = indexHead
	}
	eol := "\n"
	if strings.Contains(text, "\r\n") {
		eol = "\r\n"
	}
	var b strings.Builder
	found := false
	for _, row := range strings.SplitAfter(text, "\n") {
		switch {
		case !strings.Contains(row, mark):
			b.WriteString(row)
		case !found:
			found = true
			b.WriteString(line + row[len(strings.TrimRight(row, "\r\n")):])
		}
	}
	if found {
		return b.String()
	}
	if out := b.String(); !strings.HasSuffix(out, "\n") {
		return out + eol + line + eol
	}
	return b.String() + line + eol
}

var blockOf = regexp.MustCompile(`<!-- hereby:1 (\S+) block/`)

// Foreign reports whether a text holds blocks of other incidents and none of
// this one's: then it is their page.
func Foreign(text, id string) bool {
	all := blockOf.FindAllStringSubmatch(text, -1)
	return len(all) > 0 && !slices.ContainsFunc(all, func(m []string) bool { return m[1] == id })
}
