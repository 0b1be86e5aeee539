package confluence_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
)

func TestPageIsCreatedReadBackAndReplaced(t *testing.T) {
	editions(t, func(w *world) {
		if p := w.page(name); p.Exists {
			w.t.Fatalf("there is a page: %+v", p)
		}
		w.plan(edits("restored"))
		p := w.page(name)
		if !p.Exists || !p.Edited.IsZero() || !strings.HasPrefix(p.URL, w.url) || !strings.Contains(p.Text, "**restored**") {
			w.t.Errorf("got %+v", p)
		}
		st := w.state(name)
		if !strings.Contains(strings.Join(st.Labels, " "), "hereby-"+id) || st.Properties["hereby"] == "" {
			w.t.Errorf("labels %v, properties %v", st.Labels, st.Properties)
		}
		w.plan(edits("documented"))
		if after := w.state(name); after.ID != st.ID || after.Version != st.Version+1 || strings.Contains(after.Storage, "restored</strong>") {
			w.t.Errorf("got %+v", after)
		}
		versions := w.state(name).Version
		w.plan(edits("documented"))
		if w.state(name).Version != versions {
			w.t.Error("an unchanged page was written again")
		}
	})
}

func TestPeoplesEditsStay(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		w.clock.Advance(time.Hour)
		theirs := `<p>We <u>saw</u> it.<ac:structured-macro ac:name="odd"><ac:parameter ac:name="p">v</ac:parameter></ac:structured-macro></p><ul><li>The pool was too small @bob</li></ul>`
		must(w.t, w.alice.EditPage("OPS", name, func(s string) string {
			return strings.Replace(s, "<h2>Resolutions</h2>", theirs+"<h2>Resolutions</h2>", 1)
		}))
		edited := w.clock.Now()
		kept := w.state(name).Storage[strings.Index(w.state(name).Storage, "<p>We <u>"):]
		kept = kept[:strings.Index(kept, "<ul>")]
		e := edits("documented")
		for _, it := range postmortem.Read(id, w.page(name).Text).Items {
			e.Items[it.Hash] = ""
		}
		w.clock.Advance(time.Minute)
		w.plan(e)
		if st := w.state(name); !strings.Contains(st.Storage, kept) || !strings.Contains(st.Storage, "hereby-item-") {
			w.t.Errorf("got %s", st.Storage)
		}
		if p := w.page(name); !p.Edited.Equal(edited) {
			w.t.Errorf("edited %v, want %v", p.Edited, edited)
		}
		must(w.t, w.alice.Resave("OPS", name))
		w.restart()
		p := w.page(name)
		if again := postmortem.Apply(p.Text, e); again != p.Text {
			w.t.Errorf("after the editor the plan would write:\n%s\ninstead of\n%s", again, p.Text)
		}
		w.plan(edits("reviewing"))
	})
}

func TestIndexTwinAndMirror(t *testing.T) {
	editions(t, func(w *world) {
		line := "- [" + name + "](" + name + ") – Checkout \\#1 &lt;is&gt; broken\\_ @\u2060bob &amp; more – declared 2026-11-22, restored"
		names := []string{name, index, name + ".json", name + ".ledger.jsonl"}
		texts := map[string]string{
			name:                   postmortem.Draft(postmortem.Facts{ID: id, Title: "x", Blocks: edits("restored").Blocks}),
			index:                  postmortem.Index("", id, line),
			name + ".json":         `{"a": 1}`,
			name + ".ledger.jsonl": "{}\n{}\n",
		}
		w.applied(w.putOver(w.read(names...), texts))
		if w.state(name).Parent != w.state(index).ID {
			w.t.Error("the page does not stand below the index")
		}
		w.restart()
		pages := w.read(names...)
		for _, n := range names[2:] {
			if pages[n].Text != texts[n] || !pages[n].Exists {
				w.t.Errorf("%s: got %q", n, pages[n].Text)
			}
		}
		if again := postmortem.Index(pages[index].Text, id, line); again != pages[index].Text {
			w.t.Errorf("the index reads %q, and would become %q", pages[index].Text, again)
		}
		other := postmortem.Index(pages[index].Text, "10041", strings.ReplaceAll(line, "12", "13"))
		w.applied(w.put(map[string]string{index: other, name + ".json": "{}"}))
		w.restart()
		pages = w.read(names...)
		if again := postmortem.Index(pages[index].Text, "10041", strings.ReplaceAll(line, "12", "13")); again != pages[index].Text || pages[name+".json"].Text != "{}" {
			w.t.Errorf("the index reads %q, and would become %q", pages[index].Text, again)
		}
	})
}

