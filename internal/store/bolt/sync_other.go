//go:build !linux

package bolt

import "os"

// writeThrough is nothing where datasync does the work.
const writeThrough = 0

// datasync makes durable what was written inside the file's length.
func datasync(f *os.File) error { return f.Sync() }
