package jira

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// head returns where the head stands among others.
func (c *change) head(ctx context.Context) (place, error) {
	ref := c.on.Key.Ref()
	if err := c.ready(ref); err != nil {
		return place{}, err
	}
	return c.heads.Get(string(ref), func() (place, error) {
		i, err := c.issue(ctx, string(ref), "")
		if err != nil {
			return place{}, err
		}
		return c.stand(ctx, i)
	})
}

// epicKey returns the key of the epic under which tickets go; "" if there is
// none of ours and the head is no epic itself.
func (c *change) epicKey(at place) string {
	if at.epic {
		return string(c.on.Head.Ref)
	}
	if c.epic != "" {
		return string(c.epic)
	}
	for _, t := range c.on.Tickets {
		if t.Slot == incident.Epic && !t.Gone && !t.Unreadable && t.State != incident.Duplicate {
			return string(t.Ref)
		}
	}
	return ""
}

// link links a ticket to the head or takes it off. The epic is the other way
// round: the head goes under it.
func (c *change) link(ctx context.Context, a incident.Link) error {
	if checkRef(a.Ref) != nil {
		return nil // on another tracker
	}
	target, err := c.issue(ctx, string(a.Ref), "")
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return refuse("%s cannot be read: there is no such issue, or our account may not see it", a.Ref)
	}
	if err != nil {
		return unsentRead(err)
	}
	t, _ := c.on.Ticket(a.Ref)
	places := []string{string(c.on.Head.Ref)}
	if t.Slot == "" || t.Slot.IsDuty() { // else it is under the epic and linked
		places = append(places, c.epicKey(place{}))
	}
	switch {
	case !a.On:
		return c.unlink(ctx, target)
	case t.Slot == incident.Epic:
		return c.cover(ctx, target.ref())
	case t.Loose:
		if err := c.put(ctx, target); err != nil {
			return err
		}
	}
	if c.hangs(ctx, target, places...) || len(c.linksOf(target)) > 0 {
		return nil
	}
	return c.relate(ctx, target.ref())
}

// put hangs a ticket of ours under the epic, unless somebody hung it up
// meanwhile. Where its screens do not let us, it stays as it is.
func (c *change) put(ctx context.Context, i *issue) error {
	at, err := c.stand(ctx, i)
	if err != nil {
		return unsentRead(err)
	}
	epic := c.epicKey(place{})
	if at.parent != "" || epic == "" {
		return nil
	}
	err = c.hang(ctx, i.ref(), epic)
	if wrong := complains(err); len(wrong) > 0 {
		c.log.Warn("a ticket could not be put under its epic", "ticket", i.Key, "epic", epic, "error", c.clear(err))
		return nil
	}
	return err
}

// hang sets what an issue hangs under: an epic.
func (c *change) hang(ctx context.Context, ref incident.Ref, epic string) error {
	fields := map[string]any{"parent": map[string]string{"key": epic}}
	if !c.cloud {
		special, err := c.epics(ctx)
		if err != nil {
			return unsentRead(err)
		}
		fields = map[string]any{special.Link: epic}
	}
	return c.send(ctx, http.MethodPut, path(ref)+c.quietly(ctx, ref), map[string]any{"fields": fields}, nil)
}

// cover puts the head under its epic. A parent that somebody set stays.
func (c *change) cover(ctx context.Context, epic incident.Ref) error {
	head := c.on.Head.Ref
	c.heads.Forget(string(head))
	at, err := c.head(ctx)
	switch {
	case err != nil:
		return unsentRead(err)
	case at.parent == string(epic):
		return nil
	case at.parent != "":
		return refuse("%s hangs under %s, which somebody chose: it stays there, and %s is linked to nothing", head, at.parent, epic)
	}
	c.heads.Forget(string(head))
	return c.hang(ctx, head, string(epic))
}

// relate links a ticket to the head.
func (c *change) relate(ctx context.Context, ref incident.Ref) error {
	kind, err := c.relation(ctx)
	if err != nil {
		return unsentRead(err)
	}
	return c.join(ctx, kind, ref, c.on.Head.Ref)
}

// join makes a link that reads: from, the type's outward text, to.
func (c *change) join(ctx context.Context, kind linkType, from, to incident.Ref) error {
	return c.send(ctx, http.MethodPost, "issueLink", map[string]any{
		"type":        map[string]string{"id": kind.ID},
		"inwardIssue": map[string]string{"key": string(from)}, "outwardIssue": map[string]string{"key": string(to)},
	}, nil)
}

// linksOf returns the ids of the links between an issue and the head that count.
func (c *change) linksOf(i *issue) (ids []string) {
	for _, l := range i.Fields.Links {
		if l.other().ID == c.on.Head.ID && !c.ignored[fold(l.Type.Name)] && checkID(l.ID) == nil {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// hangs reports whether an issue is under one of some.
func (c *change) hangs(ctx context.Context, i *issue, under ...string) bool {
	at, err := c.stand(ctx, i)
	return err == nil && at.parent != "" && slices.Contains(under, at.parent)
}

// unlink takes a ticket off the head: the links between the two, whoever made
// them, and its place under our epic if it is ours. A sub-task cannot be
// without its parent.
func (c *change) unlink(ctx context.Context, i *issue) error {
	for _, id := range c.linksOf(i) {
		err := c.send(ctx, http.MethodDelete, "issueLink/"+id, nil, nil)
		if err != nil && !isStatus(err, http.StatusNotFound) {
			return err
		}
	}
	t, _ := c.on.Ticket(i.ref())
	if t.Slot == "" || i.Fields.Type.Subtask || !c.hangs(ctx, i, string(c.on.Head.Ref), c.epicKey(place{})) {
		return nil
	}
	body := map[string]any{"update": map[string]any{"parent": []any{map[string]any{"set": map[string]bool{"none": true}}}}}
	if !c.cloud {
		special, err := c.epics(ctx)
		if err != nil {
			return unsentRead(err)
		}
		body = map[string]any{"fields": map[string]any{special.Link: nil}}
	}
	return c.send(ctx, http.MethodPut, path(i.ref())+c.quietly(ctx, i.ref()), body, nil)
}

// markDuplicate links a ticket to what it is a duplicate of, if Jira has a type
// of links for that and they are not linked so yet.
func (c *change) markDuplicate(ctx context.Context, i *issue, of incident.Ref) error {
	if checkRef(of) != nil || i.original() == of {
		return nil
	}
	types, err := c.linkTypes(ctx)
	if err != nil {
		return unsentRead(err)
	}
	for _, l := range types {
		if l.duplicates() && !strings.EqualFold(l.Inward, l.Outward) {
			err := c.join(ctx, l, i.ref(), of)
			if isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusBadRequest) {
				c.log.Warn("a duplicate could not be linked to its original", "ticket", i.Key, "of", of, "error", c.clear(err))
				return nil
			}
			return err
		}
	}
	return nil
}
