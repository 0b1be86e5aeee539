package github

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/github"
	"github.com/hereby/hereby/internal/tracker/trackertest"
)

func TestConformance(t *testing.T) {
	for name, opt := range map[string]sandbox.Options{
		"github.com":     {},
		"Enterprise":     {GHES: true},
		"no sub-issues":  {NoSubIssues: true},
		"no reactions":   {NoReactions: true},
		"lagging lists":  {Lag: 50 * time.Second},
		"429 for limits": {Limits: sandbox.Limits{Points: 900, Content: 80, ContentHour: 500, TooMany: true}},
	} {
		t.Run(name, func(t *testing.T) {
			trackertest.Run(t, func(t *testing.T) trackertest.World { return newWorld(t, opt) })
		})
	}
}

// world is the lab as the conformance suite wants it.
type world struct {
	*lab
	trackertest.Breaker
}

func newWorld(t *testing.T, opt sandbox.Options) *world {
	w := &world{lab: newLab(t, opt)}
	w.SetFault(func(r *http.Request, _ int) sandbox.Fault {
		if r.Method == http.MethodGet {
			return sandbox.Fault{}
		}
		return w.Write()
	})
	return w
}

func (w *world) Tracker(t *testing.T) trackertest.Tracker {
	tr, err := New(w.opt)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (w *world) Name() string              { return Name }
func (w *world) Place() string             { return shop }
func (w *world) Other() string             { return "acme/web" }
func (w *world) Alice() incident.Person    { return "alice" }
func (w *world) Bob() incident.Person      { return "bob" }
func (w *world) Stranger() incident.Person { return "stan" }

func (w *world) Open(t *testing.T, who incident.Person, place, title, body string) incident.Ref {
	return ref(place, must(w.As(string(who)).OpenIssue(place, title, body)))
}

func (w *world) Comment(t *testing.T, who incident.Person, on incident.Ref, text string) string {
	return w.say(string(who), on, text)
}

func (w *world) Rewrite(t *testing.T, who incident.Person, r incident.Ref, body string) {
	w.ok(w.As(string(who)).SetBody(r.Place(), number(r), body))
}

func (w *world) EditComment(t *testing.T, who incident.Person, _ incident.Ref, comment, text string) {
	w.ok(w.As(string(who)).EditComment(must(strconv.ParseInt(comment, 10, 64)), text))
}

func (w *world) Close(t *testing.T, who incident.Person, r incident.Ref, as incident.State) {
	reason := map[incident.State]string{incident.Done: "completed", incident.Wontfix: "not_planned", incident.Duplicate: "duplicate"}[as]
	w.ok(w.As(string(who)).Close(r.Place(), number(r), reason))
}

func (w *world) Reopen(t *testing.T, who incident.Person, r incident.Ref) {
	w.ok(w.As(string(who)).Reopen(r.Place(), number(r)))
}

func (w *world) Plan(t *testing.T, who incident.Person, r incident.Ref, day string) {
	to := 0
	if day != "" {
		to = must(w.As(string(who)).AddMilestone(r.Place(), "until "+day, day))
	}
	w.ok(w.As(string(who)).SetMilestone(r.Place(), number(r), to))
}

func (w *world) Move(t *testing.T, who incident.Person, r incident.Ref, place string) incident.Ref {
	return ref(place, must(w.As(string(who)).Transfer(r.Place(), number(r), place)))
}

func (w *world) Attach(t *testing.T, who incident.Person, parent, child incident.Ref) {
	w.ok(w.As(string(who)).AddSubIssue(parent.Place(), number(parent), child.Place(), number(child)))
}

func (w *world) Raw(t *testing.T, r incident.Ref) (title, body string, comments []string) {
	i := w.issue(r)
	for _, c := range i.Comments {
		if c.Author != "hereby" {
			comments = append(comments, c.Body)
		}
	}
	return i.Title, i.Body, comments
}

func (w *world) Count(t *testing.T, place string) int {
	var state struct{ Issues []sandbox.WorldIssue }
	w.ok(json.Unmarshal(w.World(), &state))
	n := 0
	for _, i := range state.Issues {
		if i.Repo == place {
			n++
		}
	}
	return n
}

func (w *world) Comments(t *testing.T, r incident.Ref) int { return len(w.issue(r).Comments) }

func (w *world) Pass(d time.Duration) { w.clock.Advance(d) }
