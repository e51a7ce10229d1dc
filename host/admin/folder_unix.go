//go:build unix

package admin

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// checkFolder refuses a folder in which another user could replace the socket.
func checkFolder(path string, info os.FileInfo) error {
	if st, ok := info.Sys().(*syscall.Stat_t); ok && int(st.Uid) != os.Geteuid() && st.Uid != 0 {
		return fmt.Errorf("folder %s belongs to another user (uid %d), who could put a socket of his own there", path, st.Uid)
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("folder %s can be written by others (%v), who could put a socket of their own there: chmod go-w %s", path, info.Mode().Perm(), path)
	}
	return nil
}

// errLocked says that another process has the lock.
var errLocked = errors.New("locked")

// lockFile takes a lock that goes with the process, however that ends. The file stays: removing it would
// let two hosts lock two files of one name.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errLocked
	}
	return nil, errors.Join(err, f.Close())
}
