package host_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// BenchmarkDensity is `make bench-density`: 10,000 agents in C and 1,000 in Go live in one host, each with its own
// stream in one journal on SQLite, an account that was compared with its venue, and a bar a second. What a crowd
// takes is what the process has grown by after it has ticked for a while: the part of memory that is its own or
// its share of what is shared (PSS), and the kernel's tables of it (VmPTE), after a collection. AGENTS_C,
// AGENTS_GO and BARS change the size; HEAP names a file for a profile of the heap.
func BenchmarkDensity(b *testing.B) {
	d, err := journal.OpenSQLite(filepath.Join(b.TempDir(), "journal.db"), journal.SQLiteOptions{})
	if err != nil {
		b.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{})
	if err != nil {
		b.Fatal(err)
	}
	sharedRuntime(b)
	bars := number(b, "BARS", 120)
	crowds := []*crowd{
		{name: "c", size: number(b, "AGENTS_C", 10_000), wasm: readModule(b, "../plugins/examples/sma-cross-c/sma-cross-c.wasm")},
		{name: "go", size: number(b, "AGENTS_GO", 1_000), wasm: readModule(b, buildGuest(b, "plugins/examples/sma-cross-go"))},
	}
	for _, c := range crowds {
		before := measureMemory(b)
		c.live(b, j, bars)
		c.taken = measureMemory(b) - before
	}
	if path := os.Getenv("HEAP"); path != "" {
		writeHeap(b, path)
	}
	ticks, took, times := 0, time.Duration(0), []time.Duration(nil)
	for _, c := range crowds {
		c.tick(bars)
		ticks, took, times = ticks+len(c.times), took+c.took, append(times, c.times...)
	}
	slices.Sort(times)
	p50, p99 := times[len(times)/2], times[len(times)*99/100]
	rate := float64(ticks) / took.Seconds()
	c, g := crowds[0].each(), crowds[1].each()
	fmt.Printf("density c=%.1f KiB/agent go=%.1f KiB/agent ticks/s=%.0f p99=%v (%d + %d agents, p50=%v, %d mappings of %s)\n",
		c, g, rate, p99, crowds[0].size, crowds[1].size, p50, mappings(b), mappingsMax())
	b.ReportMetric(c, "c-KiB/agent")
	b.ReportMetric(g, "go-KiB/agent")
	b.ReportMetric(rate, "ticks/s")
	for _, c := range crowds {
		c.stand.stop()
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

// crowd is many agents of one strategy in one live group.
type crowd struct {
	name  string
	size  int
	wasm  []byte
	stand *stand
	taken int64 // bytes

	timed bool
	last  time.Time
	times []time.Duration // of whole turns, one after another
	took  time.Duration
}

// live opens the group and lets it tick.
func (c *crowd) live(b *testing.B, j *journal.Journal, bars int) {
	c.stand = newStand(b, func(s *stand) {
		s.name, s.shared, s.module = c.name, j, c.wasm
		s.group.Venue.Account = c.name
		s.onTick = c.ticked
		s.plans = func(like host.AgentPlan) (plans []*host.AgentPlan) {
			for n := range c.size {
				p := like
				p.Name, p.Seed, p.Shared = fmt.Sprintf("%s-%d", c.name, n), uint64(n), true
				plans = append(plans, &p)
			}
			return plans
		}
	})
	c.stand.run(time.Duration(bars) * time.Second)
}

func (c *crowd) ticked() {
	if !c.timed {
		return
	}
	now := time.Now()
	c.times = append(c.times, now.Sub(c.last))
	c.last = now
}

// tick times turns: the tick of each agent is from the end of its predecessor's.
func (c *crowd) tick(bars int) {
	c.times = make([]time.Duration, 0, (bars+1)*c.size)
	c.timed = true
	begin := time.Now()
	for range bars {
		c.last = time.Now()
		c.stand.run(time.Second)
	}
	c.took, c.timed = time.Since(begin), false
}

func (c *crowd) each() float64 { return float64(c.taken) / float64(max(c.size, 1)) / 1024 }

// measureMemory is what the process takes, its tables in the kernel included.
func measureMemory(b *testing.B) int64 {
	runtime.GC()
	debug.FreeOSMemory()
	return field(b, "/proc/self/smaps_rollup", "Pss:") + field(b, "/proc/self/status", "VmPTE:")
}

func field(b *testing.B, file, name string) int64 {
	content, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == name && f[2] == "kB" {
			kib, err := strconv.ParseInt(f[1], 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kib << 10
		}
	}
	b.Fatalf("%s has no %s", file, name)
	return 0
}

func mappings(b *testing.B) (n int) {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		n++
	}
	return n
}

func mappingsMax() string {
	content, _ := os.ReadFile("/proc/sys/vm/max_map_count") // what cannot be read is printed as nothing
	return strings.TrimSpace(string(content))
}

func number(b *testing.B, variable string, otherwise int) int {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q is no number of things", variable, text)
	}
	return n
}

func writeHeap(b *testing.B, path string) {
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if err := pprof.WriteHeapProfile(f); err != nil {
		b.Fatal(err)
	}
}
