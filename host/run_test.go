package host_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
)

const goog = "../../shared/data/GOOG.csv"

// TestGolden holds every example language against the figures of a peer that nobody here wrote
// (backtesting.py 0.6.6).
func TestGolden(t *testing.T) {
	if _, err := os.Stat(goog); err != nil {
		t.Skip("needs ../shared/data, which is not part of the project")
	}
	for _, language := range []string{"c", "as", "wat", "go"} {
		t.Run(language, func(t *testing.T) {
			module := fmt.Sprintf("../plugins/examples/sma-cross-%s/sma-cross-%[1]s.wasm", language)
			if _, err := os.Stat(module); err != nil {
				t.Skip("not built: run make plugins")
			}
			w := loadWorld(t, "../testdata/golden/sma_goog.hcl", map[string]string{"data": goog, "strategy": module})
			got := w.mustDo("memory")[0].Summary
			if got.Trades != 93 || got.FinalEquity != 56263_51934000 {
				t.Errorf("%d trades, equity %s", got.Trades, event.FormatDecimal(int64(got.FinalEquity), 8))
			}
			for name, c := range map[string]struct{ got, want float64 }{
				"return_pct":       {float64(got.ReturnPct), 462.635193},
				"max_drawdown_pct": {float64(got.MaxDrawdownPct), -33.931592},
				"sharpe":           {float64(got.Sharpe), 0.600740},
				"sqn":              {float64(got.SQN), 1.584392},
			} {
				if math.Abs(c.got-c.want) > 1e-6 {
					t.Errorf("%s is %f, want %f", name, c.got, c.want)
				}
			}
		})
	}
}

// TestStateDoesNotDependOnWhereItRuns: the same agent, with either journal, alone or beside ten others,
// on one core or more, ends in the same state.
func TestStateDoesNotDependOnWhereItRuns(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "bars.csv")
	writeBars(t, data, 600)
	alone := flatConfig(data)
	crowd := alone
	for i := range 10 {
		crowd += fmt.Sprintf(`
agent "other%d" {
  strategy    = "../plugins/examples/sma-cross-as/sma-cross-as.wasm"
  feed        = "bars"
  venue       = "exchange"
  instruments = ["X"]
  params {
    fast = %d
    slow = 30
  }
}
`, i, i+2)
	}
	hash := func(config, device string) string {
		for _, r := range newWorld(t, config).mustDo(device) {
			if r.Summary.Name == "sma" {
				if r.Summary.Trades < 5 {
					t.Fatalf("only %d trades: the test shows nothing", r.Summary.Trades)
				}
				return r.Summary.StateHash
			}
		}
		t.Fatal("no agent sma")
		return ""
	}
	want := hash(alone, "memory")
	for name, got := range map[string]string{
		"SQLite":                  hash(alone, "sqlite"),
		"ten beside it":           hash(crowd, "memory"),
		"ten beside it on SQLite": hash(crowd, "sqlite"),
	} {
		if got != want {
			t.Errorf("%s: state %s, want %s", name, got, want)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if got := hash(crowd, "memory"); got != want {
		t.Errorf("on one core: state %s, want %s", got, want)
	}
}

// TestBadBarsAreToldAndNotTradedOn: each kind of bad bar is withheld or flagged as the feed says,
// counted in the summary with its first place, and never reaches the venue.
func TestBadBarsAreToldAndNotTradedOn(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bad.csv")
	lines := []string{"Date,Open,High,Low,Close,Volume"}
	day := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 60 {
		p := 100 + i%20
		lines = append(lines, fmt.Sprintf("%s,%d,%d,%d,%d,1000", day.AddDate(0, 0, i).Format(time.DateOnly), p, p+2, p-2, p+1))
	}
	lines[21] = "2001-01-21,100,99,98,99,1000"          // high below open
	lines[26] = "2001-01-26,NaN,102,98,101,1000"        // not a number
	lines[31] = "2001-01-02,100,102,98,101,1000"        // time going back
	lines[36] = lines[35]                               // a duplicate
	lines = append(lines[:41], lines[43:]...)           // two days missing
	lines[50] = strings.Replace(lines[50], "1", "-", 1) // not a time
	if err := os.WriteFile(data, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, flatConfig(data))
	results := w.mustDo("memory")
	q := results[0].Summary.Feeds[0]
	found := map[string]int64{}
	for _, d := range q.Defects {
		found[d.Defect] = d.Count
		if !strings.HasPrefix(d.First, data+":") {
			t.Errorf("%s: first at %q, want a place in %s", d.Defect, d.First, data)
		}
	}
	for defect, want := range map[string]int64{"contradiction": 1, "not_a_number": 2, "time_back": 1, "duplicate": 1} {
		if found[defect] != want {
			t.Errorf("%s: %d, want %d (of %v)", defect, found[defect], want, found)
		}
	}
	if found["gap"] == 0 || q.Withheld != 5 || results[0].Summary.Quarantined != 5 {
		t.Errorf("gaps %d, withheld %d, quarantined %d", found["gap"], q.Withheld, results[0].Summary.Quarantined)
	}
	if results[0].Summary.Ticks != q.Bars {
		t.Errorf("%d ticks for %d good bars", results[0].Summary.Ticks, q.Bars)
	}
}

// TestAnInterruptedRunResumesToTheSameState stops a run by its context at several places, with orders
// and positions left alone, and continues it.
func TestAnInterruptedRunResumesToTheSameState(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 600)
	w := newWorld(t, strings.Replace(flatConfig(data), `feed        = "bars"`, `feed        = "bars"
  on_stop     = "keep"`, 1))
	want := w.mustDo("memory")[0].Summary
	for _, stopAt := range []int64{1, 100, 333, 599} {
		path := filepath.Join(t.TempDir(), "journal.db")
		w.stopAt(path, stopAt)
		results, err := w.do(w.open(path), true)
		if err != nil {
			t.Fatalf("stopped at bar %d: %v", stopAt, err)
		}
		got := results[0].Summary
		if results[0].Compared == 0 || got.Trades != want.Trades || got.FinalEquity != want.FinalEquity || got.Orders != want.Orders {
			t.Errorf("stopped at bar %d: %d compared, %d trades, equity %v; want %d, %v",
				stopAt, results[0].Compared, got.Trades, got.FinalEquity, want.Trades, want.FinalEquity)
		}
	}
}

