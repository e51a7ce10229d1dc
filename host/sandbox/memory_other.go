//go:build !unix

package sandbox

func reserve(limit uint64) ([]byte, func([]byte)) { return reserveOnHeap(limit) }
