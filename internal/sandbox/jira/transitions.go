package jira

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/hereby/hereby/internal/sandbox/host"
)

func statusItem(from, to *status) item {
	return item{field: "status", fieldID: "status", from: text(from.id), fromString: from.name, to: text(to.id), toString: to.name}
}

// transit carries a transition out.
func (s *Server) transit(by *user, i *issue, in update) error {
	if !s.may(by, i.project, TransitionIssues) {
		return badRequest("It seems that you have tried to perform an illegal workflow operation: you do not have permission to transition this issue.")
	}
	n := slices.IndexFunc(s.open(i), func(t *transition) bool { return text(t.id) == in.Transition.ID })
	if n < 0 {
		return badRequest("It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.")
	}
	t := s.open(i)[n]
	e, err := s.read(by, i, in, func(id string) bool { return slices.Contains(t.Screen, id) || slices.Contains(t.Hidden, id) })
	if err != nil {
		return err
	}
	if err := s.filled(i, t, e); err != nil {
		return err
	}
	var r *record
	was := i.status
	s.change(i, func() {
		items := e.apply(s, i)
		switch {
		case t.Resolution != "":
			items = append(items, s.resolve(i, s.resolution(t.Resolution))...)
		case t.Clear:
			items = append(items, s.resolve(i, nil)...)
		}
		if t.to != was {
			i.status = t.to
			items = append(items, statusItem(was, t.to))
		}
		r = s.note(i, by, true, items...)
	})
	s.mail(i)
	s.tellIssue("jira:issue_updated", i, by, r, nil)
	return nil
}

// filled refuses a transition that lacks what its screen requires.
func (s *Server) filled(i *issue, t *transition, e *edit) error {
	bad := map[string]string{}
	for _, id := range t.Required {
		given := e.gives(id) || id == "resolution" && e.resolution != nil || id == "assignee" && e.assignee == nil && i.assignee != nil
		if !given {
			bad[id] = s.field(id).name + " is required."
		}
	}
	if len(bad) > 0 {
		return &apiError{status: http.StatusBadRequest, fields: bad}
	}
	return nil
}

func listTransitions(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, map[string]any{"expand": "transitions", "transitions": c.transitionViews(i, c.expands("transitions.fields"))}, nil
}

func (c *call) transitionViews(i *issue, fields bool) []any {
	s := c.s
	var out []any
	if !s.may(c.who, i.project, TransitionIssues) {
		return list(out)
	}
	for _, t := range s.open(i) {
		v := map[string]any{"id": text(t.id), "name": t.Name, "to": s.statusView(t.to)}
		if s.cloud() {
			maps.Copy(v, map[string]any{"hasScreen": len(t.Screen) > 0, "isGlobal": t.from == nil, "isInitial": false, "isAvailable": true,
				"isConditional": false, "isLooped": t.to == i.status})
		}
		if fields {
			shown := map[string]any{}
			for _, id := range t.Screen {
				shown[id] = s.fieldMeta(id, slices.Contains(t.Required, id))
			}
			v["fields"] = shown
		}
		out = append(out, v)
	}
	return list(out)
}

func postTransition(c *call) (int, any, error) {
	i, err := c.issue()
	if err != nil {
		return 0, nil, err
	}
	in, err := c.update()
	if err != nil {
		return 0, nil, err
	}
	if err := c.s.transit(c.who, i, in); err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, nil
}

// update reads a body with fields.
func (c *call) update() (update, error) {
	in, err := decode[update](c)
	in.v3 = c.v3
	return in, err
}

// one makes fields of pairs, for people who act on pages.
func one(pairs ...any) update {
	in := update{Fields: map[string]json.RawMessage{}}
	for n := 0; n < len(pairs); n += 2 {
		in.Fields[pairs[n].(string)] = host.JSON(pairs[n+1])
	}
	return in
}
