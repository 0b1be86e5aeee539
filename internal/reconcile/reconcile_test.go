package reconcile_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/reconcile"
)

func TestAPassDecidesActsAndLooksAgainSoon(t *testing.T) {
	r := newRig(t)
	r.touch(key)
	next := r.step()
	if next.Sub(start) > 5*time.Second {
		t.Errorf("a pass that did something looks again after %v", next.Sub(start))
	}
	s := r.state(key)
	if s.Record.Declared.By != "alice" || s.Journal.Slots[incident.Board].Comment == "" {
		t.Errorf("record %+v, journal %+v", s.Record.Declared, s.Journal.Slots)
	}
	if say, ok := r.tracker.got[0].(incident.Say); !ok || say.Slot != incident.Board {
		t.Errorf("the first thing done was %v, not the board", r.tracker.got[0])
	}
	if want := `level=INFO msg=did key=tracker:acme/shop#12 action="say say/board"`; !strings.Contains(r.log.String(), want) {
		t.Errorf("an operator does not read %q:\n%s", want, r.log.String())
	}
}

func TestAnIssueThatIsNoIncidentLeavesNoTrace(t *testing.T) {
	r := newRig(t)
	r.tracker.s.Head.Labels = nil
	r.touch(key)
	if next := r.step(); !next.IsZero() {
		t.Errorf("it is looked at again at %v", next)
	}
	if s := r.state(key); s.Record.Seq != 0 || len(s.Journal.Slots) != 0 || len(r.tracker.got) != 0 {
		t.Errorf("it left %+v and %v", s, r.tracker.got)
	}
}

func TestATitleThatFewMaySeeLeavesTheIndex(t *testing.T) {
	r := newRig(t)
	other := func() string {
		p, err := r.Plan(t.Context(), "tracker:acme/shop#13")
		if err != nil || len(p.Snapshot.Others) != 1 {
			t.Fatalf("%v, others %+v", err, p.Snapshot.Others)
		}
		return p.Snapshot.Others[0].Title
	}
	for _, private := range []bool{false, true, false} {
		want := map[bool]string{false: "Checkout is down"}[private]
		r.tracker.s.Head.Private = private
		r.touch(key)
		r.step()
		r.tracker.s.Key = "tracker:acme/shop#13"
		if got := other(); got != want {
			t.Errorf("restricted %v: others read %q", private, got)
		}
		r.tracker.s.Key = key
	}
}

func isBoard(a incident.Action) bool {
	say, ok := a.(incident.Say)
	return ok && say.Slot == incident.Board
}

func TestADeferralClearsTheIntentAndWaits(t *testing.T) {
	r := newRig(t)
	until := start.Add(7 * time.Minute)
	r.tracker.answer = func(incident.Action) incident.Result {
		return incident.Result{Outcome: incident.Deferred, Err: &incident.NotYet{Until: until, Err: errors.New("slow down")}}
	}
	r.touch(key)
	if next := r.step(); !next.Equal(until) {
		t.Errorf("looked at again at %v, not %v", next, until)
	}
	if a, ok := r.state(key).Journal.Slots[incident.Board]; ok {
		t.Errorf("an intent stayed: %+v", a)
	}
}

func TestARefusalIsRememberedShownAndTriedAgain(t *testing.T) {
	r := newRig(t)
	r.tracker.answer = func(a incident.Action) incident.Result {
		if c, ok := a.(incident.Create); ok {
			return incident.Result{Outcome: incident.Refused, Err: errors.New("issues are switched off: " + string(c.Slot))}
		}
		return applied(a)
	}
	r.touch(key)
	r.step()
	j := r.state(key).Journal
	if len(j.Refused) != 1 {
		t.Fatalf("refused: %v", j.Refused)
	}
	if _, ok := j.Slots["role/command"]; ok {
		t.Error("the intent of a refused creation stayed")
	}
	r.now, r.tracker.got = start.Add(5*time.Second), nil
	r.step()
	if slices.ContainsFunc(r.tracker.got, isCreate) {
		t.Error("a refused creation was repeated at once")
	}
	r.tracker.answer, r.tracker.got = applied, nil
	r.now = start.Add(2 * time.Minute)
	r.step()
	if !slices.ContainsFunc(r.tracker.got, isCreate) {
		t.Error("a refused creation was never repeated")
	}
	if j := r.state(key).Journal; len(j.Refused) != 0 {
		t.Errorf("still refused: %v", j.Refused)
	}
}

func isCreate(a incident.Action) bool { _, ok := a.(incident.Create); return ok }

func TestWhatIsNotServedIsLeftAlone(t *testing.T) {
	r := newRig(t)
	r.tracker.err = &incident.NotServed{Reason: "a public repository"}
	r.touch(key)
	if next := r.step(); !next.IsZero() {
		t.Errorf("looked at again at %v", next)
	}
	if !strings.Contains(r.log.String(), "a public repository") {
		t.Error("nobody was told why")
	}
}

func TestFailuresBackOffAndAreToldOnce(t *testing.T) {
	r := newRig(t)
	r.tracker.err = errors.New("no route to host")
	r.touch(key)
	var longest time.Duration
	for range 12 {
		next := r.step()
		longest = max(longest, next.Sub(r.now))
		r.now = next
	}
	if longest > 6*time.Minute+time.Second || longest < 3*time.Minute {
		t.Errorf("the longest back-off is %v", longest)
	}
	if n := strings.Count(r.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("the operator was told %d times:\n%s", n, r.log.String())
	}
}

