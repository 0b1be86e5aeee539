package ledger

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

// brief shows entries as lines: the kind, who, what, when and the text.
func brief(entries []Entry) []string {
	var all []string
	for _, e := range entries {
		parts := []string{e.At.Format("15:04"), string(e.Kind)}
		for _, s := range []string{e.Comment, string(e.Ref), string(e.Slot), string(e.State)} {
			if s != "" && !strings.HasSuffix(s, "#12") {
				parts = append(parts, s)
			}
		}
		if e.By != "" {
			parts = append(parts, e.By.Mention())
		}
		all = append(all, strings.Join(parts, " ")+": "+e.Text)
	}
	return all
}

func TestDiffTellsWhatChanged(t *testing.T) {
	role := incident.Ticket{Ref: "acme/shop#13", Slot: "role/command", Author: "hereby", Title: "Incident command", State: incident.Open, Linked: true, Opened: minute(2)}
	foreign := incident.Ticket{Ref: "acme/infra#5", Title: "Pool", Author: "bob", State: incident.Open, Linked: true, Opened: minute(-900), Body: "long"}
	said := incident.Comment{ID: "7", Author: "bob", Raw: "/ops", At: minute(3)}
	ours := incident.Comment{ID: "8", Author: "hereby", Raw: "board", Ours: true, Slot: incident.Board, At: minute(3)}
	at := minute(10)

	type change = func(s *incident.Snapshot)
	for name, tt := range map[string]struct {
		before, after change
		want          []string
	}{
		"comment":     {nil, func(s *incident.Snapshot) { s.Comments = []incident.Comment{said, ours} }, []string{"12:03 commented 7 @bob: /ops"}},
		"seen edited": {nil, func(s *incident.Snapshot) { c := said; c.EditedAt = minute(5); s.Comments = []incident.Comment{c} }, []string{"12:03 commented 7 @bob: /ops", "12:05 comment edited 7: /ops"}},
		"edited": {func(s *incident.Snapshot) { s.Comments = []incident.Comment{said} }, func(s *incident.Snapshot) {
			c := said
			c.Raw, c.EditedAt = "/comms", minute(6)
			s.Comments = []incident.Comment{c}
		}, []string{"12:06 comment edited 7: /comms"}},
		"edited, when?": {func(s *incident.Snapshot) { s.Comments = []incident.Comment{said} }, func(s *incident.Snapshot) { c := said; c.Raw = "/comms"; s.Comments = []incident.Comment{c} }, []string{"12:10 comment edited 7: /comms"}},
		"deleted":       {func(s *incident.Snapshot) { s.Comments = []incident.Comment{said, ours} }, nil, []string{"12:10 comment deleted 7: comment by @bob"}},
		"no longer ours": {func(s *incident.Snapshot) { s.Comments = []incident.Comment{ours} },
			func(s *incident.Snapshot) { c := ours; c.Ours = false; s.Comments = []incident.Comment{c} }, []string{"12:03 commented 8 @hereby: board"}},

		"our ticket": {nil, func(s *incident.Snapshot) { s.Tickets = []incident.Ticket{role} }, []string{"12:02 ticket added acme/shop#13 role/command open @hereby: Incident command"}},
		"our ticket, closed since": {nil, func(s *incident.Snapshot) {
			r := role
			r.Assignees, r.State, r.Closed = []incident.Person{"bob", "alice"}, incident.Done, incident.Closed{By: "bob", At: minute(4)}
			s.Tickets = []incident.Ticket{r}
		}, []string{"12:02 ticket added acme/shop#13 role/command done @hereby: Incident command", "12:02 ticket assigned acme/shop#13 role/command done: assigned @alice, assigned @bob",
			"12:04 ticket closed acme/shop#13 role/command done @bob: Incident command"}},
		"foreign ticket":         {nil, func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, []string{"12:10 ticket added acme/infra#5 open: Pool"}},
		"read though not linked": {nil, func(s *incident.Snapshot) { f := foreign; f.Linked = false; s.Foreign = []incident.Ticket{f} }, nil},
		"linked":                 {func(s *incident.Snapshot) { f := foreign; f.Linked = false; s.Foreign = []incident.Ticket{f} }, func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, []string{"12:10 ticket added acme/infra#5 open: Pool"}},
		"unlinked":               {func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, func(s *incident.Snapshot) { f := foreign; f.Linked = false; s.Foreign = []incident.Ticket{f} }, []string{"12:10 ticket removed acme/infra#5 open: Pool, is no longer linked"}},
		"ours unlinked":          {func(s *incident.Snapshot) { s.Tickets = []incident.Ticket{role} }, func(s *incident.Snapshot) { r := role; r.Linked = false; s.Tickets = []incident.Ticket{r} }, []string{"12:10 ticket removed acme/shop#13 role/command open: Incident command, is no longer linked"}},
		"ours linked by us":      {func(s *incident.Snapshot) { r := role; r.Linked = false; s.Tickets = []incident.Ticket{r} }, func(s *incident.Snapshot) { s.Tickets = []incident.Ticket{role} }, nil},
		"gone from the list":     {func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, nil, []string{"12:10 ticket removed acme/infra#5 open: Pool, can no longer be found"}},
		"repository renamed": {func(s *incident.Snapshot) { f := foreign; f.ID = "55"; s.Foreign = []incident.Ticket{f} }, func(s *incident.Snapshot) {
			f := foreign
			f.ID, f.Ref, f.Assignees = "55", "acme/platform#5", []incident.Person{"bob"}
			s.Foreign = []incident.Ticket{f}
		}, []string{"12:10 ticket moved acme/platform#5 open: Pool, moved from acme/infra#5", "12:10 ticket assigned acme/platform#5 open: assigned @bob"}},
		"ticket deleted": {func(s *incident.Snapshot) { s.Tickets = []incident.Ticket{role} }, func(s *incident.Snapshot) { r := role; r.Gone = true; s.Tickets = []incident.Ticket{r} }, []string{"12:10 ticket removed acme/shop#13 role/command open: Incident command, was deleted or converted"}},
		"closed by a pull request": {func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, func(s *incident.Snapshot) {
			f := foreign
			f.State, f.Closed = incident.Done, incident.Closed{At: minute(8), Via: "pull request acme/shop#7"}
			s.Foreign = []incident.Ticket{f}
		}, []string{"12:08 ticket closed acme/infra#5 done: Pool, by pull request acme/shop#7"}},
		"closed as a duplicate": {func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, func(s *incident.Snapshot) {
			f := foreign
			f.State, f.DuplicateOf, f.Closed = incident.Duplicate, "acme/infra#1", incident.Closed{At: minute(8), By: "bob"}
			s.Foreign = []incident.Ticket{f}
		}, []string{"12:08 ticket closed acme/infra#5 duplicate @bob: Pool, duplicate of acme/infra#1"}},
		"closed anew": {func(s *incident.Snapshot) {
			f := foreign
			f.State, f.Closed = incident.Done, incident.Closed{By: "bob", At: minute(4)}
			s.Foreign = []incident.Ticket{f}
		}, func(s *incident.Snapshot) {
			f := foreign
			f.State, f.Closed = incident.Done, incident.Closed{By: "carol", At: minute(8)}
			s.Foreign = []incident.Ticket{f}
		}, []string{"12:08 ticket closed acme/infra#5 done @carol: Pool"}},
		"found closed once it can be read": {func(s *incident.Snapshot) {
			f := foreign
			f.State, f.Unreadable = incident.Open, true
			s.Foreign = []incident.Ticket{f}
		},
			func(s *incident.Snapshot) { f := foreign; f.State = incident.Done; s.Foreign = []incident.Ticket{f} }, []string{"12:10 ticket closed acme/infra#5 done: Pool"}},
		"reopened":   {func(s *incident.Snapshot) { f := foreign; f.State = incident.Done; s.Foreign = []incident.Ticket{f} }, func(s *incident.Snapshot) { s.Foreign = []incident.Ticket{foreign} }, []string{"12:10 ticket reopened acme/infra#5 open: Pool"}},
		"unreadable": {func(s *incident.Snapshot) { f := foreign; f.State = incident.Done; s.Foreign = []incident.Ticket{f} }, func(s *incident.Snapshot) { f := foreign; f.Unreadable = true; s.Foreign = []incident.Ticket{f} }, nil},
		"assigned": {func(s *incident.Snapshot) {
			r := role
			r.Assignees = []incident.Person{"alice"}
			s.Tickets = []incident.Ticket{r}
		},
			func(s *incident.Snapshot) {
				r := role
				r.Assignees = []incident.Person{"bob"}
				s.Tickets = []incident.Ticket{r}
			}, []string{"12:10 ticket assigned acme/shop#13 role/command open: assigned @bob, unassigned @alice"}},

		"labelled": {nil, func(s *incident.Snapshot) {
			s.Events = []incident.Event{{At: minute(9), By: "bob", Kind: "unlabeled", Label: "incident"}}
		}, []string{"12:09 head changed @bob: unlabeled incident"}},
		"renamed, as the tracker tells": {nil, func(s *incident.Snapshot) {
			s.Head.Title = "Shop is down"
			s.Events = []incident.Event{{At: minute(9), By: "bob", Kind: "renamed"}}
		}, []string{`12:09 head changed @bob: renamed from "Checkout is down" to "Shop is down"`}},
		"renamed, unseen":    {nil, func(s *incident.Snapshot) { s.Head.Title = "Shop is down" }, []string{`12:10 head changed: renamed from "Checkout is down" to "Shop is down"`}},
		"title blanked":      {func(s *incident.Snapshot) { s.Head.Title = "" }, nil, []string{`12:10 head changed: its title is "Checkout is down"`}},
		"locked":             {nil, func(s *incident.Snapshot) { s.Head.Locked = true }, []string{"12:10 head changed: locked"}},
		"unlocked":           {func(s *incident.Snapshot) { s.Head.Locked = true }, nil, []string{"12:10 head changed: unlocked"}},
		"restricted":         {nil, func(s *incident.Snapshot) { s.Head.Private = true }, []string{"12:10 head changed: restricted: few may see it"}},
		"restricted no more": {func(s *incident.Snapshot) { s.Head.Private = true }, nil, []string{"12:10 head changed: no longer restricted"}},
		"text":               {nil, func(s *incident.Snapshot) { s.Head.Body = "since eleven" }, []string{"12:10 head changed: text changed:\n\nsince eleven"}},
		"head assigned":      {nil, func(s *incident.Snapshot) { s.Head.Assignees = []incident.Person{"bob"} }, []string{"12:10 head changed open: assigned @bob"}},
		"head closed": {nil, func(s *incident.Snapshot) {
			s.Head.State, s.Head.Closed = incident.Done, incident.Closed{By: "bob", At: minute(9)}
			s.Events = []incident.Event{{At: minute(9), By: "bob", Kind: "closed", Via: "pull request acme/shop#7"}}
		}, []string{"12:09 head changed done @bob: closed as done"}},
		"head closed, no event": {nil, func(s *incident.Snapshot) {
			s.Head.State, s.Head.Closed = incident.Wontfix, incident.Closed{By: "bob", At: minute(9)}
		}, []string{"12:09 head changed wontfix @bob: closed as wontfix"}},
		"head reopened": {func(s *incident.Snapshot) { s.Head.State = incident.Done }, nil, []string{"12:10 head changed open: reopened"}},
		"moved":         {nil, func(s *incident.Snapshot) { s.Key, s.Head.Ref = "github:acme/store#12", "acme/store#12" }, []string{"12:10 head changed: moved from github:acme/shop#12 to github:acme/store#12"}},
		"gone":          {func(s *incident.Snapshot) { s.Comments, s.Tickets = []incident.Comment{said}, []incident.Ticket{role} }, func(s *incident.Snapshot) { s.Gone = true }, []string{"12:10 head changed: gone: deleted, or turned into something else"}},
		"back":          {func(s *incident.Snapshot) { s.Gone = true }, nil, []string{"12:10 head changed: there again"}},
	} {
		t.Run(name, func(t *testing.T) {
			last, now := base(), base()
			now.At = at
			if tt.before != nil {
				tt.before(&last)
			}
			if tt.after != nil {
				tt.after(&now)
			}
			for _, last := range []incident.Snapshot{last, trim(last)} {
				if got := brief(Diff(last, now)); !slices.Equal(got, tt.want) {
					t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tt.want, "\n  "))
				}
			}
		})
	}
}

