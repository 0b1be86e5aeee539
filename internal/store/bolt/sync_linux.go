package bolt

import (
	"os"
	"syscall"
)

// datasync makes durable what was written inside the file's length.
func datasync(f *os.File) error {
	for {
		if err := syscall.Fdatasync(int(f.Fd())); err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
