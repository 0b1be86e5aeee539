package git_test

import (
	"errors"
	"fmt"
	"net/http"
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

func TestBackoffIsSpread(t *testing.T) {
	for jitter, want := range map[float64]time.Duration{0: 125 * time.Millisecond, 1: 375 * time.Millisecond} {
		w := newWorld(t, true)
		w.save(sandbox.Change{Path: "Page.md", Text: "x"})
		w.with(func(o *git.Options) { o.Jitter = func() float64 { return jitter } })
		w.conflict(1)
		w.update(put("Page", "y"))
		if !slices.Equal(w.slept, []time.Duration{want}) {
			t.Errorf("jitter %v: slept %v, want %v", jitter, w.slept, want)
		}
	}
}

func TestKnownConflictSendsNothing(t *testing.T) {
	w := newWorld(t, true)
	w.save(sandbox.Change{Path: "Page.md", Text: "x"})
	pushes, once := 0, sync.Once{}
	w.host.Before(func(r *http.Request) {
		if sandbox.IsPush(r) {
			pushes++
		}
		if r.URL.Query().Get("service") == "git-receive-pack" {
			once.Do(func() {
				if _, err := w.repo.Commit(w.human("Bob"), "m", sandbox.Change{Path: "Bob.md", Text: "b"}); err != nil {
					t.Error(err)
				}
			})
		}
	})
	w.update(put("Page", "y"))
	if pushes != 1 || len(w.slept) != 1 {
		t.Errorf("%d pushes, slept %v", pushes, w.slept)
	}
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
