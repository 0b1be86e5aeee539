//go:build race

package sim

// share is the part of the samples that is run: a fourth, since the race
// detector makes a run ten times as long.
const share = 4
