package jira

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// draft is a ticket before it is created.
type draft struct {
	incident.Create
	kind   issueType
	fields map[string]any
	mark   mark
	loose  []string // fields that may be left out where Jira does not take them
	linked bool     // to be linked to the head
	over   bool     // the head is to be put under it
	left   []string // what Jira did not take
}

func (d *draft) body() map[string]any {
	return map[string]any{"fields": d.fields, "properties": []any{map[string]any{"key": ours, "value": d.mark}}}
}

// draft decides of what type a ticket is and where it hangs (design, section 13).
func (c *change) draft(ctx context.Context, a incident.Create) (*draft, error) {
	p, err := c.project(ctx, a.Place)
	if err != nil {
		return nil, err
	}
	var at place
	if a.Parent != "" || a.Slot == incident.Epic { // else the head may be elsewhere
		if at, err = c.head(ctx); err != nil {
			return nil, err
		}
	}
	d := &draft{Create: a, fields: map[string]any{}}
	sub, subs := c.subtaskType(p)
	duty := a.Slot.IsDuty()
	under := ""
	switch {
	case a.Slot == incident.Epic:
		one, ok, err := c.epicType(ctx, p)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, refuse("project %s has no issue type for epics: the head stays the epic", p.Key)
		}
		d.kind, d.over = one, true
	case a.Parent == "":
	case duty && at.project == p.Key && at.epic:
		under = string(c.on.Head.Ref)
	case duty && at.project == p.Key && !at.subtask && subs:
		d.kind = sub
		d.fields["parent"] = map[string]string{"key": string(c.on.Head.Ref)}
	case duty:
		d.linked = true
	default:
		under, d.linked = c.epicKey(at), true
	}
	if d.kind.ID == "" {
		if d.kind, err = c.standardType(ctx, p); err != nil {
			return nil, err
		}
	}
	if at.level != "" && !d.kind.Subtask { // which has its parent's
		d.fields[security] = map[string]string{"id": at.level}
	}
	return d, c.fill(ctx, d, p, under)
}

// security is the field by which a restricted head's tickets are restricted too.
const security = "security"

// fill writes the fields of a draft. under is the key of the epic it goes under.
func (c *change) fill(ctx context.Context, d *draft, p project, under string) error {
	epic, err := c.epics(ctx)
	if err != nil {
		return err
	}
	text := c.wiki(ctx, d.Body)
	d.mark = newMark(c.on.ID, d.Slot, "", d.Body, text)
	if len(d.Assignees) > 1 {
		d.mark.People = d.Assignees
	}
	d.fields["project"] = map[string]string{"key": p.Key}
	d.fields["issuetype"] = map[string]string{"id": d.kind.ID}
	d.fields["summary"] = oneLine(d.Title)
	d.fields["description"] = text
	d.option("labels", incident.LabelsOf(c.on.ID, d.Labels))
	if len(d.Assignees) > 0 {
		d.option("assignee", c.assignee(d.Assignees))
	}
	if f, _ := c.forms.Peek(p.Key + " " + d.kind.ID); !d.Due.IsZero() {
		if _, ok := f["duedate"]; ok {
			d.mark.Due = d.Due.Format(time.DateOnly)
			d.option("duedate", d.mark.Due)
		}
	}
	if d.over && epic.Name != "" {
		d.option(epic.Name, oneLine(d.Title))
	}
	switch {
	case under == "":
	case c.cloud:
		d.option("parent", map[string]string{"key": under})
	case epic.Link != "":
		d.option(epic.Link, under)
	}
	return nil
}

// option sets a field that a screen may lack.
func (d *draft) option(field string, value any) {
	d.fields[field] = value
	d.loose = append(d.loose, field)
}

// relent takes the fields out that Jira complained of, if we can do without
// all of them.
func (d *draft) relent(err error) bool {
	wrong := complains(err)
	for f := range wrong {
		if _, sent := d.fields[f]; !sent || !slices.Contains(d.loose, f) {
			return false
		}
	}
	for f := range wrong {
		delete(d.fields, f)
		d.left = append(d.left, f)
	}
	return len(wrong) > 0
}

// made is Jira's answer about a new ticket.
type made struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// create opens a ticket. An answer that says it was created decides: what fails
// afterwards is mended by a later pass, which sees it.
func (c *change) create(ctx context.Context, a incident.Create) incident.Result {
	d, err := c.draft(ctx, a)
	if err != nil {
		return c.undrafted(err)
	}
	return c.open(ctx, d)
}

// undrafted is the result of what could not even be prepared.
func (c *change) undrafted(err error) incident.Result {
	var no *incident.NotServed
	if errors.As(err, &no) {
		return c.result(refuse("%s: add it there, or choose another place", no.Reason))
	}
	return c.result(unsentRead(err))
}

func (c *change) open(ctx context.Context, d *draft) incident.Result {
	for {
		var now made
		err := c.send(ctx, http.MethodPost, "issue", d.body(), &now)
		if err == nil {
			return c.settle(ctx, d, now)
		}
		if !d.relent(err) {
			return c.created(c.wanting(d, err))
		}
	}
}

