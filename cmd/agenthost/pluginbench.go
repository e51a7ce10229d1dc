package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// pluginBench is the flags of plugin bench.
type pluginBench struct {
	*console
	feed       string
	params     []string
	instrument string
	spot       bool
	json       bool
}

func newPluginBench(con *console) *cobra.Command {
	b := &pluginBench{console: con}
	cmd := &cobra.Command{
		Use:   "bench FILE.wasm --feed BARS.csv",
		Short: "Measure what a module takes for each tick of recorded data, and propose its limits",
		Long: `bench runs a module over a CSV file of bars at a paper venue with nothing but fuel to limit it, and then
runs the recorded inputs through a fresh instance of it with the clock on: fuel per tick is exact and the same
everywhere; times are this machine's.`,
		Example:           "  agenthost plugin bench plugins/examples/sma-cross-c/sma-cross-c.wasm --feed testdata/market/GOOG.csv --param fast=20",
		Args:              exactly("a module's file"),
		ValidArgsFunction: firstFile("wasm"),
		RunE:              func(cmd *cobra.Command, args []string) error { return b.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&b.feed, "feed", "", "CSV `file` of bars (plain, gzip or zstd)")
	f.StringArrayVar(&b.params, "param", nil, "a parameter of the strategy, as `name=value`; may be repeated")
	f.StringVar(&b.instrument, "instrument", "X", "what the strategy is told that the bars are of")
	f.BoolVar(&b.spot, "fractional", false, "quantities have eight decimals, as coins have; otherwise whole units")
	f.BoolVar(&b.json, "json", false, "print as one JSON object")
	completeFlag(cmd, "feed", files("csv", "gz", "zst"))
	for _, flag := range []string{"param", "instrument"} {
		completeFlag(cmd, flag, cobra.NoFileCompletions)
	}
	return cmd
}

// measured is the JSON of plugin bench. Times are nanoseconds.
type measured struct {
	FormatVersion string    `json:"format_version"`
	Module        string    `json:"module"`
	SHA256        string    `json:"sha256"`
	Ticks         int       `json:"ticks"`
	Fuel          fuelStats `json:"fuel"`
	NsPerTick     float64   `json:"ns_per_tick"`
	NsPerUnit     float64   `json:"ns_per_unit"`
	MemoryBytes   int64     `json:"memory_bytes"`
	InputBytes    int       `json:"input_bytes"` // median
	InputNs       float64   `json:"input_ns"`
	InputShare    float64   `json:"input_share"` // of ns_per_tick
	Proposed      proposal  `json:"proposed"`
}

type fuelStats struct {
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
	Max int64 `json:"max"`
}

type proposal struct {
	FuelPerTick int64 `json:"fuel_per_tick"`
	FuelBank    int64 `json:"fuel_bank"`
	MemoryBytes int64 `json:"memory_bytes"`
}

// benchFuel is what a tick may take while it is measured: more than any tick should.
const benchFuel = 2_000_000_000

func (b *pluginBench) run(ctx context.Context, module string) error {
	if b.feed == "" {
		return usageError{errors.New("plugin bench needs --feed: a CSV file of bars to tick the module with")}
	}
	if b.instrument == "" || strings.ContainsAny(b.instrument, " \t\n\"\\$%") {
		return usageError{fmt.Errorf("--instrument %q: write a name such as GOOG, without blanks and quotes", b.instrument)}
	}
	if err := checkPaths(module, b.feed); err != nil {
		return err
	}
	p, err := b.prepare(ctx, module)
	if err != nil {
		return err
	}
	defer p.close()
	recorded, err := record(ctx, p)
	if err != nil {
		return err
	}
	m, err := measure(ctx, p.strategies["bench"], recorded)
	if err != nil {
		return err
	}
	m.Module = module
	if b.json {
		return json.NewEncoder(b.out).Encode(m)
	}
	return b.print(m)
}

// prepare writes the configuration that a person would write for this and loads it.
func (b *pluginBench) prepare(ctx context.Context, module string) (*prepared, error) {
	dir, err := os.MkdirTemp("", "agenthost-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	hcl, err := b.config(module)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "bench.hcl")
	if err := os.WriteFile(path, []byte(hcl), 0o600); err != nil {
		return nil, err
	}
	var s settings
	p, d, err := s.prepare(ctx, path, b.console)
	if err != nil {
		return nil, err
	}
	if d.HasErrors() {
		return nil, errors.Join(b.refused(d), p.close())
	}
	return p, nil
}

// refused tells what is wrong without the place: nobody has written the configuration that it is in.
func (b *pluginBench) refused(d *config.Diagnostics) error {
	for _, x := range d.All() {
		if x.Severity == config.SeverityError {
			fmt.Fprintf(b.err, "agenthost: %s: %s\n", x.Summary, strings.TrimPrefix(x.Detail, "feed bench: "))
		}
	}
	return errPrinted
}

// checkPaths finds a wrong path before it is in a configuration.
func checkPaths(paths ...string) error {
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return plain(err)
		}
		info, err := f.Stat()
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if info.IsDir() {
			return fmt.Errorf("%s is a folder; name a file", path)
		}
	}
	return nil
}

