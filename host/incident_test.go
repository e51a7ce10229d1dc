package host_test

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

// The sixteen incidents of trading systems that became rules, each a test of the whole order path.

// 1: a timeout was read as a failure, and the order was sent again: a double position.
func TestIncident01ATimeoutIsNotAFailure(t *testing.T) {
	s := newStand(t, nil)
	s.call = func(c *event.Call) fate { return fate{deaf: c.Kind == event.CallSubmit} }
	s.reply = blind
	s.order(buy, 3)
	s.run(5 * time.Second) // the deadline passes
	if h := host.LaneHealth(s.live); h.OrdersUnknown != 1 {
		t.Fatalf("%d orders Unknown after the timeout", h.OrdersUnknown)
	}
	s.order(buy, 3) // a strategy that thinks it failed
	s.call, s.reply = nil, nil
	s.run(30 * time.Second)
	if s.arrived() != 1 || s.told(event.EventFill) != 1 {
		t.Errorf("%d submits arrived, %d fills were told", s.arrived(), s.told(event.EventFill))
	}
	if d := s.denied(); len(d) != 1 || d[0] != abi.DenyUnknownPending {
		t.Errorf("what the strategy wished beside an Unknown was answered %v", d)
	}
	s.holds(3)
}

// 2: an error of the query was read as "not found": six live orders dropped.
func TestIncident02AnErrorOfTheQueryIsNotNotFound(t *testing.T) {
	s := newStand(t, nil)
	for range 6 {
		s.order(rest, 1)
	}
	s.stop()
	s.call = func(c *event.Call) fate {
		if c.Kind == event.CallLookup {
			return fate{status: 500}
		}
		return fate{}
	}
	s.reply = func(r *event.Reply) bool {
		if r.Kind == event.CallOpenOrders { // the list lags behind, so that each order is asked for by itself
			r.Orders = nil
		}
		return true
	}
	s.start()
	s.run(60 * time.Second)
	if h, asked := host.LaneHealth(s.live), s.calls(event.CallLookup); h.OrdersLive != 6 || asked < 6 {
		t.Fatalf("%d of 6 orders are alive after %d queries that failed", h.OrdersLive, asked)
	}
	s.call, s.reply = nil, nil
	s.run(60 * time.Second)
	if n := len(s.venue.Book().Open()); n != 6 || host.LaneHealth(s.live).OrdersLive != 6 {
		t.Fatalf("%d rest at the venue, %d in the lane", n, host.LaneHealth(s.live).OrdersLive)
	}
	s.order(cancelAll, 0)
	s.run(10 * time.Second)
	if n := len(s.venue.Book().Open()); n != 0 || s.told(event.EventCancelled) != 6 {
		t.Errorf("%d still rest, %d cancels were told", n, s.told(event.EventCancelled))
	}
	s.holds(0)
}

// 3: "not in the list of open orders" was read as "never existed". It had filled.
func TestIncident03AnOrderThatIsNotOpenMayHaveFilled(t *testing.T) {
	s := newStand(t, nil)
	lists := 0
	s.call = func(c *event.Call) fate {
		switch c.Kind {
		case event.CallSubmit:
			return fate{deaf: true}
		case event.CallLookup, event.CallFills, event.CallPositions: // for a while only the list of open orders answers
			return fate{status: 503}
		}
		return fate{}
	}
	s.reply = func(r *event.Reply) bool {
		if r.Kind == event.CallOpenOrders && r.Complete && len(r.Orders) == 0 && s.arrived() > 0 {
			lists++
		}
		return true
	}
	s.order(buy, 2)
	s.run(20 * time.Second)
	if lists == 0 || host.LaneHealth(s.live).OrdersUnknown != 1 {
		t.Fatalf("after %d empty lists %d orders are Unknown", lists, host.LaneHealth(s.live).OrdersUnknown)
	}
	s.call = nil
	s.run(60 * time.Second)
	if s.arrived() != 1 || s.told(event.EventFill) != 1 {
		t.Errorf("%d submits arrived, %d fills told", s.arrived(), s.told(event.EventFill))
	}
	s.holds(2)
}

// 4: one fill frame was lost on a healthy stream: an endless liquidation loop.
func TestIncident04ALostFillDoesNotLiquidateForEver(t *testing.T) {
	s := newStand(t, func(s *stand) { s.group.Venue.Facilities |= event.FacilityStream })
	s.order(buy, 5)
	s.holds(5)
	dropped := 0
	s.reply = func(r *event.Reply) bool {
		if r.Call == 0 && r.Kind == event.CallFills {
			dropped++
			return false
		}
		return r.Call == 0 || blind(r) // neither do the next queries tell it
	}
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	s.run(30 * time.Second)
	if dropped == 0 {
		t.Fatal("no frame was lost: the test shows nothing")
	}
	if n := s.arrived(); n != 2 {
		t.Fatalf("%d orders at the venue: one opened, one closes", n)
	}
	s.reply = nil
	s.run(30 * time.Second)
	if n := s.arrived(); n != 2 || s.told(event.EventFill) != 2 || !s.live.Flat() {
		t.Errorf("%d orders at the venue, %d fills told, flat %v", n, s.told(event.EventFill), s.live.Flat())
	}
	s.holds(0)
}

