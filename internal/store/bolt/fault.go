package bolt

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"syscall"
)

// errDamaged marks a file that holds what this package never wrote.
var errDamaged = errors.New("the file is damaged")

// guard runs f and returns what it panics with as an error. bbolt panics on
// damaged pages, and reading past the end of a truncated file that is mapped
// into memory faults; neither may take the service down.
func guard(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return f()
}

// explain says which file an error is about and what to do.
func explain(path, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errDamaged):
		return damaged(path, err)
	case isFull(err):
		return fmt.Errorf("the store %s cannot be %s: the disk, the quota or the file's limit is full. Make room; nothing that was acknowledged is lost (%w)", path, what, err)
	}
	return fmt.Errorf("the store %s cannot be %s: %w", path, what, err)
}

// isFull reports whether an error is about room. bbolt hands some on as text.
func isFull(err error) bool {
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, full) || strings.Contains(err.Error(), full.Error()) {
			return true
		}
	}
	return false
}

func damaged(path string, err error) error {
	return fmt.Errorf("the store %s is damaged or is no store. Stop hereby, keep a copy, and put back a backup or move the file away: an empty store costs a delay, and open incidents are found again in the tracker (%w)", path, err)
}