// parameterName is what a configuration can name.
var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

func (b *pluginBench) config(module string) (string, error) {
	absolute, err := filepath.Abs(module)
	if err != nil {
		return "", err
	}
	feed, err := filepath.Abs(b.feed)
	if err != nil {
		return "", err
	}
	kind := `kind = "share"`
	if b.spot {
		kind = "kind = \"perpetual\"\n  quantity_decimals = 8\n  lot = \"0.00000001\""
	}
	var params strings.Builder
	for _, p := range b.params {
		name, value, ok := strings.Cut(p, "=")
		if !ok || !parameterName.MatchString(name) {
			return "", usageError{fmt.Errorf("--param %q is not of the form name=value", p)}
		}
		fmt.Fprintf(&params, "    %s = %q\n", name, value)
	}
	return fmt.Sprintf(`
feed "csv" "bench" {
  instrument = %[1]q
  file       = %[2]q
}
instrument %[1]q {
  quote = "USD"
  %[3]s
}
venue "paper" "bench" {
  cash = 1000000
}
agent "bench" {
  strategy    = %[4]q
  feed        = "bench"
  venue       = "bench"
  instruments = [%[1]q]
  params {
%[5]s  }
  limits {
    fuel_per_tick = %[6]d
  }
}
`, b.instrument, feed, kind, absolute, params.String(), benchFuel), nil
}

// tickRecord is one tick as it went: what it takes to do it again.
type tickRecord struct {
	input []byte
	now   int64
	used  int64
}

// record runs the module over the data and keeps every tick's input.
func record(ctx context.Context, p *prepared) ([]tickRecord, error) {
	plan, err := host.NewPlan(p.config, p.strategies, nil)
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(journal.NewMemory(journal.MemoryOptions{}), journal.Options{})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	var ticks []tickRecord
	run, err := host.NewRun(ctx, plan, host.Options{
		Journal: j, Owner: owner(), Log: p.log,
		OnTick: func(_ string, input []byte, now, used int64) {
			ticks = append(ticks, tickRecord{slices.Clone(input), now, used})
		},
	})
	if err != nil {
		return nil, err
	}
	defer run.Close()
	if err := run.Do(ctx); err != nil {
		return nil, err
	}
	if len(ticks) == 0 {
		return nil, errors.New("not one tick succeeded: see the log above")
	}
	return ticks, nil
}

