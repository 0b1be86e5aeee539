package incident

import "time"

// Journal is what we tried. Losing it costs a delay of Settling, nothing else.
type Journal struct {
	// Epoch is when this journal began. A journal younger than Settling may
	// have forgotten an intent (design, section 6, rule 8).
	Epoch time.Time        `json:"epoch"`
	Slots map[Slot]Attempt `json:"slots,omitempty"`
	// Cursor is, for a sweep key, up to when its place has been read.
	Cursor time.Time `json:"cursor,omitzero"`
	// Refused holds what the tracker refused, and what changes something and had
	// no answer, by the action's Task, so that it is tried again with back-off and
	// shown to people. What may have been created is among the Slots.
	Refused map[string]Refusal `json:"refused,omitempty"`
	// Alarm is what the operator was told last and what still lasts.
	Alarm string `json:"alarm,omitempty"`
	// Wiki is, for a sweep key, the revision of the place's wiki when it was read.
	Wiki string `json:"wiki,omitempty"`
	// Wrote is when the wiki was last written to.
	Wrote time.Time `json:"wrote,omitzero"`
	// Touched is what we changed of tickets lately, in whatever way: an index
	// may show them as they were for a while.
	Touched map[Ref]Touch `json:"touched,omitempty"`
	// Spent holds the times of the actions of the last hour (at most 120).
	Spent []time.Time `json:"spent,omitempty"`
}

// Touch is a change that we made to a ticket.
type Touch struct {
	At   time.Time `json:"at"`
	Over time.Time `json:"over"` // when the ticket had changed last until then
}

// aWhile is how long a tracker that does not answer is waited for at most.
const aWhile = 10 * time.Minute

// Attempt is one thing we set out to create.
type Attempt struct {
	At      time.Time `json:"at"` // when the intent was saved
	Place   string    `json:"place,omitempty"`
	Why     string    `json:"why,omitempty"`     // there is no telling what became of it
	N       int       `json:"n,omitempty"`       // how many times in a row
	Ref     Ref       `json:"ref,omitempty"`     // the ticket, once known
	Comment string    `json:"comment,omitempty"` // the comment, once known
	Written Written   `json:"written,omitzero"`  // the last edit of the comment
}

// Written is one edit of a comment of ours. Lists lag: until one shows the
// edit, it looks as if it were still to be made.
type Written struct {
	At   time.Time `json:"at"`   // when it was made
	Text string    `json:"text"` // hash of what was written
	Over string    `json:"over"` // hash of what was shown then
}

// Writing returns what an edit on a snapshot will have been.
func Writing(a Say, on Snapshot, at time.Time) Written {
	w := Written{At: at, Text: HashText(a.Text + "\n" + a.Data)}
	for _, c := range on.Comments {
		if c.ID == a.Comment {
			w.Over = HashText(c.Hash + "\n" + c.Data)
		}
	}
	return w
}

// Again reports whether an edit repeats another: the same text over the same.
func (w Written) Again(earlier Written) bool { return w.Text == earlier.Text && w.Over == earlier.Over }

// Open reports whether the outcome of the attempt is unknown.
func (a Attempt) Open() bool { return a.Ref == "" && a.Comment == "" }

// Again returns when what there is no telling of may be created, unless it was
// seen: once it must have been, and later each time in a row.
func (a Attempt) Again(settles time.Duration) time.Time {
	return a.At.Add(max(settles, doubled(settles, a.N, aWhile)))
}

// doubled is how long the nth wait in a row is: the first, each twice the one
// before, and at most so long.
func doubled(first time.Duration, n int, most time.Duration) time.Duration {
	return min(first<<min(max(n-1, 0), 10), most)
}

// Oldest returns the time of the oldest intent whose outcome is unknown.
func (j Journal) Oldest() (at time.Time, ok bool) {
	for _, a := range j.Slots {
		if a.Open() && (!ok || a.At.Before(at)) {
			at, ok = a.At, true
		}
	}
	return at, ok
}

// Refusal is the tracker's no to one action.
type Refusal struct {
	At     time.Time `json:"at"`
	N      int       `json:"n"` // times in a row
	Why    string    `json:"why"`
	Unsure bool      `json:"unsure,omitempty"` // it was no definite no: no answer came
}

// Lasts reports whether people are to be told. An answer that is lost is most
// often the only one; a minute of them is not.
func (r Refusal) Lasts() bool { return !r.Unsure || r.N > 5 }

// Again returns when to try again: with back-off, in a minute and up to an hour,
// or, where no answer came, at once and up to a while.
func (r Refusal) Again() time.Time {
	first, most := time.Minute, time.Hour
	if r.Unsure {
		first, most = 2*time.Second, aWhile
	}
	return r.At.Add(doubled(first, r.N, most))
}
