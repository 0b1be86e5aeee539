package ledger

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/hereby/hereby/internal/incident"
)

func TestFold(t *testing.T) {
	tenure := func(who incident.Person) *incident.Tenure {
		return &incident.Tenure{Role: incident.Operations, Who: who, From: minute(1), How: "order"}
	}
	order := func(word string, v incident.Verdict) *incident.Order {
		return &incident.Order{Comment: "9", Verdict: v, Command: incident.Command{Word: word, Ref: "acme/shop#3"}}
	}
	was := func(c incident.Counted) func(*incident.Record) {
		return func(r *incident.Record) { r.Counted = map[incident.Ref]incident.Counted{"acme/shop#3": c} }
	}
	for name, tt := range map[string]struct {
		before  func(*incident.Record)
		entries []Entry
		want    func(*incident.Record)
	}{
		"nothing":     {nil, []Entry{{Kind: Commented}, {Kind: TicketRemoved, Ref: "acme/shop#3"}, {Kind: Failed, Name: "x"}, {Kind: Did}}, func(*incident.Record) {}},
		"chained":     {nil, []Entry{{Seq: 4, Hash: "h4"}, {Kind: Commented}}, func(r *incident.Record) { r.Seq, r.Head = 4, "h4" }},
		"declared":    {nil, []Entry{{Kind: Declared, Declared: &incident.Declared{By: "alice", At: noon}}}, func(r *incident.Record) { r.Declared = incident.Declared{By: "alice", At: noon} }},
		"took a role": {nil, []Entry{{Kind: RoleBegan, Tenure: tenure("bob")}}, func(r *incident.Record) { r.Tenures = []incident.Tenure{*tenure("bob")} }},
		"left a role": {func(r *incident.Record) { r.Tenures = []incident.Tenure{*tenure("carol"), *tenure("bob")} }, []Entry{{Kind: RoleEnded, At: minute(5), Tenure: tenure("bob")}}, func(r *incident.Record) {
			r.Tenures = []incident.Tenure{*tenure("carol"), *tenure("bob")}
			r.Tenures[1].To = minute(5)
		}},
		"left it twice": {func(r *incident.Record) { r.Tenures = []incident.Tenure{*tenure("bob")}; r.Tenures[0].To = minute(2) }, []Entry{{Kind: RoleEnded, At: minute(5), Tenure: tenure("bob")}}, func(r *incident.Record) { r.Tenures = []incident.Tenure{*tenure("bob")}; r.Tenures[0].To = minute(2) }},
		"ticket":        {nil, []Entry{{Kind: TicketAdded, At: minute(1), Ref: "acme/shop#3", Slot: "role/command", Text: "Command"}}, was(incident.Counted{Slot: "role/command", Title: "Command", Since: minute(1)})},
		"our comment":   {nil, []Entry{{Kind: TicketAdded, Ref: "acme/shop#3", Slot: incident.Board}, {Kind: TicketAdded, Ref: "acme/shop#3", Slot: "reply/7"}, {Kind: TicketAdded}}, func(*incident.Record) {}},
		"ticket again": {was(incident.Counted{Slot: "role/command", Title: "Command", Since: minute(1), Out: true}), []Entry{{Kind: TicketAdded, At: minute(7), Ref: "acme/shop#3"}, {Kind: TicketRemoved, Ref: "acme/shop#3"}},
			was(incident.Counted{Slot: "role/command", Title: "Command", Since: minute(1), Out: true})},
		"moved": {func(r *incident.Record) {
			r.Counted = map[incident.Ref]incident.Counted{"acme/old#3": {Title: "Pool", Out: true}}
		},
			[]Entry{{Kind: TicketMoved, Name: "acme/old#3", Ref: "acme/shop#3"}}, was(incident.Counted{Title: "Pool", Out: true})},
		"moved, and known there": {func(r *incident.Record) {
			r.Counted = map[incident.Ref]incident.Counted{"acme/old#3": {}, "acme/shop#3": {Title: "Pool"}}
		},
			[]Entry{{Kind: TicketMoved, Name: "acme/old#3", Ref: "acme/shop#3"}}, was(incident.Counted{Title: "Pool"})},
		"moved nowhere": {was(incident.Counted{Title: "Pool"}), []Entry{{Kind: TicketMoved, Name: "acme/shop#3"}, {Kind: TicketMoved, Name: "acme/x#1", Ref: "acme/x#2"}, {Kind: TicketMoved, Name: "acme/shop#3", Ref: "acme/shop#3"}},
			was(incident.Counted{Title: "Pool"})},
		"unlink": {was(incident.Counted{Title: "Pool", Since: minute(1)}), []Entry{{Kind: Ordered, Order: order("unlink", incident.Obeyed)}}, func(r *incident.Record) {
			was(incident.Counted{Title: "Pool", Since: minute(1), Out: true})(r)
			r.Orders = []incident.Order{*order("unlink", incident.Obeyed)}
		}},
		"unlink refused": {was(incident.Counted{Title: "Pool"}), []Entry{{Kind: Ordered, Order: order("unlink", incident.RefusedByRule)}}, func(r *incident.Record) {
			was(incident.Counted{Title: "Pool"})(r)
			r.Orders = []incident.Order{*order("unlink", incident.RefusedByRule)}
		}},
		"link": {nil, []Entry{{Kind: Ordered, At: minute(3), Order: order("link", incident.Obeyed)}}, func(r *incident.Record) {
			was(incident.Counted{Since: minute(3)})(r)
			r.Orders = []incident.Order{*order("link", incident.Obeyed)}
		}},
		"link again": {was(incident.Counted{Title: "Pool", Out: true}), []Entry{{Kind: Ordered, At: minute(3), Order: order("link", incident.Obeyed)}}, func(r *incident.Record) {
			was(incident.Counted{Title: "Pool"})(r)
			r.Orders = []incident.Order{*order("link", incident.Obeyed)}
		}},
		"wontfix": {was(incident.Counted{Title: "Pool"}), []Entry{{Kind: Ordered, Order: order("wontfix", incident.Obeyed)}}, func(r *incident.Record) {
			was(incident.Counted{Title: "Pool"})(r)
			r.Orders = []incident.Order{*order("wontfix", incident.Obeyed)}
		}},
		"did":      {nil, []Entry{{Kind: Did, At: minute(1), Name: "ack/7"}, {Kind: Did, At: minute(2), Name: "ack/7"}}, func(r *incident.Record) { r.Done = map[string]time.Time{"ack/7": minute(1)} }},
		"sealed":   {nil, []Entry{{Kind: Sealed, At: minute(8), Name: "closed"}}, func(r *incident.Record) { r.Sealed, r.Ending = minute(8), "closed" }},
		"unsealed": {func(r *incident.Record) { r.Sealed, r.Ending = minute(8), "closed" }, []Entry{{Kind: Unsealed}}, func(*incident.Record) {}},
		"bare":     {nil, []Entry{{Kind: Declared}, {Kind: Ordered}, {Kind: RoleBegan}, {Kind: RoleEnded}}, func(*incident.Record) {}},
	} {
		var before, want incident.Record
		if tt.before != nil {
			tt.before(&before)
		}
		tt.want(&want)
		if got := Fold(before, tt.entries); !same(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

// same compares records as a store would give them back.
func same(a, b incident.Record) bool { return asJSON(a) == asJSON(b) }

func asJSON(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestFoldInPartsIsFoldAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Fold(incident.Record{}, genEntries.Draw(t, "before"))
		a, b := Chain(r, genEntries.Draw(t, "a"), noon), genEntries.Draw(t, "b")
		all := append(append([]Entry{}, a...), b...)
		if parts, once := Fold(Fold(r, a), b), Fold(r, all); !reflect.DeepEqual(parts, once) {
			t.Fatalf("in parts %+v\nat once  %+v", parts, once)
		}
	})
}

// Two folds of one record do not write over each other's entries, and ending a
// tenure does not end it in the record before.
func TestFoldsOfOneRecordAreApart(t *testing.T) {
	ordered := func(said string) []Entry { return []Entry{{Kind: Ordered, Order: &incident.Order{Said: said}}} }
	r := incident.Record{Orders: make([]incident.Order, 1, 8), Tenures: append(make([]incident.Tenure, 0, 8), incident.Tenure{Who: "bob"})}
	a := Fold(r, ordered("a"))
	Fold(r, ordered("b"))
	if a.Orders[1].Said != "a" {
		t.Error("another fold wrote into the orders")
	}
	Fold(r, []Entry{{Kind: RoleEnded, At: noon, Tenure: &incident.Tenure{Who: "bob"}}})
	if !r.Tenures[0].To.IsZero() {
		t.Error("the tenure ended in the record before")
	}
}

// A fold leaves the record it began with alone, even if two folds begin with
// the same one, and shares nothing with the entries.
func TestFoldSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Fold(incident.Record{}, genEntries.Draw(t, "before"))
		a, b := genEntries.Draw(t, "a"), genEntries.Draw(t, "b")
		before := asJSON(r)
		withA := Fold(r, a)
		onlyA := asJSON(withA)
		Fold(r, b)
		Fold(withA, b)
		for _, e := range a {
			if e.Order != nil {
				for i := range e.Order.Command.People {
					e.Order.Command.People[i] = "mallory"
				}
			}
		}
		if asJSON(r) != before || asJSON(withA) != onlyA {
			t.Fatal("a record changed under somebody's hands")
		}
	})
}

// Whatever was once counted is counted for ever, if under another name (O55).
func TestNothingIsUncounted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Fold(incident.Record{}, genEntries.Draw(t, "before"))
		after := Fold(r, slices.DeleteFunc(genEntries.Draw(t, "after"), func(e Entry) bool { return e.Kind == TicketMoved }))
		for ref, c := range r.Counted {
			now, ok := after.Counted[ref]
			if !ok || !now.Since.Equal(c.Since) {
				t.Fatalf("%s: %+v became %+v", ref, c, now)
			}
		}
	})
}

func TestSeenKeepsWhereAndTrims(t *testing.T) {
	s := base()
	s.Comments = []incident.Comment{{ID: "7", Raw: "secret"}}
	r := Seen(incident.Record{Seq: 3}, s)
	if r.ID != s.ID || r.Key != s.Key || r.Seq != 3 || !reflect.DeepEqual(r.Last, trim(s)) {
		t.Errorf("%+v", r)
	}
	if r := Seen(incident.Record{}, incident.Snapshot{Gone: true, At: noon}); !r.Last.Gone {
		t.Errorf("gone before it was ever seen: %+v", r)
	}
}
