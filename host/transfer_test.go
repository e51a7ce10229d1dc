package host_test

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
)

// TestADepositAtTheVenueReachesTheAgent: it is found by comparing balances, comes as an event, and survives a restart.
func TestADepositAtTheVenueReachesTheAgent(t *testing.T) {
	s := newStand(t, func(s *stand) { s.lane.Transfers = execution.ForeignClaim })
	s.run(time.Minute) // what the venue has is known
	s.venue.Book().Cash += 500 * event.One
	s.run(time.Minute)
	if n := s.told(event.EventTransfer); n != 1 {
		t.Fatalf("told of %d transfers", n)
	}
	state := host.LiveState(s.live, 0)
	s.stop()
	if err := s.tryStart(); err != nil {
		t.Fatal(err)
	}
	if host.LiveState(s.live, 0) != state {
		t.Error("recovered to another state")
	}
	s.run(time.Minute)
	if n := s.told(event.EventTransfer); n != 1 {
		t.Errorf("told of %d transfers after a restart", n)
	}
}

// TestMoneyThatNobodyExplainsStopsAdding until a person reconciles.
func TestMoneyThatNobodyExplainsStopsAdding(t *testing.T) {
	s := newStand(t, func(s *stand) { s.lane.Transfers = execution.ForeignHalt })
	s.run(time.Minute)
	s.venue.Book().Cash -= 500 * event.One
	s.run(time.Minute)
	if m := host.LiveMode(s.live, 0); m != event.ModeReadOnly || !s.alerted("balance_difference") {
		t.Fatalf("mode %s", m)
	}
	if err := s.command(host.Command{Act: execution.Act{Kind: execution.ActReconcile, Who: "ada", Why: "withdrawn"}}); err != nil {
		t.Fatal(err)
	}
	s.run(5 * time.Second)
	if n, d := s.told(event.EventTransfer), host.LaneHealth(s.live).Differ; n != 1 || d != "" {
		t.Errorf("told of %d transfers; %s", n, d)
	}
}
