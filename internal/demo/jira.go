package demo

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/sandbox/host"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/tracker/jira"
	"github.com/hereby/hereby/webhooks"
)

// project is where the story takes place on Jira.
const project = "OPS"

// onJira is a Jira on the stage.
type onJira struct {
	*sandbox.Server
	adapter *jira.Tracker
	pages   library
	url     string
	cloud   bool
}

// newCloud builds a Jira Cloud, with a Confluence for its pages.
func newCloud(s *Stage, wrap func(http.Handler) http.Handler) (town, error) {
	j := newJira(s, sandbox.Options{Edition: sandbox.Cloud, Wrap: wrap})
	j.pages, j.cloud = newConfluence(s, j), true
	return j, j.connect(s, jira.Options{Edition: jira.Cloud, User: j.Email(bot)})
}

// newDataCenter builds a Jira Data Center, with a git wiki for its pages.
func newDataCenter(s *Stage, wrap func(http.Handler) http.Handler) (_ town, err error) {
	j := newJira(s, sandbox.Options{Edition: sandbox.DataCenter, Wrap: wrap})
	if j.pages, err = newGit(s, "ops", j.Token(bot), true); err != nil {
		return nil, err
	}
	return j, j.connect(s, jira.Options{Edition: jira.DataCenter})
}

// newJira builds one with the people of the story, and an automation rule that
// acts under an account of its own.
func newJira(s *Stage, o sandbox.Options) *onJira {
	o.Clock, o.URL, o.Deliver = s.Clock.Now, s.URL, sandbox.Manual
	j := &onJira{url: s.URL, Server: sandbox.New(o)}
	people := []string{"erin", "alice", "bob", "carol", "dave"}
	j.AddUser(append(people, bot)...)
	j.AddApp("automation")
	j.AddProject(project)
	j.SetRole(project, sandbox.Developers, people...)
	j.SetRole(project, sandbox.Administrators, bot, "automation")
	for _, who := range people {
		j.SetDisplayName(who, contacts[incident.Person(who)].Name)
	}
	return j
}

// account is how Jira knows somebody.
func (j *onJira) account(who string) string {
	if j.cloud {
		return j.AccountID(who)
	}
	return who
}

func (j *onJira) connect(s *Stage, o jira.Options) (err error) {
	o.BaseURL, o.Token, o.Clock, o.Sleep = s.URL, j.Token(bot), s.Clock.Now, s.Clock.Sleep
	o.Projects, o.Trusted, o.People = []string{project}, jira.Trusted{Roles: []string{sandbox.Developers}}, map[string]string{}
	for who := range contacts {
		o.People[string(who)] = j.account(string(who))
	}
	j.adapter, err = jira.New(o)
	return err
}

func (j *onJira) name() string { return jira.Name }
func (j *onJira) title() string {
	if j.cloud {
		return "Jira Cloud"
	}
	return "Jira Data Center"
}
func (j *onJira) place() string              { return project }
func (j *onJira) handler() http.Handler      { return j.Handler() }
func (j *onJira) tracker() reconcile.Tracker { return j.adapter }
func (j *onJira) settle()                    { j.Settle() }
func (j *onJira) deliver() int               { return j.DeliverAll() }
func (j *onJira) hook(url string)            { j.AddHook(sandbox.Hook{URL: url, Secret: secret}) }
func (j *onJira) library() library           { return j.pages }
func (j *onJira) close()                     { j.Close() }

func (j *onJira) calm() time.Duration {
	if j.cloud {
		return 0
	}
	return 5 * time.Minute
}

func (j *onJira) source() (webhooks.Source, error) {
	return webhooks.NewJira(webhooks.JiraAccess{Secrets: []string{secret}}, webhooks.JiraOptions{Label: "incident", URL: j.url})
}

// policy knows people by their accounts, and calls nobody: Jira has no teams
// to mention.
func (j *onJira) policy(p *plan.Policy) {
	p.Call = nil
	p.People, p.Aliases = map[incident.Person]plan.Contact{}, map[incident.Person]incident.Person{}
	for who, c := range contacts {
		p.Aliases[who] = incident.PersonOf(j.account(string(who)))
		p.People[p.Aliases[who]] = c
	}
}

func (j *onJira) world(pages []host.WorldPage) []byte { return j.World(pages...) }

func (j *onJira) open(who, title, text string) (incident.Ref, error) {
	key, err := j.As(who).OpenIssue(project, title, text)
	return incident.Ref(key), err
}

func (j *onJira) comment(who string, on incident.Ref, text string) error {
	_, err := j.As(who).Comment(string(on), j.typed(text))
	return err
}

// typed spells commands as Jira's editor lets people type them.
func (j *onJira) typed(text string) string { return slashes.ReplaceAllString(text, "${1}hereby $2") }

var slashes = regexp.MustCompile(`(?m)(^| )/([a-z]+)`)

func (j *onJira) finish(who string, ref incident.Ref) error {
	return j.As(who).Close(string(ref), "Done")
}

// automate has a rule of the project close the issue.
func (j *onJira) automate(_ string, on incident.Ref) error {
	return j.As("automation").Close(string(on), "Done")
}

func (j *onJira) wrote(string, string) error { return nil } // a sweep sees it

func (j *onJira) issues() (list []issue) {
	for _, i := range j.Issues() {
		x := issue{ref: incident.Ref(i.Key), title: i.Title, body: j.read(i.Body), state: incident.Open, labels: i.Labels, assignees: i.Assignees}
		if i.StateReason != nil {
			x.state = map[string]incident.State{"completed": incident.Done, "not_planned": incident.Wontfix, "duplicate": incident.Duplicate}[*i.StateReason]
		}
		if key, ok := i.Parent.(string); ok {
			x.under = append(x.under, incident.Ref(key))
		}
		for _, l := range i.Links {
			x.under = append(x.under, incident.Ref(l.Key))
		}
		list = append(list, x)
	}
	return list
}

func (j *onJira) comments(on incident.Ref) (list []remark) {
	for _, c := range j.Comments(string(on)) {
		r := remark{id: c.ID, author: c.Author, body: j.read(c.Body)}
		var ack struct{ As incident.Verdict }
		if json.Unmarshal([]byte(c.Properties["hereby-ack"]), &ack) == nil {
			r.acked = ack.As
		}
		list = append(list, r)
	}
	return list
}

// read turns wiki markup into the story's language.
func (j *onJira) read(markup string) string {
	text := mention.ReplaceAllStringFunc(markup, func(m string) string {
		name := mention.FindStringSubmatch(m)[1]
		if id, ok := strings.CutPrefix(name, "accountid:"); ok {
			name = j.NameOf(id)
		}
		return "@" + name
	})
	text = strings.NewReplacer("{{", "`", "}}", "`").Replace(text)
	text = escaped.ReplaceAllString(text, "$1")
	return typed.ReplaceAllString(text, "`/$1")
}

var (
	mention = regexp.MustCompile(`\[~([^\]]+)\]`)
	escaped = regexp.MustCompile(`\\([^\w\s])`)
	typed   = regexp.MustCompile("`hereby ([a-z]+)")
)
