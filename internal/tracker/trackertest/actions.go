package trackertest

import (
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

func create(s *stage) {
	on := s.declare()
	want := incident.Create{
		Slot: "role/operations/" + incident.Slot(s.Bob()), Place: s.Place(),
		Title: "Operations: @bob", Body: "- [ ] look at the logs\n- [ ] `say` what you *do*\n\nEnd.",
		Assignees: []incident.Person{s.Bob()}, Parent: on.Head.Ref,
	}
	r := s.do(on, want)[0]
	if !strings.HasPrefix(string(r.Ref), s.Place()) {
		s.Fatalf("the result names %q", r.Ref)
	}
	snap := s.see()
	got := s.ticket(snap, r.Ref)
	if got.Slot != want.Slot || got.Title != want.Title || got.State != incident.Open || !slices.Equal(got.Assignees, want.Assignees) {
		s.Errorf("created %+v, observed %+v", want, got)
	}
	if incident.HashText(got.Body) != incident.HashText(want.Body) {
		s.Errorf("the text reads\n%q, want\n%q", got.Body, want.Body)
	}
	if got.Opened.IsZero() || got.ID == "" || got.URL == "" || got.Author == "" {
		s.Errorf("incomplete: %+v", got)
	}
	if snap.Caps.Parents && (got.Parent != on.Head.Ref && got.Parent != "" || !got.Linked) { // under the head, or linked to it
		s.Errorf("attached to %q, linked %v, want %s", got.Parent, got.Linked, on.Head.Ref)
	}
	if found, ok := snap.Find(want.Slot, ""); !ok || found.Ref != r.Ref {
		s.Errorf("slot %s is not found", want.Slot)
	}
	if len(snap.Tickets) != 1 || len(snap.Foreign) != 0 {
		s.Errorf("%d tickets of ours, %d of people's", len(snap.Tickets), len(snap.Foreign))
	}
}

func createElsewhere(s *stage) {
	on := s.declare()
	r := s.do(on, incident.Create{Slot: "follow/1.0", Place: s.Other(), Title: "Follow up", Body: "Text\n", Parent: on.Head.Ref})[0]
	if r.Ref.Place() != s.Other() {
		s.Errorf("created %s, want it in %s", r.Ref, s.Other())
	}
	s.look.Tickets = []incident.Ref{r.Ref}
	got := s.ticket(s.see(), r.Ref)
	if got.Slot != "follow/1.0" || incident.HashText(got.Body) != incident.HashText("Text") {
		s.Errorf("observed %+v", got)
	}
	// What only an intent knows of is found by its place.
	s.look.Tickets, s.look.Places = nil, []string{s.Other()}
	s.ticket(s.see(), r.Ref)
	if r := s.apply(on, incident.Create{Slot: "follow/2.0", Place: "no/where", Title: "x"})[0]; r.Outcome != incident.Refused || r.Err == nil {
		s.Errorf("in a place that is not served: %v %v", r.Outcome, r.Err)
	}
}

func say(s *stage) {
	on := s.declare()
	text := "**Board**\n\n| role | who |\n|---|---|\n| command | alice |\n"
	id := s.do(on, incident.Say{Slot: incident.Board, Text: text, Data: "a=1;b=--x"})[0].Comment
	check := func(text, data string) {
		s.Helper()
		snap := s.see()
		c, ok := snap.Said(incident.Board)
		if !ok || c.ID != id || !c.Ours || c.Hash != incident.HashText(text) || c.Data != data {
			s.Errorf("observed %+v, want %q with %q", c, text, data)
		}
		if len(snap.Comments) != 1 {
			s.Errorf("%d comments", len(snap.Comments))
		}
	}
	check(text, "a=1;b=--x")
	r := s.do(on, incident.Say{Slot: incident.Board, Comment: id, Text: "Other text", Data: "c"})[0]
	if r.Comment != id {
		s.Errorf("editing %s made %s", id, r.Comment)
	}
	check("Other text", "c")
}

func edit(s *stage) {
	on := s.declare()
	snap, t := s.made(on, "role/communications")
	title, body := "New title", "- [x] done\n- [ ] open"
	s.do(snap, incident.Edit{Ref: t.Ref, Slot: t.Slot, Title: &title})
	if got := s.ticket(s.see(), t.Ref); got.Title != title || got.Body != t.Body || got.Slot != t.Slot {
		s.Errorf("after a new title: %+v", got)
	}
	s.do(snap, incident.Edit{Ref: t.Ref, Slot: t.Slot, Body: &body})
	if got := s.ticket(s.see(), t.Ref); got.Title != title || incident.HashText(got.Body) != incident.HashText(body) || got.Slot != t.Slot {
		s.Errorf("after a new text: %+v", got)
	}
}

func assign(s *stage) {
	on := s.declare()
	snap, t := s.made(on, "role/command")
	for _, want := range [][]incident.Person{{s.Alice()}, {s.Bob()}, {s.Bob()}, {}} {
		s.do(snap, incident.Assign{Ref: t.Ref, People: want})
		if got := s.ticket(s.see(), t.Ref).Assignees; !slices.Equal(got, want) {
			s.Errorf("assigned %v, want %v", got, want)
		}
	}
	r := s.apply(snap, incident.Assign{Ref: t.Ref, People: []incident.Person{s.Stranger()}})[0]
	if r.Outcome != incident.Refused || r.Err == nil || !strings.Contains(r.Err.Error(), string(s.Stranger())) {
		s.Errorf("who cannot be assigned: %v %v", r.Outcome, r.Err)
	}
}

func tag(s *stage) {
	on := s.declare()
	for _, label := range []string{"hereby", "hereby/responding", "50%", "🔥fire", "a?b#c"} {
		s.do(on, incident.Tag{Ref: on.Head.Ref, Label: label, On: true}, incident.Tag{Ref: on.Head.Ref, Label: label, On: true})
		if got := s.see().Head.Labels; !slices.Contains(got, label) {
			s.Errorf("label %q: have %q", label, got)
		}
		s.do(on, incident.Tag{Ref: on.Head.Ref, Label: label}, incident.Tag{Ref: on.Head.Ref, Label: label})
		if got := s.see().Head.Labels; slices.Contains(got, label) {
			s.Errorf("label %q is still there: %q", label, got)
		}
	}
	if r := s.apply(on, incident.Tag{Ref: on.Head.Ref, Label: ""})[0]; r.Outcome != incident.Refused {
		s.Errorf("a label without a name: %v", r.Outcome)
	}
	before := s.see().Head.Labels
	for _, label := range []string{".", ".."} { // a label on some trackers, on others the way out of an address
		r := s.apply(on, incident.Tag{Ref: on.Head.Ref, Label: label}, incident.Tag{Ref: on.Head.Ref, Label: label, On: true}, incident.Tag{Ref: on.Head.Ref, Label: label})
		if r[0].Outcome != r[1].Outcome || r[0].Outcome != r[2].Outcome || r[0].Outcome != incident.Refused && r[0].Outcome != incident.Applied {
			s.Errorf("label %q: %v", label, r)
		}
	}
	if got := s.see().Head.Labels; !slices.Equal(got, before) {
		s.Errorf("the labels were %q, and now are %q", before, got)
	}
}

func closing(s *stage) {
	on := s.declare()
	snap, target := s.made(on, "follow/0.0")
	for slot, as := range map[incident.Slot]incident.State{"follow/1.0": incident.Done, "follow/2.0": incident.Wontfix, "follow/3.0": incident.Duplicate} {
		_, t := s.made(snap, slot)
		a := incident.Close{Ref: t.Ref, As: as}
		if as == incident.Duplicate {
			a.Of = target.Ref
		}
		s.do(snap, a, a)
		got := s.ticket(s.see(), t.Ref)
		if got.State != as && !(as == incident.Duplicate && got.State == incident.Wontfix) || got.Closed.At.IsZero() || got.Closed.By == "" {
			s.Errorf("closed as %s: %+v", as, got)
		}
		if got.State == incident.Duplicate && got.DuplicateOf != "" && got.DuplicateOf != target.Ref {
			s.Errorf("a duplicate of %s, want %s", got.DuplicateOf, target.Ref)
		}
	}
	s.World.Close(s.T, s.Bob(), on.Head.Ref, incident.Done)
	if h := s.see().Head; h.State != incident.Done || h.Closed.By != s.Bob() || h.Closed.At.IsZero() {
		s.Errorf("the head, closed by bob: %+v", h)
	}
}

func reopen(s *stage) {
	on := s.declare()
	s.World.Close(s.T, s.Bob(), on.Head.Ref, incident.Wontfix)
	s.do(s.see(), incident.Reopen{Ref: on.Head.Ref}, incident.Reopen{Ref: on.Head.Ref})
	if h := s.see().Head; h.State != incident.Open || h.Closed != (incident.Closed{}) {
		s.Errorf("%+v", h)
	}
	kinds := map[string]incident.Person{}
	for _, e := range s.see().Events {
		kinds[e.Kind] = e.By
	}
	if kinds["closed"] != s.Bob() || kinds["reopened"] == "" {
		s.Errorf("events: %v", kinds)
	}
}

func link(s *stage) {
	on := s.declare()
	loose := s.Open(s.T, s.Bob(), s.Place(), "loose", "text")
	parent := s.Open(s.T, s.Bob(), s.Place(), "parent", "text")
	taken := s.Open(s.T, s.Bob(), s.Place(), "taken", "text")
	s.look.Tickets = []incident.Ref{loose, taken}
	if on.Caps.Parents {
		s.Attach(s.T, s.Bob(), parent, taken)
	}
	s.do(on, incident.Link{Ref: loose, On: true}, incident.Link{Ref: loose, On: true}, incident.Link{Ref: taken, On: true}, incident.Link{Ref: taken, On: true})
	snap := s.see()
	if got := s.ticket(snap, loose); snap.Caps.Parents && !got.Linked {
		s.Errorf("linked: %+v", got)
	}
	if got := s.ticket(snap, taken); snap.Caps.Parents && got.Parent != parent {
		s.Errorf("the parent that somebody set was replaced by %q", got.Parent)
	}
	s.do(snap, incident.Link{Ref: loose}, incident.Link{Ref: loose}, incident.Link{Ref: taken})
	snap = s.see()
	for _, ref := range []incident.Ref{loose, taken} {
		if got := s.ticket(snap, ref); got.Linked {
			s.Errorf("unlinked: %+v", got)
		}
	}
	if r := s.apply(on, incident.Link{Ref: incident.Ref(strings.Replace(string(loose), loose.Number(), "99999", 1)), On: true})[0]; r.Outcome != incident.Refused {
		s.Errorf("what does not exist: %v", r.Outcome)
	}
}

func ack(s *stage) {
	on := s.declare()
	if !on.Caps.Acks {
		id := s.Comment(s.T, s.Bob(), on.Head.Ref, "/ops")
		if r := s.apply(on, incident.Ack{Comment: id, As: incident.Obeyed})[0]; r.Outcome != incident.Refused {
			s.Errorf("a server without acknowledgements: %v", r.Outcome)
		}
		return
	}
	for _, as := range []incident.Verdict{incident.Obeyed, incident.RefusedByRule} {
		id := s.Comment(s.T, s.Bob(), on.Head.Ref, "/ops")
		s.Pass(time.Minute)
		s.do(on, incident.Ack{Comment: id, As: as}, incident.Ack{Comment: id, As: as})
		if got := s.comment(s.see(), id); got.Acked != as || !got.EditedAt.IsZero() {
			s.Errorf("acknowledged as %s: %+v", as, got)
		}
		s.Pass(time.Minute)
		s.EditComment(s.T, s.Bob(), on.Head.Ref, id, "/comms")
		if got := s.comment(s.see(), id); got.Acked != "" || got.EditedAt.IsZero() {
			s.Errorf("an acknowledgement binds another text: %+v", got)
		}
	}
}

func (s *stage) comment(snap incident.Snapshot, id string) incident.Comment {
	s.Helper()
	for _, c := range snap.Comments {
		if c.ID == id {
			return c
		}
	}
	s.Fatalf("comment %s is not observed", id)
	return incident.Comment{}
}

func notify(s *stage) {
	if r := s.apply(s.declare(), incident.Notify{ID: "1", Event: "declared"})[0]; r.Outcome != incident.Refused {
		s.Errorf("%v", r.Outcome)
	}
}
