package postmortem

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// preamble opens every page (O48).
const preamble = `*We start from the idea that everybody who worked on this is a well-intentioned, good person who did what seemed right with what they knew. This page is not looking for somebody to blame, nor for a single cause: it collects the issues that led here, so that each is tracked and resolved. People appear as variables; only “People” says who they are.*`

// State is what the top of a page tells.
type State struct {
	Phase string
	Ref   incident.Ref // the head
	URL   string

	Declared, Restored, Published, Closed time.Time // zero: not yet
	Note                                  string    // one more line, as Markdown; may be empty
}

// StateText returns the text of the state block: where the incident stands, and
// the preamble.
func StateText(s State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s** · incident %s", s.Phase, link(string(s.Ref), s.URL))
	for _, x := range []struct {
		what string
		at   time.Time
	}{{"declared", s.Declared}, {"service back", s.Restored}, {"published", s.Published}, {"closed", s.Closed}} {
		if !x.at.IsZero() {
			b.WriteString(" · " + x.what + " " + stamp(x.at))
		}
	}
	if s.Note != "" {
		b.WriteString("\n\n" + s.Note)
	}
	return b.String() + "\n\n" + preamble + "\n"
}

// link returns a link, or the bare text where the address is none.
func link(text, address string) string {
	text = incident.Inline(text)
	if a := webAddress(address); a != "" {
		return "[" + text + "](" + a + ")"
	}
	return text
}

// webAddress returns an address fit for a link, or "".
func webAddress(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	u.User = nil // may hold a password
	return strings.NewReplacer("(", "%28", ")", "%29", "|", "%7C", "<", "%3C", ">", "%3E", "`", "%60", " ", "%20", "\\", "%5C", "@", "%40").Replace(u.String())
}

// Event is one row of the timeline (O40).
type Event struct {
	At   time.Time
	By   string // a variable; "": nobody in particular
	What string // what it was, in our words: "declared", "note", "update to customers"
	Text string // what was said; people's words: see People.Blind
	URL  string // where it was said
	// Edited and Deleted say what became of the comment later.
	Edited, Deleted time.Time
}

// Change is something operations changed, for "what was live when it recovered".
type Change struct {
	Name     string
	By       string    // a variable
	From, To time.Time // To zero: never said to be done
}

// TimelineText returns the text of the Timeline block, in UTC, oldest first.
// Unless restored is zero, a second table shows what was live when service
// came back.
func TimelineText(events []Event, people People, changes []Change, restored time.Time) string {
	events = slices.Clone(events)
	slices.SortStableFunc(events, func(a, b Event) int { return a.At.Compare(b.At) })
	var b strings.Builder
	b.WriteString("| When (UTC) | Who | What |\n|---|---|---|\n")
	for _, e := range events {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", link(e.At.UTC().Format(stampForm), e.URL), cell(e.By), e.words(people))
	}
	if live := liveAt(changes, restored); !restored.IsZero() {
		fmt.Fprintf(&b, "\n**What was live when it recovered**, %s\n\n", stamp(restored))
		if len(live) == 0 {
			b.WriteString("No change was recorded as running or just done.\n")
			return b.String()
		}
		b.WriteString("| Change | Who | When |\n|---|---|---|\n")
		for _, c := range live {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(people.Blind(c.Name)), cell(c.By), interval(c.From, c.To))
		}
	}
	return b.String()
}

// words returns what a row of the timeline says.
func (e Event) words(people People) string {
	s := incident.Inline(e.What)
	if text := incident.Inline(people.Blind(e.Text)); text != "" {
		s = "**" + s + "**: " + text
	}
	return s + later(e.Edited, e.Deleted)
}

// later says what became of a source.
func later(edited, deleted time.Time) (s string) {
	if !edited.IsZero() {
		s += " *(comment edited later, " + stamp(edited) + ")*"
	}
	if !deleted.IsZero() {
		s += " *(comment deleted later, " + stamp(deleted) + ")*"
	}
	return s
}

// justDone is how long before the recovery a change may have ended to be shown
// as live at it.
const justDone = 10 * time.Minute

// liveAt returns the changes that may have brought the recovery: those running
// at that time, or ended within ten minutes before it, by start (O28).
func liveAt(changes []Change, restored time.Time) []Change {
	var live []Change
	for _, c := range changes {
		if !c.From.After(restored) && (c.To.IsZero() || !c.To.Before(restored.Add(-justDone))) {
			live = append(live, c)
		}
	}
	slices.SortStableFunc(live, func(a, b Change) int { return a.From.Compare(b.From) })
	return live
}

// Resolution is one ticket of the incident (O43).
type Resolution struct {
	Ref      incident.Ref
	URL      string
	Title    string
	State    incident.State
	Owner    string // a variable; "": nobody
	Due      time.Time
	Category Category
	Note     string // "wontfix without a reason", "moved to acme/web#3"
}

// ResolutionsText returns the text of the Resolutions block: what became of
// each issue, open ones first.
func ResolutionsText(list []Resolution, people People) string {
	if len(list) == 0 {
		return "No ticket yet: each item under “" + string(Issues) + "” becomes one.\n"
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Resolution) int {
		return cmp.Compare(settled(a.State), settled(b.State))
	})
	var b strings.Builder
	b.WriteString("| Ticket | Title | State | Owner | Due | Kind |\n|---|---|---|---|---|---|\n")
	for _, r := range list {
		state, due := string(r.State), "–"
		if r.Note != "" {
			state += " (" + incident.Inline(r.Note) + ")"
		}
		if !r.Due.IsZero() {
			due = r.Due.Format(time.DateOnly)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n",
			link(string(r.Ref), r.URL), cell(people.Blind(r.Title)), state, cell(r.Owner), due, cell(string(r.Category)))
	}
	return b.String()
}

func settled(s incident.State) int {
	if s == incident.Open {
		return 0
	}
	return 1
}

// Evidence is something useful for understanding the incident (O44).
type Evidence struct {
	At              time.Time
	By              string // a variable
	What            string // an address, or words
	Source          string // address of the comment
	Sum             string // SHA-256 of the copy, if one was taken
	Edited, Deleted time.Time
}

// EvidenceText returns the text of the Evidence block, oldest first.
func EvidenceText(list []Evidence, people People) string {
	if len(list) == 0 {
		return "None recorded: `/evidence URL` adds some.\n"
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Evidence) int { return a.At.Compare(b.At) })
	var b strings.Builder
	for _, e := range list {
		what := incident.Inline(people.Blind(e.What))
		if a := webAddress(e.What); a != "" {
			what = "<" + a + ">"
		}
		fmt.Fprintf(&b, "- %s, %s: %s", link(stamp(e.At), e.Source), incident.Inline(e.By), what)
		if e.Sum != "" {
			b.WriteString(" (SHA-256 `" + word(e.Sum) + "`)")
		}
		b.WriteString(later(e.Edited, e.Deleted) + "\n")
	}
	return b.String()
}
