package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
	"github.com/hereby/hereby/internal/plan"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	trackers "github.com/hereby/hereby/internal/tracker"
	tracker "github.com/hereby/hereby/internal/tracker/jira"
	"github.com/hereby/hereby/webhooks"
)

// jira is the town on Jira Cloud or Data Center.
type jira struct {
	*sandbox.Server
	edition  sandbox.Edition
	clock    func() time.Time
	token    string            // of our account
	accounts map[string]string // by name
	spelled  *strings.Replacer // accounts to names
	fault    sandbox.Fault     // of the request under way
	places   []string
}

// automation is the account under which a rule of the project acts.
const automation = "automation"

// projects are what places are called here.
var projects = map[string]string{shop: "OPS", infra: "NET"}

// newJira builds one edition; see newGitHub.
func newJira(edition sandbox.Edition) func(func() time.Time, time.Duration, http.RoundTripper, func(http.Handler) http.Handler) town {
	return func(clock func() time.Time, lag time.Duration, transport http.RoundTripper, wrap func(http.Handler) http.Handler) town {
		j := &jira{edition: edition, clock: clock, accounts: map[string]string{}, places: []string{shop, infra}}
		j.Server = sandbox.New(sandbox.Options{
			Edition: edition, Clock: clock, URL: home, Deliver: sandbox.Manual, Lag: lag, Transport: transport, Wrap: wrap,
			Fault: func(*http.Request, int) sandbox.Fault { return j.fault },
		})
		return j
	}
}

func (j *jira) cloud() bool            { return j.edition == sandbox.Cloud }
func (j *jira) name() string           { return tracker.Name }
func (j *jira) place(of string) string { return projects[of] }
func (j *jira) handler() http.Handler  { return j.Server.Handler() }
func (j *jira) settle()                { j.Server.Settle() }
func (j *jira) close()                 { j.Server.Close() }

func (j *jira) within(places ...string) { j.places = places }

// keys are those of the projects.
func (j *jira) keys() (keys []string) {
	for _, place := range j.places {
		keys = append(keys, projects[place])
	}
	slices.Sort(keys)
	return keys
}

func (j *jira) adapters(transport http.RoundTripper) (map[string]trackers.Tracker, error) {
	o := tracker.Options{
		BaseURL: home, Edition: tracker.DataCenter, Token: j.token, Clock: j.clock, Transport: transport,
		Projects: j.keys(), Trusted: tracker.Trusted{Roles: []string{sandbox.Developers}}, People: j.accounts,
	}
	if j.cloud() {
		o.Edition, o.User = tracker.Cloud, j.Email(bot)
	}
	t, err := tracker.New(o)
	return map[string]trackers.Tracker{j.name(): t}, err
}

func (j *jira) sources() ([]webhooks.Source, error) {
	s, err := webhooks.NewJira(webhooks.JiraAccess{Secrets: []string{secret}}, webhooks.JiraOptions{Label: "incident", URL: home})
	return []webhooks.Source{s}, err
}

func (j *jira) sweeps() (keys []incident.Key) {
	for _, place := range j.places {
		keys = append(keys, incident.SweepOf(j.name(), projects[place]))
	}
	return keys
}

// policy knows people by their accounts, and calls nobody: Jira has no teams to
// mention.
func (j *jira) policy(p *plan.Policy) {
	people := p.People
	p.Call, p.People, p.Aliases = nil, map[incident.Person]plan.Contact{}, map[incident.Person]incident.Person{}
	for name, account := range j.accounts {
		p.Aliases[incident.Person(name)] = incident.PersonOf(account)
	}
	for who, c := range people {
		p.People[p.Aliases[who]] = c
	}
}

// settles: a comment is read as it is, and so are the head's sub-tasks.
func (j *jira) settles(req *http.Request) (time.Duration, bool) {
	switch name := j.step(req); {
	case !j.creates(name):
	case strings.HasSuffix(name, "/comment"):
		return time.Minute, false
	default:
		body, _ := io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(body))
		if subtask.Match(body) {
			return time.Minute, false
		}
	}
	return 5 * time.Minute, true
}

var subtask = regexp.MustCompile(`"slot":"(role|check)/`)

func (j *jira) befall(f fault, by time.Duration) {
	kinds := map[fault]sandbox.Fault{
		failBefore: {Kind: sandbox.ErrorBefore}, failAfter: {Kind: sandbox.ErrorAfter},
		dropBefore: {Kind: sandbox.DropBefore}, lostReply: {Kind: sandbox.LostReply},
		late: {Kind: sandbox.DelayedAfter, Delay: by}, tooMany: {Kind: sandbox.TooMany}, secondary: {Kind: sandbox.TooMany, Status: http.StatusServiceUnavailable},
	}
	j.fault = kinds[f]
}

