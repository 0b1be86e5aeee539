package jira

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// hookEvents are the events of which we want to hear: without the first four
// Hereby would wait for the sweep, the others make it see at once what a ticket
// or a comment is no more, and what is linked.
var hookEvents = []string{"jira:issue_created", "jira:issue_updated", "comment_created", "comment_updated",
	"jira:issue_deleted", "comment_deleted", "issuelink_created", "issuelink_deleted"}

// hook is a webhook of an administrator, in either of the forms that Jira has.
type hook struct {
	Name    string            `json:"name"`
	URL     string            `json:"url"`
	Events  []string          `json:"events"`
	Enabled *bool             `json:"enabled"`
	Signed  *bool             `json:"isSigned"` // Cloud
	Bare    bool              `json:"excludeBody"`
	Filters map[string]string `json:"filters"`
	// Data Center 10
	Active        *bool `json:"active"`
	Configuration struct {
		Bare   string `json:"EXCLUDE_BODY"`
		Filter string `json:"FILTERS"`
	} `json:"configuration"`
}

func (h hook) off() bool { return h.Enabled != nil && !*h.Enabled || h.Active != nil && !*h.Active }

func (h hook) bare() bool { return h.Bare || strings.EqualFold(h.Configuration.Bare, "true") }

// filter returns the JQL that restricts events of issues and comments, without
// an order; "": none does.
func (h hook) filter() string {
	text := h.Configuration.Filter
	if text == "" {
		text = h.Filters["issue-related-events-section"]
	}
	return strings.TrimSpace(ordering.ReplaceAllString(text, ""))
}

// ordering matches the end of JQL that no condition can hold.
var ordering = regexp.MustCompile(`(?is)\border\s+by(?:[\s,]+(?:"[^"]*"|'[^']*'|[^\s,"'()]+))+\s*$`)

// hooks looks at the webhooks through which Jira tells us. Only administrators
// may read them.
func (c *check) hooks(ctx context.Context) error {
	if c.want.Hook == "" {
		return nil
	}
	list, err := get[[]hook](ctx, c.Tracker, "rest/webhooks/1.0/webhook")
	if isStatus(err, http.StatusNotFound) && !c.cloud {
		list, err = get[[]hook](ctx, c.Tracker, "rest/jira-webhook/1.0/webhooks")
	}
	if isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusUnauthorized) {
		c.note("our account may not read webhooks, as only administrators may: see there (System, WebHooks) that one sends %s to %s, with its body and for all issues of the projects served", strings.Join(hookEvents, ", "), c.want.Hook)
		return nil
	}
	if err != nil {
		return err
	}
	mine := slices.DeleteFunc(list, func(h hook) bool { return !c.comes(h) })
	if len(mine) == 0 {
		c.find("no webhook of Jira points to "+c.want.Hook, "Let an administrator add one (System, WebHooks) with the secret of jira.webhook_secrets and the events of issues, comments and issue links. Without it changes are seen by the sweep alone.")
	}
	for _, h := range mine {
		if h.off() {
			c.find(fmt.Sprintf("the webhook %q is not enabled", h.Name), "Enable it (System, WebHooks).")
			continue
		}
		if err := c.hook(ctx, h); err != nil {
			return err
		}
	}
	return nil
}

// comes reports whether a webhook is sent to us.
func (c *check) comes(h hook) bool {
	rest, ok := strings.CutPrefix(h.URL, c.want.Hook)
	return ok && (rest == "" || strings.ContainsAny(rest[:1], "/?"))
}

func (c *check) hook(ctx context.Context, h hook) error {
	path, query, _ := strings.Cut(strings.TrimPrefix(h.URL, c.want.Hook), "?")
	secret := c.want.Path != "" && path == "/"+c.want.Path
	switch {
	case path != "" && !secret:
		c.find(fmt.Sprintf("the address of the webhook %q does not end with jira.webhook_path: what it sends is refused", h.Name), "Let it be "+c.want.Hook+" alone, or that and jira.webhook_path.")
	case h.Signed != nil && !*h.Signed && !secret:
		c.find(fmt.Sprintf("the webhook %q has no secret: what it sends is refused", h.Name), "Set its secret to the one in jira.webhook_secrets.")
	}
	if lacks := without(hookEvents, h.Events); len(lacks) > 0 {
		c.find(fmt.Sprintf("the webhook %q does not send %s", h.Name, strings.Join(lacks, ", ")), "Tick these events in its settings.")
	}
	if h.bare() && !strings.Contains(query, "issue.key=") && !strings.Contains(query, "issue.id=") {
		c.find(fmt.Sprintf("the webhook %q sends no body, and its address names no issue: nobody can tell what it is about", h.Name), `Untick "Exclude body" in its settings, or end its address with ?issue.key=${issue.key}.`)
	}
	return c.filtered(ctx, h)
}

// maxFilter bounds what is shown of a filter.
const maxFilter = 200

// filtered asks Jira itself what a webhook's filter leaves out: an issue of a
// project that it does not find is one of which we would not hear.
func (c *check) filtered(ctx context.Context, h hook) error {
	filter := h.filter()
	if filter == "" {
		return nil
	}
	shown := cutShort(oneLine(filter), maxFilter)
	for _, key := range c.opt.Projects {
		left, _, err := c.first(ctx, fmt.Sprintf("project = %s AND NOT (%s) ORDER BY updated DESC", quote(key), filter))
		switch {
		case isStatus(err, http.StatusBadRequest):
			c.note("whether the filter of the webhook %q (%s) leaves out issues of %s cannot be told: %s", h.Name, shown, key, c.why(err))
		case err != nil:
			return err
		case len(left) > 0:
			c.find(fmt.Sprintf("the webhook %q says nothing of %s and of what else in %s its filter leaves out: %s", h.Name, left[0].Key, key, shown),
				"Empty its JQL, or let it name the projects served and nothing else. What it leaves out is seen by the sweep alone.")
		}
	}
	return nil
}
