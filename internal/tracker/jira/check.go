package jira

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Finding is something that an operator should know before an incident shows
// it. Do says what to do about it; "" makes it a mere note.
type Finding struct{ What, Do string }

// Wanted is what a check is to compare with, beside the options.
type Wanted struct {
	Label string // the label that declares; "": no matter
	// Hook is the address to which webhooks are to be sent, without a secret
	// path; "": polling.
	Hook string
	// Path is the last segment of that address where it is a secret; "": none.
	Path string
	// Before is the time before which open issues with the label are too old to
	// become incidents by themselves; zero: no matter.
	Before time.Time
}

// check collects findings.
type check struct {
	*Tracker
	want  Wanted
	found []Finding
}

func (c *check) find(what, do string) { c.found = append(c.found, Finding{what, do}) }

func (c *check) note(format string, args ...any) {
	c.found = append(c.found, Finding{What: fmt.Sprintf(format, args...)})
}

// Check looks at everything on Jira that an incident will need: the account,
// the projects with their permissions, types, forms and workflows, links,
// resolutions, and the webhooks. whole is false if Jira did not let it look.
// It changes nothing.
func (t *Tracker) Check(ctx context.Context, want Wanted) (found []Finding, whole bool) {
	c := &check{Tracker: t, want: want}
	if !c.account(ctx) {
		return c.found, false
	}
	whole = true
	for _, key := range t.opt.Projects {
		whole = c.inside(ctx, key) && whole
	}
	for _, part := range []func(context.Context) error{c.linking, c.resolutions, c.hooks} {
		if err := part(ctx); err != nil {
			c.find(c.why(err), "Let the account read this, or try again later.")
			whole = false
		}
	}
	return c.found, whole
}

// why is what an error is about.
func (c *check) why(err error) string { return c.clear(err).Error() }

// skew is how far our clock may be from Jira's.
const skew = 2 * time.Minute

// account looks at the server and at whom the token belongs to.
func (c *check) account(ctx context.Context) bool {
	before := c.opt.Clock()
	server, err := get[struct {
		BaseURL string `json:"baseUrl"`
		Kind    string `json:"deploymentType"`
		Version string `json:"version"`
		Time    stamp  `json:"serverTime"`
	}](ctx, c.Tracker, "serverInfo")
	if err != nil {
		c.find("Jira does not answer: "+c.why(err), "Look at jira.url, jira.edition, jira.user and jira.token, and at the way there: names, proxy, firewall. The service would start and take webhooks, and wait.")
		return false
	}
	if cloud := strings.EqualFold(server.Kind, "cloud"); cloud != c.cloud && server.Kind != "" {
		c.find(fmt.Sprintf("%s says that it is Jira %s, and the configuration says %s", c.opt.BaseURL, server.Kind, c.opt.Edition), "Correct jira.edition.")
	}
	if off := server.Time.Sub(before); !server.Time.IsZero() && (off > skew || off < -skew) {
		c.find(fmt.Sprintf("our clock and Jira's are %s apart", off.Abs().Round(time.Second)), "Set the clock of this machine by NTP: deadlines and waits are counted by it.")
	}
	if server.BaseURL != "" && strings.TrimSuffix(server.BaseURL, "/") != c.site {
		c.find(fmt.Sprintf("links lead to %s, and Jira calls itself %s", c.site, server.BaseURL), "If people cannot open the former, correct jira.site_url.")
	}
	c.selves.Forget("")
	self, err := c.self(ctx)
	if err != nil {
		c.find("Jira does not say who we are: "+c.why(err), "Look at jira.user and jira.token.")
		return false
	}
	c.note("runs on Jira %s %s as %s (%s): use an account for this program alone, for Jira shows what we write as its own", c.opt.Edition, server.Version, self.DisplayName, self.id())
	return true
}

// needed are the permissions without which something does not work, and what.
var needed = []struct{ key, name, what string }{
	{"CREATE_ISSUES", "Create Issues", "no ticket for a role or a follow-up can be opened"},
	{"EDIT_ISSUES", "Edit Issues", "labels and the epic over a head cannot be set"},
	{"ADD_COMMENTS", "Add Comments", "nothing can be said on an incident"},
	{"EDIT_OWN_COMMENTS", "Edit Own Comments", "the board cannot be kept up to date"},
	{"TRANSITION_ISSUES", "Transition Issues", "an incident that was closed too early cannot be reopened"},
	{"ASSIGN_ISSUES", "Assign Issues", "a role's ticket cannot be assigned to who holds the role"},
	{"LINK_ISSUES", "Link Issues", "follow-ups cannot be linked to their incident"},
	{"EDIT_ALL_COMMENTS", "Edit All Comments", "commands are answered by a comment each instead of being acknowledged silently"},
}

