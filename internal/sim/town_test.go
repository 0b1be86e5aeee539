package sim

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/marker"
	"github.com/hereby/hereby/internal/plan"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/tracker"
	"github.com/hereby/hereby/webhooks"
)

// town is a tracker of the sandbox with the people who use it: all that the
// simulation knows of one. The same story can be told in another.
type town interface {
	server
	name() string                                                             // as keys begin with it
	place(of string) string                                                   // what shop and infra are called there
	within(places ...string)                                                  // leaves only some of them
	policy(p *plan.Policy)                                                    // changes what is the tracker's own
	adapters(transport http.RoundTripper) (map[string]tracker.Tracker, error) // ours, with our account, by name
	sources() ([]webhooks.Source, error)                                      // of its webhooks
	sweeps() []incident.Key                                                   // under which news is looked for
	creates(step string) bool                                                 // whether such a request brings a ticket or a comment into being

	pending() []string // the webhooks that wait, oldest first
	deliver(n int)
	drop(n int) bool // whether there was one
	duplicate(n int)

	// typed is a text of the story as people write it there, and named what is
	// no text of the tracker's (pages, messages, references) as the story has
	// it: commands begin with "/", handles are names, references and addresses
	// are those of GitHub.
	typed(text string) string
	named(text string) string

	// people moves in: the team, of whom those on call are named first, a
	// stranger who may only read, and our account.
	people(team []string, onCall int, stranger string)
	library(c *clock, lag time.Duration, wrap func(http.Handler) http.Handler) (library, error)
	tickets() []ticket // oldest first
	open(who, place, title, body string) (incident.Ref, error)
	comment(who string, on incident.Ref, text string) (id string, err error)
	editComment(who, id, text string) error
	setBody(who string, ref incident.Ref, body string) error
	closeTicket(who string, ref incident.Ref, as string) error
	reopen(who string, ref incident.Ref) error
	assign(who string, ref incident.Ref, people ...string) error
	attach(who string, parent, child incident.Ref, on bool) error
	tick(who string, ref incident.Ref, n int) error
	mergeFix(who string, ref incident.Ref) error // a change that closes the ticket
	wrotePage(who, name string) error            // the wiki tells of an edit
}

// The towns in which the story is told.
const (
	onGitHub = "github"
	onCloud  = "jira"
	onDC     = "jira-dc"
)

// founder builds a town whose lists lag so much. Webhooks go to transport, and
// wrap is put around its API.
type founder func(clock func() time.Time, lag time.Duration, transport http.RoundTripper, wrap func(http.Handler) http.Handler) town

var towns = map[string]founder{
	onGitHub: newGitHub, onCloud: newJira(sandbox.Cloud), onDC: newJira(sandbox.DataCenter),
	gitHubFirst: newBoth(newGitHub, newJira(sandbox.Cloud)), jiraFirst: newBoth(newJira(sandbox.Cloud), newGitHub),
}

// samples are how many runs a test makes in each by itself, and from how many
// scenes: every so manieth; see few and scenes. Of two trackers the writes are at
// home, the reads abroad, and several of the outages.
var samples = map[string]struct{ writes, reads, several, fates, every int }{
	onGitHub: {80, 30, 50, 6, 1}, onCloud: {24, 8, 12, 5, 5}, onDC: {16, 6, 8, 5, 9},
	gitHubFirst: {2, 3, 1, 0, 4}, jiraFirst: {2, 3, 1, 0, 4},
}

// inEach tests each town, or the one that HEREBY_TRACKER names.
func inEach(t *testing.T, test func(t *testing.T, town string)) {
	for _, town := range []string{onGitHub, onCloud, onDC} {
		if only := os.Getenv("HEREBY_TRACKER"); only == "" || only == town {
			t.Run(town, func(t *testing.T) { test(t, town) })
		}
	}
}

// ticket is one as people see it.
type ticket struct {
	ref    incident.Ref
	id     string
	author string
	title  string
	text
	state, as         string // open or closed, and as what
	labels, assignees []string
	under             []bond
	comments          []remark // oldest first
}

// remark is a comment.
type remark struct {
	id, author string
	text
	reactions []string // "WHO CONTENT"
}

// text is what somebody wrote, or we.
type text struct {
	body  string       // byte for byte
	shown string       // as the story has it, without a marker
	mark  *marker.Mark // of ours
	kept  string       // the source of ours, where it is kept beside the text
}

// bond is what a ticket hangs under or is linked to.
type bond struct {
	kind string // "parent", or what the link says
	ref  incident.Ref
}
