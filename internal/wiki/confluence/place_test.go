package confluence_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/postmortem"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
)

// moved lets people put our page elsewhere, and expects that it is followed:
// written where it is now, and nowhere else.
func (w *world) moved(do func(at string) error, where func(before sandbox.State) (key, page string)) {
	w.t.Helper()
	w.all("restored")
	before := w.state(name)
	w.clock.Advance(time.Hour)
	must(w.t, do(name))
	for _, phase := range []string{"documented", "reviewing"} {
		w.all(phase)
		key, page := where(before)
		after, ok := w.town.Page(key, page)
		if !ok || after.ID != before.ID || !strings.Contains(after.Storage, "<strong>"+phase+"</strong>") {
			w.t.Fatalf("%s: got %+v", phase, after)
		}
		if !strings.Contains(w.state(index).Storage, phase) {
			w.t.Errorf("%s: the index reads %s", phase, w.state(index).Storage)
		}
		w.restart()
	}
}

// all brings page, index and twin to a phase.
func (w *world) all(phase string) {
	w.t.Helper()
	for range 6 {
		if w.step([]string{name, index, name + ".json"}, phase) {
			return
		}
	}
	w.t.Fatal("it does not come to rest")
}

func TestPageMovedInTheTree(t *testing.T) {
	editions(t, func(w *world) {
		_, err := w.alice.CreatePage("OPS", "Post-mortems of 2026", "<p>x</p>")
		must(w.t, err)
		up, _ := w.town.Page("OPS", "Post-mortems of 2026")
		w.moved(func(at string) error { return w.alice.Move("OPS", at, "OPS", up.Title) }, func(sandbox.State) (string, string) { return "OPS", name })
		if st := w.state(name); st.Parent != up.ID {
			w.t.Errorf("it stands below %s again", st.Parent)
		}
	})
}

func TestPageMovedToAnotherSpace(t *testing.T) {
	editions(t, func(w *world) {
		w.town.AddSpace("DEV", "Development")
		_, err := w.alice.CreatePage("DEV", index, "<p>Theirs.</p>")
		must(w.t, err)
		w.moved(func(at string) error { return w.alice.Move("OPS", at, "DEV", "Development Home") }, func(sandbox.State) (string, string) { return "DEV", name })
		if _, again := w.town.Page("OPS", name); again {
			w.t.Error("it was written anew")
		}
		if st, _ := w.town.Page("DEV", index); st.Storage != "<p>Theirs.</p>" {
			w.t.Errorf("an index that is not ours reads %s", st.Storage)
		}
	})
}

// A renamed page keeps its new title, and the index the link that leads there.
func TestRenamedPageInTheIndex(t *testing.T) {
	editions(t, func(w *world) {
		const title = "The day & night <it> broke"
		w.moved(func(at string) error { return w.alice.Rename("OPS", at, title) }, func(b sandbox.State) (string, string) { return "OPS", "#" + b.ID })
		key, at := "OPS", w.state(index)
		if !strings.Contains(at.Storage, `ri:content-title="The day &amp; night &lt;it&gt; broke"`) || strings.Contains(at.Storage, `ri:content-title="`+name) {
			w.t.Errorf("the index reads %s", at.Storage)
		}
		if st, _ := w.town.Page(key, title); st.Title != title {
			w.t.Errorf("it is called %q", st.Title)
		}
	})
}

// A copy of a page that is gone has its labels, perhaps even what we keep beside
// it, and is not taken for the page.
func TestCopyOfAPageThatIsGone(t *testing.T) {
	for _, kept := range []bool{false, true} {
		editions(t, func(w *world) {
			w.all("restored")
			_, err := w.alice.Copy("OPS", name, "A copy")
			must(w.t, err)
			if kept {
				must(w.t, w.alice.CopyProperty("OPS", name, "A copy", "hereby"))
			}
			must(w.t, w.alice.Purge("OPS", name))
			w.restart()
			if p := w.page(name); p.Exists {
				w.t.Errorf("got %+v", p)
			}
		})
	}
}