func TestRevision(t *testing.T) {
	editions(t, func(w *world) {
		w.town.AddSpace("DEV", "Development")
		w.plan(edits("restored"))
		w.clock.Advance(time.Minute)
		_, err := w.alice.CreatePage("OPS", "Something else", "<p>x</p>")
		must(w.t, err)
		revision := func() string {
			w.town.ResetRequests()
			now, err := w.wiki.Revision(w.t.Context(), place)
			must(w.t, err)
			if n := len(w.town.Requests()); n > 1 {
				w.t.Errorf("%d requests: %v", n, w.town.Requests())
			}
			w.restart()
			w.page(index) // what a process knows does not change it
			return now
		}
		before := revision()
		for _, x := range []struct {
			why string
			do  func() error
		}{
			{"deleted", func() error { return w.alice.Trash("OPS", name) }},
			{"back", func() error { return w.alice.Restore("OPS", name) }},
			{"archived", func() error { return w.alice.Archive("OPS", name) }},
			{"back again", func() error { return w.alice.Restore("OPS", name) }},
			{"edited", func() error { return w.alice.EditPage("OPS", name, func(s string) string { return s + "<p>x</p>" }) }},
			{"renamed", func() error { return w.alice.Rename("OPS", name, "Another") }},
			{"moved away", func() error { return w.alice.Move("OPS", "Another", "DEV", "Development Home") }},
		} {
			if again := revision(); before == "" || again != before {
				w.t.Errorf("before it was %s: %q, then %q", x.why, before, again)
			}
			w.clock.Advance(time.Minute)
			must(w.t, x.do())
			now := revision()
			if now == before {
				w.t.Errorf("%s: it is %q as before", x.why, now)
			}
			before = now
		}
	})
}

func TestAChangeMeanwhileIsNotOverwritten(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		was := w.read(name)
		want := postmortem.Apply(was[name].Text, edits("documented"))
		must(w.t, w.alice.EditPage("OPS", name, func(s string) string { return s + "<p>Alice was here.</p>" }))
		r := w.putOver(was, map[string]string{name: want})
		if r.Outcome != incident.Deferred || !strings.Contains(w.state(name).Storage, "Alice was here") || strings.Contains(w.state(name).Storage, "documented") {
			w.t.Errorf("%v: %v", r.Outcome, r.Err)
		}
		w.plan(edits("documented"))
		if !strings.Contains(w.state(name).Storage, "Alice was here") {
			w.t.Error("Alice's words are gone")
		}
	})
}

// A page that nobody changed reads as it was written, however it is spelled;
// and what is written next changes nothing else.
func TestWhatWasWrittenIsReadAsItWas(t *testing.T) {
	editions(t, func(w *world) {
		text := strings.Replace(draftText("restored"), "## People", "Some *words_ &amp; \\# more\x01\n\n## People", 1)
		w.applied(w.put(map[string]string{name: text}))
		if got := w.page(name).Text; got != text {
			w.t.Errorf("it reads\n%s", got)
		}
		before := w.state(name).Storage
		next := postmortem.Apply(text, edits("documented"))
		w.applied(w.put(map[string]string{name: next}))
		if got := w.page(name).Text; got != next {
			w.t.Errorf("it reads\n%s", got)
		}
		cut := func(s string) string { return s[strings.Index(s, "<p>Some"):strings.Index(s, "<h2>People")] }
		if after := w.state(name).Storage; cut(before) != cut(after) {
			w.t.Errorf("%s became %s", cut(before), cut(after))
		}
		w.clock.Advance(time.Hour)
		must(w.t, w.alice.EditPage("OPS", name, func(s string) string { return s + "<p>x</p>" }))
		if got := w.page(name).Text; !strings.HasSuffix(got, "x\n") {
			w.t.Errorf("it reads\n%s", got)
		}
	})
}

// A process that comes to write its page only after another one noted what it
// means to write, and wrote nothing: each block is there once all the same.
func TestTwoProcesses(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		was := w.read(name)
		put := func(phase string) incident.Result {
			return w.putOver(was, map[string]string{name: postmortem.Apply(was[name].Text, edits(phase))})
		}
		mine := w.wiki
		w.restart()
		isPage := func(r *http.Request) bool {
			return r.Method == http.MethodPut && !strings.Contains(r.URL.Path, "propert")
		}
		inner := false
		w.town.SetFault(func(r *http.Request, _ int) sandbox.Fault {
			if isPage(r) && inner {
				return sandbox.Fault{Kind: sandbox.ErrorBefore}
			}
			return sandbox.Fault{}
		})
		w.town.Before(func(r *http.Request) {
			if isPage(r) && !inner {
				inner = true
				outer := w.wiki
				w.wiki = mine
				w.deferred(put("documented"))
				w.wiki, inner = outer, false
				w.town.Before(nil)
			}
		})
		w.applied(put("reviewing"))
		w.restart()
		w.plan(edits("closed"))
		if st := w.state(name).Storage; strings.Count(st, "We start from") != 1 || strings.Contains(st, "documented") || strings.Contains(st, "reviewing") {
			w.t.Errorf("got %s", st)
		}
	})
}