// step names a search, which has a body, by what it does.
func (j *jira) step(req *http.Request) string {
	address := strings.TrimPrefix(req.URL.RequestURI(), "/rest/api/2")
	if strings.HasPrefix(address, "/search") {
		return http.MethodGet + " " + address
	}
	return req.Method + " " + address
}

func (j *jira) creates(step string) bool { return creation.MatchString(step) }

var creation = regexp.MustCompile(`^POST /issue(/bulk|/[^/]+/comment)?$`)

func (j *jira) pending() (names []string) {
	for _, w := range j.Server.Pending() {
		names = append(names, w.Event+" "+w.Issue)
	}
	return names
}

func (j *jira) deliver(n int)   { j.Server.Deliver(n) }
func (j *jira) drop(n int) bool { return j.Server.Drop(n) }
func (j *jira) duplicate(n int) { j.Server.Duplicate(n) }

func (j *jira) people(team []string, _ int, stranger string) {
	j.AddUser(append(slices.Clone(team), stranger, bot)...)
	j.AddApp(automation)
	for _, key := range j.keys() {
		j.AddProject(key)
		j.SetRole(key, sandbox.Developers, team...)
		j.SetRole(key, sandbox.Administrators, bot, automation)
	}
	j.SetRole(projects[j.places[0]], sandbox.Users, stranger)
	j.AddHook(sandbox.Hook{URL: "http://hereby/webhooks/jira", Secret: secret})
	j.token = j.Token(bot)
	var pairs []string
	for _, who := range append(slices.Clone(team), stranger, bot, automation) {
		j.accounts[who] = j.AccountID(who)
		pairs = append(pairs, "[~accountid:"+j.accounts[who]+"]", "@"+who, "[~"+who+"]", "@"+who, j.accounts[who], who)
	}
	j.spelled = strings.NewReplacer(pairs...)
}

// typed writes what the story says as people do in Jira's editor, in which "/"
// opens a menu. Cloud's knows no carriage returns, and nothing after the end.
func (j *jira) typed(text string) string {
	if j.cloud() {
		text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	}
	text = handles.ReplaceAllStringFunc(text, func(h string) string {
		switch account := j.accounts[h[1:]]; {
		case account == "":
			return h
		case j.cloud():
			return "[~accountid:" + account + "]"
		}
		return "[~" + h[1:] + "]"
	})
	for _, place := range j.places {
		text = strings.ReplaceAll(text, place, projects[place])
	}
	text = slashed.ReplaceAllString(text, "${1}hereby $2")
	return strings.NewReplacer("> ", "bq. ", "```", "{noformat}", "**", "*").Replace(text)
}

// told is a text there as the story has it.
func (j *jira) told(text string) string {
	text = starred.ReplaceAllString(j.named(text), "- ")
	text = strings.NewReplacer("{{", "`", "}}", "`").Replace(text)
	text = escaped.ReplaceAllString(text, "$1")
	text = unslashed.ReplaceAllString(text, "/$1")
	return unslashedCode.ReplaceAllString(text, "`/$1")
}

// named tells people, places and tickets by the story's names, in a text that
// is no markup.
func (j *jira) named(text string) string {
	text = j.spelled.Replace(text)
	text = browsed.ReplaceAllStringFunc(text, func(s string) string {
		x := browsed.FindStringSubmatch(s)
		address := home + "/" + placeOf(x[1]) + "/issues/" + x[2]
		if x[3] != "" {
			address += "#issuecomment-" + x[3]
		}
		return address
	})
	text = strings.ReplaceAll(text, "Postmortem-"+projects[shop]+"-", "Postmortem-")
	return keyed.ReplaceAllStringFunc(text, func(s string) string {
		x := keyed.FindStringSubmatch(s)
		return placeOf(x[1]) + "#" + x[2]
	})
}

var (
	handles       = regexp.MustCompile(`@[a-z]+`)
	slashed       = regexp.MustCompile(`(?m)^(> )?/([a-z]+)`)
	browsed       = regexp.MustCompile(regexp.QuoteMeta(home) + `/browse/(OPS|NET)-([0-9]+)(?:\?focusedCommentId=([0-9]+))?`)
	keyed         = regexp.MustCompile(`\b(OPS|NET)-([0-9]+)\b`)
	starred       = regexp.MustCompile(`(?m)^\* `)
	escaped       = regexp.MustCompile(`\\([^\w\s])`)
	unslashed     = regexp.MustCompile(`(?m)^hereby ([a-z]+)`)
	unslashedCode = regexp.MustCompile("`hereby ([a-z]+)")
)

// placeOf is what the story calls a project.
func placeOf(key string) string {
	for place, k := range projects {
		if k == key {
			return place
		}
	}
	return key
}

