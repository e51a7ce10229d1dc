package sandbox

import "encoding/binary"

// The standard descriptors: 0 is at its end, 1 and 2 are printed.

const wasiCharacterDevice = 2

// wasiWrite is fd_write(fd, list, count, written): it takes all of it, printed or cut.
func wasiWrite(i *Instance, stack []uint64) uint64 {
	fd, at, count := uint32(stack[0]), uint32(stack[1]), uint32(stack[2])
	if fd != 1 && fd != 2 {
		return wasiBadf
	}
	i.charge(int64(count) * hostCostEntry)
	list, ok := i.memory.Read(at, count*8)
	if !ok || count > 1<<28 {
		return wasiFault
	}
	var written uint32
	for ; len(list) > 0; list = list[8:] {
		size := binary.LittleEndian.Uint32(list[4:])
		i.charge(int64(size) * hostCostByte)
		b, ok := i.memory.Read(binary.LittleEndian.Uint32(list), size)
		if !ok {
			return wasiFault
		}
		i.printer.write(Stream(fd), b)
		written += size
	}
	return i.writeCount(stack[3], written)
}

// wasiRead is fd_read(fd, list, count, read): standard input is at its end.
func wasiRead(i *Instance, stack []uint64) uint64 {
	if uint32(stack[0]) != 0 {
		return wasiBadf
	}
	return i.writeCount(stack[3], 0)
}

func (i *Instance) writeCount(ptr uint64, n uint32) uint64 {
	if !i.memory.WriteUint32Le(uint32(ptr), n) {
		return wasiFault
	}
	return wasiSuccess
}

// wasiFdstat is fd_fdstat_get(fd, result): file type, flags, and the right to read or write.
func wasiFdstat(i *Instance, stack []uint64) uint64 {
	fd := uint32(stack[0])
	if fd > 2 {
		return wasiBadf
	}
	const rightRead, rightWrite = 1 << 1, 1 << 6
	var stat [24]byte
	stat[0] = wasiCharacterDevice
	binary.LittleEndian.PutUint64(stat[8:], rightWrite)
	if fd == 0 {
		binary.LittleEndian.PutUint64(stat[8:], rightRead)
	}
	return i.writeStruct(stack[1], stat[:])
}

// wasiFilestat is fd_filestat_get(fd, result).
func wasiFilestat(i *Instance, stack []uint64) uint64 {
	if uint32(stack[0]) > 2 {
		return wasiBadf
	}
	var stat [64]byte
	stat[16] = wasiCharacterDevice
	return i.writeStruct(stack[1], stat[:])
}

func (i *Instance) writeStruct(ptr uint64, b []byte) uint64 {
	if !i.memory.Write(uint32(ptr), b) {
		return wasiFault
	}
	return wasiSuccess
}
