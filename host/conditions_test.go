package host_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
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

// TestTrapsInARowStopAdding: traps_in_row_max is a condition of its own, before traps_max quarantines: the strategy
// is called on and may only reduce until a person opens the latch.
func TestTrapsInARowStopAdding(t *testing.T) {
	s := newStand(t, func(s *stand) {
		s.traps = 10
		s.money = []resilience.ModeRule{{Name: "traps_in_row", Mode: resilience.ModeReadOnly, Enter: 1, Latch: true}}
	})
	s.order(buy, 2)
	s.pass(time.Duration(1e9-s.now%1e9), trap+100)
	if m := host.LiveMode(s.live, 0); m != event.ModeFull {
		t.Fatalf("%s after one trap of one allowed", m)
	}
	s.pass(time.Second, trap+100)
	if m := host.LiveMode(s.live, 0); m != event.ModeReadOnly {
		t.Fatalf("%s after two traps of one allowed", m)
	}
	s.run(3 * time.Second) // ticks that succeed do not open it
	s.order(buy, 1)
	s.restart()
	s.run(3 * time.Second)
	s.order(buy, 1)
	if m := host.LiveMode(s.live, 0); m != event.ModeReadOnly || len(s.denied()) != 2 {
		t.Fatalf("%s, denied %v: the latch did not hold", m, s.denied())
	}
	s.order(closePosition, 0) // less is always possible
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeFull}); err != nil {
		t.Fatal(err)
	}
	s.order(buy, 1)
	if m := host.LiveMode(s.live, 0); m != event.ModeFull {
		t.Errorf("%s after a person opened it", m)
	}
	s.holds(1)
}

// TestEveryConditionOfTheConfigurationIsKept: live always, in a recorded run where it is written.
func TestEveryConditionOfTheConfigurationIsKept(t *testing.T) {
	m := config.DefaultModes()
	m.TrapsInRowMax = 7
	if rules := host.ConditionsOf(&m, false); len(rules) != 0 {
		t.Errorf("a recorded run has %d conditions that nobody wrote", len(rules))
	}
	found := false
	for _, r := range host.ConditionsOf(&m, true) {
		found = found || r.Name == "traps_in_row" && r.Enter == 7 && r.Validate() == nil
	}
	if !found {
		t.Error("traps_in_row_max is not kept")
	}
}

func TestALiveFeedIsOpenedAsItIsWritten(t *testing.T) {
	f := config.Feed{Name: "prices", Interval: time.Minute, Live: &config.LiveFeed{
		URL: "https://a.example", Transport: "http", StaleAfter: 1, SilentAfter: 2, Grace: 3, PollEvery: 4,
	}}
	c := host.LiveFeedConfig(&f)
	if c.StaleAfter != 1 || c.SilentAfter != 2 || c.Grace != 3 || c.PollEvery != 4 {
		t.Errorf("%+v", c)
	}
}