// 5: fills during a disconnect were never recovered.
func TestIncident05FillsOfADisconnectAreRecovered(t *testing.T) {
	for name, outage := range map[string]func(*stand){
		"the host is down": func(s *stand) {
			s.stop()
			s.fillResting()
			s.now += 60e9
			s.start()
		},
		"the venue cannot be reached": func(s *stand) {
			s.call = func(*event.Call) fate { return fate{refused: true} }
			s.reply = func(r *event.Reply) bool { return r.Call != 0 }
			s.run(2 * time.Second)
			s.fillResting()
			s.run(30 * time.Second)
			s.call, s.reply = nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, func(s *stand) { s.group.Venue.Facilities |= event.FacilityStream })
			s.order(rest, 4)
			outage(s)
			if n := s.told(event.EventFill); n != 0 {
				t.Fatalf("%d fills were told during the disconnect", n)
			}
			s.run(60 * time.Second)
			if s.told(event.EventFill) != 1 || host.LaneHealth(s.live).OrdersLive != 0 {
				t.Errorf("%d fills told, %d orders alive", s.told(event.EventFill), host.LaneHealth(s.live).OrdersLive)
			}
			s.holds(4)
		})
	}
}

// fillResting lets the market fall to what rests, for the venue only.
func (s *stand) fillResting() {
	s.venue.Advance(s.now)
	s.venue.Market(&event.Market{Time: s.now, Bars: []event.Bar{{CloseTime: s.now, Open: price, High: price, Low: price * 9 / 10, Close: price}}})
	if len(s.venue.Book().Executions) == 0 {
		s.Fatal("nothing was filled")
	}
}

// 9: new orders were placed during shutdown.
func TestIncident09NothingNewIsPlacedDuringAShutdown(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 5)
	s.order(rest, 2)
	s.holds(5)
	refuses := true // the close fails for a while, and the strategy goes on wishing
	s.call = func(c *event.Call) fate { return fate{refused: refuses && c.Kind == event.CallSubmit} }
	before := s.arrived()
	s.in = append(s.in, host.LiveInput{Command: &host.Command{Agent: "puppet", Mode: event.ModeShutdown, By: "test", Why: "test"}})
	for range 10 {
		s.order(buyTwice, 3)
	}
	refuses = false
	for range 30 {
		s.order(buy, 3)
	}
	for _, a := range s.venue.Arrivals()[before:] {
		if a.Call.Order.Side != event.Sell || a.Call.Order.Flags&event.ByHost == 0 {
			t.Errorf("placed during the shutdown: %+v", a.Call.Order)
		}
	}
	if s.arrived() == before || len(s.venue.Book().Open()) != 0 || !s.live.Flat() {
		t.Errorf("%d orders of the shutdown, %d rest, flat %v", s.arrived()-before, len(s.venue.Book().Open()), s.live.Flat())
	}
	if m := host.LiveMode(s.live, 0); m != event.ModeShutdown {
		t.Errorf("mode %s: a shutdown stays until a person opens it", m)
	}
	s.holds(0)
}

// 10: ids made anew at restart were not the same: duplicates.
func TestIncident10IdsAreTheSameAfterARestart(t *testing.T) {
	s := newStand(t, func(s *stand) { s.group.Venue.Dedupe = resilience.DedupeForever })
	s.call = func(c *event.Call) fate { return fate{lost: c.Kind == event.CallSubmit} }
	s.order(buy, 2) // durable, and lost on its way
	s.call = nil
	s.restart()
	s.run(60 * time.Second)
	ids := map[event.OrderID]int{}
	for i := range s.sent {
		if s.sent[i].Kind == event.CallSubmit {
			ids[s.sent[i].Order.ID]++
		}
	}
	if len(ids) != 1 || s.calls(event.CallSubmit) < 2 || s.arrived() != 1 {
		t.Fatalf("one order was sent %d times under %d ids, %d arrived", s.calls(event.CallSubmit), len(ids), s.arrived())
	}
	s.holds(2)
	s.order(buy, 2) // and a new order has an id of its own
	s.run(10 * time.Second)
	if s.arrived() != 2 {
		t.Errorf("%d arrived", s.arrived())
	}
	s.holds(4)
}
