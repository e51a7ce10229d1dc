//go:build !linux && !darwin

package host

// DiskFree is not known on this system: agents then may only reduce, unless disk_free_min is 0.
func DiskFree(string) int64 { return -1 }
