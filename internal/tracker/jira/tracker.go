// Package jira observes and changes incidents on Jira, Cloud and Data Center
// alike. It holds no rule about incidents: Observe reads everything that hangs
// on one head into a snapshot, Apply carries out what somebody else decided,
// List tells what changed in a project.
//
// It speaks REST version 2, whose texts are wiki markup on both editions,
// through go-jira's client and authentication, with requests and answers of its
// own where that library is wrong or lacks the endpoint.
//
// # What is ours
//
// Everything we create carries the entity property "hereby" ([mark]), set in
// the creating request: the incident's ID, the slot, the source text, and the
// fingerprint of the markup made of it. Jira gives markup back in another
// spelling than it was sent; as long as its fingerprint is the one kept, the
// text is still the source. What people write in lines before and after it is
// theirs, and stays as it is when ours is edited. A property counts only on what
// our own account created.
//
// # Where things hang
//
// An epic goes over the head where the project has such a type and nobody set
// another parent; roles and duties are sub-tasks of the head; everything else
// goes under the epic and is linked to the head. What a project lacks is left
// out, and the link to the head remains. Tickets of a head under a security level
// are created under it; of people's tickets under another, nothing is shown but
// that they are there.
//
// # Editions
//
// Cloud knows people by accountId, hangs everything under "parent", searches at
// /search/jql, where issues whose ids are known are read as they are and not as
// they were indexed. Data Center knows people by name, hangs issues under an
// epic by a custom field that is found by its schema, searches at /search, and
// does not give properties back from there: those are read one by one, once.
//
// Statuses, transitions, resolutions, types and links are told apart by
// category, level, flag and id. Names count only where an administrator gives
// them in the configuration.
package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/hereby/hereby/internal/httpx"
	"github.com/hereby/hereby/internal/incident"
)

// Name is this tracker's name in keys.
const Name = "jira"

// The editions of Jira.
const (
	Cloud      = "cloud"
	DataCenter = "datacenter"
)

const (
	// settle is how long Jira's index may hide an issue that exists.
	settle = 5 * time.Minute
	// late is how long after we gave a request up it may still be carried out:
	// by then what is read as it is shows what came of it.
	late = time.Minute
	// known is how long we believe what we were told of people and projects.
	known = 10 * time.Minute
	// calm is how long Data Center's watchers are left between two mails about
	// the board: it cannot be edited without one.
	calm = 5 * time.Minute
	// moment is how long a request waits for its turn rather than being refused.
	moment = 2 * time.Second
)

// Trusted says who may command.
type Trusted struct {
	Roles  []string // project roles, by name
	Groups []string
}

// Options set up a [Tracker]. BaseURL, Edition, Token and Projects are needed,
// and on Cloud User.
type Options struct {
	// BaseURL is the site's address, https://acme.atlassian.net or
	// https://jira.acme.example, or for scoped tokens
	// https://api.atlassian.com/ex/jira/CLOUDID.
	BaseURL string
	// SiteURL is the address of the pages that people open; "" means BaseURL.
	SiteURL string
	Edition string // [Cloud] or [DataCenter]
	User    string // Cloud: the account's mail address
	Token   string // API token (Cloud) or personal access token (Data Center)
	// Transport carries requests out; nil means http.DefaultTransport.
	Transport http.RoundTripper
	// Timeout ends a request; 0 means 20 s. It must end before a lease does.
	Timeout time.Duration
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Sleep waits out moments of up to 2 s between requests. Without it every
	// wait becomes *incident.NotYet, which is right under a virtual clock.
	Sleep func(context.Context, time.Duration) error

	Projects []string // served, by key
	Trusted  Trusted

	EpicType    string // names of issue types, where they cannot be told by themselves
	SubtaskType string
	// Wontfix names the resolutions and statuses in which nothing was done.
	Wontfix         []string
	IgnoreLinkTypes []string // link types that mean nothing to an incident
	LinkType        string   // by which tickets are linked to the head; "" means "Relates"
	Finish, Resume  []string // names of transitions to done and back that are preferred

	Authors []string          // accounts we wrote under before a change of token
	People  map[string]string // what people call each other: alias to account

	Log     *slog.Logger
	Secrets *httpx.Secrets // learns our token; may be nil
	Metrics Metrics
}

