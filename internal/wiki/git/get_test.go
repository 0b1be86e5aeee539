package git_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

func TestGetReadsPagesByteForByte(t *testing.T) {
	hosts(t, func(w *world) {
		texts := map[string]string{
			"Plain":     "# Title\n",
			"Windows":   "one\r\ntwo\r\n",
			"Latin":     "caf\xe9 \xff\x00\n",
			"Unended":   "no newline",
			"Empty":     "",
			"Spaced-12": "dashes for spaces\n",
		}
		var changes []sandbox.Change
		for name, text := range texts {
			changes = append(changes, sandbox.Change{Path: name + ".md", Text: text})
		}
		w.save(changes...)
		for name, text := range texts {
			p := w.page(name)
			if !p.Exists || p.Text != text || p.File != name+".md" {
				t := w.t
				t.Errorf("%s: got %+v, want %q", name, p, text)
			}
		}
		if p := w.page("Spaced 12"); p.Text != "dashes for spaces\n" || p.URL != w.url+"/acme/shop/wiki/Spaced-12" {
			w.t.Errorf("got %+v", p)
		}
		if p := w.page("Absent"); p.Exists || p.Text != "" || p.File != "Absent.md" || p.Problem != nil {
			w.t.Errorf("got %+v", p)
		}
		if got := string(w.get().Revision); got != w.head() {
			w.t.Errorf("revision %s, want %s", got, w.head())
		}
	})
}

func TestUnchangedWikiIsNotFetchedAgain(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "A.md", Text: "a"}, sandbox.Change{Path: "B.md", Text: "b"})
		var posts, gets atomic.Int32
		w.host.Before(func(r *http.Request) {
			if r.Method == http.MethodPost {
				posts.Add(1)
			} else {
				gets.Add(1)
			}
		})
		first := w.get("A")
		fetched := posts.Load()
		if fetched == 0 {
			w.t.Fatal("the first reading fetched nothing")
		}
		again := w.get("A")
		w.get()
		if posts.Load() != fetched || gets.Load() != 3 {
			w.t.Errorf("three readings took %d fetches and %d questions", posts.Load()-fetched, gets.Load())
		}
		if again.Pages["A"] != first.Pages["A"] || again.Revision != first.Revision {
			w.t.Error("the kept page differs")
		}
		if w.page("B").Text != "b" { // another page of the same revision
			w.t.Error("B")
		}
		both := posts.Load()
		w.get("A", "B")
		if posts.Load() != both {
			w.t.Error("pages of one revision are not kept together")
		}
		w.save(sandbox.Change{Path: "A.md", Text: "a2"})
		if w.page("A").Text != "a2" {
			w.t.Error("a new revision was not read")
		}
		w.save(sandbox.Change{Path: "A.md", Text: "a3"})
		w.page("B")
		if w.page("A").Text != "a3" {
			w.t.Error("A was kept from an older revision than B")
		}
	})
}

func TestGetTellsWhoEditedLast(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Other.md", Text: "x"})
		w.update(put("Page", "ours\n"))
		if p := w.page("Page"); !p.Edited.IsZero() || p.EditedBy != "" {
			w.t.Errorf("our own commit counts as a person's: %+v", p)
		}
		w.save(sandbox.Change{Path: "Page.md", Text: "ours\nAlice's\n"})
		edited := w.clock()
		w.save(sandbox.Change{Path: "Other.md", Text: "y"})
		w.update(line("Page", "ours again"))
		if p := w.page("Page"); !p.Edited.Equal(edited) || p.EditedBy != "Alice" {
			w.t.Errorf("got %v by %q, want %v by Alice", p.Edited, p.EditedBy, edited)
		}
		w.save(sandbox.Change{Path: "Page.md", Delete: true})
		if p := w.page("Page"); p.Exists || !p.Edited.Equal(w.clock()) || p.EditedBy != "Alice" {
			w.t.Errorf("a removal: got %+v", p)
		}
	})
}

func TestLastEditBeyondTheFetchedHistoryIsUnknown(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Page.md", Text: "old"})
		edited := w.clock()
		for range 4 {
			w.save(sandbox.Change{Path: "Other.md", Text: w.clock().String()})
		}
		w.with(func(o *git.Options) { o.History = 4 })
		if p := w.page("Page"); !p.Exists || p.Text != "old" || !p.Edited.IsZero() {
			w.t.Errorf("got %+v", p)
		}
		w.with(func(o *git.Options) { o.History = 6 })
		if p := w.page("Page"); !p.Edited.Equal(edited) {
			w.t.Errorf("got %v, want %v", p.Edited, edited)
		}
	})
}

