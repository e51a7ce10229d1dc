package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// binary is agenthost, built for the tests, which run it as a process of its own.
var binary string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	if len(os.Args) > 1 && os.Args[1] == compileChildVerb { // a host within a test compiles aside, too
		return execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	}
	dir, err := os.MkdirTemp("", "agenthost-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "agenthost")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build agenthost: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

type result struct {
	code        int
	out, errOut string
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = "../.."
	return cmd
}

func agenthost(t *testing.T, args ...string) result {
	t.Helper()
	return finished(t, command(t, args...))
}

func finished(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// summary is the last line of standard output.
func (r result) summary(t *testing.T) (s struct {
	FormatVersion string `json:"format_version"`
	Agents        []map[string]any
	Run           map[string]any
},
) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("exit %d, last line is no object: %v\n%s\n%s", r.code, err, r.out, r.errOut)
	}
	return s
}

// writeConfig writes a configuration over n made-up bars, with its runs in the same folder.
func writeConfig(t *testing.T, n int) (path string) {
	t.Helper()
	return writeConfigOf(t, n, strategyIn(t, "c"))
}

// writeConfigOf is writeConfig with a strategy of one's own.
func writeConfigOf(t *testing.T, n int, strategy string) (path string) {
	t.Helper()
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("Date,Open,High,Low,Close,Volume\n")
	r := rand.New(rand.NewPCG(1, 1))
	at, price := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), 10_000
	for range n {
		open := price
		price = max(2_000, price+r.IntN(201)-100)
		fmt.Fprintf(&b, "%s,%d,%d,%d,%d,1000\n", at.Format("2006-01-02 15:04:05"), open, max(open, price)+20, min(open, price)-20, price)
		at = at.Add(time.Minute)
	}
	hcl := fmt.Sprintf(`
host {
  runs_dir = %q
}
feed "csv" "bars" {
  instrument = "X"
  file       = "bars.csv"
  quality { calendar = "always" }
}
instrument "X" { quote = "USD" }
venue "paper" "exchange" {
  cash             = 1000000
  commission       = "0.001"
  exclusive_orders = true
}
agent "sma" {
  strategy    = %q
  feed        = "bars"
  venue       = "exchange"
  instruments = ["X"]
  on_stop     = "keep"
}
`, filepath.Join(dir, "runs"), strategy)
	path = filepath.Join(dir, "test.hcl")
	for name, content := range map[string]string{path: hcl, filepath.Join(dir, "bars.csv"): b.String()} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestRunPrintsThePromisedObject(t *testing.T) {
	r := agenthost(t, "run", writeConfig(t, 500), "--json")
	s := r.summary(t)
	if r.code != exitOK || s.FormatVersion != "1.0" || len(s.Agents) != 1 {
		t.Fatalf("exit %d\n%s\n%s", r.code, r.out, r.errOut)
	}
	for _, field := range strings.Split("name module_sha256 ticks quarantined orders denied rejected expired fills trades final_equity "+
		"return_pct max_drawdown_pct sharpe sqn win_rate_pct profit_factor fees fuel traps mode dead_letters state_hash elapsed_seconds ticks_per_second", " ") {
		if _, ok := s.Agents[0][field]; !ok {
			t.Errorf("no field %s", field)
		}
	}
	fuel := s.Agents[0]["fuel"].(map[string]any)
	if fuel["limit"].(float64) != 2_000_000 || fuel["p50"].(float64) == 0 || fuel["max"].(float64) < fuel["p99"].(float64) {
		t.Errorf("fuel %v", fuel)
	}
	if _, isText := s.Agents[0]["final_equity"].(string); !isText {
		t.Error("money is not a decimal string")
	}
}

func TestSIGINTStopsCleanlyAndIsResumed(t *testing.T) {
	path := writeConfig(t, 100_000)
	cmd := command(t, "run", path, "--json")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { // the journal exists: the run is under way
		found, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "runs", "*", "journal.db-wal"))
		return len(found) > 0
	})
	for range 2 { // as timeout(1) and make do: to the process, and to its group
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, errOut.String())
	}
	s := result{0, out.String(), errOut.String()}.summary(t)
	if s.Run["stopped"] != "SIGINT" {
		t.Errorf("stopped is %v", s.Run["stopped"])
	}
	resume, ok := s.Run["resume"].(string)
	if !ok || strings.ContainsAny(resume, "'\\") {
		t.Fatalf("resume is %v", s.Run["resume"])
	}
	r := agenthost(t, append(strings.Fields(resume)[1:], "--json")...)
	if ticks := r.summary(t).Agents[0]["ticks"]; r.code != exitOK || ticks.(float64) != 100_000 {
		t.Errorf("resumed: exit %d, %v ticks\n%s", r.code, ticks, r.errOut)
	}
}

// waitFor polls: what another process does has no channel to wait on.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing happened in 30 s")
		}
	}
}