func TestAllIsNewsInTheFirstSnapshot(t *testing.T) {
	s := base()
	s.Events = []incident.Event{{At: noon, By: "alice", Kind: "labeled", Label: "incident"}}
	s.Comments = []incident.Comment{{ID: "7", Author: "bob", Raw: "/ops", At: minute(1)}}
	s.Foreign = []incident.Ticket{{Ref: "acme/shop#3", Title: "Pool", Linked: true, State: incident.Open}}
	want := []string{
		"12:00 head changed @alice: labeled incident",
		"12:00 head changed @alice: opened: Checkout is down\n\nsince noon",
		"12:01 commented 7 @bob: /ops",
		"12:01 ticket added acme/shop#3 open: Pool",
	}
	if got := brief(Diff(incident.Snapshot{}, s)); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWhatWasSeenStaysWhileTheHeadIsGone(t *testing.T) {
	s := base()
	s.Comments = []incident.Comment{{ID: "7", Author: "bob", Raw: "/ops", At: minute(1)}}
	r := Seen(incident.Record{}, s)
	gone := incident.Snapshot{Key: s.Key, ID: s.ID, At: minute(20), Gone: true}
	if got := brief(Diff(r.Last, gone)); len(got) != 1 {
		t.Errorf("gone: %q", got)
	}
	r = Seen(r, gone)
	if got := Diff(r.Last, gone); len(got) != 0 {
		t.Errorf("still gone: %q", brief(got))
	}
	s.At = minute(30)
	if got, want := brief(Diff(r.Last, s)), []string{"12:30 head changed: there again"}; !slices.Equal(got, want) {
		t.Errorf("back: %q", got)
	}
}

func TestDiffOfTheSameIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := genSnapshot.Draw(t, "snapshot")
		later := s
		later.At = s.At.Add(time.Hour)
		for _, last := range []incident.Snapshot{s, trim(s), trim(trim(s)), throughJSON(t, trim(s))} {
			if d := Diff(last, later); len(d) != 0 {
				t.Fatalf("%q", brief(d))
			}
		}
	})
}

