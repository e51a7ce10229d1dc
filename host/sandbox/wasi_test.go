package sandbox

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

// hostOnly is an instance whose guest is never called, for the host's functions alone.
func hostOnly(t *testing.T, clock int64) (*Instance, *[]string) {
	t.Helper()
	lines := new([]string)
	i := counter(t, InstanceConfig{
		Time: clock, Seed: 1, Limits: Limits{LogBytesTick: 100},
		Output: func(s Stream, line string) { *lines = append(*lines, s.String()+": "+line) },
	})
	i.setFuel(1 << 40)
	return i, lines
}

// callHost calls an imported function as a guest would, and returns its result.
func callHost(t *testing.T, i *Instance, module, name string, params ...uint64) uint64 {
	t.Helper()
	for _, f := range hostFunctions {
		if f.module == module && f.name == name {
			if len(params) != len(f.params) {
				t.Fatalf("%s has %d parameters, the test gives %d", name, len(f.params), len(params))
			}
			stack := make([]uint64, max(len(params), 1))
			copy(stack, params)
			f.run(i, stack)
			return stack[0]
		}
	}
	t.Fatalf("no function %s.%s", module, name)
	return 0
}

func get64(i *Instance, at uint32) uint64 { v, _ := i.memory.ReadUint64Le(at); return v }
func get32(i *Instance, at uint32) uint32 { v, _ := i.memory.ReadUint32Le(at); return v }

const outside = pageSize // where the counter's memory ends

// TestStandardDescriptors holds every function of a descriptor for 0 to 3; 3 stands for all that are
// not open.
func TestStandardDescriptors(t *testing.T) {
	const ok, badf, inval, spipe = wasiSuccess, wasiBadf, wasiInval, wasiSpipe
	for _, c := range []struct {
		name string
		rest []uint64
		want [4]uint64
	}{
		{"fd_write", []uint64{0, 0, 64}, [4]uint64{badf, ok, ok, badf}},
		{"fd_read", []uint64{0, 0, 64}, [4]uint64{ok, badf, badf, badf}},
		{"fd_close", nil, [4]uint64{ok, ok, ok, badf}},
		{"fd_seek", []uint64{0, 0, 64}, [4]uint64{spipe, spipe, spipe, badf}},
		{"fd_tell", []uint64{64}, [4]uint64{spipe, spipe, spipe, badf}},
		{"fd_fdstat_get", []uint64{64}, [4]uint64{ok, ok, ok, badf}},
		{"fd_fdstat_set_flags", []uint64{4}, [4]uint64{ok, ok, ok, badf}},
		{"fd_filestat_get", []uint64{64}, [4]uint64{ok, ok, ok, badf}},
		{"fd_filestat_set_size", []uint64{9}, [4]uint64{inval, inval, inval, badf}},
		{"fd_sync", nil, [4]uint64{ok, ok, ok, badf}},
		{"fd_pread", []uint64{0, 0, 0, 64}, [4]uint64{spipe, spipe, spipe, badf}},
		{"fd_prestat_get", []uint64{64}, [4]uint64{badf, badf, badf, badf}},
		{"fd_readdir", []uint64{0, 0, 0, 64}, [4]uint64{badf, badf, badf, badf}},
		{"path_open", []uint64{0, 0, 0, 0, 0, 0, 0, 64}, [4]uint64{badf, badf, badf, badf}},
		{"path_unlink_file", []uint64{0, 0}, [4]uint64{badf, badf, badf, badf}},
	} {
		for fd, want := range c.want {
			i, _ := hostOnly(t, 1)
			if got := callHost(t, i, wasiModule, c.name, append([]uint64{uint64(fd)}, c.rest...)...); got != want {
				t.Errorf("%s of descriptor %d answers %d, want %d", c.name, fd, got, want)
			}
		}
	}
}

// TestPointersToNowhere: a function that writes answers fault and writes nothing.
func TestPointersToNowhere(t *testing.T) {
	for name, params := range map[string][]uint64{
		"args_sizes_get": {outside, 0}, "environ_sizes_get": {0, outside}, "clock_time_get": {0, 0, outside - 7},
		"clock_res_get": {0, outside}, "random_get": {outside - 7, 8}, "fd_write": {1, 0, 0, outside}, "fd_read": {0, 0, 0, outside},
		"fd_fdstat_get": {0, outside - 23}, "fd_filestat_get": {0, outside - 63}, "poll_oneoff": {outside - 47, 0, 1, 0},
	} {
		i, _ := hostOnly(t, 1)
		if got := callHost(t, i, wasiModule, name, params...); got != wasiFault {
			t.Errorf("%s answers %d, want fault (%d)", name, got, wasiFault)
		}
	}
}

func TestWriteGathersAndCutsLines(t *testing.T) {
	i, lines := hostOnly(t, 1)
	i.memory.WriteString(100, "one\ntwo half")
	i.memory.WriteString(200, " two\nthree")
	for n, v := range []uint32{100, 12, 200, 10} {
		i.memory.WriteUint32Le(uint32(n*4), v)
	}
	if errno := callHost(t, i, wasiModule, "fd_write", 2, 0, 2, 64); errno != 0 || get32(i, 64) != 22 {
		t.Errorf("fd_write answers %d and %d bytes, want 22", errno, get32(i, 64))
	}
	if got := strings.Join(*lines, "|"); got != "stderr: one|stderr: two half two" {
		t.Errorf("printed %q before the end of the call", got)
	}
	i.printer.end()
	if got := strings.Join(*lines, "|"); !strings.HasSuffix(got, "|stderr: three") || i.printer.printed() != "one\ntwo half two\nthree" {
		t.Errorf("printed %q in all, tail %q", got, i.printer.printed())
	}
}

