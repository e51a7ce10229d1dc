package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agenthost/agenthost/abi"
)

// The guests of plugins/examples, one for each language. Go's is built once for all tests.
var exampleGuests = []string{"sma-cross-wat", "sma-cross-c", "sma-cross-as", "sma-cross-go"}

func readExample(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("..", "..", "plugins", "examples", name, name+".wasm")
	if name == "sma-cross-go" {
		path = buildGo(t, filepath.Join("plugins", "examples", name), "-s -w")
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	goBuilds   = map[string]string{}
	goBuildsMu sync.Mutex
)

// buildGo builds a strategy in Go, given by its folder from the root of the repository.
func buildGo(t testing.TB, folder, linkerFlags string) string {
	t.Helper()
	goBuildsMu.Lock()
	defer goBuildsMu.Unlock()
	if path, ok := goBuilds[folder]; ok {
		return path
	}
	path := filepath.Join(scratch, filepath.Base(folder)+".wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags="+linkerFlags, "-o", path, "./"+folder)
	build.Dir = filepath.Join("..", "..")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", folder, err, out)
	}
	goBuilds[folder] = path
	return path
}

// scratch is a folder for all tests, removed by TestMain.
var scratch string

// TestMain is also the child of CompileAside, and the one that goes on from a snapshot.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "compile-child" {
		os.Exit(CompileChild(os.Args[2:]))
	}
	if len(os.Args) == 3 && os.Args[1] == "resume-child" {
		os.Exit(resumeChild(os.Args[2]))
	}
	var err error
	if scratch, err = os.MkdirTemp("", "sandbox-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

// aside makes the test program its own compiler.
func aside() *CompileAside {
	return &CompileAside{Args: []string{"compile-child"}, Timeout: 5 * time.Minute} // the machine may be busy
}

// barTick writes the input of tick n: one instrument, one closed bar, the account.
func barTick(w *abi.Writer, n int) []byte {
	price := int64(10_000 + (n*7919)%997 + 40*(n/50%7))
	w.Begin(&abi.Header{
		Trigger: abi.TriggerMarket, Mode: abi.ModeFull, Permissions: 15, Sequence: uint64(n) + 1,
		Time: int64(n+1) * 60e9, Received: int64(n+1) * 60e9, Fuel: 2_000_000, Seed: uint64(n),
	})
	w.Section(abi.SectionCurrencies)
	w.Currency(&abi.Currency{Name: w.String("USD"), Decimals: 8})
	w.Section(abi.SectionInstruments)
	w.Instrument(&abi.Instrument{Name: w.String("A"), PriceDecimals: 2, PriceTick: 1, QuantityLot: 1, MarginInitial: abi.FractionOne})
	w.Section(abi.SectionBars)
	w.Bar(&abi.Bar{
		Flags: abi.BarClosed, Interval: 60e9, OpenTime: int64(n) * 60e9, CloseTime: int64(n+1) * 60e9,
		Open: price, High: price + 5, Low: price - 5, Close: price, Volume: 1000,
	})
	w.Section(abi.SectionAccount)
	w.Account(&abi.Account{Equity: 1e12, Peak: 1e12, Capital: 1e12, MarginAvailable: 1e12, AsOf: int64(n+1) * 60e9})
	b, err := w.Finish()
	if err != nil {
		panic(err)
	}
	return b
}

// output runs a program and returns what it says.
func output(program string, args ...string) (string, error) {
	out, err := exec.Command(program, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
