package host_test

import (
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
)

// protectedStand holds 4, with a stop for all of it at the venue.
func protectedStand(t *testing.T, reduceOnly bool) *stand {
	t.Helper()
	s := newStand(t, func(s *stand) { s.group.Venue.Sizes, s.group.Venue.ReduceOnly = true, reduceOnly })
	s.order(buy, 4)
	s.order(protect, 4)
	s.holds(4)
	if n := s.protected(); n != 4 {
		t.Fatalf("a stop for %d of 4 is at the venue; denied %v", n, s.denied())
	}
	return s
}

// protected is how much the stops that rest at the venue close.
func (s *stand) protected() (units int64) {
	for _, o := range s.venue.Book().Orders {
		if o.State == event.ReportOpen && o.Type == event.OrderStop {
			units += o.Quantity - o.Filled
		}
	}
	return units
}

// refuseCloses answers every market order with a refusal while *refusing.
func (s *stand) refuseCloses(refusing *bool) {
	s.call = func(c *event.Call) fate {
		if *refusing && c.Kind == event.CallSubmit && c.Order.Type == event.OrderMarket {
			return fate{status: 400}
		}
		return fate{}
	}
}

// TestAFlattenThatIsRefusedRestoresTheStops: where the venue does not enforce reduce-only, a stop and a close together
// would turn the position round, so the stop is taken back for the close; a close that fails for good gives it back.
func TestAFlattenThatIsRefusedRestoresTheStops(t *testing.T) {
	s := protectedStand(t, false)
	refusing := true
	s.refuseCloses(&refusing)
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	without, with := time.Duration(0), time.Duration(0)
	for range 300 {
		s.run(100 * time.Millisecond)
		switch n := s.protected(); n {
		case 4:
			with += 100 * time.Millisecond
		case 0:
			without += 100 * time.Millisecond
		default:
			t.Fatalf("stops for %d of 4", n)
		}
	}
	if s.told(event.EventRejected) < 3 {
		t.Fatalf("%d closes were refused: the test shows nothing", s.told(event.EventRejected))
	}
	if with < 8*without {
		t.Errorf("protected for %s, not for %s", with, without)
	}
	s.holds(4)
	refusing = false
	s.run(40 * time.Second)
	s.holds(0)
	if n := s.protected(); n != 0 || !s.live.Flat() {
		t.Errorf("flat %v, and stops for %d rest at the venue", s.live.Flat(), n)
	}
}

// TestAStopStaysUntilTheCloseHasFilled where the venue itself sees to it that both together close no more than there is.
func TestAStopStaysUntilTheCloseHasFilled(t *testing.T) {
	s := protectedStand(t, true)
	refusing := true
	s.refuseCloses(&refusing)
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	s.run(500 * time.Millisecond)
	if n := s.calls(event.CallCancel); n != 0 || s.protected() != 4 {
		t.Errorf("%d cancels, stops for %d: it was taken back before the close had filled", n, s.protected())
	}
	refusing = false
	s.run(40 * time.Second)
	s.holds(0)
	if n := s.protected(); n != 0 || !s.live.Flat() {
		t.Errorf("flat %v, and stops for %d rest at the venue", s.live.Flat(), n)
	}
}

// TestAFlattenThatIsTakenBackGivesTheStopsBack, and a crash in between forgets none.
func TestAFlattenThatIsTakenBackGivesTheStopsBack(t *testing.T) {
	s := protectedStand(t, false)
	lost := true
	s.call = func(c *event.Call) fate { // the close never leaves
		return fate{refused: lost && c.Kind == event.CallSubmit}
	}
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	s.run(3 * time.Second)
	if n := s.protected(); n != 0 {
		t.Fatalf("stops for %d are still there: the test shows nothing", n)
	}
	s.restart()
	s.run(time.Second)
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeFull}); err != nil {
		t.Fatal(err)
	}
	s.run(9 * time.Second) // the close's time to live ends
	lost = false
	s.run(time.Minute)
	s.holds(4)
	if n := s.protected(); n != 4 {
		t.Errorf("stops for %d of 4", n)
	}
}

// TestARestoredStopIsForWhatIsLeft: what filled of it, while it was being taken back, is not protected twice.
func TestARestoredStopIsForWhatIsLeft(t *testing.T) {
	s := protectedStand(t, false)
	s.order(sell, 1)
	refusing := true
	s.refuseCloses(&refusing)
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	s.run(1500 * time.Millisecond)
	s.holds(3)
	if n := s.protected(); n != 3 {
		t.Errorf("stops for %d of 3", n)
	}
}
