package confluence_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/postmortem"
	sandbox "github.com/hereby/hereby/internal/sandbox/confluence"
)

// troubled reads a page that has a problem alone.
func (w *world) troubled(words ...string) {
	w.t.Helper()
	shelf, err := w.wiki.Read(w.t.Context(), place, []string{name, index})
	must(w.t, err)
	p := shelf.Pages[name]
	if shelf.Problem != "" || shelf.Pages[index].Problem != "" {
		w.t.Fatalf("the trouble is everywhere: %s; %s", shelf.Problem, shelf.Pages[index].Problem)
	}
	for _, word := range words {
		if !strings.Contains(p.Problem, word) {
			w.t.Errorf("problem %q, want %q", p.Problem, word)
		}
	}
	w.noSecret(p.Problem)
}

func (w *world) noSecret(text string) {
	w.t.Helper()
	if strings.Contains(text, w.opt.Token) {
		w.t.Errorf("the token is in %q", text)
	}
}

// refused expects a refusal that says so, and nothing written.
func (w *world) refused(r incident.Result, words string) {
	w.t.Helper()
	if r.Outcome != incident.Refused || r.Err == nil || !strings.Contains(r.Err.Error(), words) {
		w.t.Fatalf("%v: %v; want refused with %q", r.Outcome, r.Err, words)
	}
	w.noSecret(r.Err.Error())
}

// deferred expects to be told when to come back.
func (w *world) deferred(r incident.Result) *incident.NotYet {
	w.t.Helper()
	var later *incident.NotYet
	if r.Outcome != incident.Deferred || !errors.As(r.Err, &later) || !later.Until.After(w.clock.Now()) {
		w.t.Fatalf("%v: %v; want deferred with a time", r.Outcome, r.Err)
	}
	return later
}

func draftText(phase string) string {
	return postmortem.Draft(postmortem.Facts{ID: id, Title: "x", Blocks: edits(phase).Blocks})
}

func TestTitleOfAPageThatWeCannotSee(t *testing.T) {
	editions(t, func(w *world) {
		_, err := w.alice.CreatePage("OPS", name, "<p>Secret.</p>")
		must(w.t, err)
		must(w.t, w.alice.Restrict("OPS", name, "bob"))
		w.refused(w.put(map[string]string{name: draftText("restored")}), "taken")
		w.troubled("taken", "cannot see")
		must(w.t, w.alice.Restrict("OPS", name, "hereby"))
		w.clock.Advance(11 * time.Minute)
		if p := w.page(name); !p.Exists || p.Text != "Secret.\n" || p.Edited.IsZero() {
			w.t.Errorf("got %+v", p)
		}
	})
}

func TestPageThatSomebodyCreatesAtTheSameTime(t *testing.T) {
	editions(t, func(w *world) {
		was := w.read(name)
		done := false
		w.town.Before(func(r *http.Request) {
			if r.Method == http.MethodPost && !done {
				done = true
				_, err := w.alice.CreatePage("OPS", name, "<p>Alice's.</p>")
				must(w.t, err)
			}
		})
		w.deferred(w.putOver(was, map[string]string{name: draftText("restored")}))
		w.plan(edits("restored"))
		if st := w.state(name); !strings.Contains(st.Storage, "Alice's.") || !strings.Contains(st.Storage, "restored") {
			w.t.Errorf("got %s", st.Storage)
		}
	})
}

func TestPageInTheTrashOrArchivedOrRestricted(t *testing.T) {
	for _, restart := range []bool{false, true} {
		editions(t, func(w *world) {
			w.plan(edits("restored"))
			look := func(words ...string) {
				w.t.Helper()
				if restart {
					w.restart()
				}
				w.troubled(words...)
			}
			must(w.t, w.alice.Trash("OPS", name))
			look("trash")
			w.refused(w.putOver(nil, map[string]string{name: draftText("restored")}), "trash")
			must(w.t, w.alice.Restore("OPS", name))
			w.plan(edits("documented"))
			must(w.t, w.alice.Archive("OPS", name))
			if !restart || !w.opt.DataCenter {
				look("archived")
			}
			must(w.t, w.alice.Restore("OPS", name))
			if w.restart(); !restart {
				w.page(name)
			}
			must(w.t, w.alice.Restrict("OPS", name, "bob"))
			if !restart {
				w.troubled("restricted")
			}
			must(w.t, w.alice.Restrict("OPS", name))
			if w.page(name).Exists {
				must(w.t, w.alice.Purge("OPS", name))
			}
			if restart {
				w.restart()
				if p := w.page(name); p.Exists {
					w.t.Errorf("a page that is gone: %+v", p)
				}
			} else {
				look("deleted")
			}
		})
	}
}

