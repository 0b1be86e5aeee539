package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/postmortem"
)

const (
	storeLost = "gap"      // on record: the ledger begins after the store was lost
	recalled  = "recalled" // on record: what the wiki tells of the ledger before was taken over
)

// maxRecalled bounds how many lines of a mirror are taken over, the last ones.
const maxRecalled = 10_000

// forgot reports whether the store was lost and the wiki not read since.
func (v *view) forgot() bool { return v.once(storeLost) && !v.once(recalled) }

// recall takes over from the wiki what the store forgot and the tracker does not
// tell: when what happened, by the mirror of the ledger; who held which role
// when and which tickets were counted, by the twin; variables are people by
// the page's People block (O46, O47).
//
// Anybody who may edit the wiki can write such lines, so they are believed as
// far as they cannot open the gate: an order is one again if it changes nothing,
// or if the board shows the very entry; tickets are added and never taken out;
// roles are those of the past.
func (d *decision) recall() {
	if !d.forgot() || d.p.Wiki == nil {
		return
	}
	mirror, looked := d.s.Wiki.Pages[d.mirrorName()]
	if !looked || mirror.Problem != "" {
		return
	}
	lines := ledger.Lines(mirror.Text)
	if err := ledger.VerifyMirror(lines); err != nil {
		d.recallNothing("the mirror of the ledger in the wiki does not verify, so nothing is taken over: " + err.Error())
		return
	}
	twin, ok := postmortem.ReadTwin(d.s.ID, d.s.Wiki.Pages[d.twinName()].Text)
	at := slices.IndexFunc(lines, func(l ledger.Line) bool { return l.Hash == twin.Ledger && l.Seq == twin.Entries })
	if !ok || at < 0 {
		d.recallNothing("the wiki tells nothing of the ledger before")
		return
	}
	named := postmortem.Named(d.s.ID, d.s.Wiki.Pages[d.pageName()].Text)
	for variable, who := range named {
		named[variable] = cmp.Or(d.p.Aliases[who], who) // the page calls people as they do each other
	}
	r := recollection{d, named, twin}
	entries := slices.Concat(r.lines(lines[max(0, len(lines)-maxRecalled):]), r.tickets(lines), r.tenures(lines[at].Seen))
	entries = append(entries, ledger.Entry{Kind: ledger.Did, At: d.s.At, Name: recalled, Text: "what the wiki tells of the ledger before was taken over"})
	d.entries = append(d.entries, entries...)
	d.r = ledger.Fold(d.r, entries)
}

func (d *decision) recallNothing(why string) {
	d.enter(ledger.Entry{Kind: ledger.Did, At: d.s.At, Name: recalled, Text: why})
}

// gapUnshown reports that the mirror of the ledger is still the one of before the
// store was lost. Where the ledger begins anew is said beside the page as soon as
// it is known, so that nobody takes the old one for all there is (O46).
func (v *view) gapUnshown() bool {
	at, ok := v.r.Done[recalled]
	if p, there := v.page(); !ok || !there || !p.Exists {
		return false
	}
	lines := ledger.Lines(v.s.Wiki.Pages[v.mirrorName()].Text)
	return len(lines) > 0 && lines[len(lines)-1].Seen.Before(at)
}

// recollection is what the wiki tells of a ledger that was lost.
type recollection struct {
	*decision
	named map[string]incident.Person // by variable
	twin  postmortem.Twin
}

// lines returns the lines of a mirror as entries, with the orders that the
// tracker does not show any more.
func (r recollection) lines(lines []ledger.Line) (entries []ledger.Entry) {
	known := map[string]int{}
	orderKey := func(word string, at time.Time) string { return word + at.UTC().Format(time.RFC3339Nano) }
	for _, o := range r.obeyed(recallable...) {
		known[orderKey(o.Command.Word, o.At)]++
	}
	for _, l := range lines {
		if l.IsGap() || l.Kind == ledger.Recalled {
			continue
		}
		e := ledger.Entry{Kind: ledger.Recalled, At: l.At, By: r.named[l.By], Ref: l.Ref, State: l.State, Text: recalledText(l)}
		if key := orderKey(l.Word, l.At); l.Kind == ledger.Ordered && l.Verdict == incident.Obeyed && slices.Contains(recallable, l.Word) {
			if known[key]--; known[key] < 0 && r.proven(l) {
				e.Order = r.order(l)
			}
		}
		entries = append(entries, e)
	}
	return entries
}

