package webhooks

import (
	"bytes"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/bytedance/sonic"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/route"
)

// jiraEvents are the events told apart in metrics: those about issues.
var jiraEvents = []string{
	"jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "jira:worklog_updated",
	"comment_created", "comment_updated", "comment_deleted", "issuelink_created", "issuelink_deleted",
	"worklog_created", "worklog_updated", "worklog_deleted", "attachment_created", "attachment_deleted",
	"issue_property_set", "issue_property_deleted",
}

// jiraKeys returns the event of one delivery, as it is named there, and the keys
// that it touches; none if it concerns no incident. query is that of the address it was sent to, which names the issue
// where the body is left out: issue.key, issue.id, or project.key alone.
//
// It is pure, reads only what it needs, and is lenient about the rest: a field
// that is missing, null or of an odd shape counts as missing, and what is no
// key or id of an issue is none. A field that says whether an issue has to do
// with an incident may be missing too, as labels are from the comments of
// Cloud: then the issue is touched, and by a comment that declares nothing the
// alias of its id, which the store knows if it is a head.
//
// It returns an error if the body is neither empty nor JSON, or an event about
// issues names none, and a *[NotOursError] if its project is not served or the
// addresses in it lead to another Jira.
func jiraKeys(body []byte, query url.Values, o JiraOptions) (event string, keys []incident.Key, err error) {
	e, err := decodeJira(body)
	if err != nil {
		return "", nil, err
	}
	keys, err = e.keys(query, o)
	return e.Event, keys, err
}

// jiraEvent is the union of what is read of all events.
type jiraEvent struct {
	Event     string       `json:"webhookEvent"`
	Issue     *jiraIssue   `json:"issue"`
	Comment   *jiraComment `json:"comment"`
	Link      *jiraLink    `json:"issueLink"`
	Changelog struct {
		Items []jiraChange `json:"items"`
	} `json:"changelog"`
}

type jiraIssue struct {
	ID     jiraText            `json:"id"`
	Key    jiraText            `json:"key"`
	Fields map[string]jiraText `json:"fields"`
}

type jiraComment struct {
	Self string   `json:"self"`
	Body jiraText `json:"body"`
}

type jiraLink struct {
	Source      jiraText `json:"sourceIssueId"`
	Destination jiraText `json:"destinationIssueId"`
}

// jiraChange is one field that was changed; the strings are what people see.
type jiraChange struct {
	Field      string   `json:"field"`
	From       jiraText `json:"from"`
	FromString jiraText `json:"fromString"`
	To         jiraText `json:"to"`
	ToString   jiraText `json:"toString"`
}

// jiraText is a value of any shape, as it stands in the JSON.
type jiraText []byte

// UnmarshalJSON implements json.Unmarshaler. The body is lent, so it is copied.
func (t *jiraText) UnmarshalJSON(data []byte) error {
	*t = bytes.Clone(data)
	return nil
}

// text returns a string's content, the digits of a number, and for anything
// else the JSON: what must be found in a text is found in the document that
// some versions send instead.
func (t jiraText) text() string {
	var s string
	switch {
	case len(t) == 0:
		return ""
	case t[0] == '"' && sonic.Unmarshal(t, &s) == nil:
		return s
	}
	return string(t)
}

func decodeJira(body []byte) (*jiraEvent, error) {
	e := new(jiraEvent)
	if len(bytes.TrimSpace(body)) == 0 {
		return e, nil
	}
	// A value of an odd shape is an error too, after all else has been read.
	if err := sonic.Unmarshal(body, e); err != nil && !sonic.Valid(body) {
		return nil, errNotJSON
	}
	return e, nil
}

func (o JiraOptions) serves(project string) bool {
	return o.Serves == nil || o.Serves(project)
}

