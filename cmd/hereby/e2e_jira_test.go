package main_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// fewer disturbances than elsewhere: a process that dies while it creates the epic
// or a follow-up leaves five minutes in which Jira's index may hide that.
const fewer = 4

func TestKilledAtRandomOnJiraCloud(t *testing.T) {
	t.Parallel()
	j := onJira(t, sandbox.Cloud)
	play(t, j, func(tn *town) {
		tn.most, tn.wiki = fewer, newConfluence(j.(*jira), tn.url)
		p := tn.start("bolt:" + filepath.Join(t.TempDir(), "hereby.db"))
		tn.disturb = func(*rand.Rand) { p.kill(); p.restart() }
	})
}

func TestTwoReplicasOnJiraDataCenter(t *testing.T) {
	t.Parallel()
	store := redis(t)
	wiki := newGitWiki(t, false)
	play(t, onJira(t, sandbox.DataCenter), func(tn *town) {
		tn.most, tn.wiki = fewer, wiki
		both := []*process{tn.start(store), tn.start(store)}
		tn.disturb = func(r *rand.Rand) { p := both[r.IntN(2)]; p.kill(); p.restart() }
	})
}

// jira is a Jira with the project OPS.
type jira struct {
	*sandbox.Server
	edition sandbox.Edition
	names   *strings.Replacer // accounts, as slots have them, to names
	ids     map[string]string // back
}

func onJira(t *testing.T, edition sandbox.Edition) tracker {
	opt := sandbox.Options{Edition: edition}
	if edition == sandbox.Cloud {
		opt.Wrap = contract.Jira(t)
	}
	j := &jira{Server: sandbox.New(opt), edition: edition, ids: map[string]string{}}
	j.AddProject("OPS")
	j.SetRole("OPS", sandbox.Developers, "alice", "bob", "carol")
	j.SetRole("OPS", sandbox.Administrators, "hereby-bot")
	var pairs []string
	for _, who := range []string{"alice", "bob", "carol"} {
		j.ids[who] = j.AccountID(who)
		pairs = append(pairs, string(incident.PersonOf(j.ids[who])), who)
	}
	j.names = strings.NewReplacer(pairs...)
	return j
}

func (j *jira) token() string { return j.Token("hereby-bot") }

func (j *jira) section(url, token, wiki string) string {
	account := "edition: datacenter"
	if j.edition == sandbox.Cloud {
		account = "user: " + j.Email("hereby-bot")
	}
	return fmt.Sprintf("jira: {url: %s, token: %q, %s, webhook_secrets: [%q], projects: [OPS], trusted: {roles: [Developers]}, %s}\n", url, token, account, secret, wiki)
}

func (j *jira) hook(url string) {
	j.AddHook(sandbox.Hook{URL: url + "/webhooks/jira", Secret: secret})
}

func (j *jira) title(head incident.Ref) string { return "Postmortem-" + string(head) }

// crew has each duty as a ticket: Jira's texts carry no boxes.
func (j *jira) crew() []string {
	return []string{"epic", "role/command", "role/communications", "role/operations/bob",
		"check/command-place", "check/command-roles", "check/command-summary", "check/command-restored", "check/command-postmortem", "check/command-attendance",
		"check/operations-investigate", "check/operations-coordinate", "check/operations-document",
		"check/communications-owner", "check/communications-customers", "check/communications-internal", "check/communications-updates"}
}

func (j *jira) head(who, title, text string) (incident.Ref, error) {
	key, err := j.As(who).OpenIssue("OPS", title, text, "incident")
	return incident.Ref(key), err
}

// comment types commands and names as Jira's editor leaves them.
func (j *jira) comment(who string, on incident.Ref, text string) error {
	text = slash.ReplaceAllString(text, "hereby $1")
	for name, id := range j.ids {
		mention := "[~" + id + "]"
		if j.edition == sandbox.Cloud {
			mention = "[~accountid:" + id + "]"
		}
		text = strings.ReplaceAll(text, "@"+name, mention)
	}
	_, err := j.As(who).Comment(string(on), text)
	return err
}

var (
	slash = regexp.MustCompile(`(?m)^/([a-z]+)`)
	typed = regexp.MustCompile(`(?m)^hereby ([a-z]+)`)
)

func (j *jira) finish(who string, ref incident.Ref) error {
	return j.As(who).Close(string(ref), "Done")
}

func (j *jira) slot(properties map[string]string) string {
	var mark struct{ Slot string }
	json.Unmarshal([]byte(properties["hereby"]), &mark)
	return j.names.Replace(mark.Slot)
}

func (j *jira) tickets() (list []ticket) {
	for _, i := range j.Issues() {
		x := ticket{ref: incident.Ref(i.Key), slot: j.slot(j.Issue(i.Key).Properties), title: i.Title, labels: i.Labels,
			open: i.State == "open", twin: i.StateReason != nil && *i.StateReason == "duplicate"}
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

func (j *jira) remarks(on incident.Ref) (list []remark) {
	for _, c := range j.Comments(string(on)) {
		x := remark{slot: j.slot(c.Properties), text: typed.ReplaceAllString(c.Body, "/$1")}
		var ack struct{ As string }
		if json.Unmarshal([]byte(c.Properties["hereby-ack"]), &ack) == nil {
			x.acks = append(x.acks, ack.As)
		}
		list = append(list, x)
	}
	return list
}

func (j *jira) wrote(string, string) error { return nil } // a sweep sees it
