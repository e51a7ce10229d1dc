package host_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
)

// growing is a stand whose account gets a second agent with an instrument of its own, once grown says so.
func growing(t *testing.T, rule host.CheckpointRule) (s *stand, grow func(bool)) {
	t.Helper()
	store := openStore(t, filepath.Join(t.TempDir(), "checkpoints.db"))
	var all []event.Instrument
	grown := false
	s = newStand(t, func(s *stand) {
		s.saves, s.rule = store, rule
		v := &s.group.Venue
		y := v.Instruments[0]
		y.Name, y.Base = "Y", "Y"
		all = append(all, v.Instruments[0], y)
		v.Instruments = all
		s.plans = func(like host.AgentPlan) []*host.AgentPlan {
			first := like
			first.Instruments = all[:1]
			if !grown {
				return []*host.AgentPlan{&first}
			}
			second := like
			second.Name, second.Instruments = "second", all[1:]
			return []*host.AgentPlan{&second, &first} // the order of the configuration is another
		}
	})
	s.stop()
	s.path = filepath.Join(t.TempDir(), "journal.db")
	s.group.Venue.Instruments = all[:1]
	s.start()
	s.run(3 * time.Second)
	return s, func(more bool) {
		if grown, s.group.Venue.Instruments = more, all; !more {
			s.group.Venue.Instruments = all[:1]
		}
	}
}

// An account of which the beginning was pruned gets another agent and another instrument, and goes on from its checkpoint.
func TestAPrunedAccountTakesOnAnAgentAndAnInstrument(t *testing.T) {
	s, grow := growing(t, host.CheckpointRule{Turns: 5, Keep: 2, Inline: true})
	for range 20 {
		s.order(buy, 1)
		s.order(sell, 1)
	}
	s.order(buy, 3)
	s.order(sell, 3)
	s.run(10 * time.Second)
	if bytes, plan := s.prune(s.retention()); bytes == 0 {
		t.Fatal(limits(plan))
	}
	s.order(buy, 2)
	s.stop()
	grow(true)
	s.start()
	s.run(5 * time.Second)
	s.restart()
	s.run(20 * time.Second)
	s.restart()
	if books, lane := host.LivePosition(s.live, 0); books != 2 || lane != 2 || s.venue.Book().Own[0] != 2 {
		t.Errorf("the agent holds %d, the lane %d, the venue %d, want 2", books, lane, s.venue.Book().Own[0])
	}
}

// A lane that goes on from a checkpoint with more agents and instruments is the one that all of its facts make.
func TestALaneThatHasGrownIsAsItsFactsMakeIt(t *testing.T) {
	s, grow := growing(t, host.CheckpointRule{Turns: 5, Keep: 2, Inline: true})
	s.order(buy, 3)
	s.order(rest, 2)
	s.run(10 * time.Second)
	s.stop()
	grow(true)
	s.start()
	grown := host.LiveStates(s.live)
	if found := s.recovered("agents"); !strings.Contains(found, "2 of 3 streams") {
		t.Errorf("opened from %s", found)
	}
	s.saves = nil
	s.restart()
	for i, want := range host.LiveStates(s.live) {
		if i != 2 && grown[i] != want { // an agent without a turn has got a new module entry
			t.Errorf("state %d differs:\n%q, want\n%q", i, grown[i], want)
		}
	}
}

// A configuration with which the account cannot be opened can be put back: what it named has got no number.
func TestAnAgentThatCouldNotBeginCanBeTakenOutAgain(t *testing.T) {
	s, grow := growing(t, host.CheckpointRule{})
	s.order(buy, 3)
	s.stop()
	grow(true)
	plans := s.plans
	s.plans = func(like host.AgentPlan) []*host.AgentPlan {
		agents := plans(like)
		agents[0].Health = append(agents[0].Health, agents[0].Health[0]) // twice the same condition
		return agents
	}
	if err := s.tryStart(); err == nil {
		t.Fatal("it started")
	}
	s.stop()
	s.plans = plans
	grow(false)
	s.start()
	s.run(3 * time.Second)
	s.holds(3)
}
