package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

// unscheduledText is what templates/unscheduled.md shows. Nothing in it changes
// as time passes.
type unscheduledText struct {
	Open    int       // tickets that are neither done nor wontfix
	Lacks   []missing // those of them without an owner or a date
	More    int       // how many of those are not shown
	Page    string    // a link
	Unfiled string    // how many issues on the page wait for an owner; "": none
}

// maxLacking bounds how many tickets are shown: a ticket's text is bounded.
const maxLacking = 100

// planned is the duty that is about owners and dates.
const planned = "tickets"

// planning returns the slot of the ticket that lists what has no owner or no
// date yet: that of the duty which is about it where duties are tickets, else
// that of the role (O35, O36).
func (v *view) planning() incident.Slot {
	if v.items() && slices.Contains(v.dutyIDs()[incident.Planning], planned) {
		return dutySlot(incident.Planning, planned)
	}
	return incident.RoleSlot(incident.Planning, "")
}

// withUnscheduled returns the first text of a ticket of ours, with the list
// behind it if that is its place.
func (v *view) withUnscheduled(slot incident.Slot, body string) string {
	if slot != v.planning() {
		return body
	}
	return body + "\n" + part(v.unscheduled()) + "\n"
}

// keepUnscheduled returns a ticket's text with the list as things stand. While
// the page cannot be read, what it says of dates is not known to have changed.
func (v *view) keepUnscheduled(slot incident.Slot, body string) string {
	if slot != v.planning() || v.s.Wiki.Passing || v.unread() {
		return body
	}
	return replacePart(body, v.unscheduled())
}

// unscheduled renders the list.
func (v *view) unscheduled() string {
	var text unscheduledText
	items, listed := v.filedFrom(), map[incident.Ref]bool{}
	for _, ref := range v.counted() {
		t, ok := v.lookup(ref)
		if ok {
			t = v.original(t)
		}
		if !ok || t.Gone || t.Unreadable || t.Incident || t.State != incident.Open || listed[t.Ref] {
			continue
		}
		listed[t.Ref] = true
		text.Open++
		it, filed := items[t.Slot]
		lacks := v.ownerless(t)
		if due(t, it, filed).IsZero() {
			lacks = append(lacks, "no due date")
		}
		if len(lacks) > 0 {
			text.Lacks = append(text.Lacks, missing{Text: v.link(t) + ": " + strings.Join(lacks, ", "), Ref: t.Ref})
		}
	}
	text.More = max(0, len(text.Lacks)-maxLacking)
	text.Lacks = text.Lacks[:len(text.Lacks)-text.More]
	if n := v.ownerlessItems(); n > 0 {
		text.Page, text.Unfiled = v.pageLink(), count(n, "issue", "issues")
	}
	return v.render("unscheduled.md", text)
}

// ownerless says why nobody is going to do a ticket; nil if somebody is.
func (v *view) ownerless(t incident.Ticket) []string {
	switch {
	case len(t.Assignees) == 0:
		return []string{"no owner"}
	case slices.ContainsFunc(t.Assignees, v.left):
		return []string{"owner left"}
	}
	return nil
}

// due returns the day by which a ticket should be done; zero if nothing says
// it. What is set on the ticket itself goes first, then the item from which it
// was filed, then the ticket's text, and last what it shares with others.
func due(t incident.Ticket, it postmortem.Item, filed bool) time.Time {
	switch {
	case !t.Due.Day.IsZero() && !t.Due.Shared:
		return t.Due.Day
	case filed && !it.Due.IsZero():
		return it.Due
	}
	body := t.Body
	if t.Slot.Under("follow") {
		body = quoting.ReplaceAllString(body, "") // there we quote whoever asked for it
	}
	if day, err := postmortem.Due(t.Title + "\n\n" + body); err == nil && !day.IsZero() {
		return day
	}
	return t.Due.Day
}

var quoting = regexp.MustCompile(`(?m)^> ?`)

// ownerlessItems counts the issues on the page that have no ticket and get none
// as they are.
func (v *view) ownerlessItems() (n int) {
	page, _ := v.post()
	for _, it := range page.Items {
		if _, filed := v.ticket(it.Slot()); !filed && !v.toFile(it) {
			n++
		}
	}
	return n
}

// The list stands between two lines of a ticket's text, of which the first
// carries the digest of what is between them.
var partForm = regexp.MustCompile(`(?s)<!-- tickets ([0-9a-f]{24}) -->\n(.*?)<!-- tickets end -->`)

func part(list string) string {
	return fmt.Sprintf("<!-- tickets %s -->\n%s<!-- tickets end -->", incident.HashText(list), list)
}

// replacePart puts a list in place of the one in a text. What somebody wrote
// between its lines is moved before them. A text in which they are not to be
// found once is left alone: somebody took them out.
func replacePart(text, list string) string {
	found := partForm.FindAllStringSubmatchIndex(text, -1)
	if len(found) != 1 || strings.Count(text, "<!-- tickets ") != 2 {
		return text
	}
	m := found[0]
	before, digest, was, after := text[:m[0]], text[m[2]:m[3]], text[m[4]:m[5]], text[m[1]:]
	switch {
	case was == list:
		return text
	case incident.HashText(was) == digest:
		return before + part(list) + after
	}
	return before + strings.TrimRight(was, "\n") + "\n\n" + part(list) + after
}
