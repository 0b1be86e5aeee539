package github

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	gh "github.com/google/go-github/v60/github"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
)

// change is one run of actions on the incident of a snapshot.
type change struct {
	*Tracker
	on incident.Snapshot
}

// Apply implements the port of that name.
func (t *Tracker) Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result {
	c := &change{t, on}
	results := make([]incident.Result, len(do))
	for i, a := range do {
		results[i] = c.apply(ctx, a)
		if t.opt.Metrics.Applied != nil {
			t.opt.Metrics.Applied(incident.KindOf(a), results[i].Outcome.String())
		}
		if results[i].Outcome == incident.Deferred || results[i].Outcome == incident.Unknown {
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
	case incident.Edit:
		return c.result(c.edit(ctx, a))
	case incident.Link:
		return c.result(c.link(ctx, a))
	case incident.Assign:
		return c.result(c.assign(ctx, a))
	case incident.Tag:
		return c.result(c.tag(ctx, a))
	case incident.Reopen:
		return c.result(c.patch(ctx, a.Ref, map[string]any{"state": "open"}, nil))
	case incident.Close:
		return c.result(c.close(ctx, a))
	case incident.Ack:
		return c.result(c.ack(ctx, a))
	}
	return c.result(refuse("a tracker cannot %s", a))
}

// say creates our comment in a slot, or edits it.
func (c *change) say(ctx context.Context, a incident.Say) incident.Result {
	head := c.on.Key.Ref()
	account, err := c.ready(ctx, head)
	if err != nil {
		return c.result(err)
	}
	text := marker.Put(a.Text, marker.Mark{ID: c.on.ID, Slot: a.Slot, Data: a.Data})
	method, address := http.MethodPost, path(head)+"/comments"
	if a.Comment != "" {
		id, err := strconv.ParseInt(a.Comment, 10, 64)
		if err != nil {
			return c.result(refuse("%q is not the id of a comment on GitHub", a.Comment))
		}
		method, address = http.MethodPatch, "repos/"+head.Place()+"/issues/comments/"+strconv.FormatInt(id, 10)
	}
	var made gh.IssueComment
	_, err = account.send(ctx, method, address, map[string]string{"body": text}, &made)
	r := c.result(err)
	if r.Outcome == incident.Applied {
		r.Comment = strconv.FormatInt(made.GetID(), 10)
	}
	return r
}

// assign makes the assignees exactly the people, and says whom GitHub left out:
// it drops without a word who may not be assigned.
func (c *change) assign(ctx context.Context, a incident.Assign) error {
	want := logins(a.People)
	var now issue
	if err := c.patch(ctx, a.Ref, map[string]any{"assignees": want}, &now); err != nil {
		return err
	}
	return missing(a.People, now.Assignees)
}

func missing(want []incident.Person, have []*gh.User) error {
	var left []string
	for _, p := range want {
		if !contains(have, p) {
			left = append(left, p.Mention())
		}
	}
	if len(left) == 0 {
		return nil
	}
	return refuse("GitHub did not assign %s: such a person needs access to the repository, and our account needs write access to issues there", strings.Join(left, ", "))
}

func contains(have []*gh.User, p incident.Person) bool {
	for _, u := range have {
		if person(u) == p {
			return true
		}
	}
	return false
}

func logins(people []incident.Person) []string {
	names := []string{} // not nil: an empty list takes everybody off
	for _, p := range people {
		names = append(names, string(p))
	}
	return names
}

// close closes a ticket. A server that does not know duplicates gets "not
// planned", which is how a duplicate of an unknown target counts.
func (c *change) close(ctx context.Context, a incident.Close) error {
	body := map[string]any{"state": "closed", "state_reason": "completed"}
	switch a.As {
	case incident.Wontfix:
		body["state_reason"] = "not_planned"
	case incident.Duplicate:
		body["state_reason"] = "duplicate"
		if a.Of != "" {
			of, err := c.databaseID(ctx, a.Of)
			if err != nil {
				return err
			}
			body["duplicate_issue_id"] = of
		}
	}
	err := c.patch(ctx, a.Ref, body, nil)
	if a.As == incident.Duplicate && isStatus(err, http.StatusUnprocessableEntity) {
		return c.patch(ctx, a.Ref, map[string]any{"state": "closed", "state_reason": "not_planned"}, nil)
	}
	return err
}

// ack puts our reaction on a comment.
func (c *change) ack(ctx context.Context, a incident.Ack) error {
	head := c.on.Key.Ref()
	account, err := c.ready(ctx, head)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(a.Comment, 10, 64)
	if err != nil {
		return refuse("%q is not the id of a comment on GitHub", a.Comment)
	}
	content := rocket
	if a.As == incident.RefusedByRule {
		content = confused
	}
	_, err = account.send(ctx, http.MethodPost, "repos/"+head.Place()+"/issues/comments/"+strconv.FormatInt(id, 10)+"/reactions",
		map[string]string{"content": content}, nil)
	return err
}

// patch changes an issue.
func (c *change) patch(ctx context.Context, ref incident.Ref, body map[string]any, into *issue) error {
	account, err := c.ready(ctx, ref)
	if err != nil {
		return err
	}
	if into == nil {
		into = new(issue)
	}
	_, err = account.send(ctx, http.MethodPatch, path(ref), body, into)
	return err
}

// ready returns the account for an issue's repository. What fails here was
// not sent.
func (c *change) ready(ctx context.Context, ref incident.Ref) (*account, error) {
	if err := checkRef(ref); err != nil {
		return nil, refuse("%v", err)
	}
	return c.credentials(ctx, ref.Place())
}

// credentials returns the account for a repository. Its failure means that the
// change was not sent.
func (c *change) credentials(ctx context.Context, repo string) (*account, error) {
	a, err := c.account(ctx, repo)
	if err != nil {
		return nil, unsentRead(err)
	}
	return a, nil
}

// databaseID returns the number by which sub-issues and duplicates are named.
func (c *change) databaseID(ctx context.Context, ref incident.Ref) (int64, error) {
	id := ""
	if ref == c.on.Head.Ref {
		id = c.on.Head.ID
	}
	if t, ok := c.on.Ticket(ref); ok {
		id = t.ID
	}
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return n, nil
	}
	i, err := c.read(ctx, ref)
	if err != nil {
		return 0, unsentRead(err)
	}
	return i.GetID(), nil
}
