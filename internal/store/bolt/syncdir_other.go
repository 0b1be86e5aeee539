//go:build !unix

package bolt

// syncDir has nothing to do where a directory cannot be synced.
func syncDir(string) error { return nil }
