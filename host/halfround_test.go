package host_test

import (
	"context"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
)

// A round that fails in its middle leaves nothing: not the first agent's turn, and not the lane's word that it has taken
// that turn's order. The host that is opened next sends what comes of its own turns.
func TestARoundThatFailsLeavesNothing(t *testing.T) {
	ticks, lose := 0, false
	s := newStand(t, func(s *stand) {
		s.onTick = func() {
			if ticks++; lose && ticks == 2 {
				host.LoseStream(s.live, 1, journal.ErrFull)
			}
		}
		s.plans = func(like host.AgentPlan) []*host.AgentPlan {
			first, second := like, like
			first.Shared, second.Name, second.Shared = true, "second", true
			return []*host.AgentPlan{&first, &second}
		}
	})
	s.order(buy, 1)
	if err := host.FlushLive(s.live); err != nil {
		t.Fatal(err)
	}
	heads := func() map[string]uint64 {
		infos, err := s.journal.Streams()
		if err != nil {
			t.Fatal(err)
		}
		at := map[string]uint64{}
		for _, info := range infos {
			at[info.Name] = info.Position
		}
		return at
	}
	before, sent := heads(), s.calls(event.CallSubmit)
	ticks, lose = 0, true
	s.now = s.now/1e9*1e9 + 1e9
	s.in = nil
	s.bar(buy + 100*7)
	if _, err := s.live.Round(context.Background(), s.in, s.now); err == nil || ticks < 2 {
		t.Fatalf("the round did not fail: %d ticks", ticks)
	}
	lose = false
	s.stop()
	if err := s.openJournal(); err != nil {
		t.Fatal(err)
	}
	for name, at := range heads() {
		if at != before[name] {
			t.Errorf("%s has %d entries after the failed round, had %d", name, at, before[name])
		}
	}
	if s.calls(event.CallSubmit) != sent {
		t.Error("the failed round sent something")
	}
	if err := s.journal.Close(); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.run(3 * time.Second)
	s.order(sell, 1)
	s.run(20 * time.Second)
	if own := s.venue.Book().Own[0]; own != 0 {
		t.Errorf("the venue holds %d, want 0", own)
	}
}
