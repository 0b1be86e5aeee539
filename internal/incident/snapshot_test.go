package incident

import (
	"slices"
	"testing"
	"time"
)

func TestAllTickets(t *testing.T) {
	s := Snapshot{Head: Ticket{Ref: "a#1"}, Tickets: []Ticket{{Ref: "a#2"}, {Ref: "a#3"}}, Foreign: []Ticket{{Ref: "b#4"}}}
	var refs []Ref
	for x := range s.All() {
		refs = append(refs, x.Ref)
		x.State = Done
	}
	if !slices.Equal(refs, []Ref{"a#2", "a#3", "b#4"}) || s.Foreign[0].State != Done {
		t.Errorf("%v, %+v", refs, s)
	}
	for x := range s.All() {
		if x.Ref != "a#2" {
			t.Errorf("%s comes after the end", x.Ref)
		}
		break
	}
	if x, ok := s.Ticket("b#4"); !ok || x.Ref != "b#4" {
		t.Errorf("%+v", x)
	}
	if x, ok := s.Ticket("a#1"); ok {
		t.Errorf("the head is found as %+v", x)
	}
}

func TestByAge(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	list := []Ticket{{ID: "10", Opened: at}, {ID: "9", Opened: at}, {ID: "11", Opened: at.Add(-time.Second)}}
	slices.SortFunc(list, ByAge)
	if list[0].ID != "11" || list[1].ID != "9" || list[2].ID != "10" {
		t.Errorf("%+v", list)
	}
}
