package demo

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/sandbox/contract"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
)

// village is a whole installation on which a test acts.
type village struct {
	*Stage
	Town *sandbox.Server
	t    *testing.T
}

func newVillage(t *testing.T) village {
	t.Helper()
	s, err := newStage("github", NewClock(beginning), contract.GitHub(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return village{s, s.town.(*onGitHub).Server, t}
}

func (v village) must(err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
}

// open opens an issue as erin and lets everything come to rest.
func (v village) open(title, body string, labels ...string) int {
	v.t.Helper()
	n, err := v.Town.As("erin").OpenIssue(Repo, title, body, labels...)
	v.must(err)
	v.rest()
	return n
}

// say comments, lets everything come to rest, and returns what Hereby answered
// and how it reacted.
func (v village) say(who string, n int, text string) (answer, reaction string) {
	v.t.Helper()
	id, err := v.Town.As(who).Comment(Repo, n, text)
	v.must(err)
	v.rest()
	var after bool
	for _, c := range v.Town.Comments(Repo, n) {
		switch {
		case c.ID == id:
			after = true
			for _, r := range c.Reactions {
				reaction += r.Content
			}
		case after && c.Author == bot:
			answer += c.Body
		}
	}
	return answer, reaction
}

func (v village) rest() { v.t.Helper(); v.must(v.Settle(v.t.Context())) }

func (v village) declared(n int) bool {
	return slices.Contains(v.Town.Issue(Repo, n).Labels, "hereby")
}

func TestWhatDeclaresNothing(t *testing.T) {
	v := newVillage(t)
	v.Town.SetRole(Repo, "mallory", sandbox.Read)
	v.Town.SetRole(Repo, "robot[bot]", sandbox.Write)
	const phrase = "I hereby declare this an incident"
	for name, c := range map[string]struct {
		who, text string
		answered  bool
	}{
		"in a quote":        {"bob", "> " + phrase + "\n\nwho wrote that?", false},
		"in a code block":   {"bob", "```\n" + phrase + "\n```", false},
		"in inline code":    {"bob", "write `" + phrase + "`", false},
		"in an HTML remark": {"bob", "<!-- " + phrase + " -->", false},
		"by a stranger":     {"mallory", phrase, false},
		"by an automation":  {"robot[bot]", phrase, false},
		"as a question":     {"bob", "Shall I say: I hereby declare this an incident?", true},
	} {
		n := v.open(name, "")
		answer, reaction := v.say(c.who, n, c.text)
		if v.declared(n) || reaction != "" || (answer != "") != c.answered {
			t.Errorf("%s: declared %v, reaction %q, answer %q", name, v.declared(n), reaction, answer)
		}
	}
	pr, err := v.Town.As("bob").OpenPR(Repo, "Bound the workers", "")
	v.must(err)
	if answer, _ := v.say("bob", pr, phrase); v.declared(pr) || !strings.Contains(answer, "/issues/new?") {
		t.Errorf("on a pull request: declared %v, answer %q", v.declared(pr), answer)
	}
	if n := v.open("CRLF in a text", "It is down.\r\n\r\nI hereby declare\r\nan incident.\r\n"); !v.declared(n) {
		t.Error("two lines of one sentence declare nothing")
	}
}

func TestCommandsThatGoWrong(t *testing.T) {
	v := newVillage(t)
	v.Town.SetRole(Repo, "mallory", sandbox.Read)
	v.Town.AddUser("guest")
	n := v.open("Checkout is down", "", "incident") // an issue without a text
	if !v.declared(n) {
		t.Fatal("the label declared nothing")
	}
	for _, c := range []struct {
		name, who, text, reaction string
		says                      []string // nil: nothing is said
	}{
		{"a stranger", "mallory", "/ops", "confused", nil},
		{"an unknown account", "erin", "/ops @nobody-of-this-name", "confused", []string{"there is no account `@nobody-of-this-name`"}},
		{"who cannot be assigned", "erin", "/comms @guest", "confused", []string{"cannot be assigned to @\u2060guest"}},
		{"a role twice", "erin", "/ops @bob\n/ops @bob", "rocket", nil},
		{"a person twice", "erin", "/planning @bob @bob", "rocket", nil},
		{"CRLF", "erin", "/comms @carol\r\n/note 15:05 seen\r\n", "rocket", []string{"15:05 UTC"}},
		{"ten, one misspelt", "erin", "/note 1\n/note 2\n/note 3\n/note 4\n/note 5\n/imapct 6\n/note 7\n/note 8\n/note 9\n/note 10", "confused",
			[]string{"❌ `/imapct 6`", "`/impact 6`", "✅ `/note 10`"}},
	} {
		answer, reaction := v.say(c.who, n, c.text)
		if reaction != c.reaction || (answer == "") != (c.says == nil) {
			t.Errorf("%s: reaction %q, answer %q", c.name, reaction, answer)
		}
		for _, want := range c.says {
			if !strings.Contains(answer, want) {
				t.Errorf("%s: %q is not in %q", c.name, want, answer)
			}
		}
	}
	titles := map[string]int{}
	for _, i := range v.Town.Issues() {
		role, _, _ := strings.Cut(i.Title, ":")
		titles[role]++
	}
	if titles["Operations A"] != 1 || titles["Operations B"] != 0 || titles["Communications"] != 1 {
		t.Errorf("tickets: %v", titles)
	}
}

// A board that a person pasted, marker and all, is a comment of that person.
func TestAPastedBoard(t *testing.T) {
	v := newVillage(t)
	n := v.open("Checkout is down", "", "incident")
	board := v.Town.Comments(Repo, n)[0]
	pasted := strings.ReplaceAll(board.Body, "@erin", "@bob")
	if answer, reaction := v.say("bob", n, pasted); answer != "" || reaction != "" {
		t.Errorf("it was answered %q, with %q", answer, reaction)
	}
	v.say("erin", n, "/summary it goes on")
	all := v.Town.Comments(Repo, n)
	if all[1].Body != pasted || !strings.Contains(all[0].Body, "it goes on") {
		t.Errorf("the board reads %q, the pasted one %q", all[0].Body, all[1].Body)
	}
}

// GitHub takes 100 sub-issues: what exceeds them is part of the incident by
// its text, shown on the board, and stands against closing all the same.
func TestMoreTicketsThanSubIssues(t *testing.T) {
	v := newVillage(t)
	erin := v.Town.As("erin")
	n := v.open("Checkout is down", "")
	for range 100 {
		child, err := erin.OpenIssue(Repo, "Look at a shop", "")
		v.must(err)
		v.must(erin.AddSubIssue(Repo, n, Repo, child))
	}
	v.must(erin.Label(Repo, n, "incident"))
	v.rest()
	loose := slices.IndexFunc(v.Town.Issues(), func(i sandbox.WorldIssue) bool { return i.Title == "Incident command: Checkout is down" })
	if loose < 0 {
		t.Fatal("command has no ticket")
	}
	ticket := v.Town.Issues()[loose]
	if ticket.Parent != nil || !strings.Contains(ticket.Body, fmt.Sprintf("Part of #%d", n)) {
		t.Errorf("the 101st hangs under %v: %s", ticket.Parent, ticket.Body)
	}
	v.must(erin.Close(Repo, n, "completed"))
	v.rest()
	last := v.Town.Comments(Repo, n)
	said := last[len(last)-1].Body
	if v.Town.Issue(Repo, n).State != "open" || !strings.Contains(said, fmt.Sprintf("#%d Incident command", ticket.Number)) || strings.Count(said, "Look at a shop") == 0 {
		t.Errorf("it is %s: %s", v.Town.Issue(Repo, n).State, said)
	}
}

// Issues that carried the label before Hereby came are left alone.
func TestThreeHundredOldIssues(t *testing.T) {
	v := newVillage(t)
	for i := range 300 {
		n, err := v.Town.As("erin").OpenIssue(Repo, fmt.Sprintf("Old incident %d", i), "I hereby declare this an incident", "incident")
		v.must(err)
		if i%3 == 0 {
			_, err := v.Town.As("bob").Comment(Repo, n, "/ops")
			v.must(err)
		}
	}
	for v.Town.Drop(0) { // nobody was there to be told
	}
	v.Clock.Move(3 * 24 * time.Hour)
	v.Town.ResetRequests()
	v.must(v.Store.Touch(t.Context(), time.Time{}, incident.SweepOf("github", Repo)))
	v.rest()
	reads := 0
	for route, n := range v.Town.Requests() {
		if reads += n; !strings.HasPrefix(route, "GET ") && !strings.HasPrefix(route, "POST /graphql") {
			t.Errorf("%s, %d times", route, n)
		}
	}
	if reads < 300 {
		t.Errorf("only %d requests: they were not looked at", reads)
	}
	for _, i := range v.Town.Issues() {
		if len(i.Labels) != 1 || len(i.Comments) > 1 {
			t.Fatalf("#%d was touched: %v, %d comments", i.Number, i.Labels, len(i.Comments))
		}
	}
}

func TestAFollowUpReopenedAfterTheClose(t *testing.T) {
	v := newVillage(t)
	p := &play{ctx: t.Context(), stage: v.Stage}
	v.must(p.all(io.Discard))
	n, head := number(p.child("Bound the socket pool")), number(p.head)
	before := len(v.Town.Comments(Repo, head))
	for range 2 { // told once, however often
		v.must(v.Town.As("alice").Reopen(Repo, n))
		v.rest()
		all := v.Town.Comments(Repo, head)
		if i := v.Town.Issue(Repo, head); i.State != "closed" || len(all) != before+1 || !strings.Contains(all[before].Body, fmt.Sprintf("#%d", n)) {
			t.Fatalf("it is %s, and says %v", i.State, all[before:])
		}
		v.must(v.Town.As("alice").Close(Repo, n, "completed"))
		v.rest()
	}
}

// A head that is deleted or goes where nobody is served ends nothing else.
func TestHeadsThatGo(t *testing.T) {
	v := newVillage(t)
	v.Town.AddRepo("acme/attic")
	for _, who := range []string{"erin", bot} {
		v.Town.SetRole("acme/attic", who, sandbox.Write)
	}
	v.Town.SetRole(Repo, "erin", sandbox.Admin)
	var log strings.Builder
	v.Reconciler.Log = slog.New(slog.NewTextHandler(&log, nil))
	deleted, moved, stays := v.open("One", "", "incident"), v.open("Two", "", "incident"), v.open("Three", "", "incident")
	v.must(v.Town.As("erin").Delete(Repo, deleted))
	_, err := v.Town.As("erin").Transfer(Repo, moved, "acme/attic")
	v.must(err)
	v.rest()
	if !strings.Contains(log.String(), "acme/attic is not") {
		t.Errorf("where it went, and that nobody is served there, is not said:\n%s", log.String())
	}
	if answer, reaction := v.say("bob", stays, "/ops"); reaction != "rocket" {
		t.Errorf("another incident: %q %q", answer, reaction)
	}
}
