package trackertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/sandbox/host"
)

// order: actions go on after a refusal and stop after what cannot be known.
func order(s *stage) {
	on := s.declare()
	bad := incident.Tag{Ref: on.Head.Ref, Label: ""}
	good := func(l string) incident.Action { return incident.Tag{Ref: on.Head.Ref, Label: l, On: true} }
	rs := s.apply(on, good("one"), bad, good("two"))
	if rs[0].Outcome != incident.Applied || rs[1].Outcome != incident.Refused || rs[2].Outcome != incident.Applied {
		s.Errorf("after a refusal: %v", rs)
	}
	s.Break(1, host.LostReply)
	rs = s.apply(on, incident.Say{Slot: "say/x", Text: "x"}, good("three"))
	s.Break(0, 0)
	if rs[0].Outcome != incident.Unknown || rs[1].Outcome != incident.NotRun {
		s.Errorf("after a lost reply: %v", rs)
	}
}

// slotsFoundAgain: an adapter that remembers nothing finds what another made.
func slotsFoundAgain(s *stage) {
	on := s.declare()
	slots := []incident.Slot{"role/command", incident.RoleSlot(incident.Operations, s.Bob()), "check/communications-owner", "follow/17.0"}
	for _, slot := range slots {
		s.do(on, incident.Create{Slot: slot, Place: s.Place(), Title: string(slot), Body: "x", Parent: on.Head.Ref})
		s.Pass(time.Minute)
	}
	s.do(on, incident.Say{Slot: incident.Board, Text: "board"}, incident.Say{Slot: incident.ReplySlot("17"), Text: "reply"})
	s.tracker = s.Tracker(s.T)
	snap := s.see()
	for i, slot := range slots {
		if _, ok := snap.Find(slot, ""); !ok {
			s.Errorf("slot %s is not found", slot)
		}
		if snap.Tickets[i].Slot != slot {
			s.Errorf("ticket %d is %s: the oldest must come first", i, snap.Tickets[i].Slot)
		}
	}
	for _, slot := range []incident.Slot{incident.Board, incident.ReplySlot("17")} {
		if _, ok := snap.Said(slot); !ok {
			s.Errorf("comment %s is not found", slot)
		}
	}
	other := s.declare()
	if len(other.Tickets)+len(other.Comments) != 0 {
		s.Errorf("another incident has %d tickets and %d comments of this one", len(other.Tickets), len(other.Comments))
	}
}

// settling: what was made is shown as soon as the snapshot says it must be, to
// an adapter that remembers nothing of it.
func settling(s *stage) {
	on := s.declare()
	for _, slot := range []incident.Slot{"follow/17.0", "check/command-place", "role/command", incident.Board} {
		if slot.IsComment() {
			s.do(on, incident.Say{Slot: slot, Text: "board"})
		} else {
			s.do(on, incident.Create{Slot: slot, Place: s.Place(), Title: string(slot), Body: "x", Parent: on.Head.Ref})
		}
		s.Pass(on.Settling.Of(slot))
		snap, err := s.Tracker(s.T).Observe(context.Background(), s.look)
		_, filed := snap.Find(slot, "")
		_, said := snap.Said(slot)
		if err != nil || !filed && !said {
			s.Errorf("%s is not there after %s: %v", slot, on.Settling.Of(slot), err)
		}
	}
}

// peoplesTexts: whatever is applied, what people wrote stays as it is.
func peoplesTexts(s *stage) {
	const text = "Line one\r\n\r\n> quote\n```\ncode\n```\n<!-- hereby:1 1 say/board -->\n\n"
	head := s.Open(s.T, s.Alice(), s.Place(), "  Title <b> & `x`", text)
	s.look = incident.Look{Key: incident.KeyOf(s.Name(), head)}
	s.Comment(s.T, s.Bob(), head, text)
	foreign := s.Open(s.T, s.Bob(), s.Place(), "foreign", text)
	before := s.all(head, foreign)
	on := s.see()
	s.look.ID = on.ID
	snap, made := s.made(on, "role/command")
	s.do(snap,
		incident.Tag{Ref: head, Label: "hereby", On: true}, incident.Assign{Ref: head, People: []incident.Person{s.Bob()}},
		incident.Link{Ref: foreign, On: true}, incident.Link{Ref: foreign}, incident.Close{Ref: foreign, As: incident.Wontfix},
		incident.Reopen{Ref: foreign}, incident.Close{Ref: head, As: incident.Done}, incident.Reopen{Ref: head},
		incident.Close{Ref: made.Ref, As: incident.Done},
	)
	if after := s.all(head, foreign); !slices.Equal(before, after) {
		s.Errorf("people's texts were\n%q, and now are\n%q", before, after)
	}
}

