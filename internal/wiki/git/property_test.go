package git_test

import (
	"flag"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

// Our part of a page in this test: a block at the end of people's text.
const begin, end = "<!-- ours -->\n", "<!-- /ours -->\n"

// theirs is a page without our block.
func theirs(text string) string {
	before, rest, ok := strings.Cut(text, begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return text
	}
	return before + after
}

// block is an edit that makes our block of a page read text, and leaves the rest.
func block(name, text string) git.Edit {
	return func(page func(string) (string, bool)) map[string]string {
		old, _ := page(name)
		return map[string]string{name: theirs(old) + begin + text + "\n" + end}
	}
}

var pageNames = []string{"Incidents", "Postmortem-1"}

// people is what people do to a wiki in this test, and what must be left of it.
type people struct {
	repo    *sandbox.Repo
	world   *world
	files   map[string]string // their text of each file
	commits []string
	errs    []error
}

type deed struct {
	path, text string
	remove     bool
	renameTo   string
}

func deeds() *rapid.Generator[deed] {
	path := rapid.SampledFrom([]string{"Incidents.md", "Postmortem-1.md", "Home.md", "notes/a.md", "notes/b.txt", "x.bin"})
	text := rapid.SampledFrom([]string{"", "a\n", "b\r\nc\r\n", "caf\xe9\xff\x00", "no end", "# t\n\n- <!-- x -->\n"})
	return rapid.Custom(func(t *rapid.T) deed {
		d := deed{path: path.Draw(t, "path"), text: text.Draw(t, "text")}
		switch rapid.IntRange(0, 7).Draw(t, "kind") {
		case 0:
			d.remove = true
		case 1:
			d.remove, d.renameTo = true, path.Draw(t, "to")
		}
		return d
	})
}

// do is one commit by a person who edits around our block, or takes the whole
// page away.
func (p *people) do(d deed) {
	now, err := p.repo.Read(d.path)
	exists := err == nil
	var changes []sandbox.Change
	if d.remove {
		if !exists || d.renameTo == d.path {
			return
		}
		changes = append(changes, sandbox.Change{Path: d.path, Delete: true})
		delete(p.files, d.path)
		if d.renameTo != "" {
			changes = append(changes, sandbox.Change{Path: d.renameTo, Text: now})
			p.files[d.renameTo] = theirs(now)
		}
	} else {
		old := theirs(now)
		changes = append(changes, sandbox.Change{Path: d.path, Text: d.text + strings.TrimPrefix(now, old)})
		p.files[d.path] = theirs(changes[0].Text)
	}
	hash, err := p.repo.Commit(p.world.human("Alice"), "Edit", changes...)
	if err != nil {
		p.errs = append(p.errs, err)
		return
	}
	p.commits = append(p.commits, hash)
}

func TestNoInterleavingLosesAPersonsByte(t *testing.T) {
	checks := flag.Lookup("rapid.checks") // each takes some seconds of git
	if checks.Value.String() == checks.DefValue {
		must(t, checks.Value.Set("12"))
		defer checks.Value.Set(checks.DefValue)
	}
	w := newWorld(t, true)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		name := fmt.Sprintf("acme/run%d", n)
		p := &people{world: w, files: map[string]string{}, repo: w.create(name+".wiki.git", rapid.Bool().Draw(t, "picks"))}
		p.do(deed{path: "Home.md", text: "home\n"})
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "person") {
				p.do(deeds().Draw(t, "deed"))
				continue
			}
			page, text := rapid.SampledFrom(pageNames).Draw(t, "page"), rapid.SampledFrom([]string{"1", "2"}).Draw(t, "ours")
			// What happens at our next requests: deeds of people, or a lost answer.
			meanwhile := rapid.SliceOfN(deeds(), 0, 3).Draw(t, "meanwhile")
			lose := rapid.IntRange(0, 12).Draw(t, "lose")
			requests := 0
			w.host.Before(func(*http.Request) {
				if len(meanwhile) > 0 {
					p.do(meanwhile[0])
					meanwhile = meanwhile[1:]
				}
			})
			w.host.Fault(func(*http.Request) sandbox.Fault {
				requests++
				return sandbox.Fault{Lose: requests == lose}
			})
			_, err := w.wiki.Update(w.t.Context(), name, "ours", block(page, text))
			w.host.Before(nil)
			w.host.Fault(nil)
			if err != nil && lose == 0 {
				t.Fatalf("update: %v", err)
			}
			if err == nil {
				if got, _ := p.repo.Read(page + ".md"); !strings.HasSuffix(got, begin+text+"\n"+end) {
					t.Fatalf("our block is not in %q", got)
				}
			}
		}
		p.check(t)
	})
}

// check finds every byte of people's, every commit of theirs, and nothing of
// theirs in any of our commits.
func (p *people) check(t *rapid.T) {
	if len(p.errs) > 0 {
		t.Fatalf("people could not write: %v", p.errs)
	}
	tree, err := p.repo.Tree()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range p.files {
		text, err := p.repo.Read(path)
		if got := theirs(text); err != nil || got != want {
			t.Errorf("%s reads %q, want %q: %v", path, got, want, err)
		}
		delete(tree, path)
	}
	for path := range tree {
		if text, _ := p.repo.Read(path); theirs(text) != "" || !slices.Contains(pageNames, strings.TrimSuffix(path, ".md")) {
			t.Errorf("%s is there", path)
		}
	}
	list, err := p.repo.Git("", "rev-list", "master")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.commits {
		if !strings.Contains(list, c) {
			t.Errorf("commit %s is lost", c)
		}
	}
	touched, err := p.repo.Git("", "log", "--author="+ourMail, "--format=", "--name-status", "master")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(touched), "\n") {
		if _, path, ok := strings.Cut(line, "\t"); ok && (!slices.Contains(pageNames, strings.TrimSuffix(path, ".md")) || strings.HasPrefix(line, "D")) {
			t.Errorf("our commits have %q", line)
		}
	}
	if _, err := p.repo.Git("", "fsck", "--strict"); err != nil {
		t.Error(err)
	}
}
