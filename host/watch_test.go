package host_test

import (
	"testing"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
)

// TestJudgingAQuietRoundAllocatesNothing: a bar that changes no condition, in good health and in bad, leaves the
// garbage collector nothing to do. Beside it a round with a bar allocates what the turn needs now and then.
func TestJudgingAQuietRoundAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		disk int64
		mode event.Mode
	}{{"nothing holds", 1 << 40, event.ModeFull}, {"a condition holds", 1 << 10, event.ModeReadOnly}} {
		t.Run(c.name, func(t *testing.T) {
			s := newStand(t, func(s *stand) { s.disk = c.disk })
			s.run(3e9)
			if m := host.LiveMode(s.live, 0); m != c.mode {
				t.Fatalf("mode %s, want %s", m, c.mode)
			}
			judge := host.JudgeForBenchmark(s.live, &event.Market{Bars: []event.Bar{{Interval: 1e9}}})
			if err := judge(); err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(50, func() {
				if err := judge(); err != nil {
					t.Error(err)
				}
			}); n != 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}