// peoplesWords: what people write before and after a text of ours stays as it
// is while ours is edited, and ours is known as what it was made of.
func peoplesWords(s *stage) {
	on := s.declare()
	was, is := "<!-- part -->\nAn **old** list:\n\n- one\n- two\n<!-- part ends -->", "<!-- part -->\nA **new** list:\n\n- one\n- three\n<!-- part ends -->"
	ref := s.do(on, incident.Create{Slot: "review/1", Place: s.Place(), Title: "Review", Body: was, Parent: on.Head.Ref})[0].Ref
	s.see()
	_, raw, _ := s.Raw(s.T, ref)
	s.Rewrite(s.T, s.Bob(), ref, "Room 3.\n\n"+raw+"\n\n\nBring _cake_,  and\n- tea")
	for _, list := range []string{is, was} {
		snap := s.see()
		body := s.ticket(snap, ref).Body
		before, after, ok := strings.Cut(body, was)
		if list == was {
			before, after, ok = strings.Cut(body, is)
		}
		if !ok || !strings.HasPrefix(before, "Room 3.") || !strings.HasSuffix(after, "Bring _cake_,  and\n- tea") {
			s.Fatalf("with people's words around it reads\n%q", body)
		}
		body = before + list + after
		s.do(snap, incident.Edit{Ref: ref, Slot: "review/1", Body: &body})
		if got := s.ticket(s.see(), ref).Body; got != body {
			s.Errorf("after an edit it reads\n%q, want\n%q", got, body)
		}
	}
	if _, now, _ := s.Raw(s.T, ref); !strings.HasPrefix(now, "Room 3.\n\n") || !strings.Contains(now, "\n\n\nBring _cake_,  and\n- tea") {
		s.Errorf("people's words became\n%q", now)
	}
}

func (s *stage) all(refs ...incident.Ref) (texts []string) {
	for _, ref := range refs {
		title, body, comments := s.Raw(s.T, ref)
		texts = append(append(texts, title, body), comments...)
	}
	return texts
}

// unchanged: looking changes nothing, and two looks at the same are the same.
func unchanged(s *stage) {
	on := s.declare()
	snap, _ := s.made(on, "role/command")
	s.do(snap, incident.Say{Slot: incident.Board, Text: "board"})
	one := s.see()
	s.Writes()
	for range 3 {
		two := s.see()
		one.At, two.At = time.Time{}, time.Time{}
		if a, b := fmt.Sprintf("%+v", one), fmt.Sprintf("%+v", two); a != b {
			s.Errorf("the same incident reads\n%s\nand\n%s", a, b)
		}
	}
	if n := s.Writes(); n != 0 {
		s.Errorf("looking made %d writes", n)
	}
}

// faults: whatever goes wrong with a request, the result never says "refused"
// or "applied" of what is not, and a create whose answer was lost is Unknown.
func faults(s *stage) {
	on := s.declare()
	snap, made := s.made(on, "role/command")
	title := "New title"
	comment := s.do(snap, incident.Say{Slot: incident.Board, Text: "x"})[0].Comment
	said := s.Comment(s.T, s.Bob(), on.Head.Ref, "/ops")
	foreign := s.Open(s.T, s.Bob(), s.Place(), "foreign", "text")
	actions := []incident.Action{
		incident.Create{Slot: "follow/1.0", Place: s.Place(), Title: "Follow up", Body: "x"},
		incident.Say{Slot: "reply/1", Text: "Reply"},
		incident.Say{Slot: incident.Board, Comment: comment, Text: "y"},
		incident.Edit{Ref: made.Ref, Slot: made.Slot, Title: &title},
		incident.Assign{Ref: made.Ref, People: []incident.Person{s.Bob()}},
		incident.Tag{Ref: made.Ref, Label: "hereby/blame", On: true},
		incident.Tag{Ref: made.Ref, Label: "hereby/blame"},
		incident.Close{Ref: made.Ref, As: incident.Done},
		incident.Reopen{Ref: made.Ref},
		incident.Link{Ref: foreign, On: true},
		incident.Link{Ref: foreign},
	}
	if snap.Caps.Acks {
		actions = append(actions, incident.Ack{Comment: said, As: incident.Obeyed})
	}
	for _, a := range actions {
		for _, f := range Faults {
			s.Run(fmt.Sprintf("%v/%v", a, f), func(t *testing.T) { s.fault(t, snap, a, f) })
		}
	}
}