// throughJSON returns the snapshot as a store gives it back.
func throughJSON(t *rapid.T, s incident.Snapshot) (out incident.Snapshot) {
	data, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestDiffIsTheSameHoweverListsAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genSnapshot.Draw(t, "a"), genSnapshot.Draw(t, "b")
		want := Diff(a, b)
		if got := Diff(shuffled(t, a), shuffled(t, b)); !reflect.DeepEqual(got, want) {
			t.Fatalf("\n%q\n%q", brief(got), brief(want))
		}
		if !slices.IsSortedFunc(want, byTime) {
			t.Fatalf("out of order: %q", brief(want))
		}
		if got := Diff(trim(a), b); !reflect.DeepEqual(got, want) {
			t.Fatalf("trimmed\n%q\n%q", brief(got), brief(want))
		}
	})
}

func shuffled(t *rapid.T, s incident.Snapshot) incident.Snapshot {
	s.Comments = shuffle(t, s.Comments)
	s.Events = shuffle(t, s.Events)
	s.Tickets = shuffle(t, s.Tickets)
	s.Foreign = shuffle(t, s.Foreign)
	s.Head.Assignees = shuffle(t, s.Head.Assignees)
	return s
}

func shuffle[T any](t *rapid.T, list []T) []T {
	if len(list) < 2 {
		return list
	}
	return rapid.Permutation(list).Draw(t, "order")
}

