package jira

import (
	"regexp"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

var (
	codeSpan = regexp.MustCompile("`[^`\n]+`")
	account  = regexp.MustCompile(`@[\p{L}\p{N}_.:+-]+`)
)

// typeable writes accounts in code, which is there to be typed, as people call
// them: an account's id is nothing that anybody types.
func (t *Tracker) typeable(source string) string {
	return codeSpan.ReplaceAllStringFunc(source, func(span string) string {
		return account.ReplaceAllStringFunc(span, func(handle string) string {
			who := strings.TrimRight(handle, ".:+-")
			rest := handle[len(who):]
			for alias, id := range t.aliases {
				if incident.PersonOf(id) == incident.PersonOf(who) {
					return "@" + alias + rest
				}
			}
			return handle
		})
	})
}
