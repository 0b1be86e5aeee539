// Package markup converts between the Markdown in which our texts are written
// and the wiki markup that Jira's REST API version 2 takes and gives on both
// editions. It is pure, and knows nothing of issues.
//
// [Wiki] writes: what formats in the Markdown formats in Jira, and nothing in
// a user's text does. Jira has more than one reader of its own markup, and
// they differ in what they take: Data Center replaces one kind of markup after
// the other by patterns, Cloud reads it once and keeps the Atlassian Document
// Format. So the escapes are those that hold in both: a backslash where both
// know it, and where they do not, the invisible U+2060 (incident.Joiner),
// which parts what would act together: emoticons, "h1.", "&amp;", a second
// backslash, a second brace.
//
// [Spoken] reads: the lines that the author of a text says, in the Markdown
// that the rest of the program expects of spoken lines.
package markup

import (
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// Options tell [Wiki] how to name people. A nil function knows nobody.
type Options struct {
	// Mention returns the markup that mentions a person and notifies them,
	// made by [AccountMention] or [NameMention]; "" if there is no such
	// person, and the text stays as it is.
	Mention func(incident.Person) string
	// Name returns the name under which a person is shown without being
	// notified, as plain text; "" if it is not known.
	Name func(incident.Person) string
}

// AccountMention returns the mention of a Cloud account by its id, or "" if
// the id is none.
func AccountMention(id string) string { return mention("[~accountid:", id) }

// NameMention returns the mention of a Data Center user by name, or "" if
// there can be no user of that name.
func NameMention(name string) string { return mention("[~", name) }

func mention(open, who string) string {
	if who == "" || strings.ContainsAny(who, "[]{}|\\\r\n\t") {
		return ""
	}
	return open + who + "]"
}