func TestLastEditThroughAMerge(t *testing.T) {
	w := newWorld(t, false)
	w.save(sandbox.Change{Path: "Page.md", Text: "one"})
	base := w.head()
	w.save(sandbox.Change{Path: "Page.md", Text: "two"})
	edited, main := w.clock(), w.head()
	must(t, second(w.repo.Git("", "update-ref", "refs/heads/master", base)))
	w.save(sandbox.Change{Path: "Other.md", Text: "side"})
	side := w.head()
	tree, err := w.repo.Git("", "rev-parse", main+"^{tree}")
	must(t, err)
	merge, err := w.repo.Git("merge", "-c", "user.name=Bob", "-c", "user.email=b@x.example", "commit-tree", strings.TrimSpace(tree), "-p", side, "-p", main)
	must(t, err)
	must(t, second(w.repo.Git("", "update-ref", "refs/heads/master", strings.TrimSpace(merge))))
	if p := w.page("Page"); p.Text != "two" || !p.Edited.Equal(edited) || p.EditedBy != "Alice" {
		t.Errorf("got %+v, want Alice's edit of %v", p, edited)
	}
}

func second[T any](_ T, err error) error { return err }

func TestCommitFromTheFutureIsNotOne(t *testing.T) {
	w := newWorld(t, true)
	_, err := w.repo.Commit(sandbox.Author{Name: "Bob", Mail: "b@x.example", At: start.AddDate(5, 0, 0)}, "m", sandbox.Change{Path: "Page.md", Text: "t"})
	must(t, err)
	seen := w.clock()
	w.page("Page")
	w.mu.Lock()
	w.now = w.now.Add(time.Hour)
	w.mu.Unlock()
	if p := w.page("Page"); !p.Edited.Equal(seen) {
		t.Errorf("edited %v, want the moment it was first seen, %v", p.Edited, seen)
	}
}

func TestGetFindsPagesWhereverTheyAre(t *testing.T) {
	for path, want := range map[string]struct {
		name     string
		occupied bool
	}{
		"Postmortem-12.md":           {name: "Postmortem-12"},
		"postmortem-12.MD":           {name: "Postmortem-12"},
		"Postmortem 12.markdown":     {name: "Postmortem-12"},
		"archive/2026/PM-1.md":       {name: "PM-1"},
		"Postmortem-13.rst":          {name: "Postmortem-13", occupied: true},
		"Postmortem-13.rst.txt":      {name: "Postmortem-13", occupied: true},
		"postmortem-14.textile":      {name: "Postmortem-14", occupied: true},
		"Postmortem-15.asciidoc":     {name: "Postmortem-15", occupied: true},
		"Release-1.2.md":             {name: "Release-1.2"},
		"Postmortem-12.json":         {name: "Postmortem-12.json"},
		"twins/POSTMORTEM-12.ledger": {},
	} {
		t.Run(path, func(t *testing.T) {
			w := newWorld(t, true)
			w.save(sandbox.Change{Path: path, Text: "theirs"})
			if want.name == "" {
				want.name = "Postmortem-12"
				if p := w.page(want.name); p.Exists {
					t.Errorf("found %+v", p)
				}
				return
			}
			p := w.page(want.name)
			if !p.Exists || p.File != path || p.Text != "theirs" || (p.Problem != nil) != want.occupied {
				t.Errorf("got %+v", p)
			}
			if want.occupied {
				problem(t, p.Problem, git.Occupied)
			}
			_, err := w.wiki.Update(t.Context(), place, "m", line(want.name, " ours"))
			if want.occupied {
				problem(t, err, git.Occupied)
			} else if err != nil || w.read(path) != "theirs ours\n" {
				t.Errorf("%v; the file reads %q", err, w.read(path))
			}
			if n := len(w.tree()); n != 1 {
				t.Errorf("there are %d files: %v", n, w.tree())
			}
		})
	}
}

func TestDataFilesAreNoPages(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Twin.json.md", Text: "a page with an odd title"})
	if p := w.page("Twin.json"); p.Exists || p.File != "Twin.json" || p.URL != "" {
		t.Errorf("got %+v", p)
	}
	w.update(put("Twin.json", "{}"))
	if w.read("Twin.json") != "{}" || w.read("Twin.json.md") != "a page with an odd title" {
		t.Errorf("got %v", w.tree())
	}
}

