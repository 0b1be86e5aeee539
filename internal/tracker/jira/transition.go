package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// transition is a way out of an issue's status, as the workflow offers it to
// our account now.
type transition struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	To     status `json:"to"`
	Fields map[string]struct {
		Name       string            `json:"name"`
		Required   bool              `json:"required"`
		HasDefault bool              `json:"hasDefaultValue"`
		Allowed    []json.RawMessage `json:"allowedValues"`
	} `json:"fields"`
}

// offers returns the resolutions that a transition's screen offers.
func (tr transition) offers() (list []named) {
	for _, raw := range tr.Fields[resolution].Allowed {
		var one named
		if json.Unmarshal(raw, &one) == nil && one.Name != "" {
			list = append(list, one)
		}
	}
	return list
}

const resolution = "resolution"

// demands returns the names of fields that a transition asks for and that we
// have nothing for.
func (tr transition) demands() (names []string) {
	for _, id := range sorted(tr.Fields) {
		if f := tr.Fields[id]; f.Required && !f.HasDefault && id != resolution {
			names = append(names, f.Name)
		}
	}
	return names
}

func (t *Tracker) transitions(ctx context.Context, ref incident.Ref) ([]transition, error) {
	got, err := get[struct{ Transitions []transition }](ctx, t, path(ref)+"/transitions?expand=transitions.fields")
	return got.Transitions, err
}

// maxSteps bounds how many statuses a ticket is led through on its way to done.
const maxSteps = 4

// close closes a ticket. Where no transition leads to done at once, the way
// through what is in progress is taken.
func (c *change) close(ctx context.Context, a incident.Close) error {
	if err := c.ready(a.Ref); err != nil {
		return err
	}
	now, err := c.issue(ctx, string(a.Ref), "")
	if err != nil {
		return unsentRead(err)
	}
	if a.As == incident.Duplicate && a.Of != "" {
		if err := c.markDuplicate(ctx, now, a.Of); err != nil {
			return err
		}
	}
	if now.Fields.Status.done() {
		return c.resolve(ctx, now, a.As)
	}
	seen := map[string]bool{now.Fields.Status.ID: true}
	at := now.Fields.Status.Name
	for range maxSteps {
		all, err := c.transitions(ctx, a.Ref)
		if err != nil {
			return unsentRead(err)
		}
		to, ok := c.toDone(all, a.As)
		if ok {
			return c.carryOver(ctx, now, to, a)
		}
		i := slices.IndexFunc(all, func(tr transition) bool {
			return tr.To.Category.Key == "indeterminate" && !seen[tr.To.ID] && len(tr.demands()) == 0
		})
		if i < 0 {
			return c.stuck(now, at, all, "to a status that is done")
		}
		if err := c.move(ctx, a.Ref, all[i].ID, nil); err != nil {
			return err
		}
		seen[all[i].To.ID], at = true, all[i].To.Name
	}
	return c.stuck(now, at, nil, "to a status that is done")
}

// toDone chooses a transition to done: one that asks for nothing, that the
// configuration prefers, and that says by its status or its resolution as what
// the ticket is closed.
func (t *Tracker) toDone(all []transition, as incident.State) (best transition, ok bool) {
	most := -1
	for _, tr := range all {
		if !tr.To.done() || len(tr.demands()) > 0 {
			continue
		}
		score := 0
		_, chooses := tr.Fields[resolution]
		wontfix := t.wontfix[fold(tr.To.Name)] || t.wontfix[fold(tr.Name)]
		switch {
		case as == incident.Done && !wontfix:
			score += 4
		case as != incident.Done && wontfix:
			score += 4
		case as != incident.Done && chooses:
			score += 3
		}
		if slices.ContainsFunc(t.opt.Finish, func(n string) bool { return fold(n) == fold(tr.Name) }) {
			score += 2
		}
		if chooses {
			score++
		}
		if score > most {
			best, most, ok = tr, score, true
		}
	}
	return best, ok
}

// carryOver makes the last step, with the resolution if the screen has it. A
// server may have it and not say so, or say so and not have it.
func (c *change) carryOver(ctx context.Context, now *issue, to transition, a incident.Close) error {
	name, err := c.resolutionFor(ctx, to, a.As)
	if err != nil {
		return unsentRead(err)
	}
	if name != "" {
		err := c.move(ctx, a.Ref, to.ID, map[string]any{resolution: map[string]string{"name": name}})
		if _, off := complains(err)[resolution]; !off {
			return err
		}
	}
	if err := c.sayEnd(ctx, now, to, a); err != nil {
		return err
	}
	return c.move(ctx, a.Ref, to.ID, nil)
}