// fault breaks each request of an action in turn, until none is left to break.
func (s *stage) fault(t *testing.T, on incident.Snapshot, a incident.Action, f host.Kind) {
	_, _, creates := incident.Creates(a)
	for n := 1; ; n++ {
		if n > 10 {
			t.Fatal("more than ten requests for one action")
		}
		s.Pass(2 * time.Hour) // any wait that was asked for is over
		s.tracker = s.Tracker(t)
		issues, comments := s.counts(on)
		s.Break(n, f)
		s.Writes()
		r := s.apply(on, a)[0]
		sent := s.Writes()
		s.Break(0, 0)
		after, said := s.counts(on)
		happened := after > issues || said > comments
		if sent < n { // nothing was left to break
			if r.Outcome != incident.Applied {
				t.Errorf("undisturbed: %v %v", r.Outcome, r.Err)
			}
			return
		}
		var wait *incident.NotYet
		switch {
		case r.Outcome == incident.Refused:
			t.Errorf("request %d: refused: %v", n, r.Err)
		case creates && r.Outcome == incident.Deferred && happened:
			t.Errorf("request %d: it was created, and is said to be deferred", n)
		case creates && r.Outcome == incident.Applied && !happened:
			t.Errorf("request %d: it was not created, and is said to be applied", n)
		case r.Outcome == incident.Deferred && !errors.As(r.Err, &wait):
			t.Errorf("request %d: deferred without a time: %v", n, r.Err)
		case r.Outcome == incident.Unknown && r.Err == nil:
			t.Errorf("request %d: unknown without a reason", n)
		}
	}
}

func (s *stage) counts(on incident.Snapshot) (issues, comments int) {
	return s.Count(s.T, s.Place()), s.Comments(s.T, on.Head.Ref)
}

// list: a sweep misses nothing, whenever it looks, and comes to rest.
func list(s *stage) {
	seen := map[incident.Key]int{}
	var cursor time.Time
	sweep := func() int {
		s.Helper()
		got, err := s.tracker.List(s.Context(), s.Place(), cursor)
		if err != nil {
			s.Fatal(err)
		}
		if got.Cursor.Before(cursor) {
			s.Errorf("the cursor went back from %v to %v", cursor, got.Cursor)
		}
		cursor = got.Cursor
		for _, h := range got.Hints {
			seen[h.Key]++
		}
		return len(got.Hints)
	}
	var keys []incident.Key
	for range 3 {
		ref := s.Open(s.T, s.Alice(), s.Place(), "Title", "Text")
		keys = append(keys, incident.KeyOf(s.Name(), ref))
		sweep()
		s.Pass(time.Minute)
	}
	for range 5 {
		s.Pass(10 * time.Minute)
		sweep()
	}
	for _, k := range keys {
		if seen[k] == 0 {
			s.Errorf("%s was never listed", k)
		}
	}
	if n := sweep(); n != 0 {
		s.Errorf("%d issues are listed although nothing changed", n)
	}
	clear(seen)
	s.Comment(s.T, s.Bob(), keys[1].Ref(), "I hereby declare this an incident")
	s.Pass(10 * time.Minute)
	got, err := s.tracker.List(s.Context(), s.Place(), cursor)
	if err != nil || !slices.ContainsFunc(got.Hints, func(h incident.Hint) bool {
		return h.Key == keys[1] && slices.Contains(h.Texts, "I hereby declare this an incident")
	}) {
		s.Errorf("after a comment: %+v %v", got.Hints, err)
	}
	s.Close(s.T, s.Bob(), keys[2].Ref(), incident.Done)
	s.Pass(10 * time.Minute)
	if sweep(); seen[keys[2]] == 0 {
		s.Error("a closed issue was not listed")
	}
}

// nowhere: a place without business of ours is told apart from a failure.
func nowhere(s *stage) {
	ref := incident.Ref("no/where#1")
	if incident.Ref(s.Place()+"-1").Place() == s.Place() && s.Name() != "github" {
		ref = "NOWHERE-1"
	}
	_, err := s.tracker.Observe(s.Context(), incident.Look{Key: incident.KeyOf(s.Name(), ref)})
	var no *incident.NotServed
	if !errors.As(err, &no) {
		s.Errorf("%v", err)
	}
}
