package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
)

// crowd returns who took part and the variables that stand for them (O39,
// O49, O50). Who came first has the first letter, for good.
func (v *view) crowd() postmortem.People {
	others := []incident.Person{v.r.Declared.By}
	for _, o := range v.r.Orders {
		if o.Verdict == incident.Obeyed {
			others = append(append(others, o.By), o.Command.People...)
		}
	}
	for _, ref := range v.counted() {
		if t, ok := v.lookup(ref); ok {
			others = append(others, t.Assignees...)
		}
	}
	names := map[incident.Person]string{}
	for who, st := range v.s.People {
		names[who] = st.Name
	}
	for who, c := range v.p.People {
		names[who] = cmp.Or(c.Name, names[who])
	}
	people := postmortem.Variables(v.r.Tenures, v.owner(), others, names)
	for i := range people {
		for alias, who := range v.p.Aliases {
			if who == people[i].Who {
				people[i].Also = append(people[i].Also, alias)
			}
		}
		slices.Sort(people[i].Also)
	}
	return people
}

// blocks are the texts of our blocks on the page. Only where nobody's words
// stand in one are commands spelled: people's are kept as they are.
func (v *view) blocks() map[postmortem.Block]string {
	people := v.crowd()
	evidence := v.evidence(people)
	evidenceText := postmortem.EvidenceText(evidence, people)
	if len(evidence) == 0 {
		evidenceText = v.spell(evidenceText)
	}
	restored, _ := v.restored()
	return map[postmortem.Block]string{
		postmortem.StateBlock:       postmortem.StateText(v.state()),
		postmortem.PeopleBlock:      postmortem.PeopleText(people),
		postmortem.TimelineBlock:    postmortem.TimelineText(v.timeline(people), people, v.changed(people), restored),
		postmortem.ResolutionsBlock: postmortem.ResolutionsText(v.resolutions(people), people),
		postmortem.EvidenceBlock:    evidenceText,
	}
}

func (v *view) state() postmortem.State {
	s := postmortem.State{Phase: v.phase(), Ref: v.home(), URL: v.s.URL, Declared: v.r.Declared.At, Closed: v.r.Sealed}
	s.Restored, _ = v.restored()
	if o, ok := v.published(); ok {
		s.Published = o.At
	}
	return s
}

// told are the obeyed orders that belong on the timeline, and what each is
// called there (O40).
var told = map[string]string{
	"summary": "state", "action": "action", "note": "note", "evidence": "evidence", "impact": "impact",
	"restored": "service is back", "unrestored": "it broke again", "issue": "issue discovered", "followup": "follow-up asked for",
	"link": "linked", "unlink": "taken out of the gate", "wontfix": "not to be done", "skip": "duty left out",
	"publish": "post-mortem published", "postmortem": "post-mortem kept elsewhere", "review": "review", "close": "close ordered",
	"retract": "retracted", "duplicate": "called a duplicate",
}

// timeline returns what happened, from the record, with people as variables.
func (v *view) timeline(people postmortem.People) []postmortem.Event {
	d := v.r.Declared
	list := []postmortem.Event{{At: d.At, By: people.Variable(d.By), What: "declared an incident", URL: v.s.URL}}
	urls := map[string]string{}
	for _, c := range v.s.Comments {
		urls[c.ID] = c.URL
	}
	for _, t := range v.r.Tenures {
		role := postmortem.RoleName(t.Role)
		list = append(list, postmortem.Event{At: t.From, By: people.Variable(t.Who), What: "took " + role})
		if !t.To.IsZero() {
			list = append(list, postmortem.Event{At: t.To, By: people.Variable(t.Who), What: "gave up " + role})
		}
	}
	for _, o := range v.r.Orders {
		what := v.what(o)
		if what == "" {
			continue
		}
		am := v.r.Amended[o.Comment]
		e := postmortem.Event{At: when(o), By: people.Variable(o.By), What: what, Text: saidBy(o), URL: urls[o.Comment], Edited: am.Edited, Deleted: am.Deleted}
		list = append(list, e)
	}
	for _, ref := range v.counted() {
		if t, ok := v.lookup(ref); ok && !t.Gone {
			list = append(list, v.ticketEvents(t, people)...)
		}
	}
	if v.ended() {
		list = append(list, postmortem.Event{At: v.r.Sealed, What: "incident " + v.ending()})
	}
	return list
}

// what returns what an order is called on the timeline; "" leaves it out.
func (v *view) what(o incident.Order) string {
	if o.Verdict != incident.Obeyed {
		return ""
	}
	what := told[o.Command.Word]
	switch o.Command.Word {
	case "change":
		what = map[string]string{"start": "change started", "done": "change done"}[o.Command.Verb]
	case "update":
		what = "update to " + o.Command.Verb
	}
	if what != "" && o.Unstaffed != "" {
		what += " (unstaffed: " + string(o.Unstaffed) + ")"
	}
	return what
}

