package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/render"
)

// indexPage lists the post-mortems of a wiki. It is the only page of ours
// besides them: Home and the others are never touched (design, section 11).
const indexPage = "Incidents"

// calm is how long we leave a page alone after we wrote to it, and after a
// person did, except for what follows a publication, a review or the close.
const calm = 10 * time.Minute

// Pages returns the names of the pages to observe of an incident, by its
// record before the observation; none before the page is due (O17).
func Pages(p *Policy, r incident.Record, key incident.Key) []string {
	v := newView(p, incident.Journal{}, r, incident.Snapshot{Key: key, Head: incident.Ticket{Ref: key.Ref()}})
	if p.Wiki == nil || !v.declared() || !v.paged() && !v.forgot() {
		return nil
	}
	return []string{v.pageName(), indexPage, v.twinName(), v.mirrorName()}
}

// issues returns the items on an incident's page.
func issues(id string, shelf incident.Shelf) []postmortem.Item {
	for name, page := range shelf.Pages {
		if page.Exists && name != indexPage && !strings.HasSuffix(name, twinSuffix) && !strings.HasSuffix(name, mirrorSuffix) {
			post := postmortem.Read(id, page.Text)
			return post.Items
		}
	}
	return nil
}

// paged reports whether the incident has a page: from the first time service
// was back. That it broke again takes no page away.
func (v *view) paged() bool { return len(v.obeyed("restored")) > 0 }

// pageName names the page by the head's number, never by a title. A head that
// moved keeps the page it had.
func (v *view) pageName() string {
	return cmp.Or(v.seenPage(), incident.PageName(v.home(), v.p.Wiki.Shared))
}

// seenPage returns the name of the page that was there once, by the record or by
// what the board remembers; "" if none was.
func (v *view) seenPage() string {
	for name := range v.r.Done {
		if page, ok := strings.CutPrefix(name, pageSeen); ok {
			return page
		}
	}
	return v.kept.Page
}

// What stands beside the page: its twin for machines, and the ledger's mirror.
const (
	twinSuffix   = ".json"
	mirrorSuffix = ".ledger.jsonl"
)

func (v *view) twinName() string { return v.pageName() + twinSuffix }

func (v *view) mirrorName() string { return v.pageName() + mirrorSuffix }

// pageSeen begins the name under which it is on record that the page was there.
const pageSeen = "page/"

// page returns the incident's page as observed. ok is false if it was not
// looked at, or cannot be used.
func (v *view) page() (p incident.Page, ok bool) {
	if v.p.Wiki == nil || v.s.Wiki.Pages == nil || !v.paged() {
		return p, false
	}
	p, ok = v.s.Wiki.Pages[v.pageName()]
	return p, ok && p.Problem == "" && !postmortem.Foreign(p.Text, v.s.ID)
}

// foreign reports that the page by our page's name is another incident's: of a
// head that had this number elsewhere.
func (v *view) foreign() bool {
	return v.p.Wiki != nil && v.paged() && postmortem.Foreign(v.s.Wiki.Pages[v.pageName()].Text, v.s.ID)
}

// unread reports that the page was not looked at because only this snapshot
// told that there is one: service was just reported back, or the store forgot
// that it was.
func (v *view) unread() bool {
	return v.p.Wiki != nil && v.s.Wiki.Pages == nil && v.s.Wiki.Problem == "" &&
		slices.ContainsFunc(v.obeyed("restored"), func(o incident.Order) bool { return o.Decided.Equal(v.s.At) })
}

// lost reports that the page was there once and is not any more: deleted or
// renamed. It is not written anew, for what people wrote is in the wiki's
// history, under that name or another.
func (v *view) lost() bool {
	p, ok := v.page()
	return ok && !p.Exists && (v.seenPage() != "" || v.released())
}

// post reads the page as it is now.
func (v *view) post() (postmortem.Page, bool) {
	p, ok := v.page()
	if !ok || !p.Exists {
		return postmortem.Page{}, false
	}
	if v.read == nil {
		page := postmortem.Read(v.s.ID, p.Text)
		v.read = &page // a snapshot has one text: it is read once
	}
	return *v.read, true
}

// pages keeps our blocks on the page, the marks and links of its items, and
// the incident's line in the index (O17, O38-O44). Text of people's is kept
// byte for byte: see package postmortem.
func pages(v *view, pl *Plan) {
	if !v.declared() || v.p.Wiki == nil || !v.paged() {
		return
	}
	if v.s.Wiki.Passing {
		pl.because("the wiki does not answer: " + v.s.Wiki.Problem)
		if !v.ended() {
			pl.wake(v.s.At.Add(time.Minute))
		}
		return
	}
	if why := v.wikiTrouble(); why != "" {
		pl.because(why)
		return
	}
	if v.unread() {
		pl.wake(v.s.At)
	}
	p, ok := v.page()
	if !ok || v.lost() {
		return
	}
	drafts, mirror := v.drafts(p)
	if at := v.mayWrite(p); len(drafts) > 0 && v.s.At.Before(at) {
		pl.wake(at)
		pl.because("the page waits until nobody has written to it for " + render.Span(calm))
		drafts, mirror = nil, nil
	}
	if v.gapUnshown() {
		mirror = v.mirror() // it is not people's: it waits for nobody
	}
	if len(drafts) == 0 && mirror == nil {
		return
	}
	pl.do(incident.PutPages{Place: v.s.Wiki.Place, Message: "Incident " + string(v.home()) + ": " + v.phase(), Pages: drafts, Mirror: mirror, News: v.news()})
}

