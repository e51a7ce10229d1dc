//go:build !unix

package admin

import (
	"errors"
	"os"
)

// checkFolder cannot tell here who may write to a folder: its access list decides.
func checkFolder(string, os.FileInfo) error { return nil }

// errLocked says that another process has the lock. There is no lock here: two hosts that start on one
// socket at the same moment are kept apart by the journal's.
var errLocked = errors.New("locked")

func lockFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
