package git_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
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
func (w *world) conflict(n int) *atomic.Int32 {
	var pushes atomic.Int32
	w.host.Before(func(r *http.Request) {
		if k := pushes.Load(); sandbox.IsPush(r) && k < int32(n) {
			pushes.Add(1)
			_, err := w.repo.Commit(w.human("Bob"), "Bob", sandbox.Change{Path: fmt.Sprintf("Bob-%d.md", k), Text: fmt.Sprint(k)})
			if err != nil {
				w.t.Error(err)
			}
		}
	})
	return &pushes
}

func TestTenConflictsInARow(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Page.md", Text: "people's\n"})
		pushes := w.conflict(10)
		calls := 0
		edit := func(page func(string) (string, bool)) map[string]string {
			calls++
			return line("Page", "ours")(page)
		}
		for round := range 2 {
			_, err := w.wiki.Update(w.t.Context(), place, "m", edit)
			problem(w.t, err, git.Contended)
			var notYet *incident.NotYet
			if !errors.As(err, &notYet) || !notYet.Until.Equal(w.clock().Add(time.Minute)) {
				w.t.Errorf("round %d: not before %v, at %v", round, notYet, w.clock())
			}
		}
		if calls != 10 || pushes.Load() != 10 {
			w.t.Errorf("%d edits, %d conflicts", calls, pushes.Load())
		}
		w.update(edit)
		if got := w.read("Page.md"); got != "people's\nours\n" {
			w.t.Errorf("got %q", got)
		}
		for k := range 10 {
			if w.read(fmt.Sprintf("Bob-%d.md", k)) != fmt.Sprint(k) {
				w.t.Errorf("Bob's push %d is lost", k)
			}
		}
		ms := time.Millisecond // between tries, spread by half: 0.5 × base + 0.5 × base
		if want := []time.Duration{250 * ms, 500 * ms, 1000 * ms, 2000 * ms}; !slices.Equal(w.slept[:4], want) {
			w.t.Errorf("slept %v, want %v", w.slept[:4], want)
		}
		must(w.t, second(w.repo.Git("", "fsck", "--strict")))
	})
}

func TestOurTextIsWrittenOnTheFreshestOfTheirs(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Page.md", Text: "one\n"})
		once := sync.Once{}
		w.host.Before(func(r *http.Request) {
			if sandbox.IsPush(r) {
				once.Do(func() {
					if _, err := w.repo.Commit(w.human("Bob"), "m", sandbox.Change{Path: "Page.md", Text: "one\ntwo\n"}); err != nil {
						w.t.Error(err)
					}
				})
			}
		})
		w.update(line("Page", "ours"))
		if got := w.read("Page.md"); got != "one\ntwo\nours\n" {
			w.t.Errorf("got %q", got)
		}
	})
}

func TestTwoWritersLoseNothing(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "start\n"})
	opt := w.opt
	opt.Tries, opt.Jitter, opt.Sleep = 1000, nil, nil
	const each = 6
	var all sync.WaitGroup
	write := func(who string, wiki *git.Wiki) {
		all.Go(func() {
			for k := range each {
				if _, err := wiki.Update(t.Context(), place, who, line("Page", fmt.Sprintf("%s %d.", who, k))); err != nil {
					t.Errorf("%s: %v", who, err)
				}
			}
		})
	}
	one, two := git.New(opt), git.New(opt)
	write("first", one)
	write("second", one) // the same process
	write("third", two)  // another one
	all.Go(func() {
		for k := range each {
			if _, err := w.repo.Commit(w.human("Bob"), "Bob", sandbox.Change{Path: fmt.Sprintf("Bob-%d.md", k), Text: "b"}); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	text, tree := w.read("Page.md"), w.tree()
	for _, who := range []string{"first", "second", "third"} {
		for k := range each {
			if n := strings.Count(text, fmt.Sprintf("%s %d.\n", who, k)); n != 1 {
				t.Errorf("%s %d is there %d times", who, k, n)
			}
		}
	}
	if len(tree) != 1+each {
		t.Errorf("got %v", tree)
	}
}

func TestLostAnswersAreFoundDone(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Page.md", Text: "x"})
		lost := 0
		w.host.Fault(func(r *http.Request) sandbox.Fault {
			if sandbox.IsPush(r) && lost == 0 {
				lost++
				return sandbox.Fault{Lose: true}
			}
			return sandbox.Fault{}
		})
		rev := w.update(line("Page", "ours"))
		log, err := w.repo.Log()
		must(w.t, err)
		if lost != 1 || len(log) != 2 || string(rev) != w.head() {
			w.t.Errorf("%d lost, %q, at %s", lost, log, rev)
		}
	})
}

func TestPageDeletedOrRenamedMeanwhile(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "theirs\n"})
	exists := []bool{}
	edit := func(page func(string) (string, bool)) map[string]string {
		text, ok := page("Page")
		exists = append(exists, ok)
		if !ok {
			return nil // what to do about it is not for the wiki to decide
		}
		return map[string]string{"Page": text + "ours\n"}
	}
	once := sync.Once{}
	w.host.Before(func(r *http.Request) {
		if sandbox.IsPush(r) {
			once.Do(func() {
				_, err := w.repo.Commit(w.human("Bob"), "Rename", sandbox.Change{Path: "Page.md", Delete: true}, sandbox.Change{Path: "Renamed.md", Text: "theirs\n"})
				if err != nil {
					t.Error(err)
				}
			})
		}
	})
	if rev := w.update(edit); string(rev) != w.head() {
		t.Errorf("got %s", rev)
	}
	if !slices.Equal(exists, []bool{true, false}) {
		t.Errorf("got %v", exists)
	}
	if p := w.page("Page"); p.Exists || p.EditedBy != "Bob" {
		t.Errorf("got %+v", p)
	}
	if got := w.read("Renamed.md"); got != "theirs\n" {
		t.Errorf("got %q", got)
	}
}

func TestRewrittenHistoryIsTakenAsItIs(t *testing.T) {
	hosts(t, func(w *world) {
		w.save(sandbox.Change{Path: "Page.md", Text: "one\n"})
		base := w.head()
		w.save(sandbox.Change{Path: "Page.md", Text: "one\nsecret\n"})
		w.page("Page")
		once := sync.Once{}
		w.host.Before(func(r *http.Request) {
			if r.Method == http.MethodPost {
				once.Do(func() { // between our look and our fetch
					must(w.t, second(w.repo.Git("", "update-ref", "refs/heads/master", base)))
					must(w.t, second(w.repo.Git("", "reflog", "expire", "--expire=now", "--all")))
					must(w.t, second(w.repo.Git("", "gc", "-q", "--prune=now")))
				})
			}
		})
		w.update(line("Page", "ours"))
		if got := w.read("Page.md"); got != "one\nours\n" {
			w.t.Errorf("got %q", got)
		}
	})
}

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
