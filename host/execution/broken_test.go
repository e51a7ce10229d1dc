package execution_test

import (
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

// TestWorldsCatchWhatIsBroken shows that the worlds can fail: each variant breaks one rule, and some seed of
// a few must notice.
func TestWorldsCatchWhatIsBroken(t *testing.T) {
	variants := map[string]struct {
		change func(*execution.Config, *venue)
		world  func(*world)
		faults faults
	}{
		"a venue is said to dedupe and does not": {
			change: func(c *execution.Config, _ *venue) { c.Resend.Dedupe = resilience.DedupeForever },
			faults: faults{lostReply: 20, streamLost: 80},
		},
		"an error of the query is read as not found": {
			change: func(c *execution.Config, _ *venue) { c.Facilities &^= event.FacilityOpenOrders },
			faults: faults{lostReply: 25, misread: 90, streamLost: 100},
		},
		"no settle window": {
			change: func(c *execution.Config, v *venue) {
				c.Settle = resilience.SettleConfig{Absences: 2, Spacing: 1, Window: 1}
				c.LookupEvery = second / 10
			},
			faults: faults{late: 30, streamLost: 100, lateMax: 60 * second},
		},
		"a fill applied twice":                             {world: func(w *world) { w.twins = true }, faults: faults{twice: 20}},
		"the cursor moves past fills that were not booked": {world: func(w *world) { w.skips = true }, faults: faults{streamLost: 100}},
	}
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(60) {
				w := newWorld(t, seed, 1, v.change)
				w.broken, w.f = true, v.faults
				if v.world != nil {
					v.world(w)
				}
				w.live(40)
				if len(w.problems) > 0 {
					t.Logf("seed %d: %s", seed, w.problems[0])
					return
				}
			}
			t.Fatal("no seed noticed")
		})
	}
}

// mangle breaks what a venue tells.
func (w *world) mangle(r *event.Reply) {
	if w.twins { // the same execution under another trade id each time it is told
		for i := range r.Fills {
			if w.r.IntN(4) == 0 {
				r.Fills = append([]event.FillReport(nil), r.Fills...)
				r.Fills[i].Fill.TradeID += 1_000_000
			}
		}
	}
	if w.skips && len(r.Fills) > 1 && r.Kind == event.CallFills {
		r.Fills = r.Fills[:len(r.Fills)-1]
	}
}
