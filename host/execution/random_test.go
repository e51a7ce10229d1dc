package execution_test

import (
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
		{"nothing goes wrong", nil, faults{}},
		{"a venue that dedupes for ever", func(c *execution.Config, v *venue) {
			v.dedupe, c.Resend.Dedupe = true, resilience.DedupeForever
		}, storm},
		{"a venue that dedupes nothing", nil, storm},
		{"a venue that enforces expiry and amends", func(c *execution.Config, v *venue) {
			v.enforces, c.Capabilities = true, event.EnforcesExpiry
			v.amends, c.Facilities = true, c.Facilities|event.FacilityReplace
		}, storm},
		{"rejections and locked accounts", func(_ *execution.Config, v *venue) { v.rejects = 6 },
			faults{auth: 1, refused: 10, streamLost: 50, crash: 2}},
	}
	seeds := uint64(200)
	if testing.Short() {
		seeds = 40
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for seed := range seeds {
				w := newWorld(t, seed, 1+int(seed%3), k.change)
				w.f = k.faults
				w.live(60)
			}
		})
	}
}
