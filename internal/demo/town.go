package demo

import (
	"net/http"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/sandbox/host"
	"github.com/hereby/hereby/webhooks"
)

// town is a tracker on the stage with its people, whatever its make: what the
// people of the story do there, and what is then to be seen. Its texts are
// shown in the story's language: handles are names, commands begin with "/".
type town interface {
	name() string  // of the tracker, in keys
	title() string // as people call it
	place() string // where the story takes place

	handler() http.Handler
	tracker() reconcile.Tracker
	source() (webhooks.Source, error)
	hook(url string)       // deliver there
	settle()               // apply what was asked for and is due
	deliver() int          // carry out the webhooks that wait
	policy(p *plan.Policy) // change what is the tracker's own
	library() library      // nil: there is none on this machine
	calm() time.Duration   // how long the board may lag behind
	world(pages []host.WorldPage) []byte
	close()

	open(who, title, text string) (incident.Ref, error)
	comment(who string, on incident.Ref, text string) error
	typed(text string) string                   // with its commands as they are typed here
	finish(who string, ref incident.Ref) error  // close it as done
	automate(who string, on incident.Ref) error // have an automation close it
	wrote(who, page string) error               // somebody edited a page of the wiki

	issues() []issue
	comments(on incident.Ref) []remark
}

// issue is an issue as it stands.
type issue struct {
	ref               incident.Ref
	title, body       string
	state             incident.State
	labels, assignees []string
	under             []incident.Ref // what it hangs under, or is linked to
}

// remark is a comment, with Hereby's acknowledgement if it has one.
type remark struct {
	id, author, body string
	acked            incident.Verdict
}

// towns are the trackers that the story can be played on.
var towns = map[string]func(s *Stage, wrap func(http.Handler) http.Handler) (town, error){
	"github":  newGitHub,
	"jira":    newCloud,
	"jira-dc": newDataCenter,
}
