package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/render"
	"github.com/hereby/hereby/templates"
)

// world is the smallest tracker there is: a snapshot that people and plans
// change. It has no lag and no faults; internal/sim has those.
type world struct {
	t       tester
	p       *plan.Policy
	s       incident.Snapshot
	j       incident.Journal
	r       incident.Record
	entries []ledger.Entry
	sent    []incident.Notify
	n       int // for ids
	writes  int // actions applied
	done    []incident.Action
	deleted map[incident.Ref]bool
	moved   map[incident.Ref]bool // names of tickets that have another now
	passes  int
	pages   map[string]incident.Page // the wiki; nil: none is kept
	broken  string                   // why the wiki cannot be read
	passing bool                     // and that it is likely to end by itself

	// refuse says why the tracker refuses an action, if it does.
	refuse func(incident.Action) string
	silent func(incident.Action) bool // whether a change has no answer
}

type tester interface {
	Helper()
	Fatalf(string, ...any)
}

const us = incident.Person("hereby-bot")

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

var team = []incident.Person{"alice", "bob", "carol", "dave", "erin"}

func newWorld(t tester) *world {
	texts, err := render.Load(templates.FS, nil, time.UTC)
	if err != nil {
		t.Fatalf("the built-in texts do not load: %v", err)
	}
	w := &world{t: t, n: 100}
	w.p = &plan.Policy{
		Label: "incident", Adopt: 24 * time.Hour, Staffing: 10 * time.Minute, Call: []string{"@acme/on-call"},
		ReviewEvery: 30 * 24 * time.Hour, Zone: time.UTC, Texts: texts,
		Review: plan.Review{At: calendar.Clock{Hour: 10}, Length: 30 * time.Minute},
	}
	w.s = incident.Snapshot{
		Key: "tracker:acme/shop#12", ID: "9012", URL: "https://tracker.example/acme/shop/issues/12", At: start, Settling: incident.Settling{Comments: time.Minute, Duties: time.Minute, Tickets: time.Minute},
		Caps: incident.Caps{Parents: true, Acks: true, Boxes: true, Max: 95},
		Head: incident.Ticket{Ref: "acme/shop#12", ID: "9012", Author: "alice", Title: "Checkout is down", State: incident.Open, Opened: start},
		People: map[incident.Person]incident.Standing{
			us:         {Known: true, Bot: true, Trusted: true, Assignable: true},
			"stranger": {Known: true},
			"robot":    {Known: true, Bot: true, Trusted: true, Assignable: true},
		},
	}
	for _, who := range team {
		w.s.People[who] = incident.Standing{Known: true, Trusted: true, Assignable: true}
	}
	w.j.Epoch = start.Add(-time.Hour)
	return w
}

func (w *world) id() string { w.n++; return fmt.Sprint(w.n) }

// after lets time pass.
func (w *world) after(d time.Duration) *world { w.s.At = w.s.At.Add(d); return w }

func (w *world) comment(id string) *incident.Comment {
	w.t.Helper()
	for i := range w.s.Comments {
		if w.s.Comments[i].ID == id {
			return &w.s.Comments[i]
		}
	}
	w.t.Fatalf("there is no comment %s", id)
	return nil
}

// reply returns our answer to a comment.
func (w *world) reply(id string) string { return w.text(incident.ReplySlot(id)) }

func (w *world) hasLabel(label string) bool { return slices.Contains(w.s.Head.Labels, label) }

// holders returns who holds a role by the record.
func (w *world) holders(role incident.Role) []incident.Person {
	var list []incident.Person
	for _, t := range w.r.Tenures {
		if t.Role == role && t.To.IsZero() {
			list = append(list, t.Who)
		}
	}
	slices.Sort(list)
	return list
}

func (w *world) holder(role incident.Role) incident.Person {
	if list := w.holders(role); len(list) == 1 {
		return list[0]
	}
	return ""
}

func (w *world) ticket(ref incident.Ref) *incident.Ticket {
	for t := range w.s.All() {
		if t.Ref == ref {
			return t
		}
	}
	if ref == w.s.Head.Ref {
		return &w.s.Head
	}
	w.t.Helper()
	w.t.Fatalf("there is no ticket %s", ref)
	return nil
}