func TestRenamedPageIsFound(t *testing.T) {
	for _, restart := range []bool{false, true} {
		editions(t, func(w *world) {
			w.plan(edits("restored"))
			before := w.state(name)
			must(w.t, w.alice.Rename("OPS", name, "The day the checkout broke"))
			_, err := w.alice.CreatePage("OPS", "A copy", before.Storage)
			must(w.t, err)
			if restart {
				w.restart()
			}
			w.plan(edits("documented"))
			after := w.state("#" + before.ID)
			if after.Title != "The day the checkout broke" || !strings.Contains(after.Storage, "documented") {
				w.t.Errorf("got %+v", after)
			}
			if _, there := w.town.Page("OPS", name); there {
				w.t.Error("there is a second page")
			}
		})
	}
}

func TestPageThatIsNestedTooDeep(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		must(w.t, w.alice.EditPage("OPS", name, func(s string) string {
			return s + strings.Repeat("<div>", 1000) + strings.Repeat("</div>", 1000)
		}))
		w.troubled("cannot be read", "history")
	})
}

func TestSpaceMissingTokenWrongReadOnly(t *testing.T) {
	editions(t, func(w *world) {
		shelf := func() incident.Shelf {
			w.t.Helper()
			s, err := w.wiki.Read(w.t.Context(), place, []string{name})
			must(w.t, err)
			w.noSecret(s.Problem)
			return s
		}
		good := w.opt
		w.opt.Space = func(string) string { return "NONE" }
		w.restart()
		if s := shelf(); !strings.Contains(s.Problem, `"NONE"`) || s.Passing || s.Pages != nil {
			w.t.Errorf("got %+v", s)
		}
		w.refused(w.putOver(nil, map[string]string{name: "x"}), "NONE")

		w.opt = good
		w.opt.Token = "wrong-token-0815"
		w.restart()
		if s := shelf(); !strings.Contains(s.Problem, "credentials") || s.Passing {
			w.t.Errorf("got %+v", s)
		}
		w.opt = good
		w.opt.URL = "nonsense"
		w.restart()
		if s := shelf(); !strings.Contains(s.Problem, "address") || s.Passing {
			w.t.Errorf("got %+v", s)
		}
		w.opt = good
		w.restart()
		w.plan(edits("restored"))
		w.town.SetRight("hereby", "OPS", sandbox.View)
		w.refused(w.put(map[string]string{name: postmortem.Apply(w.page(name).Text, edits("documented"))}), "not write")
		w.refused(w.put(map[string]string{"Postmortem-OPS-13": "x"}), "may not create")
		w.town.SetRight("hereby", "OPS", sandbox.Edit)
		must(w.t, w.alice.RestrictEdit("OPS", name, "bob"))
		w.refused(w.put(map[string]string{name: postmortem.Apply(w.page(name).Text, edits("documented"))}), "not write")
	})
}

func TestConflicts(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		text := postmortem.Apply(w.page(name).Text, edits("documented"))
		w.town.SetFault(only(http.MethodPut, "", 3, sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusConflict}))
		w.applied(w.put(map[string]string{name: text}))
		w.plan(edits("documented"))

		text = postmortem.Apply(w.page(name).Text, edits("reviewing"))
		w.town.SetFault(only(http.MethodPut, "", 10, sandbox.Fault{Kind: sandbox.ErrorBefore, Status: http.StatusConflict}))
		w.deferred(w.put(map[string]string{name: text}))
		w.deferred(w.put(map[string]string{name: text}))
		w.town.SetFault(nil)
		w.plan(edits("reviewing"))
	})
}

