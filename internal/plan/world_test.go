package plan_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/calendar"
	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
	"github.com/hereby/hereby/internal/plan"
	"github.com/hereby/hereby/internal/postmortem"
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

// say lets somebody comment, and us react.
func (w *world) say(who incident.Person, lines ...string) string {
	w.t.Helper()
	id := w.tell(who, lines...)
	w.settle()
	return id
}

// tell lets somebody comment while nobody listens yet.
func (w *world) tell(who incident.Person, lines ...string) string {
	w.after(time.Second)
	id, raw := w.id(), strings.Join(lines, "\n")
	w.s.Comments = append(w.s.Comments, incident.Comment{ID: id, URL: w.s.URL + "#" + id, Author: who, Raw: raw, Said: strings.Split(raw, "\n"), At: w.s.At})
	return id
}

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

// edit changes what a comment says. An acknowledgement binds the text, so the
// tracker no longer shows it.
func (w *world) edit(id string, lines ...string) {
	w.after(time.Second)
	c := w.comment(id)
	c.Raw, c.Said, c.EditedAt, c.Acked = strings.Join(lines, "\n"), lines, w.s.At, ""
}

func (w *world) deleteComment(id string) {
	w.s.Comments = slices.DeleteFunc(w.s.Comments, func(c incident.Comment) bool { return c.ID == id })
}

func (w *world) deleteTicket(ref incident.Ref) {
	if w.deleted == nil {
		w.deleted = map[incident.Ref]bool{}
	}
	w.deleted[ref] = true
	is := func(t incident.Ticket) bool { return t.Ref == ref }
	w.s.Tickets, w.s.Foreign = slices.DeleteFunc(w.s.Tickets, is), slices.DeleteFunc(w.s.Foreign, is)
}

// hide moves a ticket where we may not read it.
func (w *world) hide(ref incident.Ref) {
	w.deleteTicket(ref)
	delete(w.deleted, ref)
}

// assign is somebody's hand on a ticket's assignees.
func (w *world) assign(slot incident.Slot, people ...incident.Person) {
	w.t.Helper()
	w.after(time.Second)
	w.slot(slot).Assignees = people
	w.settle()
}

