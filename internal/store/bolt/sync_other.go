//go:build !linux

package bolt

import "os"

// datasync makes durable what was written inside the file's length.
func datasync(f *os.File) error { return f.Sync() }
