package bolt

import (
	"os"
	"syscall"
)

// writeThrough opens a file so that a write is durable when it returns: one
// system call instead of two, of which a processor is let go sooner.
const writeThrough = syscall.O_DSYNC

// datasync has nothing left to do.
func datasync(*os.File) error { return nil }
