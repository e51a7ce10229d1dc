package execution_test

import (
	"os"
	"strconv"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/resilience"
)

var storm = faults{refused: 5, lostRequest: 5, lostReply: 6, late: 5, twice: 5, failed: 5, failedAfter: 3, tooFast: 2, streamLost: 30, crash: 1, lateMax: 15 * second}

// TestWorlds runs seeded lives under every kind of venue and checks all promises.
func TestWorlds(t *testing.T) {
	kinds := []struct {
		name   string
		change func(*execution.Config, *venue)
		faults faults
	}{
		{"one instrument that three share", func(c *execution.Config, _ *venue) {
			for i := range c.Instruments {
				c.Owners[i] = nil
				for a := range c.Agents {
					c.Owners[i] = append(c.Owners[i], uint32(a))
				}
			}
		}, storm},
		{"strangers in the account", func(c *execution.Config, v *venue) { v.positions[0] = 7; c.Foreign = execution.ForeignIgnore }, storm},
		{"strangers whose fills are claimed", func(c *execution.Config, v *venue) { v.positions[0] = 7; c.Foreign = execution.ForeignClaim }, storm},
		{"fills that name only the venue's order", func(_ *execution.Config, v *venue) { v.nameless = true }, storm},
		{"one call at a time, two a second", func(c *execution.Config, _ *venue) {
			c.CallsMax, c.Limiter.Cells, c.Limiter.Burst = 1, 2, 10
		}, storm},
		{"no stream", nil, faults{streamLost: 100, lostReply: 10, late: 5, lateMax: 10 * second, crash: 1}},
		{"a venue that only lists", func(c *execution.Config, _ *venue) {
			c.Facilities = event.FacilityCancel | event.FacilityOpenOrders | event.FacilityFills
		}, faults{lostReply: 4, refused: 5, streamLost: 10, crash: 1}},
		{"nothing goes wrong", nil, faults{}},
		{"a venue that dedupes for ever", func(c *execution.Config, v *venue) {
			v.dedupe, c.Resend.Dedupe = true, resilience.DedupeForever
		}, storm},
		{"a venue that dedupes nothing", nil, storm},
		{"a venue that enforces expiry and amends", func(c *execution.Config, v *venue) {
			v.enforces, c.Capabilities = true, event.EnforcesExpiry
			v.amends, c.Facilities = true, c.Facilities|event.FacilityReplace
		}, storm},
		{
			"rejections and locked accounts", func(_ *execution.Config, v *venue) { v.rejects = 6 },
			faults{auth: 1, refused: 10, streamLost: 50, crash: 2},
		},
	}
	seeds, first := uint64(30), uint64(0)
	if one := os.Getenv("WORLD_SEED"); one != "" { // follow one seed: WORLD_SEED=7 go test -run 'Worlds/no_stream'
		first, _ = strconv.ParseUint(one, 10, 64)
		seeds = first + 1
	} else if many := os.Getenv("WORLD_SEEDS"); many != "" {
		seeds, _ = strconv.ParseUint(many, 10, 64)
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for seed := first; seed < seeds; seed++ {
				w := newWorld(t, seed, 1+int(seed%3), k.change)
				w.f, w.outside = k.faults, k.name[:8] == "stranger"
				w.trace = seeds == first+1
				w.live(60)
			}
		})
	}
}
