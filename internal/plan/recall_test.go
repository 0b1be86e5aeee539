package plan_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/postmortem"
)

const mirrorName, twinName = "Postmortem-12.ledger.jsonl", "Postmortem-12.json"

// published is an incident whose record is in the wiki: bob handed operations
// to dave by hand, erin planned for a while, and a ticket was linked.
func published(t tester) *world {
	w := newWorld(t).restored().post("- The pool has no bound\n- Alerts come late")
	w.after(time.Minute).say("alice", "/planning @erin", "/restored -2m")
	w.after(20*time.Minute).assign("role/planning", "dave")
	w.link("acme/shop#5000", "Pool")
	w.after(time.Minute).say("alice", "/publish")
	w.after(11 * time.Minute).settle()
	return w
}

func (w *world) twin(t *testing.T) postmortem.Twin {
	t.Helper()
	twin, ok := postmortem.ReadTwin("9012", w.pages[twinName].Text)
	if !ok {
		t.Fatalf("no twin: %s", w.pages[twinName].Text)
	}
	return twin
}

// kinds counts the entries of a kind, but for times in roles.
func (w *world) kinds(kind ledger.Kind) (n int) {
	for _, e := range w.entries {
		if e.Kind == kind && e.Tenure == nil {
			n++
		}
	}
	return n
}

// publishes has the mirror and the twin written anew, as a review does.
func (w *world) publishes() *world {
	w.after(time.Hour).say("alice", "/review done")
	w.after(11 * time.Minute).settle()
	return w
}

// What only the wiki tells of a lost ledger is on record again: who held what
// until when, what was counted, what a deleted comment ordered (O46, O47, O55).
func TestALostLedgerIsRecalledFromTheWiki(t *testing.T) {
	w := published(t)
	before, lines := w.twin(t), ledger.Lines(w.pages[mirrorName].Text)
	tenures := slices.Clone(w.r.Tenures)
	var action string
	var restored []string
	for _, o := range w.r.Orders {
		switch o.Command.Word {
		case "action":
			action = o.Comment
		case "restored":
			restored = append(restored, o.Comment)
		}
	}
	w.deleteComment(action)
	for _, id := range slices.Compact(restored) {
		w.deleteComment(id)
	}
	w.s.Foreign = nil // unlinked by hand
	sent := len(w.sent)
	w.forget()
	w.after(time.Hour)
	w.settle()
	w.after(2 * w.s.Settling.Tickets).settle()

	if w.kinds(ledger.Gap) != 1 || w.kinds(ledger.Recalled) != len(lines) {
		t.Fatalf("%d gaps, %d of %d lines", w.kinds(ledger.Gap), w.kinds(ledger.Recalled), len(lines))
	}
	if err := ledger.Audit(w.r, w.entries); err != nil {
		t.Fatal(err)
	}
	for _, was := range tenures {
		if was.Role != incident.Planning {
			continue // as ordered
		}
		if !slices.ContainsFunc(w.r.Tenures, func(x incident.Tenure) bool {
			return x.Role == was.Role && x.Who == was.Who && x.From.Equal(was.From) && x.To.Equal(was.To)
		}) {
			t.Errorf("%+v is not among %+v", was, w.r.Tenures)
		}
	}
	if _, ok := w.r.Counted["acme/shop#5000"]; !ok {
		t.Errorf("counted are %v", w.r.Counted)
	}
	if !w.hasLabel("hereby/documented") {
		t.Errorf("%v", w.s.Head.Labels)
	}
	contains(t, w.text12(), "**action**: (its words were lost with the store)", "service is back")
	if len(w.sent) != sent {
		t.Errorf("sent again: %v", w.sent[sent:])
	}

	w.publishes()
	after := w.twin(t)
	if !after.Restored.Equal(before.Restored) || !after.Published.Equal(before.Published) || !after.Staffed.Equal(before.Staffed) {
		t.Errorf("%+v was %+v", after, before)
	}
	for _, was := range before.Timeline {
		if !slices.ContainsFunc(after.Timeline, func(e postmortem.TwinEvent) bool { return e.At.Equal(was.At) && e.What == was.What && e.By == was.By }) {
			t.Errorf("the twin lost %+v", was)
		}
	}
	text := w.pages[mirrorName].Text
	now := ledger.Lines(text)
	if err := ledger.VerifyMirror(now); err != nil || !slices.Equal(now[:len(lines)], lines) || !now[len(lines)].IsGap() {
		t.Errorf("%v\n%s", err, text)
	}
}