// Metrics are told what happens; each may be nil.
type Metrics struct {
	Request func(method string, status int) // one request went out; 0: no answer
	Applied func(kind, outcome string)      // one action's fate
	// TookBack: what was said customers could read; whether it could be deleted
	// at once.
	TookBack func(outcome string)
}

// Tracker is Jira. It is safe for concurrent use; keep one for the life of the
// process, since it holds the pacing and what it was told of people.
type Tracker struct {
	opt     Options
	client  *gojira.Client
	site    string // of the pages, without a trailing slash
	cloud   bool
	log     *slog.Logger
	served  map[string]bool
	authors map[incident.Person]bool
	aliases map[string]string // folded to exact
	wontfix map[string]bool   // folded
	ignored map[string]bool   // link types, folded

	selves    *httpx.Memo[user]
	projects  *httpx.Memo[project]
	forms     *httpx.Memo[form]              // what creating asks for, by project and type
	fields    *httpx.Memo[epicFields]        // Data Center's fields for epics
	links     *httpx.Memo[[]linkType]        //
	stages    *httpx.Memo[map[string]string] // category by status id
	grants    *httpx.Memo[map[string]bool]   // our permissions, by project
	circles   *httpx.Memo[circle]            // who is trusted, by project
	faces     *httpx.Memo[face]              // accounts by folded id
	assigns   *httpx.Memo[bool]              // may be assigned, by project and person
	rosters   *httpx.Memo[map[string]bool]   // some who may be assigned, by project
	heads     *httpx.Memo[place]             // where a head stands, by its ref
	families  *httpx.Memo[family]            // what belonged to a head when last seen
	marks     *httpx.Memo[mark]              // Data Center: the property, by issue id
	endings   *httpx.Memo[json.RawMessage]   // Data Center: the other property, by issue and closing
	notes     *httpx.Memo[note]              // properties of comments, where lists lack them
	restricts *httpx.Memo[visibility]        // who may read a comment, by its id
	leaks     *httpx.Memo[bool]              // service projects that keep nothing internal
}

var projectKey = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)

