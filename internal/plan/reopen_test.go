package plan_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

func gateSlot(w *world) incident.Slot {
	return incident.Slot(fmt.Sprintf("say/gate/%d", w.s.Head.Closed.At.Unix()))
}

// Whatever closes too early is undone at once, in two writes, and told once
// per closing (O11, O65; design, section 15).
func TestAWrongCloseIsUndone(t *testing.T) {
	for name, c := range map[string]struct {
		who  incident.Person
		as   incident.State
		via  string
		says []string
	}{
		"by command":        {"alice", incident.Done, "", []string{"@alice", "Bound the pool", "When nothing is left, command writes `/close`", "`/retract REASON`"}},
		"as not planned":    {"bob", incident.Wontfix, "", []string{"@bob", "Bound the pool"}},
		"as a duplicate":    {"bob", incident.Duplicate, "", []string{"@bob", "Bound the pool"}},
		"by a pull request": {"bob", incident.Done, "pull request acme/shop#77", []string{"pull request acme/shop#77", "write `Refs #12`, not `Fixes #12`"}},
		"by a bot":          {"robot", incident.Done, "", []string{"@robot", "Bound the pool"}},
		"by nobody known":   {"", incident.Done, "", []string{"This incident was closed", "Bound the pool"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).staffed()
			w.link("acme/shop#50", "Bound the pool")
			w.closeHead(c.who, c.as, c.via)
			slot := gateSlot(w)
			pl := w.pass()
			if got := fmt.Sprint(pl.Do); got != fmt.Sprintf("[reopen acme/shop#12 say %s]", slot) {
				t.Errorf("%s", got)
			}
			contains(t, w.text(slot), c.says...)
			w.settle()
			if w.s.Head.State != incident.Open {
				t.Error("it rests closed")
			}
		})
	}
}

func TestEachClosingIsExplainedOnce(t *testing.T) {
	w := newWorld(t).staffed()
	for range 2 {
		w.closeHead("bob", incident.Done, "")
		w.settle()
	}
	n := 0
	for _, c := range w.s.Comments {
		if c.Slot.Under("say/gate") {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d explanations of two closings", n)
	}
}

// The one who closed says nothing if nothing else stands against it.
func TestClosingByTheWrongPersonIsExplained(t *testing.T) {
	w := gated(t)
	w.closeHead("bob", incident.Done, "")
	slot := gateSlot(w)
	w.settle()
	contains(t, w.text(slot), "only command (@\u2060alice) may write `/close`")
}

// Something that closes again and again: back off up to an hour, one comment,
// one label; never give up, never spam (design, section 10).
func TestABotThatFights(t *testing.T) {
	w := newWorld(t).staffed()
	var waits []time.Duration
	for range 14 {
		w.closeHead("robot", incident.Done, "")
		closed := w.s.At
		for range 400 {
			if pl := w.pass(); w.s.Head.State == incident.Open {
				break
			} else if len(pl.Do) == 0 {
				if !pl.Next.After(w.s.At) {
					t.Fatalf("it rests closed, and is looked at again at %v", pl.Next)
				}
				w.s.At = pl.Next
			}
		}
		waits = append(waits, w.s.At.Sub(closed).Truncate(time.Minute))
		w.settle()
	}
	want := "[0s 0s 0s 1m0s 2m0s 4m0s 8m0s 16m0s 32m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s]"
	if got := fmt.Sprint(waits); got != want {
		t.Errorf("left closed for %s, want %s", got, want)
	}
	gates, contested := 0, 0
	for _, c := range w.s.Comments {
		if c.Slot.Under("say/gate") {
			gates++
		}
		if c.Slot == "say/contested" {
			contested++
			contains(t, c.Raw, "4 times", "@robot", "`incident`")
		}
	}
	if gates != 3 || contested != 1 || !w.hasLabel("hereby/contested") {
		t.Errorf("%d explanations, %d last words, labels %v", gates, contested, w.s.Head.Labels)
	}
	w.after(25 * time.Hour).settle()
	if w.hasLabel("hereby/contested") {
		t.Error("the label stays when the fight is over")
	}
}

// Reopening does not count against the hour's share (design, section 6).
func TestReopeningIsFree(t *testing.T) {
	w := newWorld(t).staffed()
	for range 200 {
		w.j.Spent = append(w.j.Spent, w.s.At)
	}
	w.closeHead("bob", incident.Done, "")
	w.pass()
	if w.s.Head.State != incident.Open {
		t.Error("it rests closed")
	}
}
