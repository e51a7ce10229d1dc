package sandbox

import "github.com/tetratelabs/wazero/api"

// The part of WASI preview 1 that a strategy may import: what Go, Rust, wasi-libc and TinyGo pull in
// by themselves. There are no files, sockets, arguments or environment; the clock is virtual, the
// randomness seeded, standard output and error go to the log, and to exit is a trap.

// Error numbers of WASI.
const (
	wasiSuccess = 0
	wasiBadf    = 8
	wasiFault   = 21
	wasiInval   = 28
	wasiSpipe   = 70
)

const wasiModule = "wasi_snapshot_preview1"

func wasi(name string, run func(*Instance, []uint64) uint64, params ...api.ValueType) hostFunction {
	return hostFunction{wasiModule, name, params, types(i32), func(i *Instance, stack []uint64) { stack[0] = run(i, stack) }}
}

var wasiFunctions = []hostFunction{
	wasi("args_get", wasiNothing, i32, i32),
	wasi("args_sizes_get", wasiNoSizes, i32, i32),
	wasi("environ_get", wasiNothing, i32, i32),
	wasi("environ_sizes_get", wasiNoSizes, i32, i32),
	wasi("clock_res_get", wasiClockResolution, i32, i32),
	wasi("clock_time_get", wasiClockTime, i32, i64, i32),
	wasi("poll_oneoff", wasiPoll, i32, i32, i32, i32),
	wasi("sched_yield", wasiYield),
	wasi("random_get", wasiRandom, i32, i32),
	{wasiModule, "proc_exit", types(i32), nil, wasiExit},

	wasi("fd_write", wasiWrite, i32, i32, i32, i32),
	wasi("fd_read", wasiRead, i32, i32, i32, i32),
	wasi("fd_close", wasiStandard(wasiSuccess), i32),
	wasi("fd_seek", wasiStandard(wasiSpipe), i32, i64, i32, i32),
	wasi("fd_tell", wasiStandard(wasiSpipe), i32, i32),
	wasi("fd_fdstat_get", wasiFdstat, i32, i32),
	wasi("fd_fdstat_set_flags", wasiStandard(wasiSuccess), i32, i32),
	wasi("fd_fdstat_set_rights", wasiStandard(wasiSuccess), i32, i64, i64),
	wasi("fd_filestat_get", wasiFilestat, i32, i32),
	wasi("fd_filestat_set_size", wasiStandard(wasiInval), i32, i64),
	wasi("fd_filestat_set_times", wasiStandard(wasiInval), i32, i64, i64, i32),
	wasi("fd_sync", wasiStandard(wasiSuccess), i32),
	wasi("fd_datasync", wasiStandard(wasiSuccess), i32),
	wasi("fd_advise", wasiStandard(wasiSpipe), i32, i64, i64, i32),
	wasi("fd_allocate", wasiStandard(wasiSpipe), i32, i64, i64),
	wasi("fd_pread", wasiStandard(wasiSpipe), i32, i32, i32, i64, i32),
	wasi("fd_pwrite", wasiStandard(wasiSpipe), i32, i32, i32, i64, i32),
	wasi("fd_readdir", wasiNoFile, i32, i32, i32, i64, i32),
	wasi("fd_renumber", wasiNoFile, i32, i32),
	wasi("fd_prestat_get", wasiNoFile, i32, i32),
	wasi("fd_prestat_dir_name", wasiNoFile, i32, i32, i32),

	// Nor is a socket. Go's runtime imports two of these as soon as a program uses reflection on methods
	// (text/template does), whether it has to do with the network or not.
	wasi("sock_accept", wasiNoFile, i32, i32, i32),
	wasi("sock_recv", wasiNoFile, i32, i32, i32, i32, i32, i32),
	wasi("sock_send", wasiNoFile, i32, i32, i32, i32, i32),
	wasi("sock_shutdown", wasiNoFile, i32, i32),

	// Paths hang on directories, and none is open.
	wasi("path_create_directory", wasiNoFile, i32, i32, i32),
	wasi("path_filestat_get", wasiNoFile, i32, i32, i32, i32, i32),
	wasi("path_filestat_set_times", wasiNoFile, i32, i32, i32, i32, i64, i64, i32),
	wasi("path_link", wasiNoFile, i32, i32, i32, i32, i32, i32, i32),
	wasi("path_open", wasiNoFile, i32, i32, i32, i32, i32, i64, i64, i32, i32),
	wasi("path_readlink", wasiNoFile, i32, i32, i32, i32, i32, i32),
	wasi("path_remove_directory", wasiNoFile, i32, i32, i32),
	wasi("path_rename", wasiNoFile, i32, i32, i32, i32, i32, i32),
	wasi("path_symlink", wasiNoFile, i32, i32, i32, i32, i32),
	wasi("path_unlink_file", wasiNoFile, i32, i32, i32),
}

func wasiNothing(*Instance, []uint64) uint64 { return wasiSuccess }

// wasiNoSizes answers that there are no arguments or variables: count and bytes are zero.
func wasiNoSizes(i *Instance, stack []uint64) uint64 {
	if !i.memory.WriteUint32Le(uint32(stack[0]), 0) || !i.memory.WriteUint32Le(uint32(stack[1]), 0) {
		return wasiFault
	}
	return wasiSuccess
}

func wasiClockResolution(i *Instance, stack []uint64) uint64 {
	if uint32(stack[0]) > 3 {
		return wasiInval
	}
	return i.writeTime(stack[1], 1)
}

// wasiClockTime gives the virtual clock whichever clock is asked for. Reading does not move it.
func wasiClockTime(i *Instance, stack []uint64) uint64 {
	if uint32(stack[0]) > 3 {
		return wasiInval
	}
	return i.writeTime(stack[2], uint64(i.clock))
}

func (i *Instance) writeTime(ptr, t uint64) uint64 {
	if !i.memory.WriteUint64Le(uint32(ptr), t) {
		return wasiFault
	}
	return wasiSuccess
}

// yieldTime is how far a yield moves the clock, so that a guest that waits for time to pass gets on.
const yieldTime = 1_000

func wasiYield(i *Instance, _ []uint64) uint64 {
	i.sleep(yieldTime)
	return wasiSuccess
}

func wasiRandom(i *Instance, stack []uint64) uint64 {
	i.charge(int64(uint32(stack[1])) * hostCostByte)
	b, ok := i.memory.Read(uint32(stack[0]), uint32(stack[1]))
	if !ok {
		return wasiFault
	}
	i.random.fill(b)
	return wasiSuccess
}

func wasiExit(_ *Instance, stack []uint64) {
	panic(&guestFault{kind: TrapExit, code: int32(stack[0]), message: "the guest called proc_exit: a strategy must not end by itself"})
}

// wasiStandard answers errno for the three standard descriptors; no other is open.
func wasiStandard(errno uint64) func(*Instance, []uint64) uint64 {
	return func(_ *Instance, stack []uint64) uint64 {
		if uint32(stack[0]) > 2 {
			return wasiBadf
		}
		return errno
	}
}

func wasiNoFile(*Instance, []uint64) uint64 { return wasiBadf }
