package reconcile

import (
	"context"
	"time"

	"github.com/hereby/hereby/internal/incident"
)

// Tracker is what the reconciler needs of an issue tracker. An adapter only
// observes and applies: it holds no rule about incidents.
//
// An error that is, or wraps, *incident.NotYet asks for another pass at its
// time; any other error is retried with back-off.
type Tracker interface {
	// Observe reads one incident. It returns the snapshot under the key where
	// the head is now, which differs from the one asked for after a rename.
	Observe(ctx context.Context, look incident.Look) (incident.Snapshot, error)

	// Apply carries out actions in order on the incident of the snapshot, and
	// returns one result each. It goes on after Refused and stops after
	// Deferred or Unknown: what follows is NotRun, and asked for anew where only
	// an Unknown was in its way.
	Apply(ctx context.Context, on incident.Snapshot, do []incident.Action) []incident.Result

	// List returns hints about everything in a place that changed since a
	// time, and up to when that is now known.
	List(ctx context.Context, place string, since time.Time) (incident.Sighting, error)
}

// Finder is a tracker that finds an issue by its id alone, for news that names
// nothing else. It returns what the issue says; a zero Hint if there is none
// that concerns us.
type Finder interface {
	Find(ctx context.Context, id string) (incident.Hint, error)
}

// Wiki keeps the post-mortems of a tracker's incidents.
type Wiki interface {
	// Read returns pages of the wiki of a place. What stands in the way of
	// reading is the shelf's Problem: an error is the end of the context.
	Read(ctx context.Context, place string, names []string) (incident.Shelf, error)

	// Revision names the state of the wiki of a place: another one if anything
	// in it changed. "" if that cannot be told now.
	Revision(ctx context.Context, place string) (string, error)

	// Put writes pages, all or none, unless one reads otherwise by now than the
	// plan saw it: that is Deferred, and another look follows.
	Put(ctx context.Context, pages incident.PutPages) incident.Result
}

// Notifier sends a message to the channels a team configured. An error means
// it is to be tried again, unless it is *incident.Lost; the receiver tells
// repetitions by the id.
type Notifier interface {
	Send(ctx context.Context, n incident.Notify) error
}
