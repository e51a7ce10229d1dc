//go:build !linux

package sandbox

// populate does nothing here: the guest's first touch makes the pages.
func populate([]byte) {}
