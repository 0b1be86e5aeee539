package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/postmortem"
)

// published returns the order by which the post-mortem was first published.
func (v *view) published() (incident.Order, bool) {
	list := v.obeyed("publish", "postmortem")
	if len(list) == 0 {
		return incident.Order{}, false
	}
	return list[0], true
}

// released reports whether the page of ours was published, which files its
// issues and replaces its handles.
func (v *view) released() bool { return len(v.obeyed("publish")) > 0 }

// external returns the address of a post-mortem that is kept elsewhere.
func (v *view) external() string {
	if o, ok := last(v.obeyed("publish", "postmortem")); ok && o.Command.Word == "postmortem" {
		return o.Command.Text
	}
	return ""
}

// notPublished is the gate's condition on the page (O61; design, section 10).
func (v *view) notPublished() []missing {
	if _, back := v.restored(); !back || v.p.Wiki == nil {
		return nil
	}
	if why := v.wikiTrouble(); why != "" {
		return []missing{{Text: why}}
	}
	if _, ok := v.published(); ok {
		return nil
	}
	return []missing{{Text: "The post-mortem " + v.pageLink() + " is not published: command writes `/publish`"}}
}

// pageLink shows the page as a link, where that is known.
func (v *view) pageLink() string {
	url := v.pageURL()
	switch {
	case v.external() != "":
		return url
	case url != "":
		return fmt.Sprintf("[%s](%s)", v.pageName(), url)
	}
	return v.pageName()
}

// pageURL is where people read the post-mortem.
func (v *view) pageURL() string {
	if url := v.external(); url != "" {
		return url
	}
	if v.p.Wiki == nil {
		return ""
	}
	return v.s.Wiki.Pages[v.pageName()].URL
}

// publish judges /publish: what holds it back is said line by line (O48-O53).
func (d *decision) publish(l *line) {
	page, ok := d.post()
	switch _, back := d.restored(); {
	case d.p.Wiki == nil:
		l.refuse("no wiki is kept here; name the page with `/postmortem URL`")
	case !back:
		l.refuse("service was not reported back yet: first `/restored`")
	case d.wikiTrouble() != "":
		l.refuse("%s", d.wikiTrouble())
	case d.s.Wiki.Passing:
		l.refuse("the wiki does not answer: %s Post this again when it does", d.s.Wiki.Problem)
	case !ok:
		l.refuse("the page is not there yet; it is written within moments of `/restored`, then post this again")
	case d.released() && d.external() == "":
		l.reply = "it is published already, and kept up to date"
	default:
		if held := postmortem.Hold(page.Lint(d.crowd(), d.p.Words)); len(held) > 0 {
			l.breaks(blameless, "%s %s the page back:\n\n%s", count(len(held), "finding", "findings"), verb(len(held), "hold"), findings(held))
			return
		}
		l.reply = "published"
		if n := d.unfiled(page); n > 0 {
			l.reply += fmt.Sprintf("; %s follow as linked tickets", count(n, "issue", "issues"))
		}
	}
}

// silence is how long a command waits for a wiki that does not answer.
const silence = 10 * time.Minute

// unseen reports whether a comment, and with it what was said later, has to
// wait: it is about the page, which could not be read just now.
func (v *view) unseen(a asked) bool {
	return (v.s.Wiki.Passing || v.unread()) && v.s.At.Before(a.At.Add(silence)) && !v.ended() && v.holds(incident.CommandRole, a.Author) &&
		slices.ContainsFunc(a.lines, func(l line) bool { return l.Command.Word == "publish" })
}

// maxFindings bounds what one comment says about a page.
const maxFindings = 30

func findings(list []postmortem.Finding) string {
	var b strings.Builder
	for _, f := range list[:min(len(list), maxFindings)] {
		b.WriteString("- " + f.String() + "\n")
	}
	if more := len(list) - maxFindings; more > 0 {
		fmt.Fprintf(&b, "- and %d more\n", more)
	}
	return b.String()
}

// elsewhere judges /postmortem URL.
func (d *decision) elsewhere(l *line) {
	if _, back := d.restored(); !back {
		l.refuse("service was not reported back yet: first `/restored`")
		return
	}
	l.reply = "that page counts as the post-mortem; it is external and not checked"
}

