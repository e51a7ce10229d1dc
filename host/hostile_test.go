package host_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// plain is flatConfig without parameters.
func plain(data string) string {
	return strings.Replace(flatConfig(data), "  params {\n    fast = 5\n    slow = 12\n  }\n", "", 1)
}

// hostile returns the modules of testdata/hostile that get as far as being ticked.
func hostile(t *testing.T, data string) []string {
	t.Helper()
	files, err := filepath.Glob("../testdata/hostile/*.wasm")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d hostile modules, %v", len(files), err)
	}
	var ticked []string
	for _, f := range files {
		w, problem := tryWorld(t, strings.Replace(plain(data), "../plugins/examples/sma-cross-c/sma-cross-c.wasm", f, 1))
		if problem != "" {
			continue
		}
		j := w.journal("memory")
		run, err := host.NewRun(context.Background(), w.plan, host.Options{Journal: j, Owner: "test"})
		if err == nil {
			ticked = append(ticked, f)
			closeAll(t, run, j)
		} else if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return ticked
}

// TestHostileStrategiesHarmOnlyTheirOwnTicks runs every hostile module that can be ticked beside an
// honest strategy, all in one host, and holds the honest one's state against a run without them.
func TestHostileStrategiesHarmOnlyTheirOwnTicks(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 50)
	honest := plain(data)
	want := newWorld(t, honest).mustDo("memory")[0].Summary
	modules := hostile(t, data)
	if len(modules) < 20 {
		t.Fatalf("only %d hostile modules can be ticked: the test shows little", len(modules))
	}
	crowd := honest
	for i, f := range modules {
		crowd += fmt.Sprintf(`
agent "bad%d" {
  strategy    = %q
  feed        = "bars"
  venue       = "exchange"
  instruments = ["X"]
  traps_max   = 5
}
`, i, f)
	}
	trapped := 0
	for i, r := range newWorld(t, crowd).mustDo("memory") {
		s := r.Summary
		if i == 0 {
			if s.StateHash != want.StateHash || s.FinalEquity != want.FinalEquity {
				t.Errorf("the honest strategy ends in %s with %v, alone in %s with %v", s.StateHash, s.FinalEquity, want.StateHash, want.FinalEquity)
			}
			continue
		}
		if s.Traps == 0 {
			continue
		}
		trapped++
		if s.Traps != s.DeadLetters {
			t.Errorf("%s: %d traps, %d dead letters", modules[i-1], s.Traps, s.DeadLetters)
		}
		if s.Traps >= 5 && s.Mode != "read_only" {
			t.Errorf("%s failed %d times and is in mode %s", modules[i-1], s.Traps, s.Mode)
		}
	}
	if trapped < 15 {
		t.Errorf("only %d of %d hostile modules trapped", trapped, len(modules))
	}
	t.Logf("%d modules ticked, %d trapped", len(modules), trapped)
}

// nine are honest strategies, three in each of three languages; hostile is a tenth agent, "" for none. On one account
// they are one group, on one goroutine; else each is a group of its own.
func nine(data, hostile, account string) string {
	base, _, _ := strings.Cut(plain(data), "agent \"sma\"")
	var b strings.Builder
	b.WriteString(base)
	agent := func(name, strategy, rest string) {
		fmt.Fprintf(&b, "agent %q {\n strategy = %q\n feed = \"bars\"\n venue = \"exchange\"\n instruments = [\"X\"]\n%s", name, strategy, rest)
		if account != "" {
			fmt.Fprintf(&b, " account = %q\n shared = true\n capital = 1000\n", account)
		}
		b.WriteString("}\n")
	}
	for n := range 4 {
		agent(fmt.Sprintf("c%d", n), "../plugins/examples/sma-cross-c/sma-cross-c.wasm", fmt.Sprintf(" params {\n  fast = %d\n  slow = %d\n }\n", 3+n, 9+2*n))
	}
	if hostile != "" { // between its neighbours
		agent("hostile", hostile, " traps_max = 5\n")
	}
	for n := range 3 {
		agent(fmt.Sprintf("as%d", n), "../plugins/examples/sma-cross-as/sma-cross-as.wasm", fmt.Sprintf(" params {\n  fast = %d\n  slow = %d\n }\n", 4+n, 11+2*n))
	}
	for n := range 2 {
		agent(fmt.Sprintf("wat%d", n), "../plugins/examples/sma-cross-wat/sma-cross-wat.wasm", fmt.Sprintf(" params {\n  fast = %d\n  slow = %d\n }\n", 5+n, 13+2*n))
	}
	return b.String()
}

