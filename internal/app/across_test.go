package app

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/sandbox/jira"
	wikihost "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/testenv"
)

// both is one service on a GitHub and a Jira at once. alice and bob are on
// both; only alice's account on Jira is known.
type both struct {
	t      *testing.T
	github *github.Server
	jira   *jira.Server
	file   string
	url    string
	wiki   *wikihost.Repo // of GitHub's incidents; nil: none
	down   atomic.Bool    // Jira does not answer
}

func newBoth(t *testing.T, wikis *wikihost.Server) *both {
	t.Helper()
	b := &both{t: t}
	gh, api, token := town(t)
	j, section := jiraTown(t, jira.Cloud)
	b.github, b.jira = gh, j
	kept := "  wiki: {enabled: false}"
	if wikis != nil {
		web := httptest.NewServer(wikis)
		t.Cleanup(web.Close)
		wikis.User("x-access-token", "the-wiki-token", true)
		var err error
		b.wiki, err = wikis.Create("ops.wiki.git", "master")
		b.ok(err)
		_, err = b.wiki.Commit(wikihost.Author{Name: "bob", Mail: "bob@acme.example", At: time.Now()}, "First", wikihost.Change{Path: "Home.md", Text: "# Home\n"})
		b.ok(err)
		kept = "  wiki: {url: '" + web.URL + "/ops.wiki.git', token: the-wiki-token}"
	}
	b.file = inTown(t, api, token, kept, section, "people: {alice: {name: Alice, jira: '"+j.AccountID("alice")+"'}}")
	j.SetFault(func(r *http.Request, _ int) jira.Fault {
		if b.down.Load() {
			return jira.Fault{Kind: jira.TooMany, RetryAfter: time.Second} // nothing happened: with a 503 that would be uncertain
		}
		return jira.Fault{}
	})
	return b
}

// serve runs the service until its first sweeps are over: what follows is seen
// by webhooks alone.
func (b *both) serve() *program {
	b.t.Helper()
	p := start(b.t, "serve", "--config", b.file)
	b.url = p.url
	b.github.AddHook("acme/shop", p.url+"/webhooks/github", hookSecret)
	b.jira.AddHook(jira.Hook{URL: p.url + "/webhooks/jira", Secret: hookSecret})
	eventually(b.t, "the first sweeps", func() bool {
		_, metrics := p.get("/metrics", "")
		m := sweeps.FindStringSubmatch(metrics)
		return m != nil && m[1] >= "2"
	})
	newSecond() // what is older than the store waits
	return p
}

// newSecond lets GitHub's clock, which knows whole seconds, pass whatever was
// done until now.
func newSecond() { time.Sleep(1100 * time.Millisecond) }

var sweeps = regexp.MustCompile(`hereby_passes_total\{kind="sweep",outcome="ok"\} (\d+)`)

func (b *both) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// eventually says how the worlds stand if something never comes.
func (b *both) eventually(what string, yes func() bool) {
	b.t.Helper()
	for end := time.Now().Add(patience); !yes(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			b.t.Fatalf("never: %s\n%s\n%s", what, b.github.World(), b.jira.World())
		}
	}
}

// ticket finds an issue on GitHub by its title.
func (b *both) ticket(title string) (found github.WorldIssue) {
	for _, i := range b.github.Issues() {
		if i.Title == title {
			found = i
		}
	}
	return found
}

// issue finds an issue on Jira by its title.
func (b *both) issue(title string) (found jira.WorldIssue) {
	for _, i := range b.jira.Issues() {
		if i.Title == title {
			found = i
		}
	}
	return found
}

func (b *both) comment(n int, text string) {
	b.t.Helper()
	_, err := b.github.As("alice").Comment("acme/shop", n, text)
	b.ok(err)
}

func (b *both) remark(key, text string) {
	b.t.Helper()
	_, err := b.jira.As("alice").Comment(key, text)
	b.ok(err)
}