// sayEnd writes down as what a ticket is closed where neither status nor
// resolution will say it, and takes back what was written down before.
func (c *change) sayEnd(ctx context.Context, now *issue, to transition, a incident.Close) error {
	_, before := now.Properties[ending]
	said := a.As == incident.Done || a.As == incident.Wontfix && c.wontfix[fold(to.To.Name)]
	if said && !before {
		return nil
	}
	return c.send(ctx, http.MethodPut, "issue/"+now.ID+"/properties/"+ending, end{a.As, a.Of}, nil)
}

// move carries a transition out. Where somebody else was quicker the ticket is
// looked at again.
func (c *change) move(ctx context.Context, ref incident.Ref, id string, fields map[string]any) error {
	body := map[string]any{"transition": map[string]string{"id": id}}
	if fields != nil {
		body["fields"] = fields
	}
	return c.send(ctx, http.MethodPost, path(ref)+"/transitions", body, nil)
}

// resolutionFor returns the name of the resolution to be set, "" for none. Of
// those that a screen offers one is chosen; where it does not say, one that
// tells more than "done" is worth a try.
func (c *change) resolutionFor(ctx context.Context, to transition, as incident.State) (string, error) {
	_, offered := to.Fields[resolution]
	list := to.offers()
	if !offered && as == incident.Done {
		return "", nil
	}
	if len(list) == 0 {
		var err error
		if list, err = get[[]named](ctx, c.Tracker, "resolution"); err != nil && !isStatus(err, http.StatusNotFound, http.StatusForbidden) {
			return "", err
		}
	}
	return c.chooseResolution(list, as), nil
}

func (t *Tracker) chooseResolution(list []named, as incident.State) string {
	find := func(ok func(name string) bool) string {
		for _, r := range list {
			if ok(fold(r.Name)) {
				return r.Name
			}
		}
		return ""
	}
	wontfix := func(n string) bool { return t.wontfix[n] }
	switch as {
	case incident.Duplicate:
		if name := find(isDuplicate); name != "" {
			return name
		}
		return find(wontfix)
	case incident.Wontfix:
		return find(wontfix)
	}
	for _, usual := range []string{"done", "fixed", "resolved", "completed"} {
		if name := find(func(n string) bool { return n == usual }); name != "" {
			return name
		}
	}
	return find(func(n string) bool { return !isDuplicate(n) && !wontfix(n) })
}

// resolve makes a ticket that is done already say as what, where Jira lets us.
func (c *change) resolve(ctx context.Context, now *issue, as incident.State) error {
	if c.state(now) == as || as == incident.Done {
		return nil
	}
	list, err := get[[]named](ctx, c.Tracker, "resolution")
	if err != nil {
		return unsentRead(err)
	}
	name := c.chooseResolution(list, as)
	if name == "" {
		return nil
	}
	err = c.send(ctx, http.MethodPut, path(now.ref())+c.quietly(ctx, now.ref()), map[string]any{"fields": map[string]any{resolution: map[string]string{"name": name}}}, nil)
	if _, off := complains(err)[resolution]; off {
		return nil // it counts as done, which it is
	}
	return err
}

// reopen leads a ticket out of what is done.
func (c *change) reopen(ctx context.Context, ref incident.Ref) error {
	if err := c.ready(ref); err != nil {
		return err
	}
	now, err := c.issue(ctx, string(ref), "")
	if err != nil {
		return unsentRead(err)
	}
	if !now.Fields.Status.done() {
		return nil
	}
	all, err := c.transitions(ctx, ref)
	if err != nil {
		return unsentRead(err)
	}
	best, most := transition{}, -1
	for _, tr := range all {
		if tr.To.done() || len(tr.demands()) > 0 {
			continue
		}
		score := 0
		if slices.ContainsFunc(c.opt.Resume, func(n string) bool { return fold(n) == fold(tr.Name) }) {
			score += 2
		}
		if tr.To.Category.Key == "new" {
			score++
		}
		if score > most {
			best, most = tr, score
		}
	}
	if most < 0 {
		return c.stuck(now, now.Fields.Status.Name, all, "back to a status that is not done")
	}
	err = c.move(ctx, ref, best.ID, nil)
	if isStatus(err, http.StatusBadRequest) {
		return &incident.NotYet{Until: c.opt.Clock().Add(again), Err: errors.Join(errors.New("the workflow changed meanwhile"), c.clear(err))}
	}
	return err
}

// stuck says that a workflow has no way to where a ticket must go, and what to
// do about it.
func (c *change) stuck(i *issue, at string, all []transition, where string) error {
	var asks []string
	for _, tr := range all {
		if d := tr.demands(); len(d) > 0 {
			asks = append(asks, `"`+tr.Name+`" asks for `+strings.Join(d, ", "))
		}
	}
	hint := ""
	if len(asks) > 0 {
		hint = " (" + strings.Join(asks, "; ") + ")"
	}
	return refuse("%s cannot be led %s: the workflow of type %s in project %s has no transition from %q that our account may use%s. Add one, without required fields, or let our account use it; we go on trying",
		i.Key, where, i.Fields.Type.Name, i.Fields.Project.Key, at, hint)
}
