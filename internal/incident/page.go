package incident

import (
	"strings"
	"time"
)

// Shelf is what was observed of the wiki that keeps an incident's pages.
type Shelf struct {
	Place string // whose wiki it is: the head's repository or project
	// Pages holds the pages that were looked for, by name; one that is not there
	// is in it too. Nil: nothing was looked for, or there is a Problem.
	Pages map[string]Page
	// Problem is why the wiki cannot be read: a sentence for people that says
	// what to do. A wiki that is down must not stop an incident.
	Problem string
	// Passing says that the Problem is likely gone at the next look.
	Passing bool
}

// Page is one page as observed.
type Page struct {
	Exists bool
	Text   string // byte for byte
	URL    string // where people read it; "": unknown
	// Edited is the last change by anybody but us, as far as is known.
	Edited time.Time
	// Problem is why this page cannot be used although the wiki can.
	Problem string
}

// pagePrefix begins the name of every post-mortem.
const pagePrefix = "Postmortem-"

// PageName returns the name of the post-mortem of a head, made of numbers and
// places, never of titles. In a wiki of its own place the number is enough.
func PageName(head Ref, shared bool) string {
	if number := head.Number(); !shared && strings.HasSuffix(string(head), "#"+number) {
		return pagePrefix + number
	}
	return pagePrefix + strings.NewReplacer("/", "-", "#", "-").Replace(string(head))
}

// IsPageName reports whether a name may be that of a post-mortem.
func IsPageName(name string) bool { return strings.HasPrefix(name, pagePrefix) }

// PageOf returns the head whose post-mortem a page of the wiki of a place is,
// by its name; "" if by its name it is none.
func PageOf(place, name string) Ref {
	number, ok := strings.CutPrefix(name, pagePrefix)
	if !ok || number == "" || strings.Trim(number, "0123456789") != "" {
		return ""
	}
	return Ref(place + "#" + number)
}

// PutPages makes pages of the incident's wiki read as given, all at once. It is
// done only if each still reads as the plan saw it; else another look follows.
type PutPages struct {
	Place   string
	Message string // of the change, one line
	Pages   []Draft
	Mirror  *Mirror // nil: none
	// News says that whoever watches the incident's page is to be told, where
	// the wiki tells them of some changes and not of others.
	News bool
}

// Mirror is a file beside the page that shows the ledger: when what happened,
// and the chain that proves it, with people as variables and without texts.
// Who holds the ledger fills in its text.
type Mirror struct {
	Name string
	Was  Page // as observed
	As   map[Person]string
}

// Draft is a page as it is to be.
type Draft struct {
	Name string
	Was  Page // as observed: of what it replaces, Exists and Text count
	Text string
}
