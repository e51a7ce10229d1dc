package execution

import (
	"slices"
	"testing"

	"github.com/agenthost/agenthost/host/event"
)

// What belongs to an agent and an instrument stays theirs when more of both come, and the foreign part stays the foreign part's.
func TestALaneThatGrowsKeepsWhatBelongsToWhom(t *testing.T) {
	lane := func(agents, instruments int) *Lane {
		l := &Lane{config: &Config{Agents: make([]AgentConfig, agents), Instruments: make([]event.Instrument, instruments)}}
		l.reset(l.config)
		return l
	}
	old := lane(2, 2)
	old.positions, old.foreign, old.feeRests = []int64{1, 2, 3, 4}, []int64{5, 6}, []int64{11, 12, 13, 21, 22, 23}
	old.agents[1].told = 7
	written := old.AppendState(nil)
	for _, c := range []struct {
		agents, instruments       int
		positions, foreign, rests []int64
	}{
		{2, 2, []int64{1, 2, 3, 4}, []int64{5, 6}, []int64{11, 12, 13, 21, 22, 23}},
		{3, 2, []int64{1, 2, 0, 3, 4, 0}, []int64{5, 6}, []int64{11, 12, 0, 13, 21, 22, 0, 23}},
		{2, 3, []int64{1, 2, 3, 4, 0, 0}, []int64{5, 6, 0}, []int64{11, 12, 13, 21, 22, 23, 0, 0, 0}},
		{3, 3, []int64{1, 2, 0, 3, 4, 0, 0, 0, 0}, []int64{5, 6, 0}, []int64{11, 12, 0, 13, 21, 22, 0, 23, 0, 0, 0, 0}},
	} {
		l := lane(c.agents, c.instruments)
		if rest, err := l.ReadState(written); err != nil || len(rest) > 0 {
			t.Fatalf("%d agents, %d instruments: %d bytes left, %v", c.agents, c.instruments, len(rest), err)
		}
		if !slices.Equal(l.positions, c.positions) || !slices.Equal(l.foreign, c.foreign) || !slices.Equal(l.feeRests, c.rests) || l.agents[1].told != 7 || len(l.agents) != c.agents {
			t.Errorf("%d agents, %d instruments: %v, %v, %v, %+v", c.agents, c.instruments, l.positions, l.foreign, l.feeRests, l.agents)
		}
	}
	for _, fewer := range [][2]int{{1, 2}, {2, 1}} {
		if _, err := lane(fewer[0], fewer[1]).ReadState(written); err == nil {
			t.Errorf("read with %d agents and %d instruments", fewer[0], fewer[1])
		}
	}
}
