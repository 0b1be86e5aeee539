package sim

import (
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/webhooks"
)

// town is a tracker of the sandbox with the people who use it: all that the
// simulation knows of one. The same story can be told in another.
type town interface {
	name() string // as keys begin with it
	handler() http.Handler
	adapter(transport http.RoundTripper) (reconcile.Tracker, error) // ours, with our account
	source() (webhooks.Source, error)                               // of its webhooks
	settle()                                                        // lets late effects happen that are due
	close()

	// befall makes a fault befall the request under way; none is the end of
	// that. A late effect is late by so much.
	befall(f fault, by time.Duration)
	step(req *http.Request) string // names a request, its method first
	creates(step string) bool      // whether such a request brings a ticket or a comment into being

	pending() []string // the webhooks that wait, oldest first
	deliver(n int)
	drop(n int) bool // whether there was one
	duplicate(n int)

	// people moves in: the team, of whom those on call are named first, a
	// stranger who may only read, and our account.
	people(team []string, onCall int, stranger string)
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

// ticket is one as people see it.
type ticket struct {
	ref               incident.Ref
	id                string
	author            string
	title, body       string
	state, as         string // open or closed, and as what
	labels, assignees []string
	parent            incident.Ref // "": none
	comments          []remark     // oldest first
}

// remark is a comment.
type remark struct {
	id, author, body string
	reactions        []string // "WHO CONTENT"
}