func recalledText(l ledger.Line) string {
	text := fmt.Sprintf("entry %d of the ledger that was lost: %s", l.Seq, l.Kind)
	if l.Word != "" {
		text += strings.TrimRight(fmt.Sprintf(" /%s %s", l.Word, l.Verb), " ") + ", " + string(l.Verdict)
	}
	return text
}

// recallable are the words of orders that are taken over: those that only tell
// something, and those of which the board shows the entry.
var recallable = []string{"action", "note", "impact", "restored", "publish"}

// proven reports whether an order of a mirror's may be believed. What the phase
// depends on may only be if the board, where nobody but us writes, shows its
// entry.
func (r recollection) proven(l ledger.Line) bool {
	mark, moves := map[string]string{"restored": "restored", "publish": "published"}[l.Word]
	return !moves || r.kept.Marks[mark].Head == l.Hash
}

// wordsLost stands for the words of an order that is only in a mirror.
const wordsLost = "(its words were lost with the store)"

func (r recollection) order(l ledger.Line) *incident.Order {
	o := incident.Order{
		Comment: r.askedIn(l), At: l.At, By: r.named[l.By], Said: wordsLost, Verdict: incident.Obeyed, Decided: l.Seen,
		Command: incident.Command{Word: l.Word, Verb: l.Verb},
	}
	switch l.Word {
	case "restored":
		o.Command.When = r.twin.Restored
	case "publish":
	default:
		o.Command.Text = wordsLost
	}
	return &o
}

// askedIn returns the comment of an order, if a message about it tells: so that
// the message is not sent again. Else it is a name of its own.
func (r recollection) askedIn(l ledger.Line) string {
	event := map[string]string{"restored": "restored", "publish": "published"}[l.Word]
	for _, id := range r.kept.Sent {
		if comment, ok := strings.CutPrefix(id, r.messageID(event, "")+"/"); ok && event != "" &&
			!slices.ContainsFunc(r.r.Orders, func(o incident.Order) bool { return o.Comment == comment }) {
			return comment
		}
	}
	return "lost/" + ledger.Short(l.Hash)
}

// tickets returns those that were counted and are not known any more (O55).
func (r recollection) tickets(lines []ledger.Line) (entries []ledger.Entry) {
	for _, t := range r.twin.Tickets {
		ref, ok := incident.ParseRef(string(t.Ref), r.home())
		if _, known := r.r.Counted[r.canonical(ref)]; known || !ok || ref != t.Ref {
			continue
		}
		e := ledger.Entry{Kind: ledger.TicketAdded, At: r.twin.Declared, Ref: t.Ref, State: t.State, Text: wordsLost}
		for _, l := range lines {
			if l.Kind == ledger.TicketAdded && l.Ref == t.Ref {
				e.At = l.At
				break
			}
		}
		entries = append(entries, e)
	}
	return entries
}

// tenures returns the times in roles of which the record does not know all.
// until is when the twin was written: who held a role then, and does not now,
// held it until then at least.
func (r recollection) tenures(until time.Time) (entries []ledger.Entry) {
	for _, x := range r.twin.Roles {
		who, ok := r.named[x.Variable]
		t := incident.Tenure{Role: x.Role, Who: who, From: x.From, To: x.To, How: "recalled"}
		if ok && slices.Contains(incident.Roles, t.Role) && r.completes(&t, until) {
			entries = append(entries, ledger.Entry{Kind: ledger.Recalled, At: t.From, By: who, Tenure: &t, Text: "a time in a role, as the page tells"})
		}
	}
	return entries
}

// completes makes a tenure the part of it that the record does not know, and
// reports whether there is any.
func (r recollection) completes(t *incident.Tenure, until time.Time) bool {
	var theirs []incident.Tenure
	for _, x := range r.r.Tenures {
		if x.Role == t.Role && x.Who == t.Who {
			theirs = append(theirs, x)
		}
	}
	if t.To.IsZero() && r.holds(t.Role, t.Who) {
		return t.From.Before(theirs[len(theirs)-1].From)
	}
	if t.To.IsZero() {
		t.To = until
	}
	for _, x := range theirs {
		switch {
		case x.From.Equal(t.From) && !x.To.IsZero():
			return t.From.Before(t.To) && t.To.Before(x.To)
		case !x.From.After(t.From) && (x.To.IsZero() || x.To.After(t.From)):
			return false
		case x.From.After(t.From) && x.From.Before(t.To):
			t.To = x.From
		}
	}
	return t.From.Before(t.To)
}
