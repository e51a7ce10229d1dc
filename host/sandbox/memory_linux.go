package sandbox

import "syscall"

// populate has the kernel make the pages now. Kernels before 5.14 refuse, and make them later.
func populate(b []byte) {
	const populateWrite = 23 // MADV_POPULATE_WRITE
	_ = syscall.Madvise(b, populateWrite)
}
