package jira

import (
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	sandbox "github.com/hereby/hereby/internal/sandbox/jira"
)

// No history tells of the labels that an issue was created with: whoever
// created it put them there.
func TestBornWithLabels(t *testing.T) {
	editions(t, func(t *testing.T, e sandbox.Edition) {
		l := newLab(t, sandbox.Options{Edition: e})
		opened := l.clock.Now()
		head := l.open("down", "x", "incident", "web")
		born := []incident.Event{
			{At: opened, By: l.person("alice"), Kind: "labeled", Label: "incident"},
			{At: opened, By: l.person("alice"), Kind: "labeled", Label: "web"},
		}
		if got := l.see(head).Events; !slices.EqualFunc(got, born, same) {
			t.Errorf("as it was created: %v", got)
		}
		l.clock.Advance(time.Minute)
		l.ok(l.As("bob").Unlabel(string(head), "incident"))
		l.clock.Advance(time.Minute)
		l.ok(l.As("bob").Label(string(head), "incident", "later"))
		want := append(born,
			incident.Event{At: opened.Add(time.Minute), By: l.person("bob"), Kind: "unlabeled", Label: "incident"},
			incident.Event{At: opened.Add(2 * time.Minute), By: l.person("bob"), Kind: "labeled", Label: "incident"},
			incident.Event{At: opened.Add(2 * time.Minute), By: l.person("bob"), Kind: "labeled", Label: "later"})
		if got := l.see(head).Events; !slices.EqualFunc(got, want, same) {
			t.Errorf("after changes: %v", got)
		}
	})
}

func same(a, b incident.Event) bool {
	return a.At.Equal(b.At) && a.By == b.By && a.Kind == b.Kind && a.Label == b.Label
}