// New checks the options and returns a tracker. It makes no request.
func New(opt Options) (*Tracker, error) {
	base, err := url.Parse(strings.TrimSuffix(opt.BaseURL, "/") + "/")
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("%q is not the address of a Jira: expected https://SITE.atlassian.net, https://HOST, or for a scoped token https://api.atlassian.com/ex/jira/CLOUDID", opt.BaseURL)
	}
	if opt.SiteURL == "" {
		if strings.EqualFold(base.Host, "api.atlassian.com") {
			return nil, fmt.Errorf("%s is for programs alone: name the address of the pages that people open too, such as https://SITE.atlassian.net", opt.BaseURL)
		}
		opt.SiteURL = opt.BaseURL
	}
	if opt.Edition != Cloud && opt.Edition != DataCenter {
		return nil, fmt.Errorf("%q is not an edition of Jira: expected %s or %s", opt.Edition, Cloud, DataCenter)
	}
	if opt.Token == "" || opt.Edition == Cloud && opt.User == "" {
		return nil, errors.New("no credentials for Jira: it needs on Cloud the account's mail address and an API token, on Data Center a personal access token")
	}
	if len(opt.Projects) == 0 {
		return nil, errors.New("no Jira project is configured: expected at least one key such as OPS")
	}
	defaults(&opt)
	t := &Tracker{
		opt: opt, site: strings.TrimSuffix(opt.SiteURL, "/"), cloud: opt.Edition == Cloud, log: opt.Log,
		served: map[string]bool{}, authors: map[incident.Person]bool{}, aliases: map[string]string{},
		wontfix: map[string]bool{}, ignored: map[string]bool{},
	}
	for _, key := range opt.Projects {
		if !projectKey.MatchString(key) {
			return nil, fmt.Errorf("%q is not the key of a Jira project: expected capital letters and digits, such as OPS", key)
		}
		t.served[key] = true
	}
	for _, a := range opt.Authors {
		t.authors[incident.PersonOf(a)] = true
	}
	for alias, account := range opt.People {
		t.aliases[fold(alias)] = account
	}
	for _, name := range opt.Wontfix {
		t.wontfix[fold(name)] = true
	}
	for _, name := range opt.IgnoreLinkTypes {
		t.ignored[fold(name)] = true
	}
	t.memos()
	t.opt.Secrets.Add(opt.Token)
	t.client, err = gojira.NewClient(&http.Client{
		Transport: &httpx.Redirect{Next: t.lanes(t.credentials(base.Host))},
		// Redirect has followed what may be followed; net/http must not turn
		// the rest into a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, base.String())
	return t, err
}

func defaults(opt *Options) {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Secrets == nil {
		opt.Secrets = new(httpx.Secrets)
	}
	if opt.Transport == nil {
		opt.Transport = http.DefaultTransport
	}
	if opt.LinkType == "" {
		opt.LinkType = "Relates"
	}
	if opt.Wontfix == nil {
		opt.Wontfix = []string{"Won't Do", "Won't Fix", "Declined"}
	}
}

// memos makes what is remembered between observations.
func (t *Tracker) memos() {
	clock := t.opt.Clock
	t.selves = httpx.NewMemo[user](clock, 24*time.Hour, 10)
	t.projects = httpx.NewMemo[project](clock, known, 1_000)
	t.forms = httpx.NewMemo[form](clock, known, 10_000)
	t.fields = httpx.NewMemo[epicFields](clock, time.Hour, 10)
	t.links = httpx.NewMemo[[]linkType](clock, known, 10)
	t.stages = httpx.NewMemo[map[string]string](clock, known, 10)
	t.grants = httpx.NewMemo[map[string]bool](clock, known, 1_000)
	t.circles = httpx.NewMemo[circle](clock, known, 1_000)
	t.faces = httpx.NewMemo[face](clock, known, 50_000)
	t.assigns = httpx.NewMemo[bool](clock, known, 50_000)
	t.rosters = httpx.NewMemo[map[string]bool](clock, known, 1_000)
	t.heads = httpx.NewMemo[place](clock, known, 10_000)
	t.families = httpx.NewMemo[family](clock, 24*time.Hour, 10_000)
	t.marks = httpx.NewMemo[mark](clock, 24*time.Hour, 5_000)
	t.endings = httpx.NewMemo[json.RawMessage](clock, 24*time.Hour, 10_000)
	t.notes = httpx.NewMemo[note](clock, known, 50_000)
	t.leaks = httpx.NewMemo[bool](clock, 24*time.Hour, 1_000)
	t.restricts = httpx.NewMemo[visibility](clock, time.Hour, 50_000)
}

// credentials authenticates requests to one host and lets none go elsewhere.
func (t *Tracker) credentials(host string) http.RoundTripper {
	below := &httpx.Only{Host: host, Next: httpx.Counted(&httpx.Bound{Next: t.opt.Transport, Timeout: t.opt.Timeout}, t.opt.Metrics.Request)}
	if t.cloud {
		return &gojira.BasicAuthTransport{Username: t.opt.User, Password: t.opt.Token, Transport: below}
	}
	return &gojira.PATAuthTransport{Token: t.opt.Token, Transport: below}
}

// browse returns the page of an issue. It is never made of what an answer calls
// "self", which on Cloud may be an address for programs alone.
func (t *Tracker) browse(ref incident.Ref) string { return t.site + "/browse/" + string(ref) }

// fold makes names comparable: case, white space and the kinds of apostrophes
// do not count.
func fold(name string) string {
	name = strings.NewReplacer("’", "'", "‘", "'", "ʼ", "'", "´", "'", "`", "'").Replace(name)
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}
