//go:build unix

package bolt

import (
	"errors"
	"os"
)

// syncDir makes durable which files a directory holds.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