// What failed together is not tried again together, and a run can be replayed.
func TestEachKeyBacksOffAtItsOwnPace(t *testing.T) {
	paces := func(n int) (list [2]time.Duration) { // of its first two failures
		r := newRig(t)
		r.tracker.err = errors.New("no route to host")
		r.touch(incident.KeyOf("tracker", incident.PathRef("acme/shop", strconv.Itoa(n))))
		for i := range list {
			next := r.step()
			list[i] = next.Sub(r.now) / time.Duration(i+1)
			r.now = next
		}
		return list
	}
	seen := map[time.Duration]bool{}
	for n := range 5 {
		first := paces(n + 1)
		if again := paces(n + 1); again != first {
			t.Errorf("a replay waits %v, and not %v", again, first)
		}
		for _, wait := range first {
			seen[wait] = true
			if wait < 800*time.Millisecond || wait > 1200*time.Millisecond {
				t.Errorf("#%d waits %v", n+1, first)
			}
		}
	}
	if len(seen) < 9 {
		t.Errorf("five keys that failed twice wait only %v", seen)
	}
}

func TestADefectFailsThePassAndNotTheProgram(t *testing.T) {
	r := newRig(t)
	r.tracker.panics = true
	r.touch(key)
	if next := r.step(); next.IsZero() {
		t.Error("the key was dropped")
	}
	if !strings.Contains(r.log.String(), "a defect") {
		t.Error("nobody was told")
	}
}

func TestAMovedHeadTakesItsRecordAlong(t *testing.T) {
	r := newRig(t)
	r.touch(key)
	r.step()
	const to = incident.Key("tracker:acme/store#3")
	r.tracker.s.Key, r.tracker.s.Head.Ref = to, "acme/store#3"
	r.now = start.Add(time.Minute)
	r.step()
	if s := r.state(key); !s.Record.Declared.IsZero() {
		t.Error("the old key kept the record")
	}
	if s := r.state(to); s.Record.Declared.By != "alice" {
		t.Errorf("the new key has %+v", s.Record)
	}
}

func TestAnAliasTouchesWhoeverHasTheID(t *testing.T) {
	r := newRig(t)
	r.touch(key)
	r.step()
	r.tracker.got = nil
	r.now = start.Add(10 * time.Second)
	for { // come to rest
		if worked, _, _ := r.Step(t.Context()); !worked {
			break
		}
	}
	r.touch(incident.AliasOf("tracker", "9012"))
	r.touch(incident.AliasOf("tracker", "4711")) // nobody's
	depth := func() int {
		d, err := r.store.Depth(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Due
	}
	if n := depth(); n != 2 {
		t.Fatalf("%d keys are due", n)
	}
	r.Step(t.Context())
	r.Step(t.Context())
	if n := depth(); n != 1 {
		t.Errorf("%d keys are due after the aliases, not the head alone", n)
	}
}

func TestASweepTouchesWhatChangedAndMovesItsCursor(t *testing.T) {
	r := newRig(t)
	sweep := incident.SweepOf("tracker", "acme/shop")
	cursor := start.Add(-time.Minute)
	r.tracker.sighting = incident.Sighting{Cursor: cursor, Hints: []incident.Hint{
		{Key: key, Labels: []string{"incident"}},
		{Key: "tracker:acme/shop#13", Texts: []string{"a typo in the footer"}},
	}}
	r.touch(sweep)
	if worked, _, err := r.Step(t.Context()); !worked || err != nil {
		t.Fatal(worked, err)
	}
	if j := r.state(sweep).Journal; !j.Cursor.Equal(cursor) {
		t.Errorf("the cursor is %v", j.Cursor)
	}
	if d, _ := r.store.Depth(t.Context()); d.Due != 1 || d.Keys != 2 {
		t.Errorf("due %d of %d keys; expected the incident due and the sweep later", d.Due, d.Keys)
	}
	r.now = start.Add(20 * time.Minute)
	for {
		if worked, _, _ := r.Step(t.Context()); !worked {
			break
		}
	}
	if !r.tracker.since.Equal(cursor) {
		t.Errorf("the next sweep read since %v", r.tracker.since)
	}
}

func TestNewsAboutATicketTouchesWhoeverCountsIt(t *testing.T) {
	r := newRig(t)
	r.tracker.s.Foreign = []incident.Ticket{{Ref: "acme/other#5", ID: "55", Title: "Old", State: incident.Open, Linked: true}}
	r.touch(key)
	r.step()
	r.tracker.err = &incident.NotServed{Reason: "not ours"} // of acme/other itself
	r.now = start.Add(time.Second)
	r.touch("tracker:acme/other#5")
	r.Step(t.Context())
	if d, _ := r.store.Depth(t.Context()); d.Due != 1 {
		t.Errorf("%d keys are due; expected the incident that counts the ticket", d.Due)
	}
}

func TestADryRunWritesNothing(t *testing.T) {
	r := newRig(t, func(o *reconcile.Options) { o.Dry = true })
	r.touch(key)
	r.step()
	if len(r.tracker.got) != 0 {
		t.Errorf("it did %v", r.tracker.got)
	}
	if s := r.state(key); s.Record.Seq != 0 || len(s.Journal.Slots) != 0 {
		t.Errorf("it stored %+v", s)
	}
	if !strings.Contains(r.log.String(), "would do") {
		t.Error("it did not say what it would do")
	}
}

func TestAPreviewChangesNothing(t *testing.T) {
	r := newRig(t)
	p, err := r.Plan(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Plan.Do) == 0 || p.Record.Declared.By != "alice" {
		t.Errorf("the preview is %+v", p.Plan)
	}
	if s := r.state(key); s.Record.Seq != 0 || len(r.tracker.got) != 0 {
		t.Error("looking changed something")
	}
}
