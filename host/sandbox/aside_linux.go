package sandbox

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// permissionsMatter: the mode of a folder says who can write there.
const permissionsMatter = true

// limitProcess bounds this process: memory beyond what it has mapped now (a Go program maps a gigabyte
// that it never touches), and processor time.
func limitProcess(memory, seconds uint64) error {
	raw, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return err
	}
	var pages uint64
	if _, err := fmt.Sscan(string(raw), &pages); err != nil {
		return fmt.Errorf("/proc/self/statm: %w", err)
	}
	space := pages*uint64(os.Getpagesize()) + memory
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: space, Max: space}); err != nil {
		return fmt.Errorf("limit memory to %d: %w", space, err)
	}
	seconds *= uint64(runtime.NumCPU()) // every core's time counts
	if err := syscall.Setrlimit(syscall.RLIMIT_CPU, &syscall.Rlimit{Cur: seconds, Max: seconds}); err != nil {
		return fmt.Errorf("limit processor time to %d s: %w", seconds, err)
	}
	return nil
}
