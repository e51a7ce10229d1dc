//go:build unix

package sandbox

import "syscall"

// reserve maps address space that takes memory only where the guest touches it. If the kernel has
// none left (vm.max_map_count), the Go heap serves.
func reserve(limit uint64) ([]byte, func([]byte)) {
	if limit == 0 {
		return nil, nil
	}
	b, err := syscall.Mmap(-1, 0, int(limit), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return reserveOnHeap(limit)
	}
	return b, func(b []byte) { _ = syscall.Munmap(b) } // fails only for what was never mapped
}