// inside looks at one project, and reports whether it could.
func (c *check) inside(ctx context.Context, key string) bool {
	c.grants.Forget(key)
	c.projects.Forget(key)
	have, err := c.mine(ctx, key)
	var p project
	if err == nil {
		p, err = c.project(ctx, key)
	}
	if err != nil {
		c.find(key+" cannot be read: "+c.why(err), "Correct jira.projects if it is misspelt or gone; otherwise give the account the permission Browse Projects there.")
		return isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusBadRequest)
	}
	if !have["BROWSE_PROJECTS"] {
		c.find("our account may not read "+key, "Give it the permission Browse Projects there.")
		return true
	}
	if p.Archived {
		c.find(key+" is archived: nothing can be written there", "Take it out of jira.projects, or restore it.")
		return true
	}
	for _, n := range needed {
		if !have[n.key] {
			c.find(fmt.Sprintf("our account lacks the permission %s in %s: %s", n.name, key, n.what), "Give it that permission in the project's permission scheme, through a role of its own for example.")
		}
	}
	if c.cloud && !have["ADMINISTER_PROJECTS"] {
		c.note("our account lacks the permission Administer Projects in %s: Jira mails people our edits of issues there", key)
	}
	if p.service() {
		c.note("%s is a service project: everything we say there is internal, and if Jira does not keep it so, taken back", key)
		c.secrecy(ctx, p, have)
	}
	for _, part := range []func(context.Context, project) error{c.trust, c.types, c.ways, c.old} {
		if err := part(ctx, p); err != nil {
			c.find(fmt.Sprintf("%s could not be looked at: %s", key, c.why(err)), "Let the account read this, or try again later.")
			return false
		}
	}
	return true
}

// secrecy looks at what keeps our comments from a service project's customers.
// Whether Jira keeps one internal only a comment shows.
func (c *check) secrecy(ctx context.Context, p project, have map[string]bool) {
	if !have["DELETE_OWN_COMMENTS"] && !have["DELETE_ALL_COMMENTS"] {
		c.find(fmt.Sprintf("our account lacks the permission Delete Own Comments in %s: a comment that Jira shows to customers cannot be taken back", p.Key),
			"Give it that permission in the project's permission scheme.")
	}
	agent, err := c.may(ctx, p.Key, "SERVICEDESK_AGENT")
	if is, known := agent["SERVICEDESK_AGENT"]; err == nil && known && !is {
		c.find(fmt.Sprintf("our account is no agent of the service project %s: Jira may make its comments public to customers, and then none is left there", p.Key),
			"Add it to the project's Service Desk Team.")
	}
}

// trust says whether anybody may command.
func (c *check) trust(ctx context.Context, p project) error {
	c.circles.Forget(p.Key)
	who, err := c.circle(ctx, p.Key)
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		c.find(c.why(err), "Without either nobody is trusted, and no command obeyed.")
		return nil
	}
	if err != nil {
		return err
	}
	if roles, err := c.roles(ctx, p.Key); err == nil {
		for _, name := range c.opt.Trusted.Roles {
			if roles[fold(name)] == "" {
				c.find(fmt.Sprintf("%s has no role %q", p.Key, name), "Correct jira.trusted.roles; it has "+strings.Join(sorted(roles), ", ")+".")
			}
		}
	}
	if len(who.people)+len(who.groups) == 0 {
		c.find("nobody is trusted in "+p.Key+": no command is obeyed there", "Put people into a role of jira.trusted.roles, or name a group in jira.trusted.groups.")
	}
	return nil
}

// types looks at the types of issues that we create, and at what they ask for.
func (c *check) types(ctx context.Context, p project) error {
	fields, err := c.epics(ctx)
	if err != nil {
		return err
	}
	var kinds []issueType
	switch epic, ok, err := c.epicType(ctx, p); {
	case err != nil:
		return err
	case ok:
		kinds = append(kinds, epic)
	case c.opt.EpicType != "":
		c.find(fmt.Sprintf("%s has no issue type %q", p.Key, c.opt.EpicType), "Correct jira.epic_type.")
	default:
		c.note("%s has no issue type for epics: the issue on which an incident is declared serves as its epic", p.Key)
	}
	switch sub, ok := c.subtaskType(p); {
	case ok:
		kinds = append(kinds, sub)
	case c.opt.SubtaskType != "":
		c.find(fmt.Sprintf("%s has no issue type %q", p.Key, c.opt.SubtaskType), "Correct jira.subtask_type.")
	default:
		c.note("%s has no issue type for sub-tasks: the tickets of roles are linked to the incident instead", p.Key)
	}
	one, err := c.standardType(ctx, p)
	if err != nil {
		c.find(c.why(err), "Without one no follow-up can be filed there.")
	} else {
		kinds = append(kinds, one)
	}
	for _, kind := range kinds {
		f, err := c.form(ctx, p.Key, kind.ID)
		if err != nil {
			return err
		}
		if asks := f.demands(fields); len(asks) > 0 {
			c.find(fmt.Sprintf("creating a %s in %s asks for %s, for which we have nothing", kind.Name, p.Key, strings.Join(asks, ", ")), "Make these fields optional there, or give them defaults.")
		}
		for id, name := range map[string]string{"labels": "Labels", "description": "Description"} {
			if !f.takes(id) {
				c.find(fmt.Sprintf("the screen for creating a %s in %s lacks the field %s", kind.Name, p.Key, name), "Put it there: by the labels we find again what we created.")
			}
		}
	}
	return nil
}