// Beside the page it is said at once that the ledger before was lost, though a
// person writes on the page, and once for each loss.
func TestTheMirrorShowsTheGapAtOnce(t *testing.T) {
	w := published(t)
	gaps := func() (n int) {
		lines := ledger.Lines(w.pages[mirrorName].Text)
		if err := ledger.VerifyMirror(lines); err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			if l.IsGap() {
				n++
			}
		}
		return n
	}
	for n := 1; n <= 2; n++ {
		w.forget()
		w.after(time.Hour).write(func(text string) string { return text + "\nSomebody is writing.\n" })
		w.settle()
		if gaps() != n {
			t.Fatalf("after %d losses the mirror shows %d gaps:\n%s", n, gaps(), w.pages[mirrorName].Text)
		}
		w.after(time.Hour).settle()
		before := w.pages[mirrorName].Text
		w.after(time.Hour).say("bob", "/note it goes on")
		w.after(time.Hour).settle()
		if w.pages[mirrorName].Text != before {
			t.Errorf("after loss %d it was written again", n)
		}
	}
	w.publishes()
	if gaps() != 2 {
		t.Errorf("%d gaps after the next review", gaps())
	}
}

// Who gave a role up and took it again by hand has no time in it twice.
func TestARecalledTimeInARoleIsCountedOnce(t *testing.T) {
	w := published(t)
	w.after(time.Hour).assign("role/planning", "erin")
	w.publishes()
	w.forget()
	w.after(time.Hour).settle()
	w.after(2 * w.s.Settling.Tickets).settle()
	if w.holder(incident.Planning) != "erin" {
		t.Fatalf("%+v", w.r.Tenures)
	}
	for i, a := range w.r.Tenures {
		for _, b := range w.r.Tenures[i+1:] {
			if a.Role == b.Role && a.Who == b.Who && (a.To.IsZero() || b.From.Before(a.To)) && (b.To.IsZero() || a.From.Before(b.To)) {
				t.Errorf("%+v and %+v", a, b)
			}
		}
	}
}

// The store lost again and again: what was recalled is not recalled twice, and
// nobody's time in a role is counted twice.
func TestALedgerLostTwice(t *testing.T) {
	w := published(t)
	lines := len(ledger.Lines(w.pages[mirrorName].Text))
	tenures := func() (n int, total time.Duration) {
		for _, x := range w.r.Tenures {
			if !x.To.IsZero() {
				n, total = n+1, total+x.To.Sub(x.From)
			}
		}
		return n, total
	}
	n, total := tenures()
	for i := range 3 {
		w.forget()
		w.after(time.Hour).settle()
		w.after(2 * w.s.Settling.Tickets).settle()
		if got, time := tenures(); got != n || time != total {
			t.Fatalf("loss %d: %d past tenures of %s, there were %d of %s: %+v", i, got, time, n, total, w.r.Tenures)
		}
		w.publishes()
		if got := w.kinds(ledger.Recalled); i == 0 && got != lines {
			t.Fatalf("loss %d: recalled %d of %d", i, got, lines)
		}
		for _, e := range w.entries {
			if e.Kind == ledger.Recalled && strings.Contains(e.Text, string(ledger.Recalled)) {
				t.Fatalf("loss %d: %s", i, e.Text)
			}
		}
	}
	if err := ledger.VerifyMirror(ledger.Lines(w.pages[mirrorName].Text)); err != nil {
		t.Error(err)
	}
}

