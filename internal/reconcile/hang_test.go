package reconcile_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
)

// hanging is a wiki one of whose calls has no answer until its context ends.
type hanging struct {
	*shelf
	call string // "read", "put" or "revision"; "": none
	hung int    // how often
}

func (h *hanging) wait(ctx context.Context, call string) error {
	if h.call != call {
		return nil
	}
	h.hung++
	<-ctx.Done()
	return ctx.Err()
}

func (h *hanging) Read(ctx context.Context, place string, names []string) (incident.Shelf, error) {
	if err := h.wait(ctx, "read"); err != nil {
		return incident.Shelf{}, err
	}
	return h.shelf.Read(ctx, place, names)
}

func (h *hanging) Put(ctx context.Context, pages incident.PutPages) incident.Result {
	if err := h.wait(ctx, "put"); err != nil {
		return incident.Result{Outcome: incident.Deferred, Err: err}
	}
	return h.shelf.Put(ctx, pages)
}

func (h *hanging) Revision(ctx context.Context, place string) (string, error) {
	if err := h.wait(ctx, "revision"); err != nil {
		return "", err
	}
	return h.shelf.Revision(ctx, place)
}

// A wiki that does not answer holds up nothing but the page: what people say is
// obeyed in the same pass, which ends long before its lease, and the page is
// written when the wiki answers again. Time passes only where all wait for it.
func TestAWikiThatHangsHoldsUpNothingElse(t *testing.T) {
	for _, call := range []string{"read", "put"} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, w := wikiRig(t)
				h := &hanging{shelf: w, call: call}
				r.Reconciler.Wikis = map[string]reconcile.Wiki{"tracker": h}
				r.tracker.s.Comments = append(r.tracker.s.Comments, incident.Comment{ID: "6", Author: "alice", At: start, Raw: "/note it hangs", Said: []string{"/note it hangs"}})
				r.tracker.got = nil
				began := time.Now()
				r.now = r.now.Add(3 * time.Second)
				r.touch(key)
				if worked, _, err := r.Step(t.Context()); err != nil || !worked {
					t.Fatalf("worked %v, error %v", worked, err)
				}
				took := time.Since(began)
				if h.hung == 0 || took < time.Second || took > 30*time.Second {
					t.Errorf("the wiki hung %d times, and the pass took %s", h.hung, took)
				}
				if !slices.ContainsFunc(r.tracker.got, func(a incident.Action) bool { ack, ok := a.(incident.Ack); return ok && ack.Comment == "6" }) {
					t.Errorf("the comment waits for the wiki; done was only %v", r.tracker.got)
				}
				if len(w.put) > 0 {
					t.Errorf("written: %+v", w.put)
				}
				h.call = ""
				r.later(2 * time.Minute)
				r.later(2 * time.Minute)
				if !w.pages["Postmortem-12"].Exists {
					t.Errorf("the page is not written once the wiki answers: %+v", r.state(key).Journal)
				}
			})
		})
	}
}

// A sweep whose wiki does not answer sees what is new in the tracker.
func TestASweepDoesNotWaitForAWiki(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := wikiRig(t)
		h := &hanging{shelf: w, call: "revision"}
		r.Reconciler.Wikis = map[string]reconcile.Wiki{"tracker": h}
		seen := &touched{Store: r.store}
		r.Reconciler.Store = seen
		const fresh = incident.Key("tracker:acme/shop#13")
		r.now = r.now.Add(time.Hour)
		r.tracker.sighting = incident.Sighting{Hints: []incident.Hint{{Key: fresh, Labels: []string{"incident"}}}, Cursor: r.now}
		r.touch(incident.SweepOf("tracker", "acme/shop"))
		began := time.Now()
		for range 3 {
			if _, _, err := r.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); h.hung == 0 || took > time.Minute {
			t.Errorf("the wiki hung %d times, which took %s", h.hung, took)
		}
		if !slices.Contains(seen.keys, fresh) {
			t.Errorf("touched: %v", seen.keys)
		}
	})
}
