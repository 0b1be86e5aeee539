// Package demo plays the essay's incident from the declaration to the gated
// close, on a tracker in the same process, through real HTTP and signed
// webhooks, on a virtual clock: `hereby demo`.
//
// A [Stage] is the whole installation. The story is a list of scenes
// (story.go); each is acted by people, then everything comes to rest, and then
// what must be seen in the tracker is looked for. A scene whose effect is not
// seen ends the story, and the program with exit code 1.
package demo
