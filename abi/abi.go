// Package abi is the contract between agenthost and the strategies that it runs: the layouts of
// what a strategy is given and gives back, their Go codec, and the versions by which they grow.
//
// SPEC.md beside this file is the same contract for authors of any language; its tables, the C
// header and the AssemblyScript constants of the SDKs are generated from the records of this
// package, whose Go memory layout is the layout on the wire.
//
// The package imports nothing but the standard library and compiles for GOOS=wasip1, because
// guests written in Go use it too. Nothing here allocates once its buffers exist.
package abi

//go:generate go run ./internal/generate -root ..

// Version is the version of the ABI that this package speaks: major<<16 | minor. A host refuses a
// guest of another major, and a guest of a newer minor than its own.
const Version = 1 << 16

// VersionMajor and VersionMinor take a version apart.
func VersionMajor(v uint32) uint32 { return v >> 16 }
func VersionMinor(v uint32) uint32 { return v & 0xffff }

// FractionOne is the fraction 1.0: fractions are int64 in units of 1e-8.
const FractionOne = 100_000_000

// NoInstrument stands where an instrument's number would, and means none (an account-wide event)
// or, in CancelAll, every one.
const NoInstrument = ^uint32(0)

// NoCurrency stands where a currency's number would, and means none.
const NoCurrency = ^uint16(0)

// Magic numbers that begin each block; as bytes they read "AHTK", "AHOU", "AHPA" and "AHST".
const (
	MagicTick   uint32 = 'A' | 'H'<<8 | 'T'<<16 | 'K'<<24
	MagicOutput uint32 = 'A' | 'H'<<8 | 'O'<<16 | 'U'<<24
	MagicParams uint32 = 'A' | 'H'<<8 | 'P'<<16 | 'A'<<24
	MagicState  uint32 = 'A' | 'H'<<8 | 'S'<<16 | 'T'<<24
)

// The longest strings that a guest may send, in bytes. Longer ones refuse the tick.
const (
	TagSizeMax   = 64
	AlertSizeMax = 1024
)

// ClientOrderID is the id that the host gave an order: 16 bytes, shown as 32 hexadecimal digits.
// All zeros means none.
type ClientOrderID [16]byte

// String writes the id as 32 lower-case hexadecimal digits.
func (id ClientOrderID) String() string {
	const digits = "0123456789abcdef"
	var b [32]byte
	for i, c := range id {
		b[2*i], b[2*i+1] = digits[c>>4], digits[c&15]
	}
	return string(b[:])
}

// IsZero tells that there is no id.
func (id ClientOrderID) IsZero() bool { return id == ClientOrderID{} }

// StringRef names a string by its place in the strings of its block. Zero is the empty string.
type StringRef struct {
	Offset uint32 // First byte, counted from the start of the strings.
	Length uint32 // Bytes of UTF-8, without a terminator.
}
