//go:build !linux

package systemd

import (
	"errors"
	"time"
)

func monotonic() (time.Duration, error) {
	return 0, errors.New("this system has no clock that a service manager knows")
}
