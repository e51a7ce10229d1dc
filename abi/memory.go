//go:build !(armbe || arm64be || m68k || mips || mips64 || mips64p32 || ppc || ppc64 || s390 || s390x || shbe || sparc || sparc64)

package abi

import "unsafe"

// The wire is little-endian, and each record's Go layout is its wire layout (a test holds that), so
// on the machines named above, which are all that wazero compiles for and all that run wasm,
// a record is read and written by copying it whole. In a Go guest that is four times as fast as
// putting numbers together byte by byte. On a big-endian machine the package does not compile,
// rather than give wrong numbers. Records hold integers only: any bytes are a valid record.

// store writes r at b[offset:]; the caller has checked that it fits.
func store[T any](b []byte, offset int, r *T) {
	_ = b[offset : offset+int(unsafe.Sizeof(*r))]
	*(*T)(unsafe.Pointer(unsafe.SliceData(b[offset:]))) = *r
}

// load reads a record of which only size bytes may be there: an older writer's records are shorter,
// and the fields that it did not know are zero.
func load[T any](b []byte, offset, size int) (r T) {
	if size >= int(unsafe.Sizeof(r)) {
		_ = b[offset : offset+int(unsafe.Sizeof(r))]
		return *(*T)(unsafe.Pointer(unsafe.SliceData(b[offset:])))
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&r)), int(unsafe.Sizeof(r))), b[offset:offset+size])
	return r
}

// sizeOf is the bytes of a record.
func sizeOf[T any]() int {
	var r T
	return int(unsafe.Sizeof(r))
}

// textOf views b as a string; the caller must not change b while the string lives.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