func TestPlacesThatShareAWiki(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Taken.rst", Text: "x"})
	shared := git.Fixed(w.url + "/acme/shop.wiki.git")
	w.with(func(o *git.Options) { o.Remote = shared })
	for _, each := range []string{"acme/one", "acme/two"} { // the second is answered from memory
		s, err := w.wiki.Get(t.Context(), each, "Taken")
		must(t, err)
		if p := s.Pages["Taken"]; p.Problem == nil || !strings.Contains(p.Problem.Error(), each) {
			t.Errorf("%s: got %v", each, p.Problem)
		}
	}
}

func TestOfTwoFilesForOnePageOursIsTaken(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.rst", Text: "1"}, sandbox.Change{Path: "page.md", Text: "2"},
		sandbox.Change{Path: "a/Page.md", Text: "3"}, sandbox.Change{Path: "Page.md", Text: "4"})
	for _, want := range []string{"2", "4", "3", "1"} {
		p := w.page("page")
		if p.Text != want {
			t.Fatalf("got %s, want %s", p.Text, want)
		}
		w.save(sandbox.Change{Path: p.File, Delete: true})
	}
}

func TestPageThatIsNoFile(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Link.md", Text: "Other.md", Mode: "120000"},
			sandbox.Change{Path: "Module.md", Text: strings.Repeat("ab", 20), Mode: "160000"},
			sandbox.Change{Path: "Folder.md/x.txt", Text: "x"})
		for _, name := range []string{"Link", "Module", "Folder"} {
			p := w.page(name)
			if !p.Exists || p.Text != "" {
				w.t.Errorf("got %+v", p)
			}
			problem(w.t, p.Problem, git.Occupied)
			_, err := w.wiki.Update(w.t.Context(), place, "m", put(name, "ours"))
			problem(w.t, err, git.Occupied)
		}
	})
}

func TestLargePageStandsInNobodysWay(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Huge.md", Text: strings.Repeat("0123456789\n", 500_000)}, sandbox.Change{Path: "Small.md", Text: "small"})
		s := w.get("Huge", "Small")
		if s.Problem != nil || s.Pages["Small"].Text != "small" {
			w.t.Fatalf("got %v", s.Problem)
		}
		p := s.Pages["Huge"]
		if !p.Exists || p.Text != "" {
			w.t.Errorf("%d bytes were read", len(p.Text))
		}
		problem(w.t, p.Problem, git.TooLarge)
		_, err := w.wiki.Update(w.t.Context(), place, "m", line("Huge", "more"))
		problem(w.t, err, git.TooLarge)
		w.update(put("Small", "fine"))
		_, err = w.wiki.Update(w.t.Context(), place, "m", put("Ours", strings.Repeat("x", 5_000_001)))
		problem(w.t, err, git.TooLarge)
		w.update(put("Ours", strings.Repeat("x", 5_000_000)))
		if n := len(w.page("Ours").Text); n != 5_000_000 {
			w.t.Errorf("%d bytes", n)
		}
	})
}

func TestNamesThatAreNotOurs(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Home.md", Text: "home"})
	before := w.head()
	for _, name := range []string{"", "a/b", `a\b`, "..", "a..b", "a.", ".git", ".hidden", "_Sidebar", "_Footer", "_Header", "Home", "home", "-x",
		"a:b", "a\nb", "a\x00b", "\xff", " a", strings.Repeat("x", 201)} {
		if _, err := w.wiki.Get(t.Context(), place, name); err == nil {
			t.Errorf("Get(%q) is let through", name)
		}
		if _, err := w.wiki.Update(t.Context(), place, "m", put(name, "x")); err == nil {
			t.Errorf("writing %q is let through", name)
		}
		_, err := w.wiki.Update(t.Context(), place, "m", func(page func(string) (string, bool)) map[string]string {
			page(name)
			return nil
		})
		if err == nil {
			t.Errorf("reading %q in an update is let through", name)
		}
	}
	if w.head() != before {
		t.Error("the wiki changed")
	}
}

func TestGetEndsWithItsContext(t *testing.T) {
	w := newWorld(t, true)
	ctx, cancel := context.WithCancel(t.Context())
	w.host.Before(func(*http.Request) { cancel() })
	_, err := w.wiki.Get(ctx, place, "Page")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err = w.wiki.Update(ctx, place, "m", put("Page", "x"))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
