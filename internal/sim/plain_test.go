//go:build !race

package sim

// share is the part of the samples that is run: all.
const share = 1