func TestEveryRequestGoesWrongOnce(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"drop": {Kind: sandbox.DropBefore}, "lost": {Kind: sandbox.LostReply}, "error": {Kind: sandbox.ErrorBefore}, "after": {Kind: sandbox.ErrorAfter},
		"many": {Kind: sandbox.TooMany, RetryAfter: 30 * time.Second}, "inner": {Kind: sandbox.ErrorBefore, Status: 500, Message: "OptimisticLockException"},
	}
	for which, fault := range faults {
		t.Run(which, func(t *testing.T) {
			editions(t, func(w *world) {
				names := []string{name, index, name + ".json"}
				for phase, k := "", 0; k < 14; k++ {
					var n atomic.Int32
					w.town.SetFault(func(*http.Request, int) sandbox.Fault {
						if int(n.Add(1)) == k+1 {
							return fault
						}
						return sandbox.Fault{}
					})
					phase = fmt.Sprint("phase", string(rune('a'+k)))
					for try := 0; ; try++ {
						if try == 6 {
							w.t.Fatalf("request %d: it does not come right", k)
						}
						if w.step(names, phase) {
							break
						}
						w.clock.Advance(2 * time.Minute)
						w.restart()
					}
				}
				w.town.SetFault(nil)
				w.restart()
				page := w.page(name)
				if got := postmortem.Read(id, page.Text); len(got.Blocks) != len(postmortem.Blocks) || len(got.Missing) > 0 {
					w.t.Errorf("blocks %v, missing %v", got.Blocks, got.Missing)
				}
				if n := strings.Count(page.Text, "We start from the idea"); n != 1 {
					w.t.Errorf("the preamble is there %d times:\n%s", n, page.Text)
				}
				if n := len(w.town.Pages("OPS")); n != len(names) {
					w.t.Errorf("there are %d pages and files: %+v", n, w.town.Pages("OPS"))
				}
			})
		})
	}
}

// step is one pass of the reconciler, as far as the wiki goes; it tells
// whether there is nothing left to do.
func (w *world) step(names []string, phase string) bool {
	w.t.Helper()
	shelf, err := w.wiki.Read(w.t.Context(), place, names)
	must(w.t, err)
	if shelf.Problem != "" {
		if !shelf.Passing {
			w.t.Fatal(shelf.Problem)
		}
		return false
	}
	p := incident.PutPages{Place: place, Message: phase}
	e := edits(phase)
	want := func(n, text string) {
		if was := shelf.Pages[n]; was.Problem != "" {
			w.t.Fatal(was.Problem)
		} else if !was.Exists || was.Text != text {
			p.Pages = append(p.Pages, incident.Draft{Name: n, Was: was, Text: text})
		}
	}
	text := shelf.Pages[name].Text
	if !shelf.Pages[name].Exists {
		text = draftText(phase)
	}
	want(name, postmortem.Apply(text, e))
	want(index, postmortem.Index(shelf.Pages[index].Text, id, "- ["+name+"]("+name+") – x – "+phase))
	want(name+".json", `"`+phase+`"`)
	if len(p.Pages) == 0 {
		return true
	}
	if r := w.wiki.Put(w.t.Context(), p); r.Outcome == incident.Refused {
		w.t.Fatal(r.Err)
	}
	return false
}

func TestSlowDown(t *testing.T) {
	editions(t, func(w *world) {
		w.plan(edits("restored"))
		w.town.SetFault(only(http.MethodGet, "", 1, sandbox.Fault{Kind: sandbox.TooMany, RetryAfter: 90 * time.Second}))
		s, err := w.wiki.Read(w.t.Context(), place, []string{name})
		must(w.t, err)
		if s.Problem == "" || !s.Passing {
			w.t.Fatalf("got %+v", s)
		}
		w.town.ResetRequests()
		s, _ = w.wiki.Read(w.t.Context(), place, []string{name})
		if s.Problem == "" || !s.Passing || len(w.town.Requests()) > 0 {
			w.t.Errorf("we went on: %+v, %v", s, w.town.Requests())
		}
		w.clock.Advance(91 * time.Second)
		w.page(name)
	})
}

func TestLargePage(t *testing.T) {
	w := newWorld(t, false)
	w.plan(edits("restored"))
	long := "<p>" + strings.Repeat("0123456789 &amp; more ", 200) + "</p>"
	must(t, w.alice.EditPage("OPS", name, func(s string) string { return s + strings.Repeat(long, 1000) }))
	w.applied(w.put(map[string]string{name: postmortem.Apply(w.page(name).Text, edits("documented"))}))
	if st := w.state(name); !strings.Contains(st.Storage, "documented") || !strings.HasSuffix(st.Storage, strings.Repeat(long, 1000)) {
		t.Error("it was not brought up to date")
	}
	w.opt.MaxBytes = 1_000_000
	w.restart()
	w.troubled("larger")
}

func TestAnswerThatIsNoConfluence(t *testing.T) {
	w := newWorld(t, false)
	w.opt.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		rec := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/html"}}, Request: r}
		rec.Body = body("<html>Please log in</html>")
		return rec, nil
	})
	w.restart()
	s, err := w.wiki.Read(t.Context(), place, []string{name})
	must(t, err)
	if !strings.Contains(s.Problem, "not a Confluence") || !strings.Contains(s.Problem, "web page") {
		t.Errorf("got %+v", s)
	}
}
