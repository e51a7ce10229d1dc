package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/sandbox"
)

// world is a configuration made ready to run, with real modules and real journals.
type world struct {
	testing.TB
	config     *config.Config
	runtime    *sandbox.Runtime
	strategies map[string]*host.Strategy
	plan       *host.Plan
}

// newWorld writes the configuration into the package's folder's place and plans it. Paths in it are
// relative to this folder.
func newWorld(tb testing.TB, hcl string) *world {
	tb.Helper()
	w, problem := tryWorld(tb, hcl)
	if problem != "" {
		tb.Fatal(problem)
	}
	return w
}

func tryWorld(tb testing.TB, hcl string) (w *world, problem string) {
	tb.Helper()
	here, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "test.hcl")
	hcl = string(bytes.ReplaceAll([]byte(hcl), []byte(`"../`), []byte(`"`+filepath.ToSlash(here)+`/../`)))
	if err := os.WriteFile(path, []byte(hcl), 0o644); err != nil {
		tb.Fatal(err)
	}
	return tryLoad(tb, path, nil)
}

func loadWorld(tb testing.TB, path string, variables map[string]string) *world {
	tb.Helper()
	w, problem := tryLoad(tb, path, variables)
	if problem != "" {
		tb.Fatal(problem)
	}
	return w
}

func tryLoad(tb testing.TB, path string, variables map[string]string) (w *world, problem string) {
	tb.Helper()
	w = &world{TB: tb}
	var d *config.Diagnostics
	w.config, d = config.Load(path, config.Options{Variables: variables})
	w.runtime = sharedRuntime(tb)
	if !d.HasErrors() {
		w.strategies = host.LoadModules(context.Background(), w.config, w.runtime)
		host.CheckFeeds(w.config)
	}
	if d.HasErrors() {
		var b bytes.Buffer
		if err := d.WriteText(&b, false, 100); err != nil {
			tb.Fatal(err)
		}
		return nil, b.String()
	}
	var err error
	if w.plan, err = host.NewPlan(w.config, w.strategies, nil); err != nil {
		return nil, err.Error()
	}
	return w, ""
}

var compiler *sandbox.Runtime

// sharedRuntime compiles each module once for all tests.
func sharedRuntime(tb testing.TB) *sandbox.Runtime {
	tb.Helper()
	if compiler == nil {
		dir, err := os.UserCacheDir()
		if err != nil {
			dir = os.TempDir()
		}
		rt, err := sandbox.NewRuntime(sandbox.Config{CacheDir: filepath.Join(dir, "agenthost")})
		if err != nil {
			tb.Fatal(err)
		}
		compiler = rt
	}
	return compiler
}

// journal opens a fresh journal in memory or on disk.
func (w *world) journal(device string) *journal.Journal {
	w.Helper()
	if device == "memory" {
		j, err := journal.Open(journal.NewMemory(journal.MemoryOptions{}), journal.Options{})
		if err != nil {
			w.Fatal(err)
		}
		return j
	}
	dir, err := os.MkdirTemp(w.TempDir(), "run")
	if err != nil {
		w.Fatal(err)
	}
	return w.open(filepath.Join(dir, "journal.db"))
}

func (w *world) open(path string) *journal.Journal {
	w.Helper()
	d, err := journal.OpenSQLite(path, journal.SQLiteOptions{})
	if err != nil {
		w.Fatal(err)
	}
	j, err := journal.Open(d, journal.Options{HighWaterPath: path + ".mark"})
	if err != nil {
		w.Fatal(err)
	}
	return j
}

// do runs the plan to its end on a journal and returns the results; the journal is closed.
func (w *world) do(j *journal.Journal, resume bool) ([]host.Result, error) {
	w.Helper()
	run, err := host.NewRun(context.Background(), w.plan, host.Options{Journal: j, Owner: "test", Resume: resume})
	if err != nil {
		if closed := j.Close(); closed != nil {
			w.Fatal(closed)
		}
		return nil, err
	}
	failed := run.Do(context.Background())
	results := run.Results()
	closeAll(w, run, j)
	return results, failed
}

func (w *world) mustDo(device string) []host.Result {
	w.Helper()
	results, err := w.do(w.journal(device), false)
	if err != nil {
		w.Fatal(err)
	}
	return results
}

// stopAt runs until a bar, with a journal in a file, and closes it. looks are at the run when it has stopped.
func (w *world) stopAt(path string, bar int64, looks ...func(*host.Run)) {
	w.Helper()
	j := w.open(path)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	run, err := host.NewRun(ctx, w.plan, host.Options{Journal: j, Owner: "test"})
	if err != nil {
		w.Fatal(err)
	}
	host.StopAtBar(run, bar, func() { cancel(errors.New("test")) })
	if err := run.Do(ctx); err != nil {
		w.Fatal(err)
	}
	for _, look := range looks {
		look(run)
	}
	closeAll(w, run, j)
}

// writeBars writes n daily bars on a slow wave, so that averages cross now and then.
func writeBars(tb testing.TB, path string, n int) {
	tb.Helper()
	var b bytes.Buffer
	b.WriteString("Date,Open,High,Low,Close,Volume\n")
	day := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	price := 10_000
	for i := range n {
		step := (i*7919)%97 - 48
		if i/40%2 == 0 {
			step += 15
		} else {
			step -= 15
		}
		open := price
		price = max(1_000, price+step)
		fmt.Fprintf(&b, "%s,%d.%02d,%d.%02d,%d.%02d,%d.%02d,%d\n", day.AddDate(0, 0, i).Format(time.DateOnly),
			open/100, open%100, (max(open, price)+20)/100, (max(open, price)+20)%100,
			(min(open, price)-20)/100, (min(open, price)-20)%100, price/100, price%100, 1000+i%50)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// flatConfig is one SMA cross in C over one file.
func flatConfig(data string) string {
	return fmt.Sprintf(`
feed "csv" "bars" {
  instrument = "X"
  file       = %q
  quality { calendar = "always" }
}
instrument "X" {
  quote = "USD"
}
venue "paper" "exchange" {
  cash             = 10000
  commission       = "0.001"
  exclusive_orders = true
}
agent "sma" {
  strategy    = "../plugins/examples/sma-cross-c/sma-cross-c.wasm"
  feed        = "bars"
  venue       = "exchange"
  instruments = ["X"]
  params {
    fast = 5
    slow = 12
  }
}
`, data)
}

func readModule(tb testing.TB, path string) []byte {
	tb.Helper()
	wasm, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return wasm
}

// buildGuest builds a strategy in Go, given by its folder from the root of the repository.
func buildGuest(tb testing.TB, folder string) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), filepath.Base(folder)+".wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", path, "./"+folder)
	build.Dir = ".."
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("build %s: %v\n%s", folder, err, out)
	}
	return path
}