func (w *world) slot(slot incident.Slot) *incident.Ticket {
	w.t.Helper()
	for i := range w.s.Tickets {
		if w.s.Tickets[i].Slot == slot && w.s.Tickets[i].State != incident.Duplicate {
			return &w.s.Tickets[i]
		}
	}
	w.t.Fatalf("nothing stands in slot %s; there are %v", slot, w.slots())
	return nil
}

func (w *world) slots() []string {
	var list []string
	for _, t := range w.s.Tickets {
		list = append(list, string(t.Slot))
	}
	slices.Sort(list)
	return list
}

// text returns what our comment in a slot reads, "" if there is none.
func (w *world) text(slot incident.Slot) string {
	if c, ok := w.s.Said(slot); ok {
		return c.Raw
	}
	return ""
}

func (w *world) board() string { return w.text(incident.Board) }

const postName = "Postmortem-12"

// pass is one pass of the reconciler, without faults. It returns the plan.
func (w *world) pass() plan.Plan {
	w.passes++
	s := w.observe()
	seen := ledger.Chain(w.r, ledger.Diff(w.r.Last, s), s.At)
	r := ledger.Fold(w.r, seen)
	decided := ledger.Chain(r, plan.Decide(w.p, w.j, r, s), s.At)
	r = ledger.Fold(r, decided)
	w.j, _ = plan.Adopt(w.j, s)
	if !r.Declared.IsZero() {
		w.r = ledger.Seen(r, s)
		w.entries = append(append(w.entries, seen...), decided...)
	}
	pl := plan.Make(w.p, w.j, w.r, s)
	var did []ledger.Entry
	refused := w.j.Refused
	w.j.Refused = map[string]incident.Refusal{}
	for _, key := range pl.Held {
		w.j.Refused[key] = refused[key]
	}
	for _, a := range pl.Do {
		w.j.Spent = append(w.j.Spent, w.s.At)
		if w.refuse != nil {
			if why := w.refuse(a); why != "" {
				w.j.Refused[incident.Task(a)] = incident.Refusal{At: w.s.At, N: refused[incident.Task(a)].N + 1, Why: why}
				continue
			}
		}
		if w.silent != nil && w.silent(a) {
			w.j.Refused[incident.Task(a)] = incident.Refusal{At: w.s.At, N: refused[incident.Task(a)].N + 1, Why: "502", Unsure: true}
			continue
		}
		delete(w.j.Refused, incident.Task(a))
		w.apply(a)
		did = append(did, ledger.Entry{Kind: ledger.Did, At: w.s.At, Name: incident.Once(a), Text: a.String()})
	}
	if !w.r.Declared.IsZero() {
		did = ledger.Chain(w.r, did, w.s.At)
		w.r = ledger.Fold(w.r, did)
		w.entries = append(w.entries, did...)
	}
	return pl
}

// settle passes until nothing is left to do: every plan has a fixpoint.
func (w *world) settle() {
	w.t.Helper()
	for range 12 {
		if w.atRest(w.pass()) {
			return
		}
		w.after(2 * time.Second)
	}
	w.t.Fatalf("no fixpoint: the plan is still %v", w.pass().Do)
}

// atRest reports that a plan has nothing to do and does not ask to look again
// at once.
func (w *world) atRest(pl plan.Plan) bool {
	return len(pl.Do) == 0 && (pl.Next.IsZero() || pl.Next.After(w.s.At))
}

// kept is what the store holds.
type kept struct {
	Record  incident.Record
	Journal incident.Journal
	Entries []ledger.Entry
}

// backup copies the store.
func (w *world) backup() []byte {
	raw, err := json.Marshal(kept{w.r, w.j, w.entries})
	if err != nil {
		w.t.Fatalf("%v", err)
	}
	return raw
}

// putBack has the store be what it was when it was copied.
func (w *world) putBack(raw []byte) {
	var old kept
	if err := json.Unmarshal(raw, &old); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.r, w.j, w.entries = old.Record, old.Journal, old.Entries
}

// forget loses the store.
func (w *world) forget() {
	w.r, w.entries = incident.Record{}, nil
	w.j = incident.Journal{Epoch: w.s.At}
}

// contains fails unless text holds each part.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q should not be in:\n%s", part, text)
		}
	}
}