// TestNineBesideEachHostileStrategyAreAsWithoutIt: every hostile module that traps at run time is one agent among
// ten. The other nine end in the state, with the orders and fills, of a run without it, whether each has an
// account, and so a goroutine, of its own or all share one.
func TestNineBesideEachHostileStrategyAreAsWithoutIt(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 200)
	modules := hostile(t, data)
	for _, account := range []string{"", "all"} {
		want := map[string]host.Result{}
		orders := int64(0)
		for _, r := range newWorld(t, nine(data, "", account)).mustDo("memory") {
			want[r.Summary.Name] = r
			orders += r.Summary.Orders
		}
		if len(want) != 9 || orders < 20 {
			t.Fatalf("%d honest strategies with %d orders: the test shows little", len(want), orders)
		}
		trapped := 0
		for _, module := range modules {
			results := newWorld(t, nine(data, module, account)).mustDo("memory")
			h := results[slices.IndexFunc(results, func(r host.Result) bool { return r.Summary.Name == "hostile" })].Summary
			if h.Traps > 0 {
				trapped++
			}
			for _, r := range results {
				s, w := r.Summary, want[r.Summary.Name].Summary
				if s.Name == "hostile" || account != "" && h.Orders > 0 { // who trades an account changes what is left in it
					continue
				}
				if s.StateHash != w.StateHash || s.Orders != w.Orders || s.Fills != w.Fills || s.FinalEquity != w.FinalEquity {
					t.Errorf("beside %s (account %q) %s ends in %s with %d orders, without it in %s with %d", module, account, s.Name, s.StateHash, s.Orders, w.StateHash, w.Orders)
				}
			}
			if len(results) != 10 {
				t.Errorf("%s: %d agents", module, len(results))
			}
		}
		if trapped < 20 {
			t.Errorf("only %d of %d hostile modules trapped at run time", trapped, len(modules))
		}
		t.Logf("account %q: %d hostile modules ticked, %d of them trapped, nine neighbours of each", account, len(modules), trapped)
	}
}

// TestAFailedTickLeavesNothing: a strategy that fails now and then ends as one that was never told what
// made it fail, its failed ticks are dead letters with their input, and a resumed run agrees.
func TestAFailedTickLeavesNothing(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 120)
	// A budget between what a usual tick takes and what a crossing takes: crossings fail.
	starved := strings.Replace(flatConfig(data), "  params {", "  traps_max = 1000\n  limits {\n    fuel_per_tick = 450\n  }\n  params {", 1)
	w := newWorld(t, starved)
	path := filepath.Join(t.TempDir(), "journal.db")
	results, err := w.do(w.open(path), false)
	if err != nil {
		t.Fatal(err)
	}
	s := results[0].Summary
	if s.Traps == 0 || s.Traps == s.Ticks || s.Orders != 0 || s.DeadLetters != s.Traps {
		t.Fatalf("%d of %d ticks failed, %d orders, %d dead letters", s.Traps, s.Ticks, s.Orders, s.DeadLetters)
	}
	j := w.open(path)
	letters := 0
	for e, err := range j.Read("agent/sma", 1) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == journal.KindDeadLetter {
			letters++
			if !strings.Contains(string(e.Body), `"input":"`) || !strings.Contains(string(e.Body), `"cause":"fuel"`) {
				t.Errorf("dead letter without input or verdict: %s", e.Body)
			}
		}
	}
	if int64(letters) != s.Traps {
		t.Errorf("%d dead letters in the journal, %d traps", letters, s.Traps)
	}
	again, err := w.do(j, true)
	if err != nil {
		t.Fatal(err)
	}
	if again[0].Summary.StateHash != s.StateHash {
		t.Error("a resumed run ends in another state")
	}
}