func TestOutputIsCutAndSaidSo(t *testing.T) {
	i, lines := hostOnly(t, 1)
	i.memory.Write(0, bytes.Repeat([]byte("x"), 5000))
	callHost(t, i, "agenthost", "log", 4, 0, 60)
	callHost(t, i, "agenthost", "log", 1, 0, 60)
	callHost(t, i, "agenthost", "log", 3, 0, 5000)
	i.printer.end()
	want := []string{
		"error: " + strings.Repeat("x", 60), "debug: " + strings.Repeat("x", 40),
		"host: 5020 more bytes of output were cut: the limit is 100 bytes in one call (log_bytes)",
	}
	if strings.Join(*lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("printed\n%s\nwant\n%s", strings.Join(*lines, "\n"), strings.Join(want, "\n"))
	}
	if n := len(i.printer.printed()); n > printedTailMax || n < printedTailMax-8 {
		t.Errorf("the tail has %d bytes, want about %d", n, printedTailMax)
	}
	i.printer.begin()
	if i.printer.printed() != "" {
		t.Error("what was printed outlives its call")
	}
}

// subscription writes one of poll_oneoff's records.
func subscription(i *Instance, at uint32, kind byte, clockOrFD uint32, timeout uint64, absolute bool) {
	b := make([]byte, subscriptionSize)
	binary.LittleEndian.PutUint64(b, uint64(at)|0xabc<<32) // the guest's own word for it
	b[8] = kind
	binary.LittleEndian.PutUint32(b[16:], clockOrFD)
	binary.LittleEndian.PutUint64(b[24:], timeout)
	if absolute {
		b[40] = 1
	}
	i.memory.Write(at, b)
}

func TestPollMovesTheClock(t *testing.T) {
	type sub struct {
		kind     byte
		fd       uint32
		timeout  uint64
		absolute bool
	}
	for _, c := range []struct {
		name  string
		subs  []sub
		clock int64
		ready []int // which subscriptions
	}{
		{"relative", []sub{{pollClock, 1, 500, false}}, 1500, []int{0}},
		{"absolute", []sub{{pollClock, 1, 1700, true}}, 1700, []int{0}},
		{"the past", []sub{{pollClock, 1, 10, true}}, 1000, []int{0}},
		{"zero", []sub{{pollClock, 1, 0, false}}, 1000, []int{0}},
		{"for ever", []sub{{pollClock, 1, math.MaxUint64, false}}, math.MaxInt64, []int{0}},
		{"the earliest of three", []sub{{pollClock, 0, 900, false}, {pollClock, 1, 200, false}, {pollClock, 1, 1200, true}}, 1200, []int{1, 2}},
		{"a descriptor makes waiting needless", []sub{{pollClock, 0, 900, false}, {pollWrite, 1, 0, false}}, 1000, []int{1}},
		{"standard input is at its end", []sub{{pollRead, 0, 0, false}, {pollRead, 7, 0, false}}, 1000, []int{0, 1}},
	} {
		i, _ := hostOnly(t, 1000)
		for n, s := range c.subs {
			subscription(i, uint32(n*subscriptionSize), s.kind, s.fd, s.timeout, s.absolute)
		}
		errno := callHost(t, i, wasiModule, "poll_oneoff", 0, 1024, uint64(len(c.subs)), 2048)
		if errno != 0 || i.clock != c.clock || int(get32(i, 2048)) != len(c.ready) {
			t.Errorf("%s: answers %d, the clock shows %d, %d are ready; want %d and %d", c.name, errno, i.clock, get32(i, 2048), c.clock, len(c.ready))
		}
		for n, which := range c.ready {
			if word := get64(i, 1024+uint32(n)*pollEventSize); uint32(word) != uint32(which*subscriptionSize) {
				t.Errorf("%s: event %d is of subscription %d, want %d", c.name, n, uint32(word)/subscriptionSize, which)
			}
		}
	}
	i, _ := hostOnly(t, 5)
	if errno := callHost(t, i, wasiModule, "poll_oneoff", 0, 1024, 0, 2048); errno != wasiInval {
		t.Errorf("no subscriptions: %d, want inval", errno)
	}
	callHost(t, i, wasiModule, "sched_yield")
	if i.clock != 5+yieldTime {
		t.Errorf("a yield moved the clock to %d", i.clock)
	}
}

func TestRandomContinuesFromItsPosition(t *testing.T) {
	a, b := newRandom(9), newRandom(1)
	buf := make([]byte, 13)
	a.fill(buf)
	b.seek(a.position())
	for range 5 {
		x, y := make([]byte, 21), make([]byte, 21)
		a.fill(x)
		b.fill(y)
		if !bytes.Equal(x, y) || a.float() != b.float() {
			t.Fatal("a generator put to another's position goes on otherwise")
		}
	}
	if f := a.float(); f < 1 || f >= 2 {
		t.Errorf("the seed for AssemblyScript is %v, want [1, 2)", f)
	}
}

func TestScriptStringsOfAbort(t *testing.T) {
	i, _ := hostOnly(t, 1)
	text := []byte{'w', 0, 'o', 0, 'e', 0, 0x1b, 0, 0x3d, 0xd8, 0, 0xde}
	i.memory.WriteUint32Le(96, uint32(len(text)))
	i.memory.Write(100, text)
	defer func() {
		fault, ok := recover().(*guestFault)
		if !ok || fault.kind != TrapFail || fault.message != "woe😀 (no message:7:9)" {
			t.Errorf("abort ended with %+v", fault)
		}
	}()
	callHost(t, i, "env", "abort", 100, 0, 7, 9)
}