// measure runs the ticks through fresh instances with the clock on, and takes the fastest of several
// passes: the others were slowed by something else.
func measure(ctx context.Context, s *host.Strategy, ticks []tickRecord) (*measured, error) {
	m := &measured{FormatVersion: "1.0", SHA256: fmt.Sprintf("%x", s.Module.SHA256()), Ticks: len(ticks)}
	for range 5 {
		elapsed, memory, err := pass(ctx, s, ticks)
		if err != nil {
			return nil, err
		}
		perTick := float64(elapsed.Nanoseconds()) / float64(len(ticks))
		if m.NsPerTick == 0 || perTick < m.NsPerTick {
			m.NsPerTick = perTick
		}
		m.MemoryBytes = memory
	}
	var fuel, sizes []int64
	var total int64
	for i := range ticks {
		fuel, sizes = append(fuel, ticks[i].used), append(sizes, int64(len(ticks[i].input)))
		total += ticks[i].used
	}
	slices.Sort(fuel)
	slices.Sort(sizes)
	m.Fuel = fuelStats{P50: at(fuel, 50), P99: at(fuel, 99), Max: fuel[len(fuel)-1]}
	m.InputBytes = int(at(sizes, 50))
	m.NsPerUnit = m.NsPerTick * float64(len(ticks)) / float64(max(1, total))
	m.InputNs = copyTime(ticks)
	m.InputShare = m.InputNs / m.NsPerTick
	m.Proposed = propose(m)
	return m, nil
}

func pass(ctx context.Context, s *host.Strategy, ticks []tickRecord) (elapsed time.Duration, memory int64, err error) {
	instance, err := s.Module.Instantiate(ctx, sandbox.InstanceConfig{
		Name: "bench", Time: ticks[0].now, Parameters: s.Parameters, Limits: s.Limits,
	})
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, instance.Close()) }()
	begun := time.Now()
	for i := range ticks {
		if _, _, err := instance.Tick(ticks[i].input, ticks[i].now, benchFuel); err != nil {
			return 0, 0, fmt.Errorf("tick %d: %w", i+1, err)
		}
	}
	return time.Since(begun), instance.MemoryBytes(), nil
}

// copyTime is what it takes to copy the inputs once: the part of a tick that is neither call nor guest.
func copyTime(ticks []tickRecord) float64 {
	size := 0
	for i := range ticks {
		size = max(size, len(ticks[i].input))
	}
	into := make([]byte, size)
	best := 0.0
	for range 5 {
		begun := time.Now()
		for i := range ticks {
			copy(into, ticks[i].input)
		}
		if t := float64(time.Since(begun).Nanoseconds()) / float64(len(ticks)); best == 0 || t < best {
			best = t
		}
	}
	return best
}

// at is the nearest-rank percentile of sorted values.
func at(sorted []int64, percent int) int64 {
	return sorted[max(0, (len(sorted)*percent+99)/100-1)]
}

// propose leaves room for twice the usual, and puts what a rare tick needs (a Go guest's collector) into
// the bank.
func propose(m *measured) proposal {
	p := proposal{FuelPerTick: nice(2 * m.Fuel.P99), MemoryBytes: (m.MemoryBytes*2 + 1<<20 - 1) >> 20 << 20}
	if need := m.Fuel.Max + m.Fuel.Max/2; need > p.FuelPerTick {
		p.FuelBank = nice(need - p.FuelPerTick)
	}
	return p
}

// nice rounds up to two digits, so that a limit reads as one.
func nice(v int64) int64 {
	step := int64(1000)
	for step*100 < v {
		step *= 10
	}
	return (v + step - 1) / step * step
}

func (b *pluginBench) print(m *measured) error {
	w := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "module\t%s\n", m.Module)
	fmt.Fprintf(w, "ticks\t%d\n", m.Ticks)
	fmt.Fprintf(w, "fuel per tick\tp50 %d, p99 %d, max %d units\n", m.Fuel.P50, m.Fuel.P99, m.Fuel.Max)
	fmt.Fprintf(w, "time\t%.0f ns per tick, %.2f ns per unit\n", m.NsPerTick, m.NsPerUnit)
	fmt.Fprintf(w, "input\t%d bytes, copied in %.0f ns: %.1f %% of a tick\n", m.InputBytes, m.InputNs, 100*m.InputShare)
	fmt.Fprintf(w, "memory\t%d KiB at most\n", m.MemoryBytes>>10)
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(b.out, "\nproposed\n  limits {\n    fuel_per_tick = %d\n    fuel_bank     = %d\n    memory        = %q\n  }\n",
		m.Proposed.FuelPerTick, m.Proposed.FuelBank, fmt.Sprintf("%dMiB", m.Proposed.MemoryBytes>>20))
	return err
}