// says reports whether a comment of ours on GitHub has all the parts.
func (b *both) says(n int, parts ...string) bool {
	return slices.ContainsFunc(b.github.Comments("acme/shop", n), func(c github.Comment) bool {
		return c.Author == "hereby-machine" && !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(c.Body, p) })
	})
}

// finish closes everything of GitHub that is open but the head.
func (b *both) finish(head int) {
	for _, i := range b.github.Issues() {
		if i.Number != head && i.State == "open" {
			b.ok(b.github.As("bob").Close("acme/shop", i.Number, "completed"))
		}
	}
}

// board is our first comment on an issue of GitHub.
func (b *both) board(n int) string {
	for _, c := range b.github.Comments("acme/shop", n) {
		if c.Author == "hereby-machine" {
			return c.Body
		}
	}
	return ""
}

const board = "I hereby declare this an incident"

// An incident on GitHub files follow-ups on Jira, by a command and by an item of
// the page. They hold it open until they are done there, and their webhooks
// lead back to it.
func TestAnIncidentOnGitHubWithTicketsOnJira(t *testing.T) {
	t.Parallel()
	b := newBoth(t, gitWikis(t))
	b.serve()
	head := declare(t, b.github)
	b.eventually("the board", func() bool { return b.says(head, board) })
	b.comment(head, "/followup Bound the pool to:OPS @alice\n/followup Watch the queue to:OPS @bob")
	b.comment(head, "/restored")
	b.eventually("the follow-ups", func() bool { return b.issue("Bound the pool").Key != "" && b.issue("Watch the queue").Key != "" })
	id := fmt.Sprintf("hereby-github-%d", b.github.Issue("acme/shop", head).ID)
	pool, queue := b.issue("Bound the pool"), b.issue("Watch the queue")
	if !slices.Contains(pool.Labels, id) || !slices.Equal(pool.Assignees, []string{"alice"}) || pool.Parent != nil || len(pool.Links) != 0 || !strings.Contains(pool.Body, "/acme/shop/issues/1") {
		t.Errorf("on Jira stands %+v; want the label %s", pool, id)
	}
	if len(queue.Assignees) != 0 {
		t.Errorf("bob, whose account is not known, is assigned: %v", queue.Assignees)
	}

	const page = "Postmortem-acme-shop-1.md"
	b.eventually("the page", func() bool { _, err := b.wiki.Read(page); return err == nil })
	text, err := b.wiki.Read(page)
	b.ok(err)
	for heading, prose := range map[string]string{"Abstract": "The pool was full.", "Impact on stakeholders": "Carts were abandoned.", "Issues discovered": "- The pager was silent #communication to:OPS @alice"} {
		text = strings.Replace(text, "## "+heading+"\n", "## "+heading+"\n\n"+prose+"\n", 1)
	}
	_, err = b.wiki.Commit(wikihost.Author{Name: "alice", Mail: "alice@acme.example", At: time.Now()}, "Written", wikihost.Change{Path: page, Text: text})
	b.ok(err)
	b.comment(head, "/publish")
	b.eventually("the item's ticket", func() bool { return b.issue("The pager was silent").Key != "" })
	pager := b.issue("The pager was silent")
	if !slices.Contains(pager.Labels, id) || !slices.Equal(pager.Assignees, []string{"alice"}) {
		t.Errorf("on Jira stands %+v", pager)
	}
	b.eventually("its link on the page", func() bool {
		text, err := b.wiki.Read(page)
		return err == nil && strings.Contains(text, "["+pager.Key+"]") && strings.Contains(text, "/browse/"+pager.Key)
	})

	b.finish(head)
	b.ok(b.github.As("bob").Close("acme/shop", head, "completed"))
	b.eventually("the reopening, with what stands open on Jira", func() bool {
		return b.github.Issue("acme/shop", head).State == "open" && b.says(head, "still stands against closing", pool.Key, queue.Key, pager.Key)
	})
	if !against(b.board(head), pool.Key) || !against(b.board(head), queue.Key) {
		t.Errorf("the board lacks %s or %s: %s", pool.Key, queue.Key, b.board(head))
	}
	b.ok(b.jira.As("bob").Close(pool.Key, "Done"))
	b.eventually("what was done on Jira, at once", func() bool { return !against(b.board(head), pool.Key) })
	b.comment(head, "/wontfix "+queue.Key+" the provider watches it")
	b.eventually("the ticket that is not to be done", func() bool {
		i := b.issue("Watch the queue")
		return i.State == "closed" && *i.StateReason == "not_planned"
	})
	b.ok(b.jira.As("bob").Close(pager.Key, "Done"))
	b.eventually("that nothing on Jira stands against it", func() bool { return !against(b.board(head), pager.Key) && !against(b.board(head), queue.Key) })
	newSecond() // a review is held when all is done
	b.comment(head, "/review done\n/close")
	b.eventually("the close", func() bool {
		return b.github.Issue("acme/shop", head).State == "closed" && b.says(head, "The incident is closed")
	})
	if n := len(b.jira.Issues()); n != 3 {
		t.Errorf("%d issues on Jira: %s", n, b.jira.World())
	}
	for _, i := range b.jira.Issues() {
		if len(i.Comments) != 0 || i.State != "closed" {
			t.Errorf("%s is %s, with comments %v", i.Key, i.State, i.Comments)
		}
	}
}

