package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// socketPathMax is the longest path that fits every system's sockaddr_un.
const socketPathMax = 103

// answerTimeout is how long another host has to answer before its socket is left alone.
const answerTimeout = 2 * time.Second

// socket is a listener that only this user can reach, and the lock that keeps others from its path.
type socket struct {
	path     string
	listener *net.UnixListener
	lock     *os.File
	// made is the socket's file, so that only our own is removed.
	made os.FileInfo
}

// listen takes the path. What is left of a host that is gone is removed; a host that answers, or a file
// that is no socket, is left alone.
func listen(path string) (*socket, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	lock, err := lockFile(path + ".lock")
	if errors.Is(err, errLocked) {
		return nil, &Running{Socket: path, PID: pidOn(path)}
	}
	if err != nil {
		return nil, err
	}
	s := &socket{path: path, lock: lock}
	if err := s.open(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func (s *socket) open() error {
	if err := clearStale(s.path); err != nil {
		return err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: s.path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false) // the path may be another's by then
	// Between the two calls another user of a loose umask might connect: the server asks the kernel who it is.
	err = os.Chmod(s.path, 0o600)
	if err == nil {
		s.made, err = os.Lstat(s.path)
	}
	if err != nil {
		return errors.Join(err, l.Close(), os.Remove(s.path))
	}
	s.listener = l
	return nil
}

// close removes the socket, if it is still ours, and then lets go of the path.
func (s *socket) close() error {
	err := s.listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	if now, found := os.Lstat(s.path); found == nil && os.SameFile(now, s.made) {
		err = errors.Join(err, os.Remove(s.path))
	}
	return errors.Join(err, s.lock.Close())
}

// checkPath finds a path that cannot work, or a folder in which others could put a socket of theirs.
func checkPath(path string) error {
	if path == "" {
		return errors.New("no path is given")
	}
	if len(path) > socketPathMax {
		return fmt.Errorf("the path %s has %d bytes; a socket's path has at most %d: set a shorter one in the control block", path, len(path), socketPathMax)
	}
	folder := filepath.Dir(path)
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s; make it first", folder)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", folder)
	}
	return checkFolder(folder, info)
}

// clearStale removes a socket on which nobody listens.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("%s is there and is no socket; move it away, or set another path in the control block", path)
	}
	c, err := net.DialTimeout("unix", path, answerTimeout)
	if err == nil {
		return errors.Join(&Running{Socket: path, PID: pidOn(path)}, c.Close())
	}
	if !errors.Is(err, syscall.ECONNREFUSED) { // only a refusal proves that nobody listens
		return fmt.Errorf("it is not known whether a host is on %s: %w", path, err)
	}
	return os.Remove(path)
}

// pidOn asks a host for its process id, 0 if it does not say.
func pidOn(path string) int {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	c := NewClient(path)
	defer c.Close()
	st, err := c.Status(ctx)
	if err != nil {
		return 0
	}
	return st.PID
}
