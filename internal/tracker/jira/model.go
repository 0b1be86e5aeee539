package jira

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// user is an account. Cloud knows it by accountId, Data Center by name.
type user struct {
	AccountID   string `json:"accountId"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	AccountType string `json:"accountType"` // Cloud: atlassian, app, customer, unknown
	Active      *bool  `json:"active"`
	Groups      struct {
		Items []struct{ Name string }
	} `json:"groups"`
}

// id returns the account as the server spells it; "" for nobody.
func (u *user) id() string {
	if u == nil {
		return ""
	}
	return cmp.Or(u.AccountID, u.Name)
}

func (u *user) person() incident.Person { return incident.PersonOf(u.id()) }

func (u *user) bot() bool { return u != nil && u.AccountType == "app" }

// gone reports an account that was shut, deleted or made anonymous.
func (u *user) gone() bool {
	return u != nil && (u.Active != nil && !*u.Active || u.AccountType == "unknown")
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type status struct {
	named
	Category struct{ Key string } `json:"statusCategory"`
}

func (s status) done() bool { return s.Category.Key == "done" }

type issueType struct {
	named
	Subtask bool `json:"subtask"`
	Level   *int `json:"hierarchyLevel"` // Cloud: 1 epic, 0 base, -1 sub-task
}

type linkType struct {
	named
	Inward  string `json:"inward"`
	Outward string `json:"outward"`
}

// issueRef is an issue as another mentions it.
type issueRef struct {
	ID  string `json:"id"`
	Key string `json:"key"`
}

// issueLink is one link as one of its two ends shows it: that end "outward
// text" Outward, or Inward "outward text" that end.
type issueLink struct {
	ID      string    `json:"id"`
	Type    linkType  `json:"type"`
	Inward  *issueRef `json:"inwardIssue"`
	Outward *issueRef `json:"outwardIssue"`
}

func (l issueLink) other() issueRef {
	if l.Outward != nil {
		return *l.Outward
	}
	if l.Inward != nil {
		return *l.Inward
	}
	return issueRef{}
}

type history struct {
	ID      string `json:"id"`
	Author  *user  `json:"author"`
	Created stamp  `json:"created"`
	Items   []struct {
		Field      string  `json:"field"`
		FieldID    string  `json:"fieldId"`
		From       *string `json:"from"`
		FromString *string `json:"fromString"`
		To         *string `json:"to"`
		ToString   *string `json:"toString"`
	} `json:"items"`
}

type changelog struct {
	Total     int       `json:"total"`
	Histories []history `json:"histories"`
}

// issue is an issue with the fields that we ask for.
type issue struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Fields struct {
		Summary        string      `json:"summary"`
		Description    prose       `json:"description"`
		Type           issueType   `json:"issuetype"`
		Project        project     `json:"project"`
		Status         status      `json:"status"`
		Resolution     *named      `json:"resolution"`
		Security       *named      `json:"security"` // who may see it, if not all of its project
		ResolutionDate stamp       `json:"resolutiondate"`
		CategoryDate   stamp       `json:"statuscategorychangedate"` // Cloud
		Creator        *user       `json:"creator"`
		Assignee       *user       `json:"assignee"`
		Labels         []string    `json:"labels"`
		Due            string      `json:"duedate"` // YYYY-MM-DD
		Created        stamp       `json:"created"`
		Updated        stamp       `json:"updated"`
		Parent         *issueRef   `json:"parent"`
		Subtasks       []issueRef  `json:"subtasks"`
		Links          []issueLink `json:"issuelinks"`
		Comments       *struct {
			Total    int       `json:"total"`
			Comments []comment `json:"comments"`
		} `json:"comment"`
	} `json:"fields"`
	Properties map[string]json.RawMessage `json:"properties"`
	Changelog  *changelog                 `json:"changelog"`

	custom map[string]json.RawMessage
}

func (i *issue) UnmarshalJSON(b []byte) error {
	type plain issue
	if err := json.Unmarshal(b, (*plain)(i)); err != nil {
		return err
	}
	var all struct{ Fields map[string]json.RawMessage }
	_ = json.Unmarshal(b, &all) // it was just read
	i.custom = map[string]json.RawMessage{}
	maps.Copy(i.custom, all.Fields)
	return nil
}

// issueFields are the fields that an observation asks for.
var issueFields = []string{"summary", "description", "issuetype", "project", "status", "resolution", "resolutiondate",
	"statuscategorychangedate", "creator", "assignee", "labels", "duedate", "created", "updated", "parent", "subtasks", "issuelinks", "security"}

func (i *issue) ref() incident.Ref { return incident.Ref(i.Key) }

func (i *issue) hasLabel(label string) bool {
	return slices.ContainsFunc(i.Fields.Labels, func(l string) bool { return strings.EqualFold(l, label) })
}

// isHead reports whether the issue is itself the head of an incident.
func (i *issue) isHead() bool {
	return i.hasLabel(incident.Label) && i.hasLabel(incident.LabelOf(i.ID))
}

// level returns the id of the security level that restricts who sees the issue;
// "" if there is none.
func (i *issue) level() string {
	if i.Fields.Security == nil {
		return ""
	}
	return i.Fields.Security.ID
}

// epicLink returns the key of the epic that an issue hangs under by Data
// Center's field.
func (i *issue) epicLink(field string) string {
	var key string
	if field == "" || json.Unmarshal(i.custom[field], &key) != nil {
		return ""
	}
	return key
}

// comment is a comment with the properties that we ask for.
type comment struct {
	ID         string     `json:"id"`
	Author     *user      `json:"author"`
	Body       prose      `json:"body"`
	Created    stamp      `json:"created"`
	Updated    stamp      `json:"updated"`
	Visibility visibility `json:"visibility"`
	Public     *bool      `json:"jsdPublic"`
	Properties []property `json:"properties"` // nil: the server does not give them here
}

type property struct {
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"`
}

// visibility restricts a comment to a role or a group.
type visibility struct {
	Type       string `json:"type,omitempty"`
	Value      string `json:"value,omitempty"`
	Identifier string `json:"identifier,omitempty"`
}

func (v visibility) set() bool { return v.Type != "" }

// state maps status and resolution to where a ticket stands. A resolution that
// a reopening left behind says nothing.
func (t *Tracker) state(i *issue) incident.State {
	f := i.Fields
	if !f.Status.done() {
		return incident.Open
	}
	resolution := ""
	if f.Resolution != nil {
		resolution = fold(f.Resolution.Name)
	}
	switch {
	case isDuplicate(resolution):
		return incident.Duplicate
	case t.wontfix[resolution], t.wontfix[fold(f.Status.Name)]:
		return incident.Wontfix
	}
	return incident.Done
}

// original returns what an issue is linked to as a duplicate of.
func (i *issue) original() incident.Ref {
	for _, l := range i.Fields.Links {
		if l.Outward != nil && l.Type.duplicates() {
			return incident.Ref(l.Outward.Key)
		}
	}
	return ""
}

func (l linkType) duplicates() bool {
	return strings.Contains(fold(l.Outward), "duplicates") || isDuplicate(fold(l.Name))
}

// isDuplicate reports whether a folded name says so, in the languages that have
// the word: Duplicate, Duplikat, Duplicado, Duplicaat.
func isDuplicate(name string) bool { return strings.HasPrefix(name, "dupli") }

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
