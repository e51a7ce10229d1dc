package host_test

import (
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// TestAShutdownByTheAgentsOwnMoneyIsTold: nobody measures it but the agent's own turn.
func TestAShutdownByTheAgentsOwnMoneyIsTold(t *testing.T) {
	s := newStand(t, func(s *stand) {
		s.money = []resilience.ModeRule{{Name: "balance", Mode: resilience.ModeShutdown, Below: true, Enter: 100_000 * event.One, Leave: 100_000 * event.One, FreshFor: 60e9}}
		s.group.Venue.Fee = event.One / 1000
	})
	s.order(buy, 4) // its fee is a loss
	s.run(5 * time.Second)
	if m := host.LiveMode(s.live, 0); m != event.ModeShutdown {
		t.Fatalf("mode %s: the test shows nothing", m)
	}
	told := false
	for _, a := range s.alerts {
		told = told || a.Key == "mode" && a.Level == event.AlertCritical && strings.Contains(a.Text, "balance")
	}
	if !told {
		t.Errorf("nobody was told: %v", s.alerts)
	}
	s.holds(0)
}
