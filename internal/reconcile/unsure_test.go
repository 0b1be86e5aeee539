package reconcile_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/reconcile"
)

var errSilent = errors.New("the line went dead")

// silent has the tracker not answer what is one of these.
func (r *rig) silent(to func(incident.Action) bool) {
	r.tracker.answer = func(a incident.Action) incident.Result {
		if to(a) {
			return incident.Result{Outcome: incident.Unknown, Err: errSilent}
		}
		return applied(a)
	}
}

// did counts what was asked for.
func (r *rig) did(is func(incident.Action) bool) (n int) {
	for _, a := range r.tracker.got {
		if is(a) {
			n++
		}
	}
	return n
}

// A tracker that answers nothing is asked for no more than three changes. What
// may have been created is created again only once it must have been seen.
func TestAnUnknownOutcomeKeepsItsIntent(t *testing.T) {
	r := newRig(t)
	r.tracker.s.Comments = []incident.Comment{{ID: "6", Author: "alice", At: start, Raw: "/note it hangs", Said: []string{"/note it hangs"}}}
	r.silent(func(incident.Action) bool { return true })
	r.touch(key)
	next := r.step()
	if len(r.tracker.got) != 3 {
		t.Errorf("without an answer it was tried to %v", r.tracker.got)
	}
	if a, ok := r.state(key).Journal.Slots[incident.Board]; !ok || !a.Open() || a.Why != "the line went dead" {
		t.Errorf("the intent is %+v", a)
	}
	if next.IsZero() || next.Sub(start) > 10*time.Second {
		t.Errorf("looked at again at %v", next)
	}
	// Within the settle window nothing is created again; after it, it is.
	r.tracker.answer, r.tracker.got = applied, nil
	r.now = start.Add(30 * time.Second)
	r.step()
	if slices.ContainsFunc(r.tracker.got, isBoard) {
		t.Error("the board was written again while the first attempt may still appear")
	}
	r.now, r.tracker.got = start.Add(2*time.Minute), nil
	r.step()
	if !slices.ContainsFunc(r.tracker.got, isBoard) {
		t.Error("the board was never written")
	}
}

// What is not known of one thing holds up what follows about the same, and
// nothing else; what may only have been changed is tried again at once.
func TestWhatIsNotKnownHoldsUpNothingElse(t *testing.T) {
	type is = func(incident.Action) bool
	label := func(a incident.Action) bool { _, ok := a.(incident.Tag); return ok }
	reply := func(a incident.Action) bool { s, ok := a.(incident.Say); return ok && s.Slot == "reply/5" }
	reopen := func(a incident.Action) bool { _, ok := a.(incident.Reopen); return ok }
	ack := func(id string) is {
		return func(a incident.Action) bool { k, ok := a.(incident.Ack); return ok && k.Comment == id }
	}
	for name, c := range map[string]struct {
		silent, waits is
		goes          []is
		retried       time.Duration // how soon
	}{
		"a creation":                    {isCreate, nil, []is{isBoard, label, reopen, reply, ack("5"), ack("6")}, time.Minute},
		"a reply":                       {reply, ack("5"), []is{isBoard, label, reopen, isCreate, ack("6")}, time.Minute},
		"the first of several in a row": {ack("5"), nil, []is{isBoard, label, reopen, isCreate, reply, ack("6")}, 2 * time.Second},
		"a change":                      {reopen, label, []is{isBoard, isCreate, reply, ack("5"), ack("6")}, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.touch(key)
			r.step()
			r.now = r.now.Add(5 * time.Minute)
			r.tracker.s.Comments = []incident.Comment{
				{ID: "5", Author: "alice", At: r.now, Raw: "/ops", Said: []string{"/ops"}}, // refused to command
				{ID: "6", Author: "alice", At: r.now, Raw: "/followup Alert", Said: []string{"/followup Alert"}},
			}
			r.tracker.s.Head.State, r.tracker.s.Head.Closed = incident.Done, incident.Closed{By: "alice", At: r.now}
			r.tracker.got = nil
			r.silent(c.silent)
			r.touch(key)
			began := r.now
			next := r.step()
			if n := r.did(c.silent); n != 1 {
				t.Errorf("it was tried %d times", n)
			}
			if c.waits != nil && r.did(c.waits) > 0 {
				t.Errorf("what is about the same was done: %v", r.tracker.got)
			}
			for i, does := range c.goes {
				if r.did(does) == 0 {
					t.Errorf("%d: not done: %v", i, r.tracker.got)
				}
			}
			if next.Sub(began) > 2*time.Second {
				t.Errorf("looked at again at %v", next)
			}
			r.now = began
			r.later(c.retried - time.Second)
			if n := r.did(c.silent); n != 1 {
				t.Errorf("tried %d times before %s", n, c.retried)
			}
			r.later(2 * time.Second)
			if n := r.did(c.silent); n != 2 {
				t.Errorf("tried %d times after %s", n, c.retried)
			}
		})
	}
}