func TestCheckReportsTenMistakesAtOnce(t *testing.T) {
	r := agenthost(t, "check", "config/testdata/ten", "--json")
	var v struct {
		FormatVersion string `json:"format_version"`
		Valid         bool
		ErrorCount    int `json:"error_count"`
		Diagnostics   []struct {
			Severity, Summary, Detail string
			Range                     *struct {
				Filename string
				Start    struct{ Line, Column, Byte int }
			}
		}
	}
	if err := json.Unmarshal([]byte(r.out), &v); err != nil {
		t.Fatalf("%v\n%s", err, r.out)
	}
	if r.code != exitProblem || v.Valid || v.ErrorCount != 10 {
		t.Fatalf("exit %d, valid %v, %d errors", r.code, v.Valid, v.ErrorCount)
	}
	for _, d := range v.Diagnostics {
		if d.Range == nil || d.Range.Start.Line == 0 || d.Range.Start.Column == 0 || d.Summary == "" || d.Detail == "" {
			t.Errorf("a diagnostic without its place or words: %+v", d)
		}
	}
}

func TestEveryConfigurationThatShipsIsValid(t *testing.T) {
	if _, err := os.Stat("../../plugins/examples/breakout-go/breakout-go.wasm"); err != nil {
		t.Skip("the Go examples are not built: run make plugins")
	}
	files, err := filepath.Glob("../../config/*.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no configurations: %v", err)
	}
	for _, f := range append(files, "../../testdata/golden/sma_goog.hcl") {
		if r := agenthost(t, "check", strings.TrimPrefix(f, "../../")); r.code != exitOK {
			t.Errorf("%s: exit %d\n%s%s", f, r.code, r.out, r.errOut)
		}
	}
}

func TestARunIsResumedOnlyAsWhatItWas(t *testing.T) {
	path := writeConfig(t, 50)
	if r := agenthost(t, "run", path, "--json"); r.code != exitOK {
		t.Fatal(r.errOut)
	}
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(path), "runs", "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	if err := os.Remove(filepath.Join(runs[0], "journal.db")); err != nil {
		t.Fatal(err)
	}
	if r := agenthost(t, "run", path, "--resume"); r.code != exitProblem || !strings.Contains(r.errOut, "cannot be resumed") || exists(filepath.Join(runs[0], "journal.db")) {
		t.Errorf("without its journal: exit %d\n%s", r.code, r.errOut)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte("cash"), []byte("spread = \"0.1%\"\n  cash"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := agenthost(t, "run", path, "--resume", filepath.Base(runs[0])); r.code != exitProblem || !strings.Contains(r.errOut, "a resumed run needs the same") {
		t.Errorf("with another configuration: exit %d\n%s", r.code, r.errOut)
	}
}

func TestJournalShowsAndVerifies(t *testing.T) {
	path := writeConfig(t, 300)
	if r := agenthost(t, "run", path, "--json"); r.code != exitOK {
		t.Fatal(r.errOut)
	}
	runs, err := filepath.Glob(filepath.Join(filepath.Dir(path), "runs", "*"))
	if err != nil || len(runs) != 1 {
		t.Fatalf("%v, %v", runs, err)
	}
	if r := agenthost(t, "journal", "show", runs[0]); !strings.Contains(r.out, "agent/sma") || !strings.Contains(r.out, "lane/exchange/sma") {
		t.Errorf("streams:\n%s%s", r.out, r.errOut)
	}
	r := agenthost(t, "journal", "show", runs[0], "--stream", "agent/sma", "--json")
	kinds := map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(r.out), "\n") {
		var e shownEntry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		kinds[e.Kind]++
	}
	if !strings.Contains(r.out, `"instrument":"`) || !strings.Contains(r.out, `"open":"`) {
		t.Errorf("bars are not in decimals:\n%.600s", r.out)
	}
	if kinds["genesis"] != 1 || kinds["module"] != 1 || kinds["turn"] < 300 {
		t.Errorf("kinds of entries: %v", kinds)
	}
	if r := agenthost(t, "journal", "verify", runs[0]); r.code != exitOK {
		t.Fatalf("verify: %s%s", r.out, r.errOut)
	}
	db := filepath.Join(runs[0], "journal.db")
	b, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, []byte("\x00\x00\x00")) // any byte of an entry will do; find one in the data
	at = bytes.IndexByte(b[at/2:], 0x01) + at/2
	b[at] ^= 0x40
	if err := os.WriteFile(db, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := agenthost(t, "journal", "verify", runs[0]); r.code != exitProblem {
		t.Errorf("a flipped bit at %d of %d is not found: exit %d\n%s%s", at, len(b), r.code, r.out, r.errOut)
	}
}

func TestPluginInspectAndBench(t *testing.T) {
	const module = "plugins/examples/sma-cross-c/sma-cross-c.wasm"
	var i inspected
	if r := agenthost(t, "plugin", "inspect", module, "--json"); json.Unmarshal([]byte(r.out), &i) != nil || i.ABI != "1.0" || len(i.Limits) == 0 {
		t.Errorf("inspect: %s%s", r.out, r.errOut)
	}
	var m measured
	r := agenthost(t, "plugin", "bench", module, "--feed", "testdata/market/FB.csv", "--json")
	if json.Unmarshal([]byte(r.out), &m) != nil || m.Ticks != 196 || m.Fuel.Max == 0 || m.Proposed.FuelPerTick < m.Fuel.Max {
		t.Errorf("bench: %s%s", r.out, r.errOut)
	}
}

func TestReportIsWritten(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	if r := agenthost(t, "run", writeConfig(t, 300), "--report", page); r.code != exitOK || !strings.Contains(r.out, "sma") {
		t.Fatalf("exit %d\n%s%s", r.code, r.out, r.errOut)
	}
	b, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(b, []byte("</html>")) {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
}