// ways looks for the way to done and back in the workflows of a project. Only
// an issue shows its transitions, so they are asked of the latest of each type.
func (c *check) ways(ctx context.Context, p project) error {
	for _, w := range []struct{ where, to, lacks string }{
		{"statusCategory = Done", "back from", "an incident that was closed too early cannot be reopened"},
		{"statusCategory != Done", "to", "a ticket cannot be closed by a command"},
	} {
		list, _, err := c.first(ctx, fmt.Sprintf("project = %s AND %s ORDER BY updated DESC", quote(p.Key), w.where))
		if err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, i := range list {
			if seen[i.Fields.Type.ID] {
				continue
			}
			seen[i.Fields.Type.ID] = true
			all, err := c.transitions(ctx, i.ref())
			if err != nil {
				return err
			}
			if !c.leads(all, i) {
				c.find(fmt.Sprintf("the workflow of %s in %s has no way %s done that our account may use (%s is %s): %s", i.Fields.Type.Name, p.Key, w.to, i.Key, i.Fields.Status.Name, w.lacks),
					"Add such a transition, without required fields, and let our account use it.")
			}
		}
		if len(seen) == 0 {
			c.note("%s has no issue yet from which to see the ways %s done in its workflows", p.Key, w.to)
		}
	}
	return nil
}

// first reads the first issues of a search.
func (c *check) first(ctx context.Context, jql string) ([]*issue, bool, error) {
	return c.Tracker.find(ctx, query{jql: jql, pages: 1, fields: []string{"issuetype", "status", "labels", "created", "project"}})
}

// leads reports whether a way to done, or back, begins at an issue. To done
// there may be several steps, of which only the first is seen.
func (c *check) leads(all []transition, i *issue) bool {
	return slices.ContainsFunc(all, func(tr transition) bool {
		if i.Fields.Status.done() {
			return !tr.To.done() && len(tr.demands()) == 0
		}
		return (tr.To.done() || tr.To.Category.Key == "indeterminate" && tr.To.ID != i.Fields.Status.ID) && len(tr.demands()) == 0
	})
}

// old lists issues that were labelled before Hereby came.
func (c *check) old(ctx context.Context, p project) error {
	if c.want.Label == "" || c.want.Before.IsZero() {
		return nil
	}
	list, _, err := c.first(ctx, fmt.Sprintf("project = %s AND labels = %s AND statusCategory != Done ORDER BY updated DESC", quote(p.Key), quote(c.want.Label)))
	var names []string
	for _, i := range list {
		if i.Fields.Created.Before(c.want.Before) && !i.isHead() {
			names = append(names, i.Key)
		}
	}
	if len(names) > 0 {
		c.find(fmt.Sprintf("open issues with the label %q in %s that are older than policy.adopt are left alone: %s", c.want.Label, p.Key, strings.Join(names[:min(len(names), 5)], ", ")),
			"To make one an incident of today, take the label off and put it on again. The others need nothing.")
	}
	return err
}

// linking looks at the types of links.
func (c *check) linking(ctx context.Context) error {
	c.links.Forget("")
	types, err := c.linkTypes(ctx)
	if err != nil {
		return err
	}
	if one, err := c.relation(ctx); err != nil {
		c.find(c.why(err), "Until then follow-ups hang under the epic alone, and nothing can be linked by hand.")
	} else if fold(one.Name) != fold(c.opt.LinkType) {
		c.find(fmt.Sprintf("Jira has no link type %q: %q is used instead", c.opt.LinkType, one.Name), "If that will not do, set jira.link_type.")
	}
	for _, name := range c.opt.IgnoreLinkTypes {
		if _, ok := linkNamed(types, name); !ok {
			c.note("jira.ignore_link_types names %q, which Jira does not have", name)
		}
	}
	if !slices.ContainsFunc(types, linkType.duplicates) {
		c.note("Jira has no link type for duplicates: of what a ticket is one is not known")
	}
	return nil
}

func linkNamed(types []linkType, name string) (linkType, bool) {
	i := slices.IndexFunc(types, func(l linkType) bool { return fold(l.Name) == fold(name) })
	if i < 0 {
		return linkType{}, false
	}
	return types[i], true
}

// resolutions says whether what was not done can be told from what was.
func (c *check) resolutions(ctx context.Context) error {
	list, err := get[[]named](ctx, c.Tracker, "resolution")
	if isStatus(err, http.StatusNotFound, http.StatusForbidden) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.chooseResolution(list, incident.Wontfix) == "" {
		var names []string
		for _, r := range list {
			names = append(names, r.Name)
		}
		c.find("none of jira.wontfix is a resolution of this Jira: what was not done counts as done", "Name some of them there: "+strings.Join(names, ", ")+".")
	}
	return nil
}