// An incident on Jira files follow-ups on GitHub, which hold it as its own do.
func TestAnIncidentOnJiraWithTicketsOnGitHub(t *testing.T) {
	t.Parallel()
	b := newBoth(t, nil)
	b.serve()
	head, err := b.jira.As("alice").OpenIssue("OPS", "Checkout fails", "Nobody can pay.", "incident")
	b.ok(err)
	b.eventually("the board", func() bool { return said(b.jira, head, board) })
	b.remark(head, "hereby followup Alert on the queue to:acme/shop @alice\nhereby followup Load-test to:acme/shop [~accountid:"+b.jira.AccountID("bob")+"]")
	b.remark(head, "hereby restored")
	b.eventually("the follow-ups", func() bool { return b.ticket("Alert on the queue").Number != 0 && b.ticket("Load-test").Number != 0 })
	alert, load := b.ticket("Alert on the queue"), b.ticket("Load-test")
	id := "hereby-jira-" + b.jira.Issue(head).ID
	if !slices.Contains(alert.Labels, id) || !slices.Equal(alert.Assignees, []string{"alice"}) || alert.Parent != nil || !strings.Contains(alert.Body, "/browse/"+head) {
		t.Errorf("on GitHub stands %+v; want the label %s", alert, id)
	}
	if len(load.Assignees) != 0 {
		t.Errorf("bob, who is not known to be on both, is assigned: %v", load.Assignees)
	}
	b.eventually("the tickets of command, with their epic", func() bool { return b.jira.Issue(head).Parent != nil && len(b.jira.Issues()) == 9 })

	b.ok(b.jira.As("bob").Close(head, "Done"))
	ref := func(n int) string { return fmt.Sprintf("acme/shop#%d", n) }
	b.eventually("the reopening, with what stands open on GitHub", func() bool {
		return b.jira.Issue(head).State == "open" && said(b.jira, head, "still stands against closing", ref(alert.Number), ref(load.Number))
	})
	b.ok(b.github.As("bob").Close("acme/shop", alert.Number, "completed"))
	list := func() string {
		for _, c := range b.jira.Comments(head) {
			if c.Author == "hereby" {
				return c.Body
			}
		}
		return ""
	}
	b.eventually("what was done on GitHub, at once", func() bool { return !against(list(), ref(alert.Number)) && against(list(), ref(load.Number)) })
	b.remark(head, "hereby wontfix "+ref(load.Number)+" the provider's covers it")
	b.eventually("the ticket that is not to be done", func() bool {
		i := b.ticket("Load-test")
		return i.State == "closed" && *i.StateReason == "not_planned"
	})
	epic := b.jira.Issue(head).Parent.(string)
	for _, i := range b.jira.Issues() {
		if i.Key != head && i.Key != epic && i.State == "open" {
			b.ok(b.jira.As("bob").Close(i.Key, "Done"))
		}
	}
	b.eventually("that nothing but the review stands against it", func() bool {
		return strings.Contains(list(), "against closing* (1)")
	})
	b.remark(head, "hereby review done\nhereby close")
	b.eventually("the close", func() bool {
		return b.jira.Issue(head).State == "closed" && b.jira.Issue(epic).State == "closed" && said(b.jira, head, "The incident is closed")
	})
	if all := b.github.Issues(); len(all) != 2 || len(all[0].Comments)+len(all[1].Comments) != 0 {
		t.Errorf("on GitHub stands %s", b.github.World())
	}
}

