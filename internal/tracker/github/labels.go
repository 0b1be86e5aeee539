package github

import (
	"context"
	"net/http"
	"strings"

	"github.com/hereby/hereby/internal/incident"
)

// tag puts a label on a ticket or takes it off.
func (c *change) tag(ctx context.Context, a incident.Tag) error {
	account, err := c.ready(ctx, a.Ref)
	if err != nil {
		return err
	}
	name, err := segment(a.Label)
	if err != nil {
		return refuse("%v", err)
	}
	if !a.On {
		_, err := account.send(ctx, http.MethodDelete, path(a.Ref)+"/labels/"+name, nil, nil)
		if isStatus(err, http.StatusNotFound) && strings.Contains(message(err), "Label does not exist") {
			return nil
		}
		return err
	}
	if err := c.prepareLabels(ctx, account, a.Ref.Place(), []string{a.Label}); err != nil {
		return err
	}
	var now []struct{ Name string }
	if _, err := account.send(ctx, http.MethodPost, path(a.Ref)+"/labels", map[string]any{"labels": []string{a.Label}}, &now); err != nil {
		return err
	}
	for _, l := range now {
		if strings.EqualFold(l.Name, a.Label) {
			return nil
		}
	}
	return refuse("GitHub did not put the label %q on %s: our account needs at least triage permission there", a.Label, a.Ref)
}

// maxLabelled bounds what we remember of labels that exist.
const maxLabelled = 20_000

// prepareLabels creates those of our own labels that a repository lacks, once,
// so that they have a colour and say what they mean. Adding a label that does
// not exist creates a grey one, so that a refusal here stops nothing.
func (c *change) prepareLabels(ctx context.Context, a *account, repo string, names []string) error {
	for _, name := range names {
		colour, about := look(name, c.opt.Label)
		key := strings.ToLower(repo + "\n" + name)
		if colour == "" || c.isLabelled(key) {
			continue
		}
		_, err := a.send(ctx, http.MethodPost, "repos/"+repo+"/labels",
			map[string]string{"name": name, "color": colour, "description": about}, nil)
		if r := c.result(err); r.Outcome == incident.Deferred {
			return err
		}
		if err == nil || isStatus(err, http.StatusUnprocessableEntity) {
			c.setLabelled(key)
		}
	}
	return nil
}

func (t *Tracker) isLabelled(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.labelled[key]
}

func (t *Tracker) setLabelled(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.labelled) >= maxLabelled {
		clear(t.labelled)
	}
	t.labelled[key] = true
}

// look returns the colour and the description of a label of ours, or nothing.
func look(name, declares string) (colour, about string) {
	switch {
	case strings.EqualFold(name, declares):
		return "b60205", "Declares an incident"
	case name == incident.Label:
		return "5319e7", "Part of an incident"
	case name == incident.LabelContested:
		return "d93f0b", "Closed again and again while something is open"
	case name == incident.LabelStuck:
		return "d93f0b", "Closed, and cannot be opened again"
	case name == incident.LabelBlame:
		return "fbca04", "The post-mortem names a person"
	case strings.HasPrefix(name, incident.LabelFor("")):
		return "1d76db", "How far the incident is"
	}
	if _, ok := incident.LabelID(name); ok {
		return "c5def5", "Everything of one incident"
	}
	return "", ""
}
