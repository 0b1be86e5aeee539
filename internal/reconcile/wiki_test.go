package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/postmortem"
	"github.com/hereby/hereby/internal/reconcile"
	"github.com/hereby/hereby/internal/store"
)

// shelf is a wiki in memory that answers as it is told.
type shelf struct {
	pages    map[string]incident.Page
	problem  string
	answer   incident.Result
	revision string
	read     []string
	put      []incident.PutPages
}

func (w *shelf) Read(_ context.Context, place string, names []string) (incident.Shelf, error) {
	w.read = names
	s := incident.Shelf{Place: place, Problem: w.problem}
	if w.problem == "" {
		s.Pages = map[string]incident.Page{}
		for _, name := range names {
			s.Pages[name] = w.pages[name]
		}
	}
	return s, nil
}

func (w *shelf) Put(_ context.Context, pages incident.PutPages) incident.Result {
	w.put = append(w.put, pages)
	if w.answer.Outcome == incident.Applied {
		for _, d := range pages.Pages {
			w.pages[d.Name] = incident.Page{Exists: true, Text: d.Text}
		}
	}
	return w.answer
}

func (w *shelf) Revision(context.Context, string) (string, error) { return w.revision, nil }

// wikiRig is an incident whose service is back.
func wikiRig(t *testing.T) (*rig, *shelf) {
	w := &shelf{pages: map[string]incident.Page{}, answer: incident.Result{Outcome: incident.Applied}}
	r := newRig(t, func(o *reconcile.Options) {
		policy := o.Policy("")
		policy.Wiki, policy.Words = &plan.Wiki{}, postmortem.DefaultWords()
		o.Policy = func(string) *plan.Policy { return policy }
		o.Wikis = map[string]reconcile.Wiki{"tracker": w}
	})
	r.tracker.s.Comments = []incident.Comment{{ID: "5", Author: "alice", At: start, Raw: "/restored", Said: []string{"/restored"}}}
	r.touch(key)
	r.step()
	if w.read != nil || w.put != nil {
		t.Fatalf("the wiki was asked before there is a page to ask for: %v", w.read)
	}
	return r, w
}

func (r *rig) later(d time.Duration) {
	r.now = r.now.Add(d)
	r.touch(key)
	r.step()
}

func TestAPageIsReadAndWritten(t *testing.T) {
	r, w := wikiRig(t)
	r.later(3 * time.Second)
	if len(w.put) != 1 || !w.pages["Postmortem-12"].Exists || w.put[0].Place != "acme/shop" {
		t.Fatalf("%+v", w.put)
	}
	if j := r.state(key).Journal; !j.Wrote.Equal(r.now) {
		t.Errorf("wrote at %s, the journal says %s", r.now, j.Wrote)
	}
	if last := r.state(key).Record.Last; last.Wiki.Pages != nil {
		t.Error("pages stand in the record")
	}
	r.later(3 * time.Second)
	if len(w.put) != 1 {
		t.Errorf("an unchanged page was written again: %+v", w.put[1:])
	}
}

// A wiki that is down, refuses or was written to by somebody else stops
// nothing, and is tried again.
func TestAWikiInTheWay(t *testing.T) {
	r, w := wikiRig(t)
	w.problem = "it is down"
	r.later(3 * time.Second)
	if len(w.put) != 0 {
		t.Error("written blindly")
	}
	w.problem = ""
	w.answer = incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: r.now.Add(8 * time.Second), Err: errors.New("somebody wrote meanwhile")}}
	r.now = r.now.Add(3 * time.Second)
	r.touch(key)
	if next := r.step(); !next.Equal(r.now.Add(5 * time.Second)) {
		t.Errorf("looks again at %s", next)
	}
	w.answer = incident.Result{Outcome: incident.Refused, Err: errors.New("the branch is protected")}
	r.later(8 * time.Second)
	found := false
	for what, no := range r.state(key).Journal.Refused {
		found = found || strings.HasPrefix(what, "write Postmortem-12") && no.Why == "the branch is protected"
	}
	if !found || !r.state(key).Journal.Wrote.IsZero() {
		t.Errorf("%+v", r.state(key).Journal)
	}
	w.answer = incident.Result{Outcome: incident.Applied}
	r.later(2 * time.Minute)
	if !w.pages["Postmortem-12"].Exists {
		t.Error("given up")
	}
}

