package plan

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// marks returns the heads of the ledger that the board shows (O46). A head that
// it has shown stays, whatever the store says later: otherwise the board would
// follow a ledger that was written anew, and prove it.
func (v *view) marks() map[string]incident.Mark {
	all := maps.Clone(v.r.Marks)
	for name, shown := range v.kept.Marks {
		if now, ok := all[name]; ok && !now.At.Equal(shown.At) {
			continue // it happened again
		}
		if all == nil {
			all = map[string]incident.Mark{}
		}
		all[name] = shown
	}
	return all
}

// boardMark is a mark as people compare it.
type boardMark struct {
	Name string
	At   time.Time
	Seq  int
	Head string
}

// boardMarks returns the marks in the order in which it happened.
func (v *view) boardMarks() []boardMark {
	var list []boardMark
	for name, m := range v.marks() {
		list = append(list, boardMark{name, m.At, m.Seq, ledger.Short(m.Head)})
	}
	slices.SortFunc(list, func(a, b boardMark) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
	return list
}

// Shown returns the heads of the ledger that our board shows; ok is false if
// there is no board.
func Shown(s incident.Snapshot) (marks map[string]incident.Mark, ok bool) {
	c, ok := s.Said(incident.Board)
	return recall(c.Data).Marks, ok
}