// Whatever happens to a comment of somebody's between two looks is on the
// ledger (O74).
func TestNoCommentIsMissed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genSnapshot.Draw(t, "a"), genSnapshot.Draw(t, "b")
		a.Gone, b.Gone = false, false
		told := map[string]bool{}
		for _, e := range Diff(a, b) {
			if e.Comment != "" {
				told[e.Comment] = true
			}
		}
		find := func(s incident.Snapshot, id string) (incident.Comment, bool) {
			i := slices.IndexFunc(s.Comments, func(c incident.Comment) bool { return c.ID == id })
			if i < 0 || s.Comments[i].Ours {
				return incident.Comment{}, false
			}
			return s.Comments[i], true
		}
		for _, id := range []string{"1", "2", "3", "4", "5", "6"} {
			old, was := find(a, id)
			now, is := find(b, id)
			same := was == is && incident.HashText(old.Raw) == incident.HashText(now.Raw) && old.EditedAt.Equal(now.EditedAt)
			adopted := was && !is && slices.ContainsFunc(b.Comments, func(c incident.Comment) bool { return c.ID == id })
			if told[id] == (same || adopted) {
				t.Fatalf("comment %s: told %v, same %v\n%+v\n%+v", id, told[id], same, old, now)
			}
		}
	})
}

func TestTrimKeepsNoTextAndTouchesNothing(t *testing.T) {
	s := base()
	s.Comments = []incident.Comment{{ID: "7", Raw: "secret", Said: []string{"secret"}}, {ID: "8", Ours: true, Raw: "board", Hash: "h"}}
	s.Foreign = []incident.Ticket{{Ref: "acme/shop#3", Body: "secret"}}
	s.Tickets = []incident.Ticket{{Ref: "acme/shop#4", Body: "ours"}}
	s.HeadSaid, s.Others = []string{"secret"}, []incident.Other{{Title: "secret"}}
	data, err := json.Marshal(trim(s))
	if err != nil || strings.Contains(string(data), "secret") {
		t.Errorf("%s %v", data, err)
	}
	if got := trim(s); got.Comments[0].Hash != incident.HashText("secret") || got.Comments[1].Hash != "h" || got.Tickets[0].Body != "ours" {
		t.Errorf("%+v", got)
	}
	if s.Comments[0].Raw != "secret" || s.Foreign[0].Body != "secret" {
		t.Error("the snapshot itself was changed")
	}
}
