package github

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// link attaches a ticket to the head or takes it off. A ticket that somebody
// attached elsewhere stays there and blocks the head instead. Where neither is
// possible nothing is changed: the order that asked for the link counts the
// ticket by itself.
func (c *change) link(ctx context.Context, a incident.Link) error {
	if checkRef(a.Ref) != nil {
		return nil // on another tracker
	}
	target, err := c.read(ctx, a.Ref)
	if isStatus(err, http.StatusNotFound, http.StatusGone) {
		return refuse("%s cannot be read: there is no such issue, or our account may not see it", a.Ref)
	}
	if err != nil {
		return unsentRead(err)
	}
	if target.IsPullRequest() {
		return refuse("%s is a pull request: only issues can be linked", a.Ref)
	}
	if !a.On {
		return c.unlink(ctx, target)
	}
	head := c.on.Head.Ref
	switch parent := target.parent(); {
	case parent == head:
		return nil
	case parent == "" && c.on.Caps.Parents && sameOwner(head, a.Ref) && c.room():
		err := c.adopt(ctx, head, target.GetID())
		if !isStatus(err, http.StatusNotFound, http.StatusUnprocessableEntity) {
			return err
		}
	}
	return c.block(ctx, target)
}

func sameOwner(a, b incident.Ref) bool {
	x, _, _ := strings.Cut(a.Place(), "/")
	y, _, _ := strings.Cut(b.Place(), "/")
	return strings.EqualFold(x, y)
}

// block makes a ticket block the head, if the server can tell so.
func (c *change) block(ctx context.Context, target *issue) error {
	head := c.on.Head.Ref
	if !sameOwner(head, target.ref()) {
		return nil
	}
	account, err := c.ready(ctx, head)
	if err != nil {
		return err
	}
	_, err = account.send(ctx, http.MethodPost, path(head)+"/dependencies/blocked_by", map[string]any{"issue_id": target.GetID()}, nil)
	if isStatus(err, http.StatusNotFound, http.StatusUnprocessableEntity) {
		return nil // no dependencies here, or it blocks already
	}
	return err
}

// unlink takes a ticket off the head in whichever way it hangs there.
func (c *change) unlink(ctx context.Context, target *issue) error {
	head := c.on.Head.Ref
	account, err := c.ready(ctx, head)
	if err != nil {
		return err
	}
	if target.parent() == head {
		_, err := account.send(ctx, http.MethodDelete, path(head)+"/sub_issue", map[string]any{"sub_issue_id": target.GetID()}, nil)
		if err != nil && !isStatus(err, http.StatusNotFound) {
			return err
		}
	}
	_, err = account.send(ctx, http.MethodDelete, path(head)+"/dependencies/blocked_by/"+strconv.FormatInt(target.GetID(), 10), nil, nil)
	if isStatus(err, http.StatusNotFound, http.StatusUnprocessableEntity) {
		return nil
	}
	return err
}
