package confluence

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hereby/hereby/internal/incident"
)

// problem is why a page or a space cannot be read or written: one sentence for
// people that says what to do.
type problem struct {
	text string
	said string // by the server, on one line
	// until says when to come back, for what passes by itself.
	until time.Time
}

func (p problem) Error() string {
	if p.said == "" {
		return p.text
	}
	return p.text + fmt.Sprintf(" (the answer was: %s)", p.said)
}

// Unwrap returns an *incident.NotYet for what passes by itself.
func (p problem) Unwrap() error {
	if p.until.IsZero() {
		return nil
	}
	return &incident.NotYet{Until: p.until, Err: errors.New(p.text)}
}

const otherwise = "; otherwise name another space in jira.confluence.space, or write the page elsewhere and tell its address with `/postmortem URL`"

func noAddress() problem {
	return problem{text: "Confluence has no usable address: expected one such as https://SITE.atlassian.net/wiki in jira.confluence.url"}
}

func noSpace(key, place string) problem {
	return problem{text: fmt.Sprintf("the space %q, which is to keep the pages of %s, does not exist or our account may not see it: create it, or give our account the right to view it%s", key, place, otherwise)}
}

func inTrash(title string) problem {
	return problem{text: fmt.Sprintf("the page %s is in the space's trash: restore it there, or delete it from the trash for good", title)}
}

func archived(title string) problem {
	return problem{text: fmt.Sprintf("the page %s is archived: restore it, or tell the address of another with `/postmortem URL`", title)}
}

func unpublished(title, status string) problem {
	return problem{text: fmt.Sprintf("the page %s is not published, but is of the status %q: publish it, or name the page that is to count with `/postmortem URL`", title, status)}
}

func taken(title, key string) problem {
	return problem{text: fmt.Sprintf("the title %s is taken in the space %s by a page that our account cannot see: let our account view and edit that page (restrictions), or rename it, or name the page that is to count with `/postmortem URL`", title, key)}
}

func restricted(title string) problem {
	return problem{text: fmt.Sprintf("the page %s was there and our account cannot see it any more: it is restricted, deleted, or a draft again; let our account view and edit it, or name the page that is to count with `/postmortem URL`", title)}
}

func readOnly(title string) problem {
	return problem{text: fmt.Sprintf("our account may read the page %s but not write it: give it the right to add pages and attachments in the space, lift restrictions of the page, and take the space out of the archive if it is in there", title)}
}

func mayNotCreate(key string) problem {
	return problem{text: fmt.Sprintf("our account may not create pages in the space %s: give it the right to add pages, and take the space out of the archive if it is in there%s", key, otherwise)}
}

func tooLarge(title string) problem {
	return problem{text: fmt.Sprintf("the page %s is larger than we, or Confluence, handle: move parts of it to pages of their own", title)}
}

func unreadable(title string, err error) problem {
	return problem{text: fmt.Sprintf("the page %s cannot be read: %v; restore an earlier version from its history", title, err)}
}

func inexpressible(title string, err error) problem {
	return problem{text: fmt.Sprintf("the page %s cannot be brought up to date without touching what people wrote: %v; undo the last change of that place in the page", title, err)}
}

func denied() problem {
	return problem{text: "Confluence does not accept our credentials: check jira.confluence, or the user and token of jira, and that the account may use Confluence"}
}

func forbidden() problem {
	return problem{text: "our account may not use this part of Confluence: give it the right to, and a scoped token the scopes to read and write pages, attachments, properties and labels, to search, and to read users"}
}

func strange(status int) problem {
	return problem{text: fmt.Sprintf("what answers at the address in jira.confluence.url is not a Confluence that we understand (status %d): check the address, and whether a login page or a redirect stands in between", status)}
}

// oneLine shortens what a server said to one printable line.
func oneLine(s string) string {
	if strings.Contains(strings.ToLower(s), "<html") {
		return "a web page"
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200]) + "…"
	}
	return s
}