// What anybody who may edit the wiki wrote there opens no gate: what does not
// verify, is of another incident, or is not shown on the board is not believed.
func TestTheWikiIsNotBelievedBlindly(t *testing.T) {
	forge := func(text string, change func(l *ledger.Line)) string {
		var b strings.Builder
		for _, l := range ledger.Lines(text) {
			change(&l)
			_ = json.NewEncoder(&b).Encode(l)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		forge func(w *world)
		says  string
	}{
		"a line is missing": {func(w *world) { w.rewrite(mirrorName, func(s string) string { return s[strings.Index(s, "\n")+1:] }) }, "does not verify"},
		"another's": {func(w *world) {
			w.rewrite(twinName, func(s string) string { return strings.Replace(s, `"9012"`, `"9013"`, 1) })
		}, "tells nothing"},
		"of another ledger": {func(w *world) {
			w.rewrite(twinName, func(s string) string { return strings.Replace(s, `"ledger": "`, `"ledger": "0`, 1) })
		}, "tells nothing"},
		"no twin": {func(w *world) { delete(w.pages, twinName) }, "tells nothing"},
		"a review was held": {func(w *world) {
			w.rewrite(mirrorName, func(s string) string {
				return forge(s, func(l *ledger.Line) {
					if l.Word == "action" {
						l.Word, l.Verb = "review", "done"
					}
				})
			})
		}, "was taken over"},
		"it was published": {func(w *world) {
			w.rewrite(mirrorName, func(s string) string {
				return forge(s, func(l *ledger.Line) {
					if l.Word == "action" {
						l.Word = "publish"
					}
				})
			})
		}, "was taken over"},
		"a ticket of nowhere": {func(w *world) {
			w.rewrite(twinName, func(s string) string { return strings.Replace(s, `"acme/shop#5000"`, `"../../x#1"`, 1) })
		}, "was taken over"},
	} {
		t.Run(name, func(t *testing.T) {
			w := published(t)
			for _, o := range w.r.Orders {
				if o.Command.Word == "action" {
					w.deleteComment(o.Comment)
				}
			}
			c.forge(w)
			w.forget()
			w.after(time.Hour).settle()
			w.after(2 * w.s.Settling.Tickets).settle()
			if !slices.ContainsFunc(w.entries, func(e ledger.Entry) bool { return e.Name == "recalled" && strings.Contains(e.Text, c.says) }) {
				t.Errorf("not on record: %q", c.says)
			}
			words := map[string]int{}
			for _, o := range w.r.Orders {
				words[o.Command.Word]++
			}
			if words["review"] != 0 || words["publish"] != 1 {
				t.Errorf("orders: %v", words)
			}
			if _, ok := w.r.Counted["../../x#1"]; ok {
				t.Error("counted")
			}
		})
	}
}

func (w *world) rewrite(name string, edit func(string) string) {
	p := w.pages[name]
	p.Text = edit(p.Text)
	w.pages[name] = p
}

// A mirror that cannot be read now is waited for, and not written over.
func TestAMirrorThatCannotBeReadIsWaitedFor(t *testing.T) {
	w := published(t)
	was := w.pages[mirrorName]
	w.pages[mirrorName] = incident.Page{Exists: true, Problem: "it is larger than 5 MB."}
	w.forget()
	w.after(time.Hour).settle()
	if w.kinds(ledger.Recalled) != 0 || slices.ContainsFunc(w.entries, func(e ledger.Entry) bool { return e.Name == "recalled" }) {
		t.Error("taken as read")
	}
	w.pages[mirrorName] = was
	w.after(time.Hour).settle()
	if w.kinds(ledger.Recalled) == 0 {
		t.Error("never recalled")
	}
}

// Whenever the store is lost, no line of a mirror and no time of a twin is lost.
func TestNoLossCostsTheWikiALine(t *testing.T) {
	for seed := range uint64(8) {
		draw := rand.New(rand.NewPCG(seed, 12))
		w := published(t)
		for range 1 + draw.IntN(3) {
			mirror, twin := w.pages[mirrorName].Text, w.twin(t)
			for _, c := range slices.Clone(w.s.Comments) {
				if !c.Ours && draw.IntN(4) == 0 {
					w.deleteComment(c.ID)
				}
			}
			w.forget()
			w.after(time.Hour).settle()
			w.after(2 * w.s.Settling.Tickets).settle()
			w.publishes()
			now := w.pages[mirrorName].Text
			for _, row := range strings.Split(strings.TrimSpace(mirror), "\n") {
				if !strings.Contains(now, row+"\n") {
					t.Fatalf("lost: %s", row)
				}
			}
			if err := ledger.Audit(w.r, w.entries); err != nil {
				t.Fatal(err)
			}
			if err := ledger.VerifyMirror(ledger.Lines(now)); err != nil {
				t.Fatal(err)
			}
			after := w.twin(t)
			for _, was := range twin.Roles {
				if !slices.ContainsFunc(after.Roles, func(x postmortem.TwinRole) bool { return x.From.Equal(was.From) && x.Variable == was.Variable }) {
					t.Fatalf("lost %+v: %+v", was, after.Roles)
				}
			}
			for _, was := range twin.Timeline {
				if !slices.ContainsFunc(after.Timeline, func(x postmortem.TwinEvent) bool { return x.At.Equal(was.At) && x.What == was.What }) {
					t.Fatalf("lost %+v", was)
				}
			}
		}
	}
}
