package jira

import (
	"net/http"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
	"github.com/hereby/hereby/internal/tracker/trackertest"
)

func TestConformance(t *testing.T) {
	for name, opt := range map[string]struct {
		sandbox.Options
		change func(*sandbox.Server)
	}{
		"Cloud":                {},
		"Data Center":          {Options: sandbox.Options{Edition: sandbox.DataCenter}},
		"Cloud, lagging index": {Options: sandbox.Options{Lag: 4 * time.Minute}},
		"Data Center, lagging": {Options: sandbox.Options{Edition: sandbox.DataCenter, Lag: 4 * time.Minute}},
		"Cloud, limits":        {Options: sandbox.Options{Limits: sandbox.CloudLimits}},
		"Cloud, team-managed": {change: func(s *sandbox.Server) {
			s.ChangeProject(ops, sandbox.TeamManaged)
			s.ChangeProject("WEB", sandbox.TeamManaged)
		}},
		"Cloud, no sub-tasks":       {change: func(s *sandbox.Server) { s.ChangeProject(ops, sandbox.WithoutSubtasks) }},
		"Data Center, no sub-tasks": {Options: sandbox.Options{Edition: sandbox.DataCenter, NoSubtasks: true}},
		"no Edit All Comments": {change: func(s *sandbox.Server) {
			s.Revoke(ops, "hereby", sandbox.EditAllComments)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			trackertest.Run(t, func(t *testing.T) trackertest.World {
				w := newWorld(t, opt.Options)
				if opt.change != nil {
					opt.change(w.Server)
				}
				return w
			})
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
		if !changing(r) {
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
	for _, id := range []string{"1", "17"} { // which the suite answers, although nobody wrote them
		tr.restricts.Put(id, visibility{})
	}
	return tr
}

func (w *world) Name() string              { return Name }
func (w *world) Place() string             { return ops }
func (w *world) Other() string             { return "WEB" }
func (w *world) Alice() incident.Person    { return w.person("alice") }
func (w *world) Bob() incident.Person      { return w.person("bob") }
func (w *world) Stranger() incident.Person { return w.person("stan") }

// as returns the actor of a person of ours.
func (w *world) as(p incident.Person) sandbox.Actor { return w.As(w.NameOf(string(p))) }

func (w *world) Open(t *testing.T, who incident.Person, place, title, body string) incident.Ref {
	return incident.Ref(must(w.as(who).OpenIssue(place, title, body)))
}

func (w *world) Comment(t *testing.T, who incident.Person, on incident.Ref, text string) string {
	return must(w.as(who).Comment(string(on), text))
}

func (w *world) Rewrite(t *testing.T, who incident.Person, r incident.Ref, body string) {
	w.ok(w.as(who).SetBody(string(r), body))
}

func (w *world) EditComment(t *testing.T, who incident.Person, _ incident.Ref, comment, text string) {
	w.ok(w.as(who).EditComment(comment, text))
}

func (w *world) Close(t *testing.T, who incident.Person, r incident.Ref, as incident.State) {
	w.ok(w.as(who).Close(string(r), map[incident.State]string{incident.Done: "Done", incident.Wontfix: "Won't Do", incident.Duplicate: "Duplicate"}[as]))
}

func (w *world) Reopen(t *testing.T, who incident.Person, r incident.Ref) {
	w.ok(w.as(who).Reopen(string(r)))
}

func (w *world) Plan(t *testing.T, who incident.Person, r incident.Ref, day string) {
	w.ok(w.as(who).SetDue(string(r), day))
}

func (w *world) Move(t *testing.T, who incident.Person, r incident.Ref, place string) incident.Ref {
	w.Grant(r.Place(), w.NameOf(string(who)), sandbox.MoveIssues)
	return incident.Ref(must(w.as(who).Move(string(r), place)))
}

func (w *world) Attach(t *testing.T, who incident.Person, parent, child incident.Ref) {
	w.ok(w.as(who).Convert(string(parent), "Epic", ""))
	w.ok(w.as(who).Attach(string(parent), string(child)))
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
	n := 0
	for _, i := range w.Issues() {
		if i.Repo == place {
			n++
		}
	}
	return n
}

func (w *world) Comments(t *testing.T, r incident.Ref) int { return len(w.issue(r).Comments) }

func (w *world) Pass(d time.Duration) { w.clock.Advance(d) }
