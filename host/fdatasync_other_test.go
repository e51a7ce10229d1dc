//go:build !linux

package host_test

import "os"

func fdatasync(f *os.File) error { return f.Sync() }
