package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// change is one run of actions on the incident of a snapshot.
type change struct {
	*Tracker
	on   incident.Snapshot
	epic incident.Ref // made in this run
}

// Apply implements the port of that name. Creations in a row are one request.
func (t *Tracker) Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result {
	c := &change{Tracker: t, on: on}
	results := make([]incident.Result, len(do))
	for i := 0; i < len(do); {
		n := max(bulk(do[i:]), together(do[i:]))
		switch {
		case n <= 1:
			n = 1
			results[i] = c.apply(ctx, do[i])
		case bulk(do[i:]) == n:
			copy(results[i:], c.createAll(ctx, do[i:i+n]))
		default:
			copy(results[i:], c.tagAll(ctx, do[i:i+n]))
		}
		stop := false
		for ; n > 0; n-- {
			if t.opt.Metrics.Applied != nil {
				t.opt.Metrics.Applied(incident.KindOf(do[i]), results[i].Outcome.String())
			}
			switch results[i].Outcome {
			case incident.Deferred, incident.Unknown, incident.NotRun:
				stop = true
			}
			i++
		}
		if stop {
			break
		}
	}
	return results
}

func (c *change) apply(ctx context.Context, a incident.Action) incident.Result {
	switch a := a.(type) {
	case incident.Create:
		return c.create(ctx, a)
	case incident.Say:
		return c.say(ctx, a)
	case incident.Unsay:
		return c.result(c.unsay(ctx, a.Comment))
	case incident.Edit:
		return c.result(c.edit(ctx, a))
	case incident.Link:
		return c.result(c.link(ctx, a))
	case incident.Assign:
		return c.result(c.assign(ctx, a))
	case incident.Tag:
		return c.result(c.tag(ctx, a))
	case incident.Reopen:
		return c.result(c.reopen(ctx, a.Ref))
	case incident.Close:
		return c.result(c.close(ctx, a))
	case incident.Ack:
		return c.result(c.ack(ctx, a))
	}
	return c.result(refuse("a tracker cannot %s", a))
}

// path returns the address of an issue below the API's root.
func path(ref incident.Ref) string { return "issue/" + url.PathEscape(string(ref)) }

// ready checks what an issue's address is made of. What fails here was not sent.
func (c *change) ready(ref incident.Ref) error {
	if err := checkRef(ref); err != nil {
		return refuse("%v", err)
	}
	return nil
}

// quietly is what the address of an edit of an issue ends with where mails about
// it can be kept back. That is for administrators of the project: the whole
// request of another would be ignored.
func (t *Tracker) quietly(ctx context.Context, ref incident.Ref) string {
	if !t.cloud {
		return ""
	}
	have, err := t.mine(ctx, ref.Place())
	if err != nil || !have["ADMINISTER_PROJECTS"] {
		return "" // a mail more does less harm than an edit that is lost
	}
	return quiet
}

const quiet = "?notifyUsers=false"

// together returns how many of the first actions are changes of one ticket's labels
// that one request can make.
func together(do []incident.Action) (n int) {
	for _, a := range do {
		a, ok := a.(incident.Tag)
		if !ok || n > 0 && a.Ref != do[0].(incident.Tag).Ref || !isLabel(a.Label) {
			break
		}
		n++
	}
	return n
}

// tagAll changes several labels of one ticket in one request: all or none.
func (c *change) tagAll(ctx context.Context, do []incident.Action) []incident.Result {
	list := make([]incident.Tag, len(do))
	for i, a := range do {
		list[i] = a.(incident.Tag)
	}
	results := make([]incident.Result, len(do))
	r := c.result(c.tag(ctx, list...))
	for i := range results {
		results[i] = r
	}
	return results
}

// tag puts labels on a ticket or takes them off. Both are done already where
// there is nothing to do.
func (c *change) tag(ctx context.Context, list ...incident.Tag) error {
	ref := list[0].Ref
	if err := c.ready(ref); err != nil {
		return err
	}
	var changes []any
	for _, a := range list {
		if !isLabel(a.Label) {
			return refuse("%q cannot be a label on Jira: expected up to 255 characters without spaces", a.Label)
		}
		how := "remove"
		if a.On {
			how = "add"
		}
		changes = append(changes, map[string]string{how: a.Label})
	}
	err := c.send(ctx, http.MethodPut, path(ref)+c.quietly(ctx, ref), map[string]any{"update": map[string]any{"labels": changes}}, nil)
	if _, off := complains(err)["labels"]; off {
		return refuse("Jira did not change the labels of %s: put the field Labels on the edit screen of its type: %v", ref, c.clear(err))
	}
	return err
}

func isLabel(l string) bool {
	return l != "" && !strings.ContainsFunc(l, isSpace) && len([]rune(l)) <= maxTitle
}

func isSpace(r rune) bool { return r <= ' ' || r == 0xA0 || r == 0x3000 }

