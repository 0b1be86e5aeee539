package git_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

const pageName = "Postmortem-12"

func (w *world) shelf() incident.Shelf {
	w.t.Helper()
	s, err := w.wiki.Read(w.t.Context(), place, []string{pageName, "Incidents"})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) put(text string, was incident.Page) incident.Result {
	return w.wiki.Put(w.t.Context(), incident.PutPages{Place: place, Message: "Incident", Pages: []incident.Draft{{Name: pageName, Was: was, Text: text}}})
}

func (w *world) person(text string) {
	w.t.Helper()
	if _, err := w.repo.Commit(sandbox.Author{Name: "Carol", Mail: "carol@acme.example", At: w.clock()}, "Mine", sandbox.Change{Path: pageName + ".md", Text: text}); err != nil {
		w.t.Fatal(err)
	}
}

// What was planned on one text is never written over another.
func TestPutOnlyWhatWasSeen(t *testing.T) {
	w := newWorld(t, true)
	w.person("# Old\n")
	seen := w.shelf().Pages[pageName]
	if !seen.Exists || seen.Text != "# Old\n" || !seen.Edited.Equal(start) {
		t.Fatalf("%+v", seen)
	}
	w.person("# Old\n\nCarol's.\n")
	var later *incident.NotYet
	if res := w.put("# New\n", seen); res.Outcome != incident.Deferred || !errors.As(res.Err, &later) {
		t.Fatalf("%+v", res)
	}
	if text, _ := w.repo.Read(pageName + ".md"); text != "# Old\n\nCarol's.\n" {
		t.Fatalf("%q", text)
	}
	seen = w.shelf().Pages[pageName]
	if res := w.put("# New\n\nCarol's.\n", seen); res.Outcome != incident.Applied {
		t.Fatalf("%+v", res)
	}
	// What is done is found done, whatever it was made of.
	if res := w.put("# New\n\nCarol's.\n", incident.Page{}); res.Outcome != incident.Applied {
		t.Errorf("%+v", res)
	}
	if log, _ := w.repo.Log(); len(log) != 3 {
		t.Errorf("%v", log)
	}
}

// Ten people save right before each of our pushes: nothing of theirs is lost,
// nothing is forced, and ours is there in the end.
func TestTenPeopleSaveFirst(t *testing.T) {
	w := newWorld(t, true)
	w.person("Carol 0\n")
	edits := postmortem.Edits{ID: "9012", Blocks: map[postmortem.Block]string{postmortem.PeopleBlock: "ours\n"}}
	said := []string{"Carol 0"}
	tries := 0
	for {
		if tries++; tries > 30 {
			t.Fatal("it never ends")
		}
		seen := w.shelf().Pages[pageName]
		if len(said) <= 10 {
			line := "Carol " + strings.Repeat("x", len(said))
			said = append(said, line)
			w.person(seen.Text + line + "\n")
		}
		res := w.put(postmortem.Apply(seen.Text, edits), seen)
		if res.Outcome == incident.Applied {
			break
		}
		if res.Outcome != incident.Deferred {
			t.Fatalf("%+v", res)
		}
	}
	text, _ := w.repo.Read(pageName + ".md")
	for _, line := range append(said, "ours") {
		if !strings.Contains(text, line) {
			t.Errorf("%q is lost in\n%s", line, text)
		}
	}
	if tries != 11 {
		t.Errorf("%d tries", tries)
	}
}

// What stands in the way of reading is said in words, and writing is refused.
func TestAWikiWithoutAccess(t *testing.T) {
	w := newWorld(t, true)
	w.wiki = w.with(func(o *git.Options) {
		o.Auth = func(context.Context, string) (string, string, error) { return "bot", "wrong", nil }
	})
	if s := w.shelf(); s.Pages != nil || !strings.Contains(s.Problem, "does not accept our credentials") {
		t.Errorf("%+v", s)
	}
	if res := w.put("x", incident.Page{}); res.Outcome != incident.Refused {
		t.Errorf("%+v", res)
	}
	if rev, err := w.wiki.Revision(t.Context(), place); rev != "" || err != nil {
		t.Errorf("%q, %v", rev, err)
	}
}
