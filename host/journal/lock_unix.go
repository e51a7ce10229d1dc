//go:build unix

package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// lockFile takes the lock that keeps a second host off the same data. It goes with the process, however
// that ends. It is a file of its own, because SQLite's own locks are lost when the process closes any
// handle of the database. The file holds the process id, for the message only.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = &HeldError{Stream: strings.TrimSuffix(path, ".lock"), By: holder(f)}
	} else if err == nil {
		err = errors.Join(f.Truncate(0), writeHolder(f))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func writeHolder(f *os.File) error {
	_, err := fmt.Fprintf(f, "process %d\n", os.Getpid())
	return err
}

// holder reads who holds the lock. That file may be empty for a moment; the lock itself is what counts.
func holder(f io.Reader) string {
	b, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil || len(b) == 0 {
		return "process unknown"
	}
	return strings.TrimSpace(string(b))
}
