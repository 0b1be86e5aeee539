package github

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// hookOwner is whose hook it is: a repository's, an organisation's or an app's.
type hookOwner struct {
	repo *repo
	org  *user
	app  *app
}

type hook struct {
	id         int64
	owner      hookOwner
	url        string
	secret     string
	form       bool // application/x-www-form-urlencoded, GitHub's default
	blind      bool // the receiver's certificate is not verified
	events     []string
	active     bool
	created    time.Time
	deliveries []*delivery // oldest first
}

// hears reports whether the hook is told of an event in a repository.
func (h *hook) hears(event string, r *repo) bool {
	if !h.active || !slices.Contains(h.events, event) && !slices.Contains(h.events, "*") && event != "ping" {
		return false
	}
	switch {
	case h.owner.repo != nil:
		return h.owner.repo == r
	case h.owner.org != nil:
		return h.owner.org == r.owner
	}
	return h.installation(r) != nil
}

// installation returns the installation by which an app's hook hears of a
// repository.
func (h *hook) installation(r *repo) *installation {
	if h.owner.app == nil {
		return nil
	}
	for _, in := range h.owner.app.insts {
		if in.sees(r) {
			return in
		}
	}
	return nil
}

// AddHook registers a webhook of a repository that sends JSON, and returns its
// id. Without events it hears everything. Unlike a hook made over the API it
// is not pinged.
func (s *Server) AddHook(full, url, secret string, events ...string) int64 {
	defer s.lock()()
	return s.newHook(hookOwner{repo: s.mustRepo(full)}, url, secret, events).id
}

// AddOrgHook registers a webhook of an organisation.
func (s *Server) AddOrgHook(org, url, secret string, events ...string) int64 {
	defer s.lock()()
	return s.newHook(hookOwner{org: s.addUser(org, "Organization")}, url, secret, events).id
}

// SetAppHook sets the webhook of an app.
func (s *Server) SetAppHook(appID int64, url, secret string, events ...string) {
	defer s.lock()()
	a := s.apps[appID]
	if a == nil {
		panic(fmt.Sprintf("sandbox: no app %d", appID))
	}
	if a.hook != nil {
		delete(s.hooks, a.hook.id)
	}
	a.hook = s.newHook(hookOwner{app: a}, url, secret, events)
}

func (s *Server) newHook(of hookOwner, url, secret string, events []string) *hook {
	if len(events) == 0 {
		events = []string{"*"}
	}
	h := &hook{id: s.id() % 1_000_000_000, owner: of, url: url, secret: secret, events: events, active: true, created: s.now()}
	s.hooks[h.id] = h
	return h
}

func (s *Server) hooksOf(of hookOwner) []*hook {
	var out []*hook
	for _, h := range s.hooks {
		if h.owner == of {
			out = append(out, h)
		}
	}
	slices.SortFunc(out, func(a, b *hook) int { return int(a.id - b.id) })
	return out
}

// hookHandler answers a call about an owner's hooks.
type hookHandler func(*call, hookOwner) (int, any, error)

func repoHook(h hookHandler) handler {
	return func(c *call) (int, any, error) {
		if !c.who.may(c.s, c.repo, "repository_hooks", Admin) {
			return 0, nil, notFound()
		}
		return h(c, hookOwner{repo: c.repo})
	}
}

func orgHook(h hookHandler) handler {
	return func(c *call) (int, any, error) {
		org := c.s.user(c.r.PathValue("org"))
		if org == nil || c.who.user == nil || c.who.inst == nil && !org.members[c.who.user].owner ||
			c.who.inst != nil && (c.who.inst.account != org || !c.who.inst.allows("organization_hooks", true)) {
			return 0, nil, notFound()
		}
		return h(c, hookOwner{org: org})
	}
}

func appHook(h hookHandler) handler {
	return func(c *call) (int, any, error) {
		a, err := c.asApp()
		if err != nil {
			return 0, nil, err
		}
		return h(c, hookOwner{app: a})
	}
}

