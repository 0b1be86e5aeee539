package jira

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/sandbox/host"
)

// Hook says where webhooks go, and which.
type Hook struct {
	Name, URL string
	// Secret signs each delivery; User and Password go along as basic
	// authentication (Data Center).
	Secret         string
	User, Password string
	// Events are those told, such as "jira:issue_updated"; none means all.
	Events []string
	// Filter is the JQL that restricts events of issues and comments, but not of
	// links, to issues that it finds; "" means all.
	Filter string
	// ExcludeBody sends nothing but the address, in which {issue.id},
	// {issue.key}, {project.key} and {comment.id} are replaced.
	ExcludeBody bool
	// Disabled keeps it registered and silent.
	Disabled bool
}

type hook struct {
	Hook
	id int64
	by *user
	at time.Time
}

// wants reports whether the hook is told of an event of an issue; nil: of none.
func (s *Server) wants(h *hook, event string, i *issue) bool {
	if h.Disabled || len(h.Events) > 0 && !slices.Contains(h.Events, event) {
		return false
	}
	if h.Filter == "" || i == nil {
		return true
	}
	q, err := (&call{s: s, who: i.creator}).parse(h.Filter)
	return err == nil && q.where(i)
}

// AddHook registers a webhook as an administrator does, and returns its id.
func (s *Server) AddHook(h Hook) int64 {
	defer s.lock()()
	return s.newHook(nil, h).id
}

func (s *Server) newHook(by *user, h Hook) *hook {
	if h.Name == "" {
		h.Name = "Webhook for " + h.URL
	}
	made := &hook{Hook: h, id: s.id("hook") - 10000, by: by, at: s.now()}
	s.hooks[made.id] = made
	return made
}

// addHookRoutes registers where webhooks are: Data Center 10 moved them.
func (s *Server) addHookRoutes(root *host.Router) {
	base := "/rest/webhooks/1.0/webhook"
	if !s.cloud() && s.opt.Version >= 10 {
		base = "/rest/jira-webhook/1.0/webhooks"
	}
	for pattern, h := range map[string]handler{"GET ": listHooks, "POST ": postHook, "GET /{hook}": getHook, "DELETE /{hook}": deleteHook} {
		method, rest, _ := strings.Cut(pattern, " ")
		full := method + " " + base + rest
		root.Handle(full, s.serve(full, forAdmins(h)))
	}
}

func forAdmins(h handler) handler {
	return loggedIn(func(c *call) (int, any, error) {
		if !c.who.admin {
			return 0, nil, forbidden("You are not authorised to perform this operation. You must be a Jira administrator.")
		}
		return h(c)
	})
}

func (s *Server) hookView(h *hook) map[string]any {
	events := h.Events
	if len(events) == 0 {
		events = allEvents
	}
	if !s.cloud() && s.opt.Version >= 10 {
		return map[string]any{"id": h.id, "name": h.Name, "url": h.URL, "events": events, "active": !h.Disabled, "configuration": map[string]any{
			"EXCLUDE_BODY": map[bool]string{true: "true", false: "false"}[h.ExcludeBody], "FILTERS": h.Filter}, "sslVerificationRequired": true}
	}
	v := map[string]any{"name": h.Name, "url": h.URL, "events": events, "enabled": !h.Disabled, "excludeBody": h.ExcludeBody,
		"filters": map[string]any{filtersOf: h.Filter}, "self": s.web + "/rest/webhooks/1.0/webhook/" + text(h.id),
		"lastUpdated": h.at.UnixMilli(), "lastUpdatedDisplayName": nameOf(h.by)}
	if s.cloud() {
		v["isSigned"] = h.Secret != ""
	}
	return v
}

// filtersOf names what a filter is for.
const filtersOf = "issue-related-events-section"

var allEvents = []string{"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated", "comment_deleted",
	"issuelink_created", "issuelink_deleted"}

func listHooks(c *call) (int, any, error) {
	var out []any
	for _, id := range sortedIDs(c.s.hooks) {
		out = append(out, c.s.hookView(c.s.hooks[id]))
	}
	return http.StatusOK, list(out), nil
}

func (c *call) hook() (*hook, error) {
	if h := c.s.hooks[id64(c.r.PathValue("hook"))]; h != nil {
		return h, nil
	}
	return nil, notFound("No webhook with id '%s'.", c.r.PathValue("hook"))
}

func getHook(c *call) (int, any, error) {
	h, err := c.hook()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.s.hookView(h), nil
}

func postHook(c *call) (int, any, error) {
	in, err := decode[struct {
		Name, URL   string
		Events      []string
		Filters     map[string]string
		Secret      string
		ExcludeBody bool
	}](c)
	if err != nil {
		return 0, nil, err
	}
	if in.Name == "" || !strings.HasPrefix(in.URL, "http") {
		return 0, nil, badRequest("A webhook needs a name and an absolute URL.")
	}
	h := c.s.newHook(c.who, Hook{Name: in.Name, URL: in.URL, Events: in.Events, Filter: in.Filters[filtersOf], Secret: in.Secret, ExcludeBody: in.ExcludeBody})
	return http.StatusCreated, c.s.hookView(h), nil
}

func deleteHook(c *call) (int, any, error) {
	h, err := c.hook()
	if err != nil {
		return 0, nil, err
	}
	delete(c.s.hooks, h.id)
	return http.StatusNoContent, nil, nil
}