func (e *jiraEvent) keys(query url.Values, o JiraOptions) ([]incident.Key, error) {
	if strings.HasPrefix(e.Event, "issue_property_") {
		return nil, nil // ours, for the most part, and seen with the issue
	}
	if e.Link != nil {
		if keys := jiraAliases(e.Link.Source.text(), e.Link.Destination.text()); len(keys) > 0 {
			return keys, nil
		}
	}
	if keys, err := e.issueKeys(o); err != nil || len(keys) > 0 || e.Issue.named() {
		return keys, err
	}
	if e.Comment != nil && e.Comment.Self != "" {
		id, err := issueOfComment(e.Comment.Self, o)
		if keys := jiraAliases(id); err != nil || len(keys) > 0 {
			return keys, err
		}
	}
	return e.queryKeys(query, o)
}

// named reports whether the delivery names its issue.
func (i *jiraIssue) named() bool {
	return i != nil && (jiraKey.MatchString(i.Key.text()) || jiraID.MatchString(i.ID.text()))
}

var (
	jiraKey     = regexp.MustCompile(`^[A-Z][A-Z0-9_]+-[1-9][0-9]{0,17}$`)
	jiraID      = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)
	jiraProject = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
)

// longKey bounds what is looked at when a key is looked for, in bytes.
const longKey = 128

func jiraKeyOf(text string) (incident.Key, bool) {
	if len(text) > longKey || !jiraKey.MatchString(text) {
		return "", false
	}
	return incident.KeyOf(jira, incident.Ref(text)), true
}

// jiraAliases returns the aliases of issues of which only the id is known:
// should one be the head of an incident, that id is the incident's ID.
func jiraAliases(ids ...string) []incident.Key {
	var keys []incident.Key
	for _, id := range ids {
		if jiraID.MatchString(id) {
			keys = append(keys, incident.AliasOf(jira, id))
		}
	}
	return distinct(keys)
}

// issueKeys routes what the delivery says about its issue. One that was moved
// concerns the issue under both its keys.
func (e *jiraEvent) issueKeys(o JiraOptions) ([]incident.Key, error) {
	i := e.Issue
	if !i.named() {
		return nil, nil
	}
	own, ok := jiraKeyOf(i.Key.text())
	if !ok {
		return jiraAliases(i.ID.text()), nil
	}
	names := []incident.Key{own}
	for _, c := range e.Changelog.Items {
		if old, ok := jiraKeyOf(c.FromString.text()); ok && c.Field == "Key" {
			names = append(names, old)
		}
	}
	h := e.hint()
	var keys []incident.Key
	served := false
	for _, h.Key = range names {
		if o.serves(h.Key.Place()) {
			served = true
			keys = append(keys, route.Keys(h, o.Label)...)
		}
	}
	if !served { // of an incident elsewhere, if a label of ours says so
		h := incident.Hint{Key: own, Labels: h.Labels}
		keys = slices.DeleteFunc(route.Keys(h, o.Label), func(k incident.Key) bool { return k.Alias() == "" })
		if len(keys) == 0 {
			return nil, unservedProject(own.Place())
		}
	}
	if e.remark() && i.Fields["labels"] == nil && !slices.Contains(keys, own) {
		keys = append(keys, jiraAliases(i.ID.text())...)
	}
	var mine []incident.Key
	for _, k := range keys {
		if k.Alias() != "" || o.serves(k.Place()) {
			mine = append(mine, k)
		}
	}
	return distinct(mine), nil
}

// remark reports whether the news is a comment and nothing else.
func (e *jiraEvent) remark() bool { return e.Comment != nil && len(e.Changelog.Items) == 0 }

