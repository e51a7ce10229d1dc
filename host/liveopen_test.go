package host_test

import (
	"fmt"
	"testing"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/journal"
)

// countingDevice counts the transactions that a device would have to sync.
type countingDevice struct {
	journal.Device
	leases, appends, releases int
}

func (d *countingDevice) Acquire(names []string, owner string, now, until int64) ([]journal.StreamInfo, error) {
	d.leases++
	return d.Device.Acquire(names, owner, now, until)
}

func (d *countingDevice) Append(batches []journal.Batch) error {
	d.appends++
	return d.Device.Append(batches)
}

func (d *countingDevice) Release(leases []journal.Lease) error {
	d.releases++
	return d.Device.Release(leases)
}

// TestManyAgentsStartInFewTransactions: leases, first entries and the giving back of leases do not each take a
// transaction an agent.
func TestManyAgentsStartInFewTransactions(t *testing.T) {
	const agents = 300
	d := &countingDevice{Device: journal.NewMemory(journal.MemoryOptions{})}
	j, err := journal.Open(d, journal.Options{Inline: true})
	if err != nil {
		t.Fatal(err)
	}
	s := newStand(t, func(s *stand) {
		s.shared = j
		s.plans = func(like host.AgentPlan) (plans []*host.AgentPlan) {
			for n := range agents {
				p := like
				p.Name, p.Seed, p.Shared = fmt.Sprintf("agent-%d", n), uint64(n), true
				plans = append(plans, &p)
			}
			return plans
		}
	})
	if d.leases > 2 || d.appends > agents/10 {
		t.Errorf("%d agents started in %d transactions of leases and %d of entries", agents, d.leases, d.appends)
	}
	s.stop()
	if d.releases > 2 {
		t.Errorf("%d leases were given back in %d transactions", agents, d.releases)
	}
	if infos, err := j.Streams(); err != nil || len(infos) != agents+1 {
		t.Errorf("%d streams, %v", len(infos), err)
	} else {
		for _, info := range infos {
			if info.Owner != "" || info.Position == 0 {
				t.Fatalf("%s has %d entries and is held by %q", info.Name, info.Position, info.Owner)
			}
		}
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
}
