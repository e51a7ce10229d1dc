package journal

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// errorSharingViolation is ERROR_SHARING_VIOLATION: another process has the file open.
const errorSharingViolation = syscall.Errno(32)

// lockFile takes the lock that keeps a second host off the same data: the file is opened so that nobody
// else can open it. It goes with the process, however that ends.
func lockFile(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errorSharingViolation) {
		return nil, &HeldError{Stream: strings.TrimSuffix(path, ".lock"), By: "another process"}
	}
	if err != nil {
		return nil, fmt.Errorf("lock journal: %w", err)
	}
	return os.NewFile(uintptr(h), path), nil
}