// closeTicket is somebody's hand on a ticket's state.
func (w *world) closeTicket(ref incident.Ref, who incident.Person, as incident.State) {
	w.t.Helper()
	w.after(time.Second)
	t := w.ticket(ref)
	t.State, t.Closed = as, incident.Closed{By: who, At: w.s.At}
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

// renameRepo gives everything in a repository another reference.
func (w *world) renameRepo(from, to string) {
	w.moved = map[incident.Ref]bool{}
	name := func(ref *incident.Ref) {
		if ref.Place() == from {
			w.moved[*ref] = true
			*ref = incident.PathRef(to, ref.Number())
		}
	}
	w.s.Key = incident.Key(strings.Replace(string(w.s.Key), from, to, 1))
	name(&w.s.Head.Ref)
	for _, list := range [][]incident.Ticket{w.s.Tickets, w.s.Foreign} {
		for i := range list {
			name(&list[i].Ref)
			name(&list[i].Parent)
			name(&list[i].DuplicateOf)
		}
	}
}

func (w *world) event(e incident.Event) {
	w.after(time.Second)
	e.At = w.s.At
	w.s.Events = append(w.s.Events, e)
}

func (w *world) label(who incident.Person, label string) {
	w.event(incident.Event{By: who, Kind: "labeled", Label: label})
	w.s.Head.Labels = append(w.s.Head.Labels, label)
}

func (w *world) unlabel(who incident.Person, label string) {
	w.event(incident.Event{By: who, Kind: "unlabeled", Label: label})
	w.s.Head.Labels = slices.DeleteFunc(w.s.Head.Labels, func(l string) bool { return l == label })
}

func (w *world) declare() *world { w.label("alice", "incident"); w.settle(); return w }

// staffed is the usual crew: alice commands, bob repairs, carol informs.
func (w *world) staffed() *world {
	w.declare()
	w.say("alice", "/ops @bob", "/comms @carol")
	return w
}

func (w *world) closeHead(who incident.Person, as incident.State, via string) {
	w.event(incident.Event{By: who, Kind: "closed", Via: via})
	w.s.Head.State = as
	w.s.Head.Closed = incident.Closed{By: who, At: w.s.At, Via: via}
}

func (w *world) reopenHead(who incident.Person) {
	w.event(incident.Event{By: who, Kind: "reopened"})
	w.s.Head.State, w.s.Head.Closed = incident.Open, incident.Closed{}
}

func (w *world) ticket(ref incident.Ref) *incident.Ticket {
	for _, list := range [][]incident.Ticket{w.s.Tickets, w.s.Foreign} {
		for i := range list {
			if list[i].Ref == ref {
				return &list[i]
			}
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

// finish closes every ticket but the head, by the one who has it.
func (w *world) finish() *world {
	w.after(time.Second)
	for _, list := range [][]incident.Ticket{w.s.Tickets, w.s.Foreign} {
		for i := range list {
			if t := &list[i]; t.State == incident.Open {
				who := incident.Person("bob")
				if len(t.Assignees) > 0 {
					who = t.Assignees[0]
				}
				t.State, t.Closed = incident.Done, incident.Closed{By: who, At: w.s.At}
			}
		}
	}
	w.settle()
	return w
}

// link adds a ticket of people's under the head.
func (w *world) link(ref incident.Ref, title string) {
	w.s.Foreign = append(w.s.Foreign, incident.Ticket{Ref: ref, ID: w.id(), Author: "dave", Title: title, State: incident.Open, Opened: w.s.At, Linked: true})
	w.settle()
}

// text returns what our comment in a slot reads, "" if there is none.
func (w *world) text(slot incident.Slot) string {
	if c, ok := w.s.Said(slot); ok {
		return c.Raw
	}
	return ""
}

func (w *world) board() string { return w.text(incident.Board) }

// observe returns the world as it is now, which later changes leave alone.
func (w *world) observe() incident.Snapshot {
	s := w.s
	s.Head.Labels = slices.Clone(s.Head.Labels)
	s.Events, s.Comments = slices.Clone(s.Events), slices.Clone(s.Comments)
	s.Tickets, s.Foreign = slices.Clone(s.Tickets), slices.Clone(s.Foreign)
	s.People = maps.Clone(s.People)
	s.Wiki = w.shelf()
	s.Places = plan.Look(s.Key, w.j, w.r, s.Wiki, s.At, s.Settling.Tickets).Places
	known := map[incident.Ref]bool{s.Head.Ref: true}
	for _, list := range [][]incident.Ticket{s.Tickets, s.Foreign} {
		for _, t := range list {
			known[t.Ref] = true
		}
	}
	for _, ref := range plan.Look(s.Key, w.j, w.r, s.Wiki, s.At, s.Settling.Tickets).Tickets {
		if !known[ref] && !w.moved[ref] {
			t := incident.Ticket{Ref: ref, Gone: w.deleted[ref], Unreadable: !w.deleted[ref]}
			if t.Unreadable {
				t.State = incident.Open
			}
			s.Foreign = append(s.Foreign, t)
		}
	}
	return s
}

// shelf is the wiki as it is observed.
func (w *world) shelf() incident.Shelf {
	names := plan.Pages(w.p, w.r, w.s.Key)
	if len(names) == 0 {
		return incident.Shelf{}
	}
	s := incident.Shelf{Place: w.s.Key.Ref().Place(), Problem: w.broken, Passing: w.broken != "" && w.passing}
	if w.broken != "" {
		return s
	}
	s.Pages = map[string]incident.Page{}
	for _, name := range names {
		s.Pages[name] = w.pages[name]
	}
	return s
}

// wiki has post-mortems kept in a wiki.
func (w *world) wiki() *world {
	w.p.Wiki, w.p.Words = &plan.Wiki{}, postmortem.DefaultWords()
	w.pages = map[string]incident.Page{}
	return w
}

const postName = "Postmortem-12"

// write is a person's edit of the page.
func (w *world) write(edit func(text string) string) {
	p := w.pages[postName]
	p.Text, p.Edited, p.Exists = edit(p.Text), w.s.At, true
	w.pages[postName] = p
}

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

func (w *world) apply(a incident.Action) {
	w.t.Helper()
	w.writes++
	w.done = append(w.done, a)
	switch a := a.(type) {
	case incident.Create:
		ref := incident.Ref(a.Place + "#" + w.id())
		w.s.Tickets = append(w.s.Tickets, incident.Ticket{
			Ref: ref, ID: w.id(), Author: us, Assignees: a.Assignees, Slot: a.Slot, Title: a.Title, Body: a.Body,
			State: incident.Open, Opened: w.s.At, Linked: a.Parent != "", Parent: a.Parent, Labels: []string{"hereby", "hereby-" + w.s.ID},
		})
		w.intend(a.Slot, incident.Attempt{At: w.s.At, Ref: ref})
	case incident.Say:
		if a.Comment == "" {
			id := w.id()
			w.s.Comments = append(w.s.Comments, incident.Comment{ID: id, URL: w.s.URL + "#" + id, Author: us, Ours: true, At: w.s.At, Slot: a.Slot, Data: a.Data, Raw: a.Text, Hash: incident.HashText(a.Text)})
			w.intend(a.Slot, incident.Attempt{At: w.s.At, Comment: id})
			return
		}
		written := w.j.Slots[a.Slot]
		written.Written = incident.Writing(a, w.s, w.s.At)
		w.intend(a.Slot, written)
		for i := range w.s.Comments {
			if c := &w.s.Comments[i]; c.ID == a.Comment {
				c.Ours, c.Slot, c.Raw, c.Data, c.Hash = true, a.Slot, a.Text, a.Data, incident.HashText(a.Text)
			}
		}
	case incident.Unsay:
		w.deleteComment(a.Comment)
	case incident.Edit:
		t := w.ticket(a.Ref)
		t.Slot, t.Unmarked = a.Slot, false
		if a.Body != nil {
			t.Body = *a.Body
		}
		if a.Title != nil {
			t.Title = *a.Title
		}
	case incident.Link:
		w.ticket(a.Ref).Linked = a.On
	case incident.Assign:
		w.ticket(a.Ref).Assignees = a.People
	case incident.Tag:
		h := w.ticket(a.Ref)
		h.Labels = slices.DeleteFunc(h.Labels, func(l string) bool { return l == a.Label })
		if a.On {
			h.Labels = append(h.Labels, a.Label)
		}
	case incident.Reopen:
		if a.Ref == w.s.Head.Ref {
			w.s.Events = append(w.s.Events, incident.Event{At: w.s.At, By: us, Kind: "reopened"})
		}
		t := w.ticket(a.Ref)
		t.State, t.Closed = incident.Open, incident.Closed{}
	case incident.Close:
		if a.Ref == w.s.Head.Ref {
			w.s.Events = append(w.s.Events, incident.Event{At: w.s.At, By: us, Kind: "closed"})
		}
		t := w.ticket(a.Ref)
		t.State, t.DuplicateOf, t.Closed = a.As, a.Of, incident.Closed{By: us, At: w.s.At}
	case incident.Ack:
		for i := range w.s.Comments {
			if w.s.Comments[i].ID == a.Comment {
				w.s.Comments[i].Acked = a.As
			}
		}
	case incident.PutPages:
		w.j.Wrote = w.s.At
		for _, d := range a.Pages {
			p := w.pages[d.Name]
			if p.Text != d.Was.Text || p.Exists != d.Was.Exists {
				w.t.Fatalf("%s was written from a text that it does not have", d.Name)
			}
			p.Text, p.Exists, p.URL = d.Text, true, "https://tracker.example/acme/shop/wiki/"+d.Name
			w.pages[d.Name] = p
		}
		if m := a.Mirror; m != nil {
			p := w.pages[m.Name]
			p.Text, p.Exists = ledger.Mirror(p.Text, w.entries, m.As), true
			w.pages[m.Name] = p
		}
	case incident.Notify:
		w.sent = append(w.sent, a)
	}
}

func (w *world) intend(slot incident.Slot, a incident.Attempt) {
	if w.j.Slots == nil {
		w.j.Slots = map[incident.Slot]incident.Attempt{}
	}
	w.j.Slots[slot] = a
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
