package host

import (
	"math"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

func TestTimerIntervalOverflow(t *testing.T) {
	var ts timers
	now := int64(1_700_000_000e9)
	ts.set(&abi.Timer{ID: 1, Action: abi.TimerEvery, Interval: math.MaxInt64}, now)
	fires := 0
	for ; fires < 1000 && ts.next() != 0 && ts.next() < now+86400e9; fires++ {
		ts.fire(max(ts.next(), now))
	}
	if fires > 0 {
		t.Errorf("an interval of 292 years fires %d times within a day (capped at 1000); next=%d", fires, ts.next())
	}
}

func TestRefusedTimerDropsTheOld(t *testing.T) {
	var ts timers
	ts.set(&abi.Timer{ID: 1, Action: abi.TimerAt, Time: 500}, 100)
	if _, ok := ts.set(&abi.Timer{ID: 1, Action: abi.TimerEvery, Interval: 5}, 100); ok || len(ts.running) != 1 {
		t.Errorf("refused=%v, %d timers left", !ok, len(ts.running))
	}
}
