package command

import (
	"fmt"
	"strings"
)

// Help returns a Markdown table of the commands that keep says apply, with
// lines as people of this tracker type them.
func Help(f Form, keep func(Spec) bool) string {
	var b strings.Builder
	b.WriteString("| command | who | effect |\n|---|---|---|\n")
	for _, s := range Table {
		if keep(s) {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", strings.ReplaceAll(s.Usage(f), "|", `\|`), s.Who, s.Effect)
		}
	}
	return b.String()
}

// Markdown returns the table of all commands as the README shows it.
func Markdown() string {
	return Help(Slash, func(Spec) bool { return true })
}
