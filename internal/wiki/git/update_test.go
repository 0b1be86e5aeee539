package git_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	sandbox "github.com/hereby/hereby/internal/sandbox/wiki"
	"github.com/hereby/hereby/internal/wiki/git"
)

func TestUpdateIsOneCommitByUs(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Home.md", Text: "home"}, sandbox.Change{Path: "Incidents.md", Text: "old\n"})
		rev := w.update(func(page func(string) (string, bool)) map[string]string {
			old, _ := page("Incidents")
			return map[string]string{"Incidents": old + "new\n", "Postmortem-12": "# 12\n", "Postmortem-12.json": "{}"}
		})
		if string(rev) != w.head() {
			w.t.Errorf("revision %s, want %s", rev, w.head())
		}
		for path, want := range map[string]string{"Home.md": "home", "Incidents.md": "old\nnew\n", "Postmortem-12.md": "# 12\n", "Postmortem-12.json": "{}"} {
			if got := w.read(path); got != want {
				w.t.Errorf("%s reads %q, want %q", path, got, want)
			}
		}
		log, err := w.repo.Log()
		must(w.t, err)
		if want := []string{"Hereby: Update", "Alice: Edit"}; !slices.Equal(log, want) {
			w.t.Errorf("got %q, want %q", log, want)
		}
		mails, err := w.repo.Git("", "log", "-1", "--format=%ae %ce %ct", "master")
		must(w.t, err)
		if want := fmt.Sprintf("%s %s %d\n", ourMail, ourMail, w.clock().Unix()); mails != want {
			w.t.Errorf("got %q, want %q", mails, want)
		}
		must(w.t, second(w.repo.Git("", "fsck", "--strict")))
	})
}

func TestUpdateThatChangesNothingMakesNoCommit(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Page.md", Text: "same\r\n"}, sandbox.Change{Path: "Taken.rst", Text: "rst"})
		before := w.head()
		for _, edit := range []git.Edit{
			put("Page", "same\r\n"),
			put("Taken", "rst"), // not ours to write, but as wanted
			func(func(string) (string, bool)) map[string]string { return nil },
		} {
			if rev := w.update(edit); string(rev) != before || w.head() != before {
				w.t.Errorf("got %s, and the wiki is at %s, want %s", rev, w.head(), before)
			}
		}
	})
}

func TestUpdateLeavesEverythingElseAsItIs(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(
			sandbox.Change{Path: "Windows.md", Text: "one\r\ntwo\r\n"},
			sandbox.Change{Path: "Latin.md", Text: "caf\xe9\x00\xff"},
			sandbox.Change{Path: "caf\xe9.md", Text: "an odd name"},
			sandbox.Change{Path: "tool.sh", Text: "#!/bin/sh\n", Mode: "100755"},
			sandbox.Change{Path: "Script.md", Text: "run me", Mode: "100755"},
			sandbox.Change{Path: "link", Text: "Windows.md", Mode: "120000"},
			sandbox.Change{Path: "vendor/lib", Text: strings.Repeat("ab", 20), Mode: "160000"},
			sandbox.Change{Path: ".gitmodules", Text: "[submodule \"lib\"]\n\tpath = vendor/lib\n\turl = https://x.example/lib\n"},
			sandbox.Change{Path: ".gitattributes", Text: "* text=auto eol=lf\n"},
			sandbox.Change{Path: "images/a.png", Text: "\x89PNG\r\n\x1a\n"},
			sandbox.Change{Path: "deep/er/Page.md", Text: "deep"},
			sandbox.Change{Path: "deep.md", Text: "between"},
			sandbox.Change{Path: "deep/er.md", Text: "between too"},
		)
		w.oddMode("tool.sh", "old.txt")
		w.oddMode("tool.sh", "Old.md")
		before := w.tree()
		w.update(func(page func(string) (string, bool)) map[string]string {
			windows, _ := page("Windows")
			latin, _ := page("Latin")
			return map[string]string{"Windows": windows + "three\r\n", "Latin": latin + "!", "Script": "changed", "Page": "deeper", "Old": "older", "Incidents": "new"}
		})
		w.checkMode("100664 old.txt")
		w.checkMode("100664 Old.md")
		after := w.tree()
		for _, ours := range []string{"Windows.md", "Latin.md", "Script.md", "deep/er/Page.md", "Old.md", "Incidents.md"} {
			if after[ours] == before[ours] {
				w.t.Errorf("%s was not written", ours)
			}
			delete(before, ours)
			if ours == "Script.md" && !strings.HasPrefix(after[ours], "100755 ") {
				w.t.Errorf("%s is now %s", ours, after[ours])
			}
			delete(after, ours)
		}
		if !maps.Equal(before, after) {
			w.t.Errorf("people's files: before %v\nafter %v", before, after)
		}
		if got := w.read("Windows.md"); got != "one\r\ntwo\r\nthree\r\n" {
			w.t.Errorf("got %q", got)
		}
		if got := w.read("Latin.md"); got != "caf\xe9\x00\xff!" {
			w.t.Errorf("got %q", got)
		}
		must(w.t, second(w.repo.Git("", "fsck", "--connectivity-only")))
	})
}

