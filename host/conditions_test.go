package host_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/agenthost/agenthost/host"
)

// TestADrawdownShutsDownAndFlattens: beyond its bound the agent is shut down, its position closed, and it
// orders no more; without the bound, a backtest shows what becomes of it.
func TestADrawdownShutsDownAndFlattens(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bars.csv")
	writeBars(t, data, 600)
	free := newWorld(t, flatConfig(data)).mustDo("memory")[0].Summary
	w := newWorld(t, strings.Replace(flatConfig(data), "  params {", "  modes {\n    drawdown_max = \"0.5%\"\n  }\n  params {", 1))
	run, err := host.NewRun(context.Background(), w.plan, host.Options{Journal: w.journal("memory"), Owner: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	bound := run.Results()[0].Summary
	if held := host.Held(run, 0); held != 0 {
		t.Errorf("still holds %d", held)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	if free.Mode != "full" || float64(free.MaxDrawdownPct) > -1 {
		t.Fatalf("mode %s, drawdown %v: the test shows nothing", free.Mode, free.MaxDrawdownPct)
	}
	if bound.Mode != "shutdown" || bound.Orders >= free.Orders {
		t.Errorf("mode %s, %d orders of %d", bound.Mode, bound.Orders, free.Orders)
	}
}