// A creation of which nobody heard the end is gone on with.
func TestCreationThatBrokeOff(t *testing.T) {
	editions(t, func(w *world) {
		w.town.SetFault(only(http.MethodPost, "", 1, sandbox.Fault{Kind: sandbox.LostReply}))
		w.deferred(w.put(map[string]string{name: draftText("restored")}))
		w.restart()
		w.clock.Advance(time.Hour)
		w.plan(edits("documented"))
		st := w.state(name)
		if strings.Count(st.Storage, "We start from") != 1 || strings.Contains(st.Storage, "restored") || !strings.Contains(strings.Join(st.Labels, " "), "postmortem-ops-12") {
			w.t.Errorf("labels %v, storage %s", st.Labels, st.Storage)
		}
	})
}

// A scoped token, which is sent alone, works through the gateway; a file that
// is kept on another host is read without it.
func TestGateway(t *testing.T) {
	w := newWorld(t, false)
	w.opt.URL, w.opt.User = w.url+"/ex/confluence/11-22/wiki", ""
	w.restart()
	w.applied(w.putOver(w.read(name, name+".json"), map[string]string{name: draftText("restored"), name + ".json": "{}"}))
	w.restart()
	pages := w.read(name, name+".json")
	if pages[name+".json"].Text != "{}" || !strings.HasPrefix(pages[name].URL, w.url+"/wiki/spaces/OPS/pages/") {
		t.Errorf("got %+v", pages)
	}
}

// A version that nobody foretold is a person's, whoever's account it is of;
// and what we write after it does not hide when that was.
func TestEditedBetweenOurVersions(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		for who, phase := range map[string]string{"alice": "documented", "hereby": "reviewing"} {
			w.clock.Advance(time.Hour)
			must(w.t, w.town.As(who).EditPage("OPS", name, func(s string) string { return s + "<p>" + who + "</p>" }))
			edited := w.clock.Now()
			w.clock.Advance(time.Minute)
			w.restart()
			if got := w.page(name).Edited; !got.Equal(edited) {
				w.t.Errorf("%s: edited %v, want %v", who, got, edited)
			}
			w.plan(edits(phase))
			w.clock.Advance(time.Hour)
			w.restart()
			if got := w.page(name).Edited; !got.Equal(edited) {
				w.t.Errorf("%s, after us: edited %v, want %v", who, got, edited)
			}
		}
		w.clock.Advance(time.Hour)
		must(w.t, w.alice.ForgetProperty("OPS", name, "hereby"))
		w.restart()
		if got := w.page(name).Edited; got.IsZero() {
			w.t.Error("what nobody knows to be ours counts as ours")
		}
	})
}

// Whoever watches a page is told of a publication and of nothing else.
func TestWatchersAreToldOfNews(t *testing.T) {
	w := newWorld(t, true)
	w.plan(edits("restored"))
	for _, news := range []bool{true, false} {
		was := w.read(name, index)
		r := w.wiki.Put(t.Context(), incident.PutPages{Place: place, News: news, Pages: []incident.Draft{
			{Name: name, Was: was[name], Text: was[name].Text + fmt.Sprintf("\n%v\n", news)},
			{Name: index, Was: was[index], Text: postmortem.Index(was[index].Text, id, fmt.Sprint(news))},
		}})
		w.applied(r)
		if w.state(name).Minor == news || !w.state(index).Minor && w.state(index).Version > 1 {
			t.Errorf("news %v: the page is %+v, the index %+v", news, w.state(name), w.state(index))
		}
	}
}

// An observation of what did not change costs one request for each page and
// file, once they are known.
func TestRequestsOfAnObservation(t *testing.T) {
	editions(t, func(w *world) {
		names := []string{name, index, name + ".json", name + ".ledger.jsonl"}
		w.applied(w.putOver(w.read(names...), map[string]string{name: draftText("restored"), index: "# Incidents\n", names[2]: "{}", names[3]: "{}\n"}))
		w.read(names...)
		w.town.ResetRequests()
		w.read(names...)
		total := 0
		for _, n := range w.town.Requests() {
			total += n
		}
		if total != len(names) {
			w.t.Errorf("%d requests: %v", total, w.town.Requests())
		}
		w.town.ResetRequests()
		w.applied(w.put(map[string]string{name: postmortem.Apply(w.page(name).Text, edits("documented"))}))
		writes := 0
		for route, n := range w.town.Requests() {
			if !strings.HasPrefix(route, "GET") {
				writes += n
			}
		}
		if writes != 2 {
			w.t.Errorf("%d writes: %v", writes, w.town.Requests())
		}
	})
}
