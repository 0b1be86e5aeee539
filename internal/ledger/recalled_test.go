package ledger

import (
	"slices"
	"testing"

	"github.com/hereby/hereby/internal/incident"
)

// A recalled order stands where it belongs by its time, marks no head and moves
// no ticket.
func TestARecalledOrderStandsAtItsTime(t *testing.T) {
	order := func(word string, at int) *incident.Order {
		return &incident.Order{At: minute(at), Verdict: incident.Obeyed, Command: incident.Command{Word: word, Ref: "acme/shop#20"}}
	}
	r := Fold(incident.Record{}, Chain(incident.Record{}, []Entry{
		{Kind: Ordered, At: minute(1), Order: order("note", 1)},
		{Kind: Ordered, At: minute(3), Order: order("unrestored", 3)},
	}, minute(5)))
	before := slices.Clone(r.Orders)
	got := Fold(r, Chain(r, []Entry{
		{Kind: Recalled, At: minute(2), Order: order("restored", 2)},
		{Kind: Recalled, At: minute(3), Order: order("unlink", 3)},
		{Kind: Recalled, At: minute(0), Order: order("action", 0)},
	}, minute(6)))
	var words []string
	for _, o := range got.Orders {
		words = append(words, o.Command.Word)
	}
	if !slices.Equal(words, []string{"action", "note", "restored", "unrestored", "unlink"}) || len(got.Marks) != 0 || len(got.Counted) != 0 {
		t.Errorf("%v, %v, %v", words, got.Marks, got.Counted)
	}
	if len(r.Orders) != len(before) || r.Orders[1].Command.Word != "unrestored" {
		t.Errorf("the record before was changed: %+v", r.Orders)
	}
}

// A recalled time in a role corrects what is known of it, and gives no role.
func TestARecalledTenureCorrects(t *testing.T) {
	tenure := func(who incident.Person, from, to int) incident.Tenure {
		x := incident.Tenure{Role: incident.Planning, Who: who, From: minute(from)}
		if to > 0 {
			x.To = minute(to)
		}
		return x
	}
	known := []incident.Tenure{tenure("alice", 1, 9), tenure("bob", 9, 0)}
	for name, c := range map[string]struct{ recalled, want incident.Tenure }{
		"it ended earlier":     {tenure("alice", 1, 5), tenure("alice", 1, 5)},
		"not later":            {tenure("alice", 1, 20), tenure("alice", 1, 9)},
		"it began earlier":     {tenure("bob", 5, 0), tenure("bob", 5, 0)},
		"not later, either":    {tenure("bob", 12, 0), tenure("bob", 9, 0)},
		"nobody gets a role":   {tenure("carol", 5, 0), tenure("bob", 9, 0)},
		"who held it before":   {tenure("carol", 2, 3), tenure("carol", 2, 3)},
		"one who is back":      {tenure("bob", 2, 3), tenure("bob", 2, 3)},
		"who is gone does not": {tenure("alice", 1, 0), tenure("alice", 1, 9)},
	} {
		r := incident.Record{Tenures: slices.Clone(known)}
		got := Fold(r, []Entry{{Kind: Recalled, Tenure: &c.recalled}})
		if !slices.Contains(got.Tenures, c.want) || slices.ContainsFunc(got.Tenures, func(x incident.Tenure) bool { return x.Who == "carol" && x.To.IsZero() }) {
			t.Errorf("%s: %+v", name, got.Tenures)
		}
		if !slices.Equal(r.Tenures, known) {
			t.Errorf("%s: the record before was changed", name)
		}
	}
}
