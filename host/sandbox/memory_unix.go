//go:build unix

package sandbox

import "syscall"

// reserve maps address space that takes memory only where it is touched; nil if the kernel has none
// left (vm.max_map_count), and the Go heap must serve.
func reserve(limit uint64) []byte {
	b, err := syscall.Mmap(-1, 0, int(limit), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil
	}
	return b
}

// release unmaps what reserve mapped; it fails only for what was never mapped.
func release(b []byte) { _ = syscall.Munmap(b) }
