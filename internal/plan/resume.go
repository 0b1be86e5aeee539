package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hereby/hereby/internal/ledger"
)

// On record, with a number: that no review stood any more, because the last one
// was held or the incident over; and that reviews were resumed.
const reviewsRest, reviewsResume = "reviews rest/", "reviews resume/"

// resumed returns when reviews were resumed after a time in which none stood,
// in order.
func (v *view) resumed() []time.Time {
	list := slices.Clone(v.kept.Resumed)
	for name, at := range v.r.Done {
		if strings.HasPrefix(name, reviewsResume) && !slices.ContainsFunc(list, at.Equal) {
			list = append(list, at.UTC())
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}

// rest puts on record when no review stands any more, and when one does again:
// a ticket was added or opened again, or the incident itself. Without it all
// reviews since then would be overdue at once.
func (d *decision) rest() {
	r, stands := d.standing()
	if r.anchor.IsZero() {
		return
	}
	n := fmt.Sprint(len(d.resumed()))
	switch resting := d.once(reviewsRest + n); {
	case !stands && !resting:
		d.enter(ledger.Entry{Kind: ledger.Did, At: d.s.At, Name: reviewsRest + n, Text: "no review stands any more"})
	case stands && resting:
		d.enter(ledger.Entry{Kind: ledger.Did, At: d.s.At, Name: reviewsResume + n, Text: "reviews are resumed"})
	}
}
