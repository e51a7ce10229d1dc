package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/agenthost/agenthost/config"
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
		Long: `bench runs a module over a CSV file of bars at a paper venue with nothing but
fuel to limit it, and then runs the recorded inputs through a fresh instance of
it with the clock on: fuel per tick is exact and the same everywhere; times are
this machine's.`,
		Example:           "  agenthost plugin bench my.wasm --feed testdata/market/GOOG.csv --param fast=20",
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
	_, err := fmt.Fprintf(b.out, "\nproposed for the agent's block: room for twice the 99th percentile, the bank for the rarest tick\n  limits {\n    fuel_per_tick = %d\n    fuel_bank     = %d\n    memory        = %q\n  }\n",
		m.Proposed.FuelPerTick, m.Proposed.FuelBank, fmt.Sprintf("%dMiB", m.Proposed.MemoryBytes>>20))
	return err
}
