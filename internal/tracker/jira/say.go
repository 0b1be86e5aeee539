package jira

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// remark is a comment as it is sent.
type remark struct {
	Body       string            `json:"body"`
	Visibility *visibility       `json:"visibility,omitempty"`
	Properties []json.RawMessage `json:"properties,omitempty"`
}

func (r *remark) put(key string, value any) {
	b, err := json.Marshal(map[string]any{"key": key, "value": value})
	if err == nil { // always: our own values
		r.Properties = append(r.Properties, b)
	}
}

// say creates our comment in a slot, or edits it.
func (c *change) say(ctx context.Context, a incident.Say) incident.Result {
	head := c.on.Key.Ref()
	if err := c.ready(head); err != nil {
		return c.result(err)
	}
	p, err := c.project(ctx, head.Place())
	if err != nil {
		return c.result(unsentRead(err))
	}
	text := c.wiki(ctx, a.Text)
	m := newMark(c.on.ID, a.Slot, a.Data, a.Text, text)
	r := remark{Body: text}
	if limits, err := c.audience(ctx, a); err != nil {
		return c.result(unsentRead(err))
	} else if limits.set() {
		r.Visibility = &limits
	}
	if _, leaks := c.leaks.Peek(p.Key); leaks && p.service() {
		return c.result(leak(head))
	}
	if a.Comment != "" {
		return c.rewrite(ctx, a, r, m, p.service())
	}
	r.put(ours, m)
	if p.service() {
		r.put(internal, map[string]bool{"internal": true})
	}
	var made comment
	res := c.created(c.send(ctx, http.MethodPost, path(head)+"/comment", r, &made))
	if res.Outcome != incident.Applied {
		return res
	}
	c.restricts.Put(made.ID, made.Visibility)
	if p.service() {
		if res := c.withheld(ctx, made); res.Outcome != incident.Applied {
			return res
		}
	}
	res.Comment = made.ID
	return res
}

// audience returns who may read a comment of ours: an answer is for those who
// may read what it answers, and an edit changes nothing about it.
func (c *change) audience(ctx context.Context, a incident.Say) (visibility, error) {
	id := a.Comment
	if id == "" {
		answered, ok := strings.CutPrefix(string(a.Slot), "reply/")
		if !ok || checkID(answered) != nil {
			return visibility{}, nil
		}
		id = answered
	}
	if err := checkID(id); err != nil {
		return visibility{}, refuse("%v", err)
	}
	v, err := c.restricts.Get(id, func() (visibility, error) {
		said, err := get[comment](ctx, c.Tracker, path(c.on.Key.Ref())+"/comment/"+id)
		return said.Visibility, err
	})
	if isStatus(err, http.StatusNotFound) && a.Comment == "" {
		return v, refuse("comment %s on %s is gone, and with it who may read the answer", id, c.on.Key.Ref())
	}
	return v, err
}

// withheld is the result of a comment that must be internal.
func (c *change) withheld(ctx context.Context, now comment) incident.Result {
	res := c.result(c.keptInternal(ctx, now))
	if res.Outcome == incident.Deferred {
		res.Outcome = incident.Unknown // it stands there
	}
	return res
}

// rewrite edits our comment. Data Center takes the properties apart: the text
// goes before ours, so that a text without its property is seen and put right,
// and after the one that keeps it from customers.
func (c *change) rewrite(ctx context.Context, a incident.Say, r remark, m mark, service bool) incident.Result {
	if c.cloud {
		r.put(ours, m)
		if service {
			r.put(internal, map[string]bool{"internal": true})
		}
	}
	c.notes.Forget(a.Comment + " " + ours)
	if service && !c.cloud {
		if err := c.putNote(ctx, a.Comment, internal, map[string]bool{"internal": true}); err != nil {
			return c.result(err)
		}
	}
	address := path(c.on.Key.Ref()) + "/comment/" + a.Comment
	if c.cloud {
		address += quiet // which anybody may who may edit the comment
	}
	now := comment{ID: a.Comment}
	err := c.send(ctx, http.MethodPut, address, r, &now)
	if err == nil && service {
		if res := c.withheld(ctx, now); res.Outcome != incident.Applied {
			return res
		}
	}
	if err == nil && !c.cloud {
		err = c.putNote(ctx, a.Comment, ours, m)
	}
	res := c.result(err)
	if res.Outcome == incident.Applied {
		res.Comment = a.Comment
	}
	return res
}

// keptInternal takes a comment in a service project back unless Jira kept it
// from the customers. Each is mailed to them: the project gets no other for a day.
func (c *change) keptInternal(ctx context.Context, made comment) error {
	if made.Public != nil && !*made.Public {
		return nil
	}
	if made.Public == nil {
		var p struct {
			Value struct{ Internal bool }
		}
		err := c.send(ctx, http.MethodGet, "comment/"+made.ID+"/properties/"+internal, nil, &p)
		if err == nil && p.Value.Internal {
			return nil
		}
		if err != nil && !isStatus(err, http.StatusNotFound, http.StatusForbidden) {
			return err
		}
	}
	c.leaks.Put(c.on.Key.Place(), true)
	err := c.unsay(ctx, made.ID)
	if c.opt.Metrics.TookBack != nil {
		c.opt.Metrics.TookBack(c.result(err).Outcome.String())
	}
	if err != nil {
		return err
	}
	return leak(c.on.Key.Ref())
}

// unsay deletes a comment of ours that customers may read. Where that is
// refused, they read nothing in it any more.
func (c *change) unsay(ctx context.Context, id string) error {
	head := c.on.Key.Ref()
	if err := c.ready(head); err != nil {
		return err
	}
	if err := checkID(id); err != nil {
		return refuse("%v", err)
	}
	address := path(head) + "/comment/" + id
	err := c.send(ctx, http.MethodDelete, address, nil, nil)
	if err == nil || isStatus(err, http.StatusNotFound) {
		c.log.Warn("customers could read a comment of ours, which is deleted", "issue", head, "comment", id)
		return nil
	}
	c.log.Error("customers may read a comment of ours, which could not be deleted", "issue", head, "comment", id, "error", c.clear(err))
	if !isStatus(err, http.StatusBadRequest, http.StatusForbidden) {
		return err
	}
	if c.cloud {
		address += quiet
	}
	if err := c.send(ctx, http.MethodPut, address, remark{Body: "–"}, nil); err != nil {
		c.log.Error("nor could its text be taken out of it", "issue", head, "comment", id, "error", c.clear(err))
	}
	return refuse("our account may not delete its comment %s on %s, which customers may read: give it the permission Delete Own Comments, or delete it yourself", id, head)
}

func leak(head incident.Ref) error {
	return refuse("Jira makes our comments on %s public to customers instead of internal, so none is left there: our account must be an agent of the service project", head)
}
