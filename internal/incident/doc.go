// Package incident holds the values everything else speaks in: what names an
// incident (Key, Ref, Slot), what was observed of it (Snapshot), what may be
// done about it (Action), what we tried (Journal), and what we saw and decided
// (Record, Command, Order).
//
// The package is pure: no clock, no network, no tracker's name. A tracker is
// the part of a [Key] before the first colon and nothing more, so that a rule
// written over these values holds for every tracker.
package incident