// assign makes the first of the people the assignee: Jira knows only one. For
// whom else the ticket is stands in its property, so that they are observed.
func (c *change) assign(ctx context.Context, a incident.Assign) error {
	if err := c.ready(a.Ref); err != nil {
		return err
	}
	if err := c.send(ctx, http.MethodPut, path(a.Ref)+"/assignee", c.assignee(a.People), nil); err != nil {
		if isStatus(err, http.StatusBadRequest) && len(a.People) > 0 {
			return refuse("Jira did not assign %s to %s: such a person needs the permission Assignable User in the project: %v", a.Ref, a.People[0].Mention(), c.clear(err))
		}
		if isStatus(err, http.StatusBadRequest) {
			return refuse("Jira did not take the assignee off %s: switch on Allow unassigned issues: %v", a.Ref, c.clear(err))
		}
		return err
	}
	return c.intended(ctx, a)
}

// intended keeps in the property for whom a ticket is, if they are several or
// were until now.
func (c *change) intended(ctx context.Context, a incident.Assign) error {
	t, ok := c.on.Ticket(a.Ref)
	if !ok || t.Slot == "" || len(a.People) < 2 && len(t.Assignees) < 2 {
		return nil
	}
	raw, err := c.property(ctx, t.ID, ours)
	if err != nil {
		return unsentRead(err)
	}
	m, ok := readMark(raw)
	if !ok {
		return nil
	}
	m.People = nil
	if len(a.People) > 1 {
		m.People = a.People
	}
	return c.putMark(ctx, t.ID, m)
}

func (t *Tracker) putMark(ctx context.Context, id string, m mark) error {
	t.marks.Forget(id)
	return t.send(ctx, http.MethodPut, "issue/"+id+"/properties/"+ours, m, nil)
}

// assignee returns the first of the people as Jira wants it, or nobody.
func (t *Tracker) assignee(people []incident.Person) map[string]any {
	by, who := "name", any(nil)
	if t.cloud {
		by = "accountId"
	}
	if len(people) > 0 {
		who = t.exact(people[0])
	}
	return map[string]any{by: who}
}

// ack writes on a comment what was decided, and of which text.
func (c *change) ack(ctx context.Context, a incident.Ack) error {
	if err := checkID(a.Comment); err != nil {
		return refuse("%v", err)
	}
	if !c.on.Caps.Acks {
		return refuse("our account may not acknowledge comments: it lacks the permission Edit All Comments in %s", c.on.Key.Place())
	}
	for _, said := range c.on.Comments {
		if said.ID == a.Comment {
			return c.putNote(ctx, a.Comment, verdicts, ack{As: a.As, Text: incident.HashText(said.Raw)})
		}
	}
	if err := c.ready(c.on.Key.Ref()); err != nil {
		return err
	}
	said, err := get[comment](ctx, c.Tracker, path(c.on.Key.Ref())+"/comment/"+a.Comment)
	if err != nil {
		return unsentRead(err)
	}
	return c.putNote(ctx, a.Comment, verdicts, ack{As: a.As, Text: incident.HashText(unix(string(said.Body)))})
}

// edit changes the title or the text of our own ticket. People write there too,
// so the ticket is read first: a text that is no longer the one that was
// decided about is left alone until it has been observed. What they wrote before
// and after ours stays byte for byte as it is shown. One that is to stay as it
// is shown gets its property back and nothing else: it is markup, no source.
func (c *change) edit(ctx context.Context, a incident.Edit) error {
	if err := c.ready(a.Ref); err != nil {
		return err
	}
	fields := map[string]any{}
	if a.Title != nil {
		fields["summary"] = oneLine(*a.Title)
	}
	body := map[string]any{"fields": fields}
	var m mark
	id := ""
	if a.Body != nil {
		now, err := c.issue(ctx, string(a.Ref), "")
		if err != nil {
			return unsentRead(err)
		}
		before, _ := readMark(now.Properties[ours])
		shown := unix(string(now.Fields.Description))
		if seen, known := c.on.Ticket(a.Ref); known && before.source(shown) != seen.Body {
			return &incident.NotYet{Until: c.opt.Clock().Add(again), Err: errors.New("the text of " + string(a.Ref) + " was changed meanwhile")}
		}
		if *a.Body == shown && before.source(shown) == shown {
			id, m = now.ID, found(c.on.ID, a.Slot, before.Data, shown)
		} else {
			ours, stands := before.part(shown)
			source := ours.within(*a.Body)
			text := shorten(c.wiki(ctx, source), maxText-units(ours.before)-units(ours.after))
			id, m = now.ID, newMark(c.on.ID, a.Slot, before.Data, source, text)
			if !c.cloud && stands {
				m.after(ours)
			}
			fields["description"] = ours.before + text + ours.after
		}
		m.People, m.Due = before.People, before.Due
	}
	if id != "" && (!c.cloud || len(fields) == 0) { // first: it knows the text before too
		if err := c.putMark(ctx, id, m); err != nil {
			return err
		}
		id = ""
	}
	if len(fields) == 0 {
		return nil
	}
	if id != "" {
		body["properties"] = []any{map[string]any{"key": ours, "value": m}}
	}
	return c.send(ctx, http.MethodPut, path(a.Ref)+c.quietly(ctx, a.Ref), body, nil)
}