// wanting says which fields a creation asks for that we have nothing for.
func (c *change) wanting(d *draft, err error) error {
	var names []string
	for id, said := range complains(err) {
		if id == security {
			return refuse("%s is restricted by a security level, and Jira does not let us create tickets of it under that level: give our account the permission Set Issue Security in %s, and put the field Security Level on the screens: %s", c.on.Head.Ref, d.Place, said)
		}
		if _, sent := d.fields[id]; sent {
			return err
		}
		f, _ := c.forms.Peek(d.Place + " " + d.kind.ID)
		if name := f[id].Name; name != "" {
			said = name + " (" + said + ")"
		}
		names = append(names, said)
	}
	if len(names) == 0 {
		return err
	}
	slices.Sort(names)
	return refuse("project %s asks for more than we have when a %s is created: %s. Make these fields optional there, or give them defaults", d.Place, d.kind.Name, strings.Join(names, "; "))
}

// settle does what remains to be done about a new ticket.
func (c *change) settle(ctx context.Context, d *draft, now made) incident.Result {
	ref := incident.Ref(now.Key)
	c.expect(now.ID)
	if d.over {
		c.epic = ref
		if err := c.cover(ctx, ref); err != nil {
			c.log.Warn("the head could not be put under its new epic", "epic", ref, "error", c.clear(err))
		}
	}
	if slices.Contains(d.left, "labels") {
		err := c.send(ctx, http.MethodPut, path(ref)+c.quietly(ctx, ref), map[string]any{"fields": map[string]any{"labels": incident.LabelsOf(c.on.ID, d.Labels)}}, nil)
		if err != nil {
			c.log.Error("a new ticket has no labels, by which we find it again: put the field Labels on the screens of its type", "ticket", ref, "error", c.clear(err))
		}
	}
	if slices.Contains(d.left, "assignee") {
		c.log.Warn("a new ticket lacks its assignee", "ticket", ref)
	}
	hangs := len(d.left) > 0 && d.Parent != "" && !d.over // its place may be among what Jira did not take
	if d.linked || hangs {
		if err := c.relate(ctx, ref); err != nil {
			c.log.Warn("a new ticket could not be linked to the head", "ticket", ref, "error", c.clear(err))
		}
	}
	return incident.Result{Outcome: incident.Applied, Ref: ref}
}

// expect makes the next observation ask for an issue as it is, and not as it
// was indexed.
func (c *change) expect(id string) {
	f, _ := c.families.Peek(c.on.ID)
	f.ids = append(slices.Clone(f.ids), id)
	c.families.Put(c.on.ID, f)
}

// maxBulk is how many issues Jira creates in one request.
const maxBulk = 50

// bulk returns how many of the first actions can be created in one request. The
// epic comes alone: what follows hangs under it.
func bulk(do []incident.Action) (n int) {
	for _, a := range do[:min(len(do), maxBulk)] {
		if a, ok := a.(incident.Create); !ok || a.Slot == incident.Epic {
			break
		}
		n++
	}
	return n
}

// createAll opens tickets in one request. What Jira refuses of them is tried
// once more by itself, without what it complained of.
func (c *change) createAll(ctx context.Context, do []incident.Action) []incident.Result {
	results := make([]incident.Result, len(do))
	var drafts []*draft
	var at []int
	var bodies []any
	for i, a := range do {
		d, err := c.draft(ctx, a.(incident.Create))
		if err != nil {
			if results[i] = c.undrafted(err); results[i].Outcome != incident.Refused {
				break
			}
			continue
		}
		drafts, at, bodies = append(drafts, d), append(at, i), append(bodies, d.body())
	}
	if len(drafts) == 0 {
		return results
	}
	var answer struct {
		Issues []made
		Errors []struct {
			Failed int `json:"failedElementNumber"`
		}
	}
	err := c.send(ctx, http.MethodPost, "issue/bulk", map[string]any{"issueUpdates": bodies}, &answer)
	singly := map[int]bool{} // to be tried by itself
	switch {
	case isStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed): // none of them
		for n := range drafts {
			singly[n] = true
		}
	case err != nil:
		for _, i := range at {
			results[i] = c.created(err)
		}
		return results
	}
	for _, e := range answer.Errors {
		singly[e.Failed] = true
	}
	stopped := false
	for n, d := range drafts {
		switch {
		case singly[n] && stopped:
		case singly[n]:
			results[at[n]] = c.open(ctx, d)
			stopped = results[at[n]].Outcome != incident.Applied && results[at[n]].Outcome != incident.Refused
		case len(answer.Issues) > 0:
			results[at[n]] = c.settle(ctx, d, answer.Issues[0])
			answer.Issues = answer.Issues[1:]
		default:
			results[at[n]] = incident.Result{Outcome: incident.Unknown, Err: errors.New("the answer to creating several tickets does not say what became of this one")}
		}
	}
	return results
}