// hook returns the hook a call is about.
func (c *call) hook(of hookOwner) (*hook, error) {
	if of.app != nil {
		if of.app.hook == nil {
			return nil, notFound()
		}
		return of.app.hook, nil
	}
	id, err := c.number("hook")
	if h := c.s.hooks[id]; err == nil && h != nil && h.owner == of {
		return h, nil
	}
	return nil, notFound()
}

func (s *Server) hookView(h *hook) map[string]any {
	base, kind := s.api+"/orgs/", "Organization"
	if h.owner.repo != nil {
		base, kind = s.apiRepo(h.owner.repo), "Repository"
	} else if h.owner.org != nil {
		base += h.owner.org.login
	}
	api := fmt.Sprintf("%s/hooks/%d", base, h.id)
	last := map[string]any{"code": nil, "status": "unused", "message": nil}
	if n := len(h.deliveries); n > 0 {
		d := h.deliveries[n-1]
		last = map[string]any{"code": d.code, "status": "active", "message": d.status}
	}
	return map[string]any{"type": kind, "id": h.id, "name": "web", "active": h.active, "events": h.events, "config": h.config(),
		"updated_at": jsonTime(h.created), "created_at": jsonTime(h.created), "url": api, "test_url": api + "/tests", "ping_url": api + "/pings",
		"deliveries_url": api + "/deliveries", "last_response": last}
}

func (h *hook) config() map[string]any {
	v := map[string]any{"url": h.url, "content_type": "json", "insecure_ssl": "0"}
	if h.form {
		v["content_type"] = "form"
	}
	if h.blind {
		v["insecure_ssl"] = "1"
	}
	if h.secret != "" {
		v["secret"] = "********"
	}
	return v
}

func listHooks(c *call, of hookOwner) (int, any, error) {
	var out []any
	for _, h := range page(c, c.s.hooksOf(of)) {
		out = append(out, c.s.hookView(h))
	}
	return http.StatusOK, list(out), nil
}

func getHook(c *call, of hookOwner) (int, any, error) {
	h, err := c.hook(of)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, c.s.hookView(h), nil
}

func getAppHookConfig(c *call) (int, any, error) {
	a, err := c.asApp()
	if err != nil {
		return 0, nil, err
	}
	if a.hook == nil {
		return 0, nil, notFound()
	}
	return http.StatusOK, a.hook.config(), nil
}

type hookBody struct {
	Events []string `json:"events"`
	Active *bool    `json:"active"`
	Config struct {
		URL         string `json:"url"`
		ContentType string `json:"content_type"`
		Secret      string `json:"secret"`
		InsecureSSL any    `json:"insecure_ssl"` // "0", "1" or the number
	} `json:"config"`
}

func createHook(c *call, of hookOwner) (int, any, error) {
	in, err := decode[hookBody](c)
	if err != nil {
		return 0, nil, err
	}
	if u, err := url.Parse(in.Config.URL); err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") {
		return 0, nil, unprocessable("Hook", "url", "url is not a valid URL")
	}
	if len(in.Events) == 0 {
		in.Events = []string{"push"}
	}
	for _, h := range c.s.hooksOf(of) {
		if h.url == in.Config.URL {
			return 0, nil, unprocessable("Hook", "", "Hook already exists on this repository")
		}
	}
	h := c.s.newHook(of, in.Config.URL, in.Config.Secret, in.Events)
	h.form = in.Config.ContentType != "json"
	h.blind = fmt.Sprint(in.Config.InsecureSSL) == "1"
	h.active = in.Active == nil || *in.Active
	c.s.ping(h, c.who)
	v := c.s.hookView(h)
	c.header.Set("Location", v["url"].(string))
	return http.StatusCreated, v, nil
}

func deleteHook(c *call, of hookOwner) (int, any, error) {
	h, err := c.hook(of)
	if err != nil {
		return 0, nil, err
	}
	delete(c.s.hooks, h.id)
	return http.StatusNoContent, nil, nil
}

func pingHook(c *call, of hookOwner) (int, any, error) {
	h, err := c.hook(of)
	if err != nil {
		return 0, nil, err
	}
	c.s.ping(h, c.who)
	return http.StatusNoContent, nil, nil
}
