package jira

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// project is a project as Jira describes it, as a whole or within an issue.
type project struct {
	ID         string      `json:"id"`
	Key        string      `json:"key"`
	Name       string      `json:"name"`
	Kind       string      `json:"projectTypeKey"`
	Simplified bool        `json:"simplified"` // team-managed
	Archived   bool        `json:"archived"`
	Types      []issueType `json:"issueTypes"`
}

// service reports a project whose comments customers read.
func (p project) service() bool { return p.Kind == "service_desk" }

// project returns a project that we serve, or *incident.NotServed.
func (t *Tracker) project(ctx context.Context, key string) (project, error) {
	if !t.served[key] {
		return project{}, notServed(key)
	}
	return t.projects.Get(key, func() (project, error) {
		p, err := get[project](ctx, t, "project/"+url.PathEscape(key))
		if err != nil {
			return project{}, fmt.Errorf("project %s: %w", key, err)
		}
		return p, nil
	})
}

func notServed(key string) error {
	return &incident.NotServed{Reason: key + " is not among the projects of the configuration"}
}

// Places returns the projects to sweep.
func (t *Tracker) Places(context.Context) ([]string, error) { return slices.Clone(t.opt.Projects), nil }

// form is what creating an issue of a type in a project asks for, by field id.
type form map[string]formField

type formField struct {
	ID         string `json:"fieldId"`
	Name       string `json:"name"`
	Required   bool   `json:"required"`
	HasDefault bool   `json:"hasDefaultValue"`
	Schema     struct {
		Custom string `json:"custom"`
	} `json:"schema"`
}

