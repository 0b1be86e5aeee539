package command

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// Audiences are whom an update is for (O30 to O32), and all of them.
var Audiences = []string{"owner", "customers", "internal", "all"}

// spoken are other words for an audience.
var spoken = map[string]string{"customer": "customers", "client": "customers", "clients": "customers", "team": "internal", "teams": "internal", "everybody": "all", "everyone": "all"}

func readAudience(r *reading) string {
	w := bare(fold(r.peek()))
	if a, ok := spoken[w]; ok {
		w = a
	}
	if !slices.Contains(Audiences, w) {
		return "say whom it is for: owner, customers, internal or all"
	}
	r.cmd.Verb = w
	r.take()
	return ""
}

// readPerson reads the one person a command is about, who must be named.
func readPerson(r *reading) string {
	w := r.peek()
	if strings.EqualFold(bare(w), "me") {
		w = "@me"
	}
	who, ok, wrong := r.person(w)
	if wrong != "" {
		r.drop()
		return wrong
	}
	if !ok {
		if handle.MatchString("@" + bare(w)) {
			r.instead = join(r.read, "@"+bare(w))
		}
		return "the person is missing: name one with `@`"
	}
	r.add(who)
	r.take()
	if next, ok, _ := r.person(r.peek()); ok {
		r.instead = r.read
		return fmt.Sprintf("it is one person, so not %s too", code(next.Mention()))
	}
	return ""
}

// maxChannel is how long the address of a chat may be; those with a key in
// them have a few hundred characters.
const maxChannel = 1000

// readChannel reads the address of a chat. It is shown as it is, so it may hold
// nothing that Markdown or a line of text would read otherwise.
func readChannel(r *reading) string {
	w := strings.Trim(fold1(r.peek()), "<>")
	u, err := url.Parse(w)
	odd := strings.ContainsFunc(w, func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune("<>\"`\\|", c)
	})
	switch {
	case w == "":
		return "the address of the chat is missing (https://…)"
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || odd || len(w) > maxChannel:
		r.drop()
		return "expected the address of a chat that starts with https:// and holds no password"
	case strings.TrimSpace(strings.TrimPrefix(r.rest, r.peek())) != "" && link.MatchString(r.rest[len(r.peek()):]):
		r.instead = join(r.read, w)
		return "there is one chat to go to, so name one address"
	}
	r.take()
	r.cmd.Text = w
	return ""
}