// While Jira does not answer, everything at home goes on, and what is on Jira
// counts as open; when it answers again, what waited is filed.
func TestTheOtherTrackerIsDown(t *testing.T) {
	t.Parallel()
	b := newBoth(t, nil)
	b.serve()
	head := declare(t, b.github)
	b.eventually("the board", func() bool { return b.says(head, board) })
	b.comment(head, "/followup Bound the pool to:OPS @alice\n/restored")
	b.eventually("the follow-up", func() bool { return b.says(head, "filed as", "OPS-1") })
	b.down.Store(true)
	b.finish(head)
	b.ok(b.github.As("bob").Close("acme/shop", head, "completed"))
	b.eventually("the reopening, with what cannot be read on Jira", func() bool {
		return b.github.Issue("acme/shop", head).State == "open" && b.says(head, "still stands against closing", "OPS-1")
	})
	b.comment(head, "/followup Watch the queue to:OPS\n/followup Rotate the keys\n/note all is quiet")
	b.eventually("the follow-up at home, and an answer about that on Jira", func() bool {
		return b.ticket("Rotate the keys").Number != 0 && b.says(head, "Watch the queue", "could not be filed yet", "all is quiet")
	})
	b.comment(head, "/summary customers can pay again")
	b.eventually("the summary on the board", func() bool { return strings.Contains(b.board(head), "customers can pay again") })
	if b.issue("Watch the queue").Key != "" {
		t.Fatal("it was filed on a Jira that is down")
	}
	b.down.Store(false)
	within(t, 3*time.Minute, "what waited for Jira", func() bool {
		return b.issue("Watch the queue").Key != "" && b.says(head, "Watch the queue", "filed as") && !b.says(head, "could not be filed yet")
	})
	b.ok(b.jira.As("bob").Close("OPS-1", "Done"))
	b.eventually("what was done there since", func() bool { return !against(b.board(head), "OPS-1") })
	if n := len(b.jira.Issues()); n != 2 {
		t.Errorf("%d issues on Jira: %s", n, b.jira.World())
	}
}

// One command looks at both, and says whose findings they are.
func TestCheckOverBothTrackers(t *testing.T) {
	b := newBoth(t, nil)
	ways(t, b.jira)
	said := checked(t, b.file, exitActions, "as Hereby", "runs on Jira cloud", "@hereby-machine's: GitHub will not notify", "repositories served: 1")
	if strings.Contains(said, "nobody in people") || strings.Contains(said, "mend it, or change the setting store") {
		t.Errorf("said %s", said)
	}
	b.down.Store(true)
	checked(t, b.file, exitError, "Jira does not answer", "repositories served: 1", "Not everything could be looked at.")
}

// against reports whether a ticket is among what stands against closing.
func against(board, key string) bool {
	_, list, ok := strings.Cut(board, "tands against closing")
	list, _, _ = strings.Cut(list, "Done")
	return ok && strings.Contains(list, key)
}

// gitWikis serves git wikis.
func gitWikis(t *testing.T) *wikihost.Server {
	t.Helper()
	wikis, err := wikihost.New(filepath.Join(t.TempDir(), "wikis"))
	if errors.Is(err, wikihost.ErrNoGit) {
		testenv.Missing(t, "git with its http-backend")
	}
	if err != nil {
		t.Fatal(err)
	}
	return wikis
}