// saidBy returns the words of an order, and the ticket it is about.
func saidBy(o incident.Order) string {
	text := o.Command.Text
	if isBlanked(o) {
		text = blanked
	}
	return strings.TrimSpace(string(o.Command.Ref) + " " + text)
}

func (v *view) ticketEvents(t incident.Ticket, people postmortem.People) []postmortem.Event {
	list := []postmortem.Event{{At: t.Opened, What: "ticket opened", Text: t.Ref.Near(v.home()) + " " + v.titled(t), URL: t.URL}}
	if t.Opened.Before(v.r.Declared.At) {
		list = nil // an old one that was linked
	}
	if t.State != incident.Open && !t.Closed.At.IsZero() {
		by := ""
		if t.Closed.By != "" && !v.s.People[t.Closed.By].Bot && !slices.Contains(v.ourAccounts(), t.Closed.By) {
			by = people.Variable(t.Closed.By)
		}
		list = append(list, postmortem.Event{At: t.Closed.At, By: by, What: "ticket " + string(t.State), Text: t.Ref.Near(v.home()) + " " + v.titled(t), URL: t.URL})
	}
	return list
}

// changed returns the changes with their intervals, for "what was live when it
// recovered" (O28).
func (v *view) changed(people postmortem.People) []postmortem.Change {
	var list []postmortem.Change
	for _, c := range v.allChanges() {
		list = append(list, postmortem.Change{Name: c.Name, By: people.Variable(c.Who), From: c.Since, To: c.To})
	}
	return list
}

// evidence returns what was kept, each address on its own (O44).
func (v *view) evidence(people postmortem.People) []postmortem.Evidence {
	var list []postmortem.Evidence
	for _, o := range v.obeyed("evidence") {
		am := v.r.Amended[o.Comment]
		for _, what := range strings.Split(o.Command.Text, "\n") {
			if what = strings.TrimSpace(what); what != "" {
				list = append(list, postmortem.Evidence{At: o.At, By: people.Variable(o.By), What: what, Edited: am.Edited, Deleted: am.Deleted})
			}
		}
	}
	return list
}

// resolutions returns what became of each ticket (O43).
func (v *view) resolutions(people postmortem.People) []postmortem.Resolution {
	items := v.filedFrom()
	var list []postmortem.Resolution
	for _, ref := range v.counted() {
		t, ok := v.lookup(ref)
		if !ok || t.Incident {
			continue
		}
		it, filed := items[t.Slot]
		r := postmortem.Resolution{Ref: t.Ref, URL: t.URL, Title: v.titled(t), State: v.outcome(t), Due: due(t, it, filed), Category: it.Category, Note: v.flag(t)}
		if len(t.Assignees) > 0 {
			r.Owner = people.Variable(t.Assignees[0])
		}
		if t.Gone || t.Hidden() {
			r.State, r.Title = incident.Open, v.r.Counted[ref].Title
		}
		list = append(list, r)
	}
	return list
}

// filedFrom returns the items of the page by the slots of their tickets.
func (v *view) filedFrom() map[incident.Slot]postmortem.Item {
	items := map[incident.Slot]postmortem.Item{}
	if page, ok := v.post(); ok {
		for _, it := range page.Items {
			items[it.Slot()] = it
		}
	}
	return items
}

// flag says what is doubtful about how a ticket ended, for the review
// (design, section 10); "" is nothing.
func (v *view) flag(t incident.Ticket) string {
	switch {
	case t.Gone:
		return "deleted or converted"
	case t.Hidden():
		return "cannot be read"
	case t.State == incident.Duplicate && t.DuplicateOf == "":
		return "a duplicate of something unknown"
	case v.outcome(t) == incident.Wontfix && !v.reasoned(t):
		return "wontfix without a reason"
	}
	return ""
}

// reasoned reports whether somebody said why a ticket will not be done.
func (v *view) reasoned(t incident.Ticket) bool {
	return slices.ContainsFunc(v.obeyed("wontfix"), func(o incident.Order) bool { return v.canonical(o.Command.Ref) == t.Ref })
}

// owner returns the service owner: whom somebody named, else by the policy.
func (v *view) owner() incident.Person {
	if o, ok := last(v.obeyed("owner")); ok && len(o.Command.People) > 0 {
		return o.Command.People[0]
	}
	place := strings.ToLower(v.home().Place())
	if who, ok := v.p.Owners[place]; ok {
		return who
	}
	of, _, _ := strings.Cut(place, "/")
	return v.p.Owners[of+"/*"] // of all repositories of theirs
}
