//go:build linux || darwin

package host

import "syscall"

// DiskFree measures how many bytes may still be written where path is, below zero if that is not known.
func DiskFree(path string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