// notice puts on record what of the page was seen: that it is there, or was
// written, or was seen before the store was lost; and which items that comments
// asked for stand on it. What is on record and then gone was taken away by a
// person.
func (d *decision) notice() {
	seen := func(name string) {
		if !d.once(name) {
			d.enter(ledger.Entry{Kind: ledger.Did, At: d.s.At, Name: name, Text: "seen in the wiki"})
		}
	}
	page, ok := d.post()
	if ok || d.p.Wiki != nil && (d.seenPage() != "" || !d.j.Wrote.IsZero()) {
		seen(pageSeen + d.pageName())
	}
	if !ok {
		return
	}
	for _, o := range d.obeyed("issue") {
		for _, it := range page.Items {
			if it.Hash == d.askedHash(o) && it.Marked {
				seen(itemSeen + it.Hash)
			}
		}
	}
}

type blameText struct{ Holding, Advice []postmortem.Finding }

// blame keeps one comment that says what on the page looks for somebody to
// blame, or is not written yet, and what to write instead (O48-O53). It
// appears with the first finding on what somebody wrote.
func blame(v *view, pl *Plan) {
	page, ok := v.post()
	if !v.declared() || v.ended() || !ok || v.external() != "" {
		return
	}
	_, said := v.s.Said(blameSlot)
	switch p, _ := v.page(); {
	case p.Edited.IsZero() && !said:
		return // nobody wrote anything yet
	case v.s.At.Before(p.Edited.Add(time.Minute)):
		pl.wake(p.Edited.Add(time.Minute)) // somebody is writing
		return
	}
	var text blameText
	for _, f := range v.lint(page) {
		if f.Weight == postmortem.Holding {
			text.Holding = append(text.Holding, f)
		} else if f.Weight == postmortem.Advice {
			text.Advice = append(text.Advice, f)
		}
	}
	text.Holding, text.Advice = text.Holding[:min(len(text.Holding), maxFindings)], text.Advice[:min(len(text.Advice), maxFindings)]
	if !said && len(text.Holding)+len(text.Advice) == 0 {
		return
	}
	body := v.render("blame.md", text)
	v.say(pl, blameSlot, body, "", func(c incident.Comment) bool { return c.Hash == incident.HashText(body) })
}

const blameSlot incident.Slot = "say/blame"

// lint returns the findings on the page. Only rules ask for it, for which the
// record stands still; while orders are decided people may join.
func (v *view) lint(page postmortem.Page) []postmortem.Finding {
	if !v.linted {
		v.found, v.linted = page.Lint(v.crowd(), v.p.Words), true
	}
	return v.found
}

// blamed reports whether findings hold back a page that somebody wrote on, for
// the label.
func (v *view) blamed() bool {
	page, ok := v.post()
	p, _ := v.page()
	return ok && !p.Edited.IsZero() && !v.ended() && v.external() == "" && len(postmortem.Hold(v.lint(page))) > 0
}

// distribute sends the post-mortem round, once it was published and reads as
// it should, and again at the close (O37, O68).
func distribute(v *view, pl *Plan) {
	o, ok := v.published()
	if !v.declared() || !ok || v.went("published", o.Comment) {
		return
	}
	if v.external() == "" {
		p, there := v.page()
		if drafts, _ := v.drafts(p); !there || len(drafts) > 0 {
			return
		}
	}
	name := fmt.Sprintf("%s %s", v.home(), v.s.Head.Title)
	v.distribute(pl, "published", o.Comment, "Post-mortem published: "+name)
}

// twin returns the page's data for machines. It is due at publication, with
// each review, and at the close (O47).
func (v *view) twin(text string) (string, bool) {
	o, ok := v.published()
	if !ok || v.external() != "" {
		return "", false
	}
	people := v.crowd()
	restored, _ := v.restored()
	staffed, _ := v.staffedAt()
	t := postmortem.Twin{
		ID: v.s.ID, Head: v.home(), Phase: v.phase(), Ledger: v.r.Head, Entries: v.r.Seq,
		Declared: v.r.Declared.At, Staffed: staffed, Restored: restored, Published: o.At, Closed: v.r.Sealed,
	}
	t.SetPeople(people)
	t.SetTimeline(v.timeline(people))
	was, ok := postmortem.ReadTwin(v.s.ID, v.s.Wiki.Pages[v.twinName()].Text)
	if ok && v.once(recalled) {
		t.Keep(was)
	}
	if ok && was.Published.Equal(t.Published) && was.Closed.Equal(t.Closed) && held(was) == held(t) {
		return "", false
	}
	t.SetTickets(v.resolutions(people))
	t.Describe(postmortem.Read(v.s.ID, text))
	return string(t.Encode()), true
}

// held counts the reviews that a twin tells of.
func held(t postmortem.Twin) (n int) {
	for _, e := range t.Timeline {
		if e.What == told["review"] {
			n++
		}
	}
	return n
}
