package host_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/chaos"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// The six chaos tests that the guide recommends to authors of trading agents, on the live path. The kill of
// a real process is beside the command, in cmd/agenthost.

// TestChaosExchangeUnreachable30sTripsTheBreaker: what adds fails at once and is never sent later at an old
// price, the venue is left alone but for a few, and trading goes on by itself.
func TestChaosExchangeUnreachable30sTripsTheBreaker(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 2)
	end := s.now + 30e9
	s.call = func(*event.Call) fate { return fate{refused: s.now < end} }
	before, opened, calls := s.arrived(), false, len(s.sent)
	for s.now < end {
		s.order(buy, 1)
		opened = opened || host.LaneHealth(s.live).Breaker == resilience.BreakerOpen
	}
	denied := s.denied() // by the mode that an open breaker puts the agent in, or by the breaker itself
	if !opened || len(denied) == 0 || slices.ContainsFunc(denied, func(c abi.DenyCode) bool { return c != abi.DenyBreaker && c != abi.DenyMode }) {
		t.Errorf("opened %v, denials %v", opened, denied)
	}
	if n := len(s.sent) - calls; n > 40 {
		t.Errorf("%d calls in 30 s to a venue that is not there", n)
	}
	s.run(20 * time.Second)
	if n := s.arrived() - before; n != 0 {
		t.Errorf("%d orders of the outage were executed after it", n)
	}
	if h := host.LaneHealth(s.live); h.Breaker != resilience.BreakerClosed || h.OrdersLive != 0 {
		t.Errorf("after the outage the breaker is %v, %d orders alive", h.Breaker, h.OrdersLive)
	}
	s.run(10 * time.Second)
	s.order(buy, 1)
	s.run(5 * time.Second)
	s.holds(3)
}

// TestChaosLatency5sTimesOutAndDoublesNothing: every call takes 5 s more than the host waits.
func TestChaosLatency5sTimesOutAndDoublesNothing(t *testing.T) {
	s := newStand(t, func(s *stand) { s.group.Venue.LatencyMax = 20e6 })
	end := s.now + 20e9
	s.call = func(*event.Call) fate { return fate{deaf: s.now < end} } // executed at once, answered too late
	for s.now < end {
		s.order(buy, 1)
	}
	if s.arrived() == 0 || host.LaneHealth(s.live).OrdersUnknown == 0 {
		t.Fatalf("%d orders arrived, %d are Unknown", s.arrived(), host.LaneHealth(s.live).OrdersUnknown)
	}
	s.run(90 * time.Second)
	if h := host.LaneHealth(s.live); h.OrdersUnknown != 0 || h.OrdersLive != 0 || s.told(event.EventFill) != s.arrived() {
		t.Errorf("%d Unknown, %d alive, %d fills of %d orders", h.OrdersUnknown, h.OrdersLive, s.told(event.EventFill), s.arrived())
	}
	s.holds(int64(s.arrived()))
}

// TestChaosNaNPriceSkipsTheSignal: a bar that is not a number is withheld, with a note for the strategy; what
// it would have been a signal for is not traded.
func TestChaosNaNPriceSkipsTheSignal(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 1)
	c, err := chaos.New(chaos.Config{Allowed: true, Seed: 1, Feed: chaos.FeedFaults{NaN: event.One}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	bent := 0
	s.feed = c.Feed("market", func(m *event.Market) {
		if len(m.Bars) != 0 || len(m.Notes) != 1 || m.Notes[0].Defect != event.DefectNotANumber {
			t.Errorf("let through %+v", m)
		}
		bent++
		s.in = append(s.in, host.LiveInput{Market: m})
	})
	s.order(buy, 5) // the signal is in a bar that is no number
	s.feed = nil
	s.order(idle, 0)
	if bent == 0 || s.arrived() != 1 {
		t.Errorf("%d bars bent, %d orders", bent, s.arrived())
	}
	if h := s.tick.FeedHealth(0); h.Flags&abi.FeedQuarantined == 0 && h.Withheld == 0 {
		t.Errorf("the strategy was told nothing: %+v", h)
	}
	s.order(buy, 1)
	s.holds(2)
}

// TestChaosCheckpointDeletedIsRebuiltFromTheJournal: there is no state but the journal's. What is derived from
// it, the high-water mark here, is deleted, and the host goes on where it was, with its positions.
func TestChaosCheckpointDeletedIsRebuiltFromTheJournal(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 3)
	s.order(rest, 2)
	s.stop()
	if err := os.Remove(s.path + ".mark"); err != nil {
		t.Fatal(err)
	}
	s.start()
	s.run(5 * time.Second)
	s.holds(3)
	if h := host.LaneHealth(s.live); h.OrdersLive != 1 || h.Differ != "" {
		t.Errorf("%d orders alive, differs %q", h.OrdersLive, h.Differ)
	}
	s.order(cancelAll, 0)
	s.order(closePosition, 0)
	s.run(5 * time.Second)
	s.holds(0)
	s.stop()
	if _, err := os.Stat(s.path + ".mark"); err != nil {
		t.Errorf("the mark was not written anew: %v", err)
	}
}

// TestChaosSameOrderTwiceIsOneOrderAtTheExchange: the network doubles the request, and the host restarts with it
// on its way. One wish is one order; two wishes of the same content are two.
func TestChaosSameOrderTwiceIsOneOrderAtTheExchange(t *testing.T) {
	s := newStand(t, func(s *stand) { s.group.Venue.Dedupe, s.group.Venue.Replays = resilience.DedupeForever, true })
	s.call = func(c *event.Call) fate { return fate{twice: c.Kind == event.CallSubmit} }
	s.order(buy, 2)
	if s.arrived() != 2 || len(s.venue.Book().Orders) != 1 {
		t.Fatalf("%d requests arrived, %d orders", s.arrived(), len(s.venue.Book().Orders))
	}
	s.holds(2)
	s.call = func(c *event.Call) fate {
		return fate{deaf: c.Kind == event.CallSubmit, twice: c.Kind == event.CallSubmit}
	}
	s.order(buy, 2)
	s.restart() // and the reply is lost with the host
	s.call = nil
	s.run(60 * time.Second)
	if len(s.venue.Book().Orders) != 2 || s.told(event.EventFill) != 2 {
		t.Errorf("%d orders, %d fills told", len(s.venue.Book().Orders), s.told(event.EventFill))
	}
	s.holds(4)
	s.order(buyTwice, 1)
	s.run(5 * time.Second)
	if len(s.venue.Book().Orders) != 4 {
		t.Errorf("%d orders: the same order wished twice is two orders", len(s.venue.Book().Orders))
	}
	s.holds(6)
}
