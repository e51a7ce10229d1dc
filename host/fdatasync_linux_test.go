package host_test

import (
	"os"
	"syscall"
)

// fdatasync is what SQLite calls after an append to its log.
func fdatasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