// news reports that the page was published since we wrote to it last.
func (v *view) news() bool {
	return !v.j.Wrote.IsZero() && slices.ContainsFunc(v.obeyed("publish"), func(o incident.Order) bool { return o.Decided.After(v.j.Wrote) })
}

// mayWrite returns from when on the page may be written to.
func (v *view) mayWrite(p incident.Page) time.Time {
	for _, at := range v.milestones() {
		if since := v.s.At.Sub(at); since >= 0 && since < calm {
			return time.Time{}
		}
	}
	at := p.Edited
	if v.j.Wrote.After(at) {
		at = v.j.Wrote
	}
	if at.IsZero() || !p.Exists {
		return time.Time{}
	}
	return at.Add(calm)
}

// milestones are the moments after which the page must be right at once.
func (v *view) milestones() []time.Time {
	var list []time.Time
	for _, o := range v.obeyed("publish", "review", "close") {
		list = append(list, o.Decided)
	}
	for name, at := range v.r.Done {
		if strings.HasPrefix(name, ledger.RedactedName) {
			list = append(list, at) // a secret waits for nobody
		}
	}
	return append(list, v.r.Sealed)
}

// drafts returns the pages that should read otherwise. The mirror is written
// when the twin is, and once after the store was lost: see gapUnshown.
func (v *view) drafts(p incident.Page) (list []incident.Draft, mirror *incident.Mirror) {
	want := func(name, text string) {
		if was := v.s.Wiki.Pages[name]; was.Problem == "" && (!was.Exists || was.Text != text) {
			list = append(list, incident.Draft{Name: name, Was: was, Text: text})
		}
	}
	blocks := v.blocks()
	text := p.Text
	if !p.Exists {
		text = postmortem.Draft(postmortem.Facts{ID: v.s.ID, Title: v.s.Head.Title, People: v.crowd(), Blocks: blocks})
	}
	text = postmortem.Blank(v.s.ID, text, v.blankedItems())
	text = postmortem.Apply(text, v.edits(text, blocks))
	want(v.pageName(), text)
	want(indexPage, postmortem.Index(v.s.Wiki.Pages[indexPage].Text, v.s.ID, v.indexLine()))
	if twin, due := v.twin(text); due {
		want(v.twinName(), twin)
		mirror = v.mirror()
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, mirror
}

// mirror is the mirror of the ledger as it is to be written; nil if it cannot be.
func (v *view) mirror() *incident.Mirror {
	was := v.s.Wiki.Pages[v.mirrorName()]
	if was.Problem != "" {
		return nil
	}
	return &incident.Mirror{Name: v.mirrorName(), Was: was, As: v.crowd().Handles()}
}

// edits are what the page should hold that is ours to say.
func (v *view) edits(text string, blocks map[postmortem.Block]string) postmortem.Edits {
	e := postmortem.Edits{ID: v.s.ID, Blocks: blocks, Items: map[string]string{}}
	for _, o := range v.obeyed("issue") {
		hash := v.askedHash(o)
		if _, filed := v.ticket(postmortem.Item{Hash: hash}.Slot()); !filed && !isBlanked(o) && !v.once(itemSeen+hash) {
			e.Add = append(e.Add, postmortem.Added{Hash: hash, Text: o.Command.Text})
		}
	}
	page := postmortem.Read(v.s.ID, text)
	for _, it := range page.Items {
		if t, ok := v.ticket(it.Slot()); ok {
			e.Items[it.Hash] = v.shown(t)
		} else if v.toFile(it) {
			e.Items[it.Hash] = it.Shown
		}
	}
	if v.released() {
		e.Handles = v.crowd().Handles()
	}
	return e
}

// indexLine is the incident's line on the index page.
func (v *view) indexLine() string {
	title := render.Inline(v.crowd().Blind(v.s.Head.Title))
	return "- [" + v.pageName() + "](" + v.pageName() + ") – " + title + " – declared " +
		v.r.Declared.At.UTC().Format(time.DateOnly) + ", " + v.phase()
}

// wikiTrouble says why there is no page, and what can be done about it.
func (v *view) wikiTrouble() string {
	why := v.s.Wiki.Problem
	if v.s.Wiki.Passing {
		why = "" // the board does not flicker with the network
	}
	if p, ok := v.s.Wiki.Pages[v.pageName()]; ok && p.Problem != "" {
		why = p.Problem
	}
	switch {
	case v.external() != "":
		return ""
	case v.foreign():
		return "The page " + v.pageName() + " is the post-mortem of another incident. Rename that one in the wiki, or name the page that is to count with `/postmortem URL`"
	case why != "":
		return "The post-mortem cannot be kept in the wiki: " + inlineProblem(why) + " Ways out: put that right; or name another wiki in `wiki.url`, or none with `wiki.enabled: false`; or write the page elsewhere and name it with `/postmortem URL`"
	case v.lost():
		return "The page " + v.pageName() + " is gone from the wiki: deleted or renamed. Restore it there under that name from the wiki's history, or name the page that is to count with `/postmortem URL`"
	}
	return ""
}

// inlineProblem quotes what a wiki says of itself, a server's words among it;
// the command that it names stays one.
func inlineProblem(why string) string {
	const elsewhere = "`/postmortem URL`"
	return strings.ReplaceAll(render.Inline(why), render.Inline(elsewhere), elsewhere)
}