// Who asks us to wait is waited for, though it is not known what he did.
func TestWhoAsksToWaitIsNotAskedForMore(t *testing.T) {
	r := newRig(t)
	until := start.Add(7 * time.Minute)
	r.tracker.answer = func(incident.Action) incident.Result {
		return incident.Result{Outcome: incident.Unknown, Err: &incident.NotYet{Until: until, Err: errors.New("503")}}
	}
	r.touch(key)
	if next := r.step(); !next.Equal(until) || len(r.tracker.got) != 1 {
		t.Errorf("looked at again at %v after %v", next, r.tracker.got)
	}
	if a, ok := r.state(key).Journal.Slots[incident.Board]; !ok || !a.Open() {
		t.Errorf("the intent is %+v, %v", a, ok)
	}
}

// What has no answer again and again is tried less and less often, so that it
// leaves the hour's share of changes to others.
func TestWhatNeverHasAnAnswerIsTriedLessOften(t *testing.T) {
	edit := func(a incident.Action) bool { _, ok := a.(incident.Tag); return ok }
	for name, c := range map[string]struct {
		silent func(incident.Action) bool
		most   int
	}{"a creation": {isCreate, 10}, "a change": {edit, 4 * 14}} { // of four labels
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.silent(c.silent)
			if name == "a creation" { // no label is missing
				r.tracker.s.Head.Labels = []string{"incident", "hereby", "hereby-9012", "hereby/declared"}
			}
			r.touch(key)
			for next := r.step(); next.Sub(start) < time.Hour; next = r.step() {
				r.now = next
			}
			if n := r.did(c.silent); n < 8 || n > c.most {
				t.Errorf("tried %d times in an hour", n)
			}
		})
	}
}

// A tracker that takes nothing, or asks us to wait, holds up no message to people
// who do not read it.
func TestATrackerInTheWayHoldsUpNoMessage(t *testing.T) {
	for name, no := range map[string]incident.Result{
		"silent":   {Outcome: incident.Unknown, Err: errSilent},
		"deferred": {Outcome: incident.Deferred, Err: &incident.NotYet{Until: start.Add(time.Hour), Err: errSilent}},
	} {
		t.Run(name, func(t *testing.T) {
			post := &postman{}
			r := newRig(t, func(o *reconcile.Options) {
				policy := o.Policy("")
				policy.Mail = &plan.Mail{Lists: map[string][]string{"customers": {"all@customers.example"}}}
				o.Policy, o.Notify = func(string) *plan.Policy { return policy }, post
			})
			r.now = start.Add(11 * time.Minute) // command may stand in
			r.tracker.s.Comments = []incident.Comment{{ID: "6", Author: "alice", At: r.now, Raw: "/update customers We know", Said: []string{"/update customers We know"}}}
			r.tracker.answer = func(incident.Action) incident.Result { return no }
			r.touch(key)
			r.step()
			if n := r.did(func(incident.Action) bool { return true }); n > 3 || !slices.ContainsFunc(post.what, func(n incident.Notify) bool { return n.Mail != nil }) {
				t.Errorf("%d changes were tried, and sent was %v", n, post.what)
			}
		})
	}
}