func TestOnStop(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 600)
	for policy, flat := range map[string]bool{"keep": false, "cancel": false, "flatten": true} {
		w := newWorld(t, strings.Replace(flatConfig(data), `feed        = "bars"`, `feed        = "bars"
  on_stop     = "`+policy+`"`, 1))
		path := filepath.Join(t.TempDir(), "journal.db")
		w.stopAt(path, 300, func(run *host.Run) {
			if held := host.Held(run, 0); (held == 0) != flat {
				t.Errorf("on_stop = %q leaves a position of %d", policy, held)
			}
		})
		// The stop is part of history: a resumed run does it again at the same place.
		results, err := w.do(w.open(path), true)
		if err != nil {
			t.Fatalf("on_stop = %q: %v", policy, err)
		}
		if results[0].Summary.Ticks < 590 {
			t.Errorf("on_stop = %q: %d ticks in all", policy, results[0].Summary.Ticks)
		}
	}
}

func TestAResumedRunRefusesWhatChanged(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "bars.csv")
	writeBars(t, data, 200)
	path := filepath.Join(dir, "journal.db")
	w := newWorld(t, flatConfig(data))
	if _, err := w.do(w.open(path), false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.do(w.open(path), false); !errors.Is(err, host.ErrHistory) {
		t.Errorf("a new run over an old journal: %v", err)
	}
	other := newWorld(t, strings.Replace(flatConfig(data), "slow = 12", "slow = 13", 1))
	if _, err := other.do(other.open(path), true); err == nil || !strings.Contains(err.Error(), "same module, configuration") {
		t.Errorf("another parameter: %v", err)
	}
	b, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(data, []byte(strings.Replace(string(b), ",1005\n", ",1006\n", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	changed := newWorld(t, flatConfig(data))
	if _, err := changed.do(changed.open(path), true); err == nil || !strings.Contains(err.Error(), "the data or the seed") {
		t.Errorf("other data: %v", err)
	}
}

func TestTwoAgentsOfOneAccountTradeApart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 400)
	config := strings.NewReplacer(
		`exclusive_orders = true`, ``, `agent "sma" {`, `agent "sma" {
  account = "main"
  shared  = true
  capital = 5000`, `slow = 12`, `slow = 12
    size = "0.3"`).Replace(flatConfig(data))
	second := config[strings.Index(config, `agent "sma"`):]
	config += strings.NewReplacer(`"sma" {`, `"second" {`, "fast = 5", "fast = 7").Replace(second)
	results := newWorld(t, config).mustDo("memory")
	for _, r := range results {
		if r.Summary.Trades == 0 || r.Summary.Rejected != 0 || r.Summary.Traps != 0 {
			t.Errorf("%s: %d trades, %d rejected, %d traps", r.Summary.Name, r.Summary.Trades, r.Summary.Rejected, r.Summary.Traps)
		}
	}
	if results[0].Summary.FinalEquity == results[1].Summary.FinalEquity {
		t.Error("both agents end with the same equity: they share more than the account")
	}
}

// TestWhatIsWithheldAfterTheLastBarIsCounted: the summary's figure has every bar that was kept back, the
// last ones of the file included.
func TestWhatIsWithheldAfterTheLastBarIsCounted(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 50)
	f, err := os.OpenFile(data, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("2001-02-20,1,2,3,4,5\n2001-02-21,NaN,1,1,1,1\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := newWorld(t, flatConfig(data)).mustDo("memory")[0].Summary
	if s.Quarantined != 2 || s.Ticks != 50 {
		t.Errorf("%d withheld, %d ticks; want 2 and 50", s.Quarantined, s.Ticks)
	}
}

// TestARunThatCannotBeginLeavesItsStreamsFree: a strategy that traps at its start is an error, and what was
// opened for the others is closed again.
func TestARunThatCannotBeginLeavesItsStreamsFree(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 50)
	path := filepath.Join(t.TempDir(), "journal.db")
	w := newWorld(t, flatConfig(data))
	w.plan.Agents[0].Limits.FuelInit = 1
	if _, err := w.do(w.open(path), false); err == nil || !strings.Contains(err.Error(), "agent sma: start strategy") {
		t.Fatalf("a start with one unit of fuel: %v", err)
	}
	w.plan.Agents[0].Limits.FuelInit = 50_000_000
	if _, err := w.do(w.open(path), true); err != nil {
		t.Errorf("begun again with --resume: %v", err)
	}
}