func TestPageThatIsADraftAgain(t *testing.T) {
	editions(t, func(w *world) {
		w.all("restored")
		was := w.read(name)
		must(w.t, w.alice.Unpublish("OPS", name))
		w.troubled("not published", "`/postmortem URL`")
		w.refused(w.putOver(was, map[string]string{name: postmortem.Apply(was[name].Text, edits("documented"))}), "not published")
		must(w.t, w.alice.Restore("OPS", name))
		w.all("documented")
	})
}

// In an archived space pages are still read, and written where Confluence lets
// us; else it is said what to do.
func TestSpaceArchived(t *testing.T) {
	editions(t, func(w *world) {
		w.all("restored")
		w.town.ArchiveSpace("OPS", true)
		w.restart()
		if found, err := w.wiki.Check(w.t.Context(), place); err != nil || len(found) != 1 || !strings.Contains(found[0].What, "archived") {
			w.t.Errorf("found %+v; %v", found, err)
		}
		if w.opt.DataCenter {
			w.all("documented")
			return
		}
		w.refused(w.put(map[string]string{name: postmortem.Apply(w.page(name).Text, edits("documented"))}), "out of the archive")
		w.refused(w.putOver(nil, map[string]string{"Postmortem-OPS-13": draftText("restored")}), "out of the archive")
		w.town.ArchiveSpace("OPS", false)
		w.all("documented")
	})
}

// However far we get with writing several pages, nothing leads nowhere, and the
// next look goes on: the process dies before or after each of its requests.
func TestStoppedBetweenPages(t *testing.T) {
	names := []string{name, index, name + ".json"}
	for which, kind := range map[string]sandbox.Kind{"before": sandbox.DropBefore, "after": sandbox.LostReply} {
		for _, first := range []bool{true, false} {
			for k, stopped := 1, true; stopped; k++ {
				stopped = false
				t.Run(fmt.Sprintf("%s %d, first %v", which, k, first), func(t *testing.T) {
					editions(t, func(w *world) {
						if !first {
							w.all("restored")
							w.clock.Advance(time.Hour)
						}
						if !w.stopAt(k, kind, names, "documented") {
							return
						}
						stopped = true
						w.leadsSomewhere()
						w.clock.Advance(2 * time.Minute)
						w.restart()
						w.all("documented")
						w.leadsSomewhere()
						if pages := w.town.Pages("OPS"); len(pages) != len(names) {
							w.t.Errorf("got %+v", pages)
						}
					})
				})
			}
		}
	}
}

// stopAt makes one pass of which no request succeeds from the k-th on; it
// tells whether there was such a one.
func (w *world) stopAt(k int, kind sandbox.Kind, names []string, phase string) (stopped bool) {
	var n atomic.Int32
	w.town.SetFault(func(*http.Request, int) sandbox.Fault {
		switch at := int(n.Add(1)); {
		case at == k:
			return sandbox.Fault{Kind: kind}
		case at > k:
			return sandbox.Fault{Kind: sandbox.DropBefore}
		}
		return sandbox.Fault{}
	})
	defer w.town.SetFault(nil)
	w.step(names, phase)
	return int(n.Load()) >= k
}

// leadsSomewhere checks that the index names only a page that is there with
// all our blocks, and that files are attached to nothing less.
func (w *world) leadsSomewhere() {
	w.t.Helper()
	at, _ := w.town.Page("OPS", index)
	page, _ := w.town.Page("OPS", name)
	if named := strings.Contains(at.Storage, name); (named || len(page.Files) > 0) && strings.Count(page.Storage, "We start from") != 1 {
		w.t.Fatalf("the index reads %s\nand the page %s", at.Storage, page.Storage)
	}
	if page.ID != "" && page.Parent != at.ID {
		w.t.Fatalf("the page stands below %s, the index is %q", page.Parent, at.ID)
	}
}