// oddMode puts a file of a mode that early versions of git wrote beside
// another: no current command makes one, so the tree is made by hand.
func (w *world) oddMode(beside, name string) {
	w.t.Helper()
	raw, err := w.repo.Git("", "cat-file", "tree", "master^{tree}")
	must(w.t, err)
	at := strings.Index(raw, "100755 "+beside)
	hash := raw[at+len("100755 "+beside)+1:][:20]
	tree, err := w.repo.Git(raw[:at]+"100664 "+name+"\x00"+hash+raw[at:], "hash-object", "-t", "tree", "-w", "--literally", "--stdin")
	must(w.t, err)
	commit, err := w.repo.Git("odd", "-c", "user.name=Bob", "-c", "user.email=b@x.example", "commit-tree", strings.TrimSpace(tree), "-p", w.head())
	must(w.t, err)
	must(w.t, second(w.repo.Git("", "update-ref", "refs/heads/master", strings.TrimSpace(commit))))
	w.checkMode("100664 " + name)
}

// checkMode looks into the tree itself: git's commands show no odd modes.
func (w *world) checkMode(want string) {
	w.t.Helper()
	raw, err := w.repo.Git("", "cat-file", "tree", "master^{tree}")
	must(w.t, err)
	if !strings.Contains(raw, want+"\x00") {
		w.t.Errorf("the tree has no %q", want)
	}
}

func TestOnlyTheDefaultBranchIsWritten(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	other := w.head()
	must(t, second(w.repo.Git("", "update-ref", "refs/heads/main", other)))
	must(t, second(w.repo.Git("", "update-ref", "refs/tags/v1", other)))
	w.update(put("Page", "y"))
	refs, err := w.repo.Git("", "for-each-ref", "--format=%(refname) %(objectname)")
	must(t, err)
	want := fmt.Sprintf("refs/heads/main %s\nrefs/heads/master %s\nrefs/tags/v1 %s\n", other, w.head(), other)
	if refs != want {
		t.Errorf("got\n%swant\n%s", refs, want)
	}
}

// conflict has Bob push just before each of our next n pushes arrives.
func TestTwoNamesForOneFileAreRefused(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	before := w.head()
	_, err := w.wiki.Update(t.Context(), place, "m", func(func(string) (string, bool)) map[string]string {
		return map[string]string{"page": "1", "Page": "2"}
	})
	if err == nil || w.head() != before {
		t.Errorf("got %v", err)
	}
}

func TestWordsOfACommitCannotForgeItsHeader(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	w.with(func(o *git.Options) { o.Name = "Evil <a@b> 1 +0000\nparent 0\x00" })
	_, err := w.wiki.Update(t.Context(), place, "\n\nTitle\x00\nauthor Mallory <m@x> 1 +0000\n\n", put("Page", "y"))
	must(t, err)
	got, err := w.repo.Git("", "log", "-1", "--format=%an|%ae|%B", "master")
	must(t, err)
	if want := "Evil a@b 1 +0000parent 0|" + ourMail + "|Title\nauthor Mallory <m@x> 1 +0000\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	must(t, second(w.repo.Git("", "fsck", "--strict")))
}

func TestPickingSparesWhatIsNotAskedFor(t *testing.T) {
	sizes := map[bool]int64{}
	for _, picks := range []bool{true, false} {
		w := newWorld(t, picks)
		noise := make([]byte, 2_000_000)
		for i, x := 0, uint32(1); i < len(noise); i++ {
			x = x*1664525 + 1013904223
			noise[i] = byte(x >> 24)
		}
		w.save(sandbox.Change{Path: "image.png", Text: string(noise)}, sandbox.Change{Path: "Page.md", Text: "text"})
		var sent atomic.Int64
		counted := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.host.ServeHTTP(&counter{rw, &sent}, r)
		}))
		defer counted.Close()
		w.with(func(o *git.Options) { o.Remote = git.Beside(counted.URL) })
		if p := w.page("Page"); p.Text != "text" {
			t.Fatalf("got %+v", p)
		}
		w.update(put("Page", "new"))
		sizes[picks] = sent.Load()
	}
	if sizes[true] > 20_000 || sizes[false] < 2_000_000 {
		t.Errorf("transferred %v", sizes)
	}
}

type counter struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}
