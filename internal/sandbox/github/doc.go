// Package github is a stateful model of GitHub behind real HTTP: people,
// repositories, issues, comments, labels, events, reactions, sub-issues,
// dependencies, apps, permissions, limits, and signed webhooks out. The demo,
// the simulation and the tests run against it.
//
// # Shape
//
// A [Server] holds the whole state behind one mutex. A request becomes a call
// (call.go): who asks, which repository, which issue. A handler reads or
// changes the state through the same functions that an [Actor] uses, so that a
// person in a test and a client over HTTP obey the same rules. Every change
// goes through change (lag.go), is recorded as an event (events.go) where
// GitHub records one, and is told to the hooks (hooks.go).
//
// What the model refuses or drops silently, GitHub refuses or drops silently:
// labels and assignees of people without the right, people who cannot be
// assigned, a state reason without a change of state. Where GitHub's behaviour
// is undocumented the model takes the harsher reading, so that nobody comes to
// rely on a kindness: linking a sub-issue, for one, changes no updated_at.
//
// # Time
//
// All time comes from Options.Clock and is cut to whole seconds, as GitHub's
// is. Ids, delivery GUIDs and tokens are counted, not random: the same story
// gives the same world.
//
// # Disturbances
//
// Options.Fault decides for each API request how it goes wrong (faults.go);
// Options.Lag hides a change from lists for a while (lag.go); deliveries can
// be held, dropped, repeated and shuffled (deliveries.go).
package github
