package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Ballast is a file that takes space as long as there is enough, and is given up when there is not, so
// that cancels and closes can still be journaled. Its methods may be called by any goroutine.
type Ballast struct {
	path          string
	size, freeMin int64

	mu     sync.Mutex
	aboard bool
}

// OpenBallast takes the space in the folder, if that leaves freeMin. Size 0 is none.
func OpenBallast(folder string, size, freeMin int64) (*Ballast, error) {
	b := &Ballast{path: filepath.Join(folder, "ballast"), size: size, freeMin: freeMin}
	info, err := os.Stat(b.path)
	switch {
	case err != nil:
	case size > 0 && info.Size() == size:
		b.aboard = true
	default: // of another size once, or cut short by a crash: nobody would ever give it up
		if err := b.remove(); err != nil {
			return b, err
		}
	}
	return b, b.take()
}

// take writes the file, where there is room. Zeros that are written are allocated, other than a hole.
func (b *Ballast) take() error {
	if free := DiskFree(filepath.Dir(b.path)); b.aboard || b.size == 0 || free < b.size+b.freeMin {
		return nil
	}
	f, err := os.OpenFile(b.path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("ballast: %w", err)
	}
	zeros := make([]byte, 1<<20)
	for left := b.size; left > 0 && err == nil; left -= int64(len(zeros)) {
		_, err = f.Write(zeros[:min(left, int64(len(zeros)))])
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("ballast: %w", err), b.remove())
	}
	b.aboard = true
	return nil
}

func (b *Ballast) remove() error {
	if err := os.Remove(b.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("give up ballast: %w", err)
	}
	return nil
}

// Give frees the space. It reports whether there was any to free.
func (b *Ballast) Give() (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.aboard {
		return false, nil
	}
	b.aboard = false
	return true, b.remove()
}

// Free measures the space that is left beside the ballast, gives the ballast up when that is nearly
// nothing, and takes it again when there is plenty.
func (b *Ballast) Free() int64 {
	free := DiskFree(filepath.Dir(b.path))
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case free < 0:
	case b.aboard && free < b.freeMin/8:
		if b.remove() == nil {
			b.aboard = false
		}
	case !b.aboard && free > 2*(b.size+b.freeMin):
		_ = b.take() // it is tried again; what counts is the space, which is measured
	}
	return free
}