// hint gathers what the delivery says of its issue. On one that is none of
// ours a comment counts only by its own words: the issue's had their say when
// they were written.
func (e *jiraEvent) hint() incident.Hint {
	f := e.Issue.Fields
	var h incident.Hint
	labels, told := f["labels"]
	h.Labels, h.Tied = jiraLabels(labels), !told
	if e.remark() {
		// Who is unknown by its id is looked up, which costs less than to be
		// observed as a head.
		h.Tied = h.Tied && !jiraID.MatchString(e.Issue.ID.text())
		h.Texts = []string{e.Comment.Body.text()}
		return h
	}
	h.Texts = []string{f["summary"].text(), f["description"].text()}
	if e.Comment != nil {
		h.Texts = append(h.Texts, e.Comment.Body.text())
	}
	h.Tied = h.Tied || len(f["issuelinks"]) > len("[]") && f["issuelinks"][0] == '['
	var parent jiraIssue
	if sonic.Unmarshal(f["parent"], &parent) == nil {
		h.Parents = append(h.Parents, keysIn(parent.Key)...)
	}
	for name, value := range f {
		if strings.HasPrefix(name, "customfield_") {
			h.Parents = append(h.Parents, keysIn(value)...) // the epic, on Data Center
		}
	}
	for _, c := range e.Changelog.Items {
		e.changed(c, &h)
	}
	return h
}

// changed adds what was so until now: labels taken off, words taken out, what
// it hung under or was linked with.
func (e *jiraEvent) changed(c jiraChange, h *incident.Hint) {
	switch strings.ToLower(c.Field) {
	case "labels":
		h.Labels = append(h.Labels, strings.Fields(c.FromString.text()+" "+c.ToString.text())...)
	case "summary", "description", "comment":
		h.Texts = append(h.Texts, c.FromString.text())
	case "key":
	default:
		h.Parents = append(h.Parents, keysIn(c.From, c.To, c.FromString, c.ToString)...)
	}
}

// keysIn returns the values that are keys of issues and nothing else.
func keysIn(values ...jiraText) []incident.Key {
	var keys []incident.Key
	for _, v := range values {
		if len(v) > longKey {
			continue // not worth decoding
		}
		if k, ok := jiraKeyOf(v.text()); ok {
			keys = append(keys, k)
		}
	}
	return keys
}

func jiraLabels(labels jiraText) []string {
	var list []string
	if sonic.Unmarshal(labels, &list) != nil {
		return nil
	}
	return list
}

var commentPath = regexp.MustCompile(`/rest/api/[a-z0-9]+/issue/([0-9]+)/comment/`)

// issueOfComment returns the id of the issue in a comment's own address, or "".
// An address of another Jira is a *NotOursError: its ids mean nothing here.
func issueOfComment(self string, o JiraOptions) (string, error) {
	u, err := url.Parse(self)
	if err != nil {
		return "", nil
	}
	if !sameHost(u, o.URL) && !sameHost(u, o.SiteURL) {
		return "", &NotOursError{"the comment's own address is neither on the host of jira.url nor on that of jira.site_url; set the latter to the base URL that Jira itself goes by"}
	}
	if m := commentPath.FindStringSubmatch(u.Path); m != nil {
		return m[1], nil
	}
	return "", nil
}

func sameHost(u *url.URL, site string) bool {
	ours, err := url.Parse(site)
	return err == nil && ours.Host != "" && strings.EqualFold(u.Host, ours.Host)
}

// queryKeys reads a delivery whose body names no issue. Nothing else is known
// of the issue, so it is touched.
func (e *jiraEvent) queryKeys(query url.Values, o JiraOptions) ([]incident.Key, error) {
	if key, ok := jiraKeyOf(query.Get("issue.key")); ok {
		if !o.serves(key.Place()) {
			return nil, unservedProject(key.Place())
		}
		return []incident.Key{key}, nil
	}
	if keys := jiraAliases(query.Get("issue.id")); len(keys) > 0 {
		return keys, nil
	}
	if p := query.Get("project.key"); jiraProject.MatchString(p) && len(p) <= longKey {
		if !o.serves(p) {
			return nil, unservedProject(p)
		}
		return []incident.Key{incident.SweepOf(jira, p)}, nil
	}
	switch {
	case e.Event == "":
		return nil, errNoJiraIssue
	case strings.HasPrefix(e.Event, "jira:issue_"), strings.HasPrefix(e.Event, "comment_"):
		return nil, errNoIssue
	}
	return nil, nil
}

var errNoJiraIssue = errors.New("the delivery says nothing; if the webhook excludes the body, let its address end in ?issue.key={issue.key} (before Data Center 10: ${issue.key})")