func (j *jira) tickets() (list []ticket) {
	for _, x := range j.Issues() {
		i := j.Issue(x.Key)
		t := ticket{
			ref: incident.Ref(i.Key), id: i.ID, author: i.Author, title: i.Title, text: j.read(i.Body, i.Properties), state: i.State,
			labels: i.Labels, assignees: i.Assignees,
		}
		if i.StateReason != nil {
			t.as = *i.StateReason
		}
		if key, ok := i.Parent.(string); ok {
			t.under = append(t.under, bond{"parent", incident.Ref(key)})
		}
		for _, l := range i.Links {
			t.under = append(t.under, bond{l.Type, incident.Ref(l.Key)})
		}
		for _, c := range i.Comments {
			r := remark{id: c.ID, author: c.Author, text: j.read(c.Body, c.Properties)}
			if as := acked(c); as != "" {
				r.reactions = []string{bot + " " + as}
			}
			t.comments = append(t.comments, r)
		}
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b ticket) int { return cmp.Or(len(a.id)-len(b.id), strings.Compare(a.id, b.id)) })
	return list
}

// read reads a text, and the property by which it is ours.
func (j *jira) read(body string, properties map[string]string) text {
	x := text{body: body, shown: j.told(body)}
	var p struct {
		ID, Slot, Data, Text string
	}
	if json.Unmarshal([]byte(properties["hereby"]), &p) == nil && p.ID != "" {
		x.mark, x.kept = &marker.Mark{ID: p.ID, Slot: incident.Slot(j.named(p.Slot)), Data: j.named(p.Data)}, j.named(p.Text)
	}
	return x
}

// acked is our acknowledgement of a comment, as long as it fits the text, in
// the form of GitHub's reactions.
func acked(c sandbox.Comment) string {
	var a struct {
		As   incident.Verdict
		Text string
	}
	body := strings.ReplaceAll(c.Body, "\r\n", "\n")
	if json.Unmarshal([]byte(c.Properties["hereby-ack"]), &a) != nil || a.Text != incident.HashText(body) {
		return ""
	}
	return map[incident.Verdict]string{incident.Obeyed: "rocket", incident.RefusedByRule: "confused"}[a.As]
}

func (j *jira) open(who, place, title, body string) (incident.Ref, error) {
	key, err := j.As(who).OpenIssue(place, title, body)
	return incident.Ref(key), err
}

func (j *jira) comment(who string, on incident.Ref, text string) (string, error) {
	return j.As(who).Comment(string(on), text)
}

func (j *jira) editComment(who, id, text string) error { return j.As(who).EditComment(id, text) }

func (j *jira) setBody(who string, ref incident.Ref, body string) error {
	return j.As(who).SetBody(string(ref), body)
}

func (j *jira) closeTicket(who string, ref incident.Ref, as string) error {
	resolution := "Done"
	if as == "not_planned" {
		resolution = "Won't Do"
	}
	return j.As(who).Close(string(ref), resolution)
}

func (j *jira) reopen(who string, ref incident.Ref) error { return j.As(who).Reopen(string(ref)) }

// assign leaves the last of them: Jira has one assignee.
func (j *jira) assign(who string, ref incident.Ref, people ...string) error {
	return j.As(who).Assign(string(ref), people[len(people)-1])
}

func (j *jira) attach(who string, parent, child incident.Ref, on bool) error {
	if !on {
		return j.As(who).Unlink(string(child), string(parent))
	}
	return j.As(who).Link(string(child), "Relates", string(parent))
}

// tick closes the ticket of a duty, by its place among those of the role, unless
// it is closed.
func (j *jira) tick(who string, ref incident.Ref, n int) error {
	var duties []ticket
	role := ""
	for _, t := range j.tickets() {
		if t.ref == ref && t.mark != nil {
			role = string(t.mark.Slot.Role())
		}
	}
	for _, t := range j.tickets() {
		if t.mark != nil && strings.HasPrefix(string(t.mark.Slot), "check/"+role+"-") {
			duties = append(duties, t)
		}
	}
	if n > len(duties) || role == "" {
		return fmt.Errorf("%s finds %d duties of %s, and not the duty %d", who, len(duties), ref, n)
	}
	if d := duties[n-1]; d.state == "open" {
		return j.As(who).Close(string(d.ref), "Done")
	}
	return nil
}

// mergeFix has a rule of the project close the issue.
func (j *jira) mergeFix(_ string, ref incident.Ref) error {
	return j.As(automation).Close(string(ref), "Done")
}

func (j *jira) library(c *clock, lag time.Duration, wrap func(http.Handler) http.Handler) (library, error) {
	return newSpace(c, lag, !j.cloud(), j.accounts, wrap), nil
}

// wrotePage tells nobody: a sweep sees it.
func (j *jira) wrotePage(string, string) error { return nil }