// touched is a store that notes what a sweep touches.
type touched struct {
	store.Store
	keys []incident.Key
}

func (s *touched) Touch(ctx context.Context, at time.Time, keys ...incident.Key) error {
	s.keys = append(s.keys, keys...)
	return s.Store.Touch(ctx, at, keys...)
}

// Not every wiki tells when it is written to: the sweep looks.
func TestASweepSeesThatAWikiChanged(t *testing.T) {
	r, w := wikiRig(t)
	seen := &touched{Store: r.store}
	r.Reconciler.Store = seen
	place := incident.SweepOf("tracker", "acme/shop")
	sweep := func() bool {
		t.Helper()
		r.now = r.now.Add(time.Hour)
		r.touch(place)
		seen.keys = nil
		for range 3 {
			if _, _, err := r.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return slices.Contains(seen.keys, key)
	}
	if sweep() {
		t.Error("touched though nothing is known of the wiki")
	}
	w.revision = "abc"
	if !sweep() || r.state(place).Journal.Wiki != "abc" {
		t.Errorf("not touched though the wiki changed: %+v", r.state(place).Journal)
	}
	if sweep() {
		t.Error("touched though the wiki did not change")
	}
}

// The mirror is made of the ledger right before it is written.
func TestTheMirrorIsFilledIn(t *testing.T) {
	r, w := wikiRig(t)
	r.later(3 * time.Second)
	page := w.pages["Postmortem-12"]
	for _, part := range []string{"Abstract", "Impact on stakeholders", "Issues discovered"} {
		page.Text = strings.Replace(page.Text, "## "+part+"\n", "## "+part+"\n\n- something that was found out\n", 1)
	}
	w.pages["Postmortem-12"] = page
	r.tracker.s.Comments = append(r.tracker.s.Comments, incident.Comment{ID: "6", Author: "alice", At: r.now, Raw: "/publish", Said: []string{"/publish"}})
	r.later(3 * time.Second)
	r.later(3 * time.Second)
	i := slices.IndexFunc(w.put, func(p incident.PutPages) bool { return p.Mirror != nil })
	if i < 0 {
		t.Fatalf("no mirror: %+v\n%+v", r.state(key).Record.Orders, w.put)
	}
	text := w.pages["Postmortem-12.ledger.jsonl"].Text
	if !strings.Contains(text, `"kind":"declared"`) || strings.Contains(text, "alice") {
		t.Errorf("%s", text)
	}
}

// A wiki in the way of a page holds up no mail that follows, and no change.
func TestAWikiInTheWayHoldsUpNoMessage(t *testing.T) {
	r, w := wikiRig(t)
	post := &postman{}
	r.Reconciler.Notify = post
	w.answer = incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: r.now.Add(time.Hour), Err: errors.New("503")}}
	r.tracker.s.Comments = append(r.tracker.s.Comments, incident.Comment{ID: "7", Author: "alice", At: r.now, Raw: "/unrestored", Said: []string{"/unrestored"}})
	for _, ref := range []incident.Ref{"acme/shop#80", "acme/shop#81"} { // a double, which is closed last
		r.tracker.s.Tickets = append(r.tracker.s.Tickets, incident.Ticket{Ref: ref, Slot: "role/planning", State: incident.Open, Linked: true})
	}
	before := post.sent
	r.later(3 * time.Second)
	closed := r.did(func(a incident.Action) bool { c, ok := a.(incident.Close); return ok && c.As == incident.Duplicate })
	if len(w.put) == 0 || post.sent == before || closed == 0 {
		t.Errorf("%d pages tried, %d messages sent, %d doubles closed", len(w.put), post.sent-before, closed)
	}
}