// form asks what a creation takes. A server that does not tell gives nil: then
// only trying tells.
func (t *Tracker) form(ctx context.Context, key, typeID string) (form, error) {
	return t.forms.Get(key+" "+typeID, func() (form, error) {
		f := form{}
		for start := 0; start < maxForm; {
			page, err := get[struct {
				Fields, Values []formField
				Total          int
			}](ctx, t, fmt.Sprintf("issue/createmeta/%s/issuetypes/%s?startAt=%d&maxResults=100", url.PathEscape(key), url.PathEscape(typeID), start))
			if isStatus(err, http.StatusNotFound, http.StatusForbidden, http.StatusBadRequest) {
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			some := append(page.Fields, page.Values...)
			for _, one := range some {
				f[one.ID] = one
			}
			start += len(some)
			if len(some) == 0 || start >= page.Total {
				break
			}
		}
		return f, nil
	})
}

// maxForm bounds the fields read of one form.
const maxForm = 2_000

// filled are the fields that every creation of ours gives.
var filled = []string{"summary", "description", "issuetype", "project", "labels", "parent", "reporter"}

// demands returns the names of the fields that must be filled in and that we
// have nothing for.
func (f form) demands(epic epicFields) (names []string) {
	for _, id := range sorted(f) {
		one := f[id]
		if one.Required && !one.HasDefault && !slices.Contains(filled, id) && id != epic.Name {
			names = append(names, one.Name)
		}
	}
	return names
}

// takes reports whether a form takes a field, as far as it is known.
func (f form) takes(id string) bool {
	_, ok := f[id]
	return ok || f == nil
}

// epicFields are the ids of Data Center's fields for epics. They are found by
// what they are: their names are an administrator's, in any language.
type epicFields struct {
	Link, Name string
	Title      string // what the field Link is called here
}

func (t *Tracker) epics(ctx context.Context) (epicFields, error) {
	if t.cloud {
		return epicFields{}, nil
	}
	return t.fields.Get("", func() (epicFields, error) {
		list, err := get[[]struct {
			ID, Name string
			Schema   struct{ Custom string }
		}](ctx, t, "field")
		var found epicFields
		for _, f := range list {
			switch f.Schema.Custom {
			case "com.pyxis.greenhopper.jira:gh-epic-link":
				found.Link, found.Title = f.ID, f.Name
			case "com.pyxis.greenhopper.jira:gh-epic-label":
				found.Name = f.ID
			}
		}
		return found, err
	})
}

// epicType returns the type of epics of a project; ok is false if it has none.
// On Data Center it is the one whose form asks for the epic's name.
func (t *Tracker) epicType(ctx context.Context, p project) (issueType, bool, error) {
	if one, ok := typeNamed(p.Types, t.opt.EpicType); t.opt.EpicType != "" {
		return one, ok, nil
	}
	if t.cloud {
		i := slices.IndexFunc(p.Types, func(x issueType) bool { return x.Level != nil && *x.Level == 1 })
		if i < 0 {
			return issueType{}, false, nil
		}
		return p.Types[i], true, nil
	}
	epic, err := t.epics(ctx)
	if err != nil || epic.Link == "" {
		return issueType{}, false, err
	}
	types := slices.DeleteFunc(slices.Clone(p.Types), func(x issueType) bool { return x.Subtask })
	slices.SortStableFunc(types, func(a, b issueType) int { return rank(a.Name, "epic") - rank(b.Name, "epic") })
	for _, one := range types {
		f, err := t.form(ctx, p.Key, one.ID)
		if err != nil {
			return issueType{}, false, err
		}
		if _, ok := f[epic.Name]; ok && epic.Name != "" {
			return one, true, nil
		}
	}
	if len(types) > 0 && rank(types[0].Name, "epic") == 0 {
		return types[0], true, nil // a server that does not show its forms
	}
	return issueType{}, false, nil
}

func rank(name, first string) int {
	if fold(name) == first {
		return 0
	}
	return 1
}

// subtaskType returns the type of sub-tasks of a project.
func (t *Tracker) subtaskType(p project) (issueType, bool) {
	if t.opt.SubtaskType != "" {
		return typeNamed(p.Types, t.opt.SubtaskType)
	}
	i := slices.IndexFunc(p.Types, func(x issueType) bool { return x.Subtask })
	if i < 0 {
		return issueType{}, false
	}
	return p.Types[i], true
}

// standardType returns the type of which our other tickets are: a task if there
// is such a type, unless it asks for what we do not have and another does not.
func (t *Tracker) standardType(ctx context.Context, p project) (issueType, error) {
	epic, hasEpic, err := t.epicType(ctx, p)
	if err != nil {
		return issueType{}, err
	}
	types := slices.DeleteFunc(slices.Clone(p.Types), func(x issueType) bool {
		return x.Subtask || x.Level != nil && *x.Level != 0 || hasEpic && x.ID == epic.ID
	})
	if len(types) == 0 {
		return issueType{}, refuse("project %s has no issue type for ordinary tickets that our account may create: add one to its scheme of types, or choose another project", p.Key)
	}
	fields, err := t.epics(ctx)
	if err != nil {
		return issueType{}, err
	}
	slices.SortStableFunc(types, func(a, b issueType) int { return rank(a.Name, "task") - rank(b.Name, "task") })
	for _, one := range types {
		f, err := t.form(ctx, p.Key, one.ID)
		if err != nil {
			return issueType{}, err
		}
		if len(f.demands(fields)) == 0 {
			return one, nil
		}
	}
	return types[0], nil
}

func typeNamed(types []issueType, name string) (issueType, bool) {
	i := slices.IndexFunc(types, func(x issueType) bool { return fold(x.Name) == fold(name) })
	if i < 0 {
		return issueType{}, false
	}
	return types[i], true
}

// permissions that we need to know of in an observation, and those that check
// asks for.
var permissions = []string{"BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ASSIGN_ISSUES", "TRANSITION_ISSUES", "RESOLVE_ISSUES", "LINK_ISSUES",
	"ADD_COMMENTS", "EDIT_OWN_COMMENTS", "EDIT_ALL_COMMENTS", "DELETE_OWN_COMMENTS", "DELETE_ALL_COMMENTS", "ADMINISTER_PROJECTS"}

// mine returns what our account may do in a project.
func (t *Tracker) mine(ctx context.Context, key string) (map[string]bool, error) {
	return t.grants.Get(key, func() (map[string]bool, error) { return t.may(ctx, key, permissions...) })
}

// may asks which of some permissions our account has in a project. Cloud
// refuses to be asked for one that it does not know.
func (t *Tracker) may(ctx context.Context, key string, permissions ...string) (map[string]bool, error) {
	got, err := get[struct {
		Permissions map[string]struct {
			Have bool `json:"havePermission"`
		}
	}](ctx, t, "mypermissions?projectKey="+url.QueryEscape(key)+"&permissions="+strings.Join(permissions, ","))
	if err != nil {
		return nil, fmt.Errorf("our permissions in %s: %w", key, err)
	}
	have := map[string]bool{}
	for name, p := range got.Permissions {
		have[name] = p.Have
	}
	return have, nil
}

// stagesOf returns the category of every status, by the status's id.
func (t *Tracker) stagesOf(ctx context.Context) (map[string]string, error) {
	return t.stages.Get("", func() (map[string]string, error) {
		list, err := get[[]status](ctx, t, "status")
		all := map[string]string{}
		for _, s := range list {
			all[s.ID] = s.Category.Key
		}
		return all, err
	})
}

// linkTypes returns the types of links. A server on which linking is switched
// off has none.
func (t *Tracker) linkTypes(ctx context.Context) ([]linkType, error) {
	return t.links.Get("", func() ([]linkType, error) {
		got, err := get[struct {
			Types []linkType `json:"issueLinkTypes"`
		}](ctx, t, "issueLinkType")
		if isStatus(err, http.StatusNotFound) {
			return nil, nil
		}
		return got.Types, err
	})
}

// relation returns the type by which tickets are linked to the head: the one
// configured, or one that reads the same from both ends.
func (t *Tracker) relation(ctx context.Context) (linkType, error) {
	types, err := t.linkTypes(ctx)
	if err != nil {
		return linkType{}, err
	}
	counts := func(l linkType) bool { return !t.ignored[fold(l.Name)] }
	for _, l := range types {
		if fold(l.Name) == fold(t.opt.LinkType) && counts(l) {
			return l, nil
		}
	}
	for _, l := range types {
		if fold(l.Inward) == fold(l.Outward) && counts(l) {
			return l, nil
		}
	}
	var names []string
	for _, l := range types {
		names = append(names, l.Name)
	}
	if len(names) == 0 {
		return linkType{}, refuse("issues cannot be linked on this Jira: issue linking is switched off; switch it on, with a link type %q", t.opt.LinkType)
	}
	return linkType{}, refuse("this Jira has no link type %q: add it, or name another in the configuration; it has %s", t.opt.LinkType, strings.Join(names, ", "))
}
