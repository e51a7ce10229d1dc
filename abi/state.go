package abi

import "strconv"

// StateHeader is what the host puts before the bytes that strategy_load is given: where they came from.
type StateHeader struct {
	Magic      uint32   // "AHST".
	Version    uint32   // ABI version of the guest that saved them.
	Size       uint32   // Bytes of the whole.
	HeaderSize uint32   // Bytes of this header; the saved bytes begin here and end the whole.
	Module     [32]byte // SHA-256 of the module that saved them.
}

// AppendState puts the header and the bytes that a guest saved behind dst.
func AppendState(dst []byte, version uint32, module [32]byte, saved []byte) []byte {
	n, size := len(dst), sizeOf[StateHeader]()
	dst = append(dst, make([]byte, size)...)
	store(dst, n, &StateHeader{Magic: MagicState, Version: version, Size: uint32(size + len(saved)), HeaderSize: uint32(size), Module: module})
	return append(dst, saved...)
}

// ReadState returns the header and, as a view, the saved bytes. The error is a *FormatError.
func ReadState(b []byte) (StateHeader, []byte, error) {
	need := sizeOf[StateHeader]()
	if len(b) < need {
		return StateHeader{}, nil, formatError("state", 0, "length", uint64(len(b)), "at least "+strconv.Itoa(need))
	}
	h := load[StateHeader](b, 0, need)
	switch {
	case h.Magic != MagicState:
		return StateHeader{}, nil, formatError("state", 0, "magic", uint64(h.Magic), strconv.Itoa(int(MagicState)))
	case VersionMajor(h.Version) != VersionMajor(Version):
		return StateHeader{}, nil, formatError("state", 4, "version", uint64(h.Version), "major "+strconv.Itoa(int(VersionMajor(Version))))
	case uint64(h.Size) > uint64(len(b)) || int64(h.Size) < int64(need):
		return StateHeader{}, nil, formatError("state", 8, "size", uint64(h.Size), "at most the "+strconv.Itoa(len(b))+" bytes given")
	case h.HeaderSize < uint32(need) || h.HeaderSize > h.Size:
		return StateHeader{}, nil, formatError("state", 12, "header_size", uint64(h.HeaderSize), "from "+strconv.Itoa(need)+" to the size")
	}
	return h, b[h.HeaderSize:h.Size], nil
}
