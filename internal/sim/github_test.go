package sim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
	"github.com/hereby/hereby/internal/plan"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	trackers "github.com/hereby/hereby/internal/tracker"
	tracker "github.com/hereby/hereby/internal/tracker/github"
	"github.com/hereby/hereby/webhooks"
)

// github is the town on GitHub.
type github struct {
	*sandbox.Server
	clock     func() time.Time
	token     string // of our account
	everybody []string
	places    []string
	fault     sandbox.Fault // of the request under way
}

// newGitHub builds it. Webhooks go to transport, and wrap is put around its API.
func newGitHub(clock func() time.Time, lag time.Duration, transport http.RoundTripper, wrap func(http.Handler) http.Handler) town {
	g := &github{clock: clock, places: []string{shop, infra}}
	g.Server = sandbox.New(sandbox.Options{
		Clock: clock, URL: home, Deliver: sandbox.Manual, Lag: lag, Transport: transport, Wrap: wrap,
		Fault: func(*http.Request, int) sandbox.Fault { return g.fault },
	})
	return g
}

func (g *github) name() string             { return tracker.Name }
func (g *github) place(of string) string   { return of }
func (g *github) policy(*plan.Policy)      {}
func (g *github) typed(text string) string { return text }
func (g *github) named(text string) string { return text }
func (g *github) handler() http.Handler    { return g.Server.Handler() }
func (g *github) settle()                  { g.Server.Settle() }
func (g *github) close()                   { g.Server.Close() }

func (g *github) within(places ...string) { g.places = places }

func (g *github) adapters(transport http.RoundTripper) (map[string]trackers.Tracker, error) {
	t, err := tracker.New(tracker.Options{
		BaseURL: home + "/api/v3", Token: tracker.Static(g.token), Clock: g.clock, Repos: g.places, Transport: transport,
	})
	return map[string]trackers.Tracker{g.name(): t}, err
}

func (g *github) sources() ([]webhooks.Source, error) {
	s, err := webhooks.NewGitHub([]string{secret}, webhooks.GitHubOptions{Label: "incident"})
	return []webhooks.Source{s}, err
}

func (g *github) sweeps() (keys []incident.Key) {
	for _, place := range g.places {
		keys = append(keys, incident.SweepOf(g.name(), place))
	}
	return keys
}

func (g *github) settles(*http.Request) (time.Duration, bool) { return time.Minute, true }

func (g *github) befall(f fault, by time.Duration) {
	kinds := map[fault]sandbox.Fault{
		failBefore: {Kind: sandbox.ErrorBefore}, failAfter: {Kind: sandbox.ErrorAfter},
		dropBefore: {Kind: sandbox.DropBefore}, lostReply: {Kind: sandbox.LostReply},
		late: {Kind: sandbox.DelayedAfter, Delay: by}, tooMany: {Kind: sandbox.TooMany}, secondary: {Kind: sandbox.TooMany, Status: http.StatusForbidden},
	}
	g.fault = kinds[f]
}

func (g *github) step(req *http.Request) string {
	return req.Method + " " + req.URL.RequestURI()[len("/api/v3"):]
}

func (g *github) creates(step string) bool {
	return strings.HasPrefix(step, http.MethodPost) && (strings.HasSuffix(step, "/issues") || strings.HasSuffix(step, "/comments"))
}

func (g *github) pending() (names []string) {
	for _, w := range g.Server.Pending() {
		names = append(names, w.Event+" "+w.Action)
	}
	return names
}

func (g *github) deliver(n int)   { g.Server.Deliver(n) }
func (g *github) drop(n int) bool { return g.Server.Drop(n) }
func (g *github) duplicate(n int) { g.Server.Duplicate(n) }

func (g *github) people(team []string, onCall int, stranger string) {
	g.AddOrg("acme", team...)
	g.AddTeam("acme", "on-call", team[:onCall]...)
	for _, repo := range g.places {
		g.AddRepo(repo)
		for _, who := range team {
			g.SetRole(repo, who, sandbox.Write)
		}
		g.SetRole(repo, bot, sandbox.Write)
		g.AddHook(repo, "http://hereby/webhooks/github", secret)
	}
	g.AddUser(stranger)
	g.SetRole(g.places[0], stranger, sandbox.Read)
	g.token = g.Token(bot)
	g.everybody = append(slices.Clone(team), stranger, bot)
}

