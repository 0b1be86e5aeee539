//go:build !linux

package webhooks

import "os"

func fdatasync(f *os.File) error { return f.Sync() }