func (g *github) tickets() (list []ticket) {
	for _, x := range g.Issues() {
		list = append(list, seen(g.Issue(x.Repo, x.Number)))
	}
	return list
}

func seen(i sandbox.Issue) ticket {
	t := ticket{
		ref: reference(i.Repo, i.Number), id: fmt.Sprint(i.ID), author: i.Author, title: i.Title, text: read(i.Author, i.Body), state: i.State,
		labels: i.Labels, assignees: i.Assignees,
	}
	if i.StateReason != nil {
		t.as = *i.StateReason
	}
	switch p := i.Parent.(type) {
	case int:
		t.under = []bond{{"parent", reference(i.Repo, p)}}
	case string:
		t.under = []bond{{"parent", incident.Ref(p)}}
	}
	for _, c := range i.Comments {
		r := remark{id: strconv.FormatInt(c.ID, 10), author: c.Author, text: read(c.Author, c.Body)}
		for _, x := range c.Reactions {
			r.reactions = append(r.reactions, x.User+" "+x.Content)
		}
		t.comments = append(t.comments, r)
	}
	return t
}

// read takes the marker off a text of ours.
func read(author, body string) text {
	x := text{body: body, shown: body}
	if m, rest, ok := marker.Take(body); ok && author == bot {
		x.shown, x.mark = rest, &m
	}
	return x
}

func reference(repo string, n int) incident.Ref { return incident.PathRef(repo, strconv.Itoa(n)) }

// number is that of an issue.
func number(ref incident.Ref) int {
	n, _ := strconv.Atoi(ref.Number())
	return n
}

func (g *github) open(who, place, title, body string) (incident.Ref, error) {
	n, err := g.As(who).OpenIssue(place, title, body)
	return reference(place, n), err
}

func (g *github) comment(who string, on incident.Ref, text string) (string, error) {
	id, err := g.As(who).Comment(on.Place(), number(on), text)
	return strconv.FormatInt(id, 10), err
}

func (g *github) editComment(who, id, text string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return err
	}
	return g.As(who).EditComment(n, text)
}

func (g *github) setBody(who string, ref incident.Ref, body string) error {
	return g.As(who).SetBody(ref.Place(), number(ref), body)
}

func (g *github) closeTicket(who string, ref incident.Ref, as string) error {
	return g.As(who).Close(ref.Place(), number(ref), as)
}

func (g *github) reopen(who string, ref incident.Ref) error {
	return g.As(who).Reopen(ref.Place(), number(ref))
}

func (g *github) assign(who string, ref incident.Ref, people ...string) error {
	return g.As(who).Assign(ref.Place(), number(ref), people...)
}

func (g *github) attach(who string, parent, child incident.Ref, on bool) error {
	change := g.As(who).RemoveSubIssue
	if on {
		change = g.As(who).AddSubIssue
	}
	return change(parent.Place(), number(parent), child.Place(), number(child))
}

func (g *github) tick(who string, ref incident.Ref, n int) error {
	return g.As(who).TickBox(ref.Place(), number(ref), n, true)
}

func (g *github) mergeFix(who string, ref incident.Ref) error {
	pr, err := g.As(who).OpenPR(ref.Place(), "Bound the workers", fmt.Sprintf("Fixes #%d", number(ref)))
	if err != nil {
		return err
	}
	return g.As(who).MergePR(ref.Place(), pr)
}

// library is in git; on a machine without it, in Confluence.
func (g *github) library(c *clock, lag time.Duration, wrap func(http.Handler) http.Handler) (library, error) {
	if hasGit() {
		return newGitWiki(c)
	}
	accounts := map[string]string{}
	for _, who := range g.everybody {
		accounts[who] = who
	}
	return newSpace(c, lag, false, accounts, wrap), nil
}

func (g *github) wrotePage(who, name string) error { return g.As(who).WritePage(shop, name) }
