package host_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/alert"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/host/simulation"
	"github.com/agenthost/agenthost/resilience"
)

// failing is a device whose appends end in an error while it is set.
type failing struct {
	journal.Device
	fault *fault
}

// fault is the error that stands, nil for none. The journal's writer reads it while the test sets it.
type fault struct{ standing atomic.Pointer[error] }

func (f *fault) set(err error) { f.standing.Store(&err) }

func (f *fault) get() error {
	if p := f.standing.Load(); p != nil {
		return *p
	}
	return nil
}

func (d failing) Append(b []journal.Batch) error {
	if err := d.fault.get(); err != nil {
		return err
	}
	return d.Device.Append(b)
}

// untilFailure lets time pass until a round fails.
func (s *stand) untilFailure(volume int64) error {
	s.Helper()
	for end := s.now + 10e9; s.now < end; {
		if err := s.step(end, &volume); err != nil {
			return err
		}
	}
	s.Fatal("the journal failed, and the host went on")
	return nil
}

// 6: the order was placed, the local database write failed: the bot forgot the trade.
func TestIncident06AFailedWriteForgetsNoTrade(t *testing.T) {
	t.Run("before the order: nothing is sent", func(t *testing.T) {
		var broken fault
		s := newStand(t, func(s *stand) { s.device = func(d journal.Device) journal.Device { return failing{d, &broken} } })
		broken.set(errors.New("database is locked"))
		if err := s.untilFailure(buy + 100*2); !strings.Contains(err.Error(), "database is locked") {
			t.Errorf("failed with %v", err)
		}
		broken.set(nil)
		s.restart()
		s.run(30 * time.Second)
		if s.calls(event.CallSubmit) != 0 || s.arrived() != 0 {
			t.Errorf("%d submits left a host that could not write them down", s.calls(event.CallSubmit))
		}
		s.holds(0)
	})
	t.Run("after the order: the trade is known", func(t *testing.T) {
		var broken fault
		s := newStand(t, func(s *stand) { s.device = func(d journal.Device) journal.Device { return failing{d, &broken} } })
		s.call = func(c *event.Call) fate {
			if c.Kind == event.CallSubmit {
				broken.set(errors.New("disk I/O error"))
			}
			return fate{}
		}
		if err := s.untilFailure(buy + 100*2); err == nil || s.calls(event.CallSubmit) != 1 {
			t.Fatalf("%v after %d submits", err, s.calls(event.CallSubmit))
		}
		s.stop()
		broken.set(nil)
		s.call = nil
		s.run0(time.Second)
		s.start()
		s.run(60 * time.Second)
		if s.arrived() != 1 || s.told(event.EventFill) != 1 {
			t.Errorf("%d orders at the venue, %d fills told", s.arrived(), s.told(event.EventFill))
		}
		s.holds(2)
		s.order(closePosition, 0)
		s.run(5 * time.Second)
		s.holds(0)
	})
}

// run0 lets time pass while the host is down.
func (s *stand) run0(d time.Duration) {
	s.now += int64(d)
	s.venue.Advance(s.now)
}

// 7: disk full: the process died with positions open.
func TestIncident07AFullDiskLeavesNoPositionAlone(t *testing.T) {
	t.Run("low space: close-only, and closing works", func(t *testing.T) {
		s := newStand(t, nil)
		s.order(buy, 3)
		s.disk = 100 << 20
		s.run(2 * time.Second)
		if m := host.LiveMode(s.live, 0); m != event.ModeReadOnly || !s.alerted("mode") {
			t.Fatalf("mode %s, alerts %v", m, s.alerts)
		}
		s.order(buy, 1)
		if d := s.denied(); len(d) != 1 || d[0] != abi.DenyMode {
			t.Errorf("an order that adds was answered %v", d)
		}
		s.holds(3)
		s.order(closePosition, 0)
		s.run(3 * time.Second)
		s.holds(0)
	})
	t.Run("no space: nothing is sent, and the position is there when it returns", func(t *testing.T) {
		var full fault
		s := newStand(t, func(s *stand) { s.device = func(d journal.Device) journal.Device { return failing{d, &full} } })
		s.order(buy, 3)
		full.set(journal.ErrFull)
		before := s.calls(event.CallSubmit)
		if err := s.untilFailure(buy + 100*1); !errors.Is(err, journal.ErrFull) {
			t.Errorf("failed with %v", err)
		}
		for range 3 { // the service opens again and again
			s.stop()
			if err := s.tryStart(); err == nil {
				if err = s.untilFailure(idle); err == nil {
					t.Fatal("a round on a full disk")
				}
			}
			s.now += 10e9
		}
		if n := s.calls(event.CallSubmit) - before; n != 0 {
			t.Errorf("%d orders were sent on a journal that could not be written", n)
		}
		full.set(nil)
		s.restart()
		s.run(20 * time.Second)
		s.holds(3)
		s.order(closePosition, 0)
		s.run(3 * time.Second)
		s.holds(0)
	})
}

// 8: the kill switch died of an exception in its own reporting line.
func TestIncident08TheKillSwitchNeedsNeitherReportingNorTheStrategy(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 4)
	for range 3 {
		s.failTick()
	}
	if m := host.LiveMode(s.live, 0); m != event.ModeReadOnly {
		t.Fatalf("mode %s: the strategy is not quarantined", m)
	}
	panics := brokenSink{}
	d, err := alert.New(alert.Config{Sinks: []alert.SinkConfig{{Sink: panics}}, AttemptsMax: 1}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.call = func(c *event.Call) fate { // half the venue is broken too
		if c.Kind.Changes() || c.Kind == event.CallFills {
			return fate{}
		}
		return fate{status: 500}
	}
	s.quiet = true // and the feed is gone
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		for _, a := range s.alerts {
			d.Raise(a)
		}
		s.run(time.Second)
	}
	if !s.live.Flat() || len(s.alerts) == 0 {
		t.Errorf("flat %v, %d alerts", s.live.Flat(), len(s.alerts))
	}
	s.holds(0)
	if err := d.Close(context.Background()); err != nil {
		t.Log(err)
	}
	if d.Health().Undelivered == 0 {
		t.Error("the reporting was not broken: the test shows nothing")
	}
}

// brokenSink is a way of telling that fails in the worst way.
type brokenSink struct{}

func (brokenSink) Name() string                            { return "broken" }
func (brokenSink) Send(context.Context, event.Alert) error { panic("reporting") }

// 11: a stale book on a live socket: only a log line, the strategy had no signal.
func TestIncident11AStaleFeedIsTheStrategysBusiness(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 1)
	s.order(rest, 2)
	s.quiet = true // the socket lives, the venue answers, and no bar comes
	s.run(10 * time.Second)
	if m := host.LiveMode(s.live, 0); m != event.ModeObservation || !s.alerted("mode") {
		t.Fatalf("mode %s after ten intervals without a bar, alerts %v", m, s.alerts)
	}
	if n := len(s.venue.Book().Open()); n != 0 {
		t.Errorf("%d orders that add still rest, to be picked off", n)
	}
	told := false
	s.turns(func(turn *event.Turn) {
		told = told || turn.Event.Kind == event.KindMode && turn.Event.Mode == event.ModeObservation && strings.Contains(turn.Event.Reason, "feed_age")
	})
	if !told {
		t.Error("the agent's journal has no event about its feed")
	}
	s.quiet = false
	s.order(buy, 1) // the first bar that comes again, before the mode has changed back
	if h := s.tick.Header(); h.Mode != abi.ModeObservation || s.tick.FeedHealths() != 1 {
		t.Errorf("the strategy saw mode %d and %d feeds", h.Mode, s.tick.FeedHealths())
	}
	if d := s.denied(); len(d) != 1 || d[0] != abi.DenyMode {
		t.Errorf("an order on the first bar was answered %v", d)
	}
	s.run(5 * time.Second)
	if h := s.tick.Header(); h.Mode != abi.ModeFull {
		t.Errorf("mode %d with a feed that is fresh again", h.Mode)
	}
	s.holds(1)
}

// 12: 429 ignored until the address was banned.
func TestIncident12RetryAfterIsKeptToTheSecond(t *testing.T) {
	s := newStand(t, nil)
	const asked = 40e9
	until, calls := int64(0), 0
	s.call = func(c *event.Call) fate {
		switch {
		case until == 0 && c.Kind == event.CallSubmit:
			until = s.now + asked
			return fate{status: 429, retryAfter: asked, notProcessed: true}
		case s.now < until:
			if s.now > until-asked { // what left with the submit could not know
				calls++
			}
			if calls > 5 {
				return fate{status: 418, retryAfter: 3600e9} // banned
			}
			return fate{status: 429, retryAfter: until - s.now, notProcessed: true}
		}
		return fate{}
	}
	s.order(buy, 1)
	for s.now < until {
		s.order(buy, 1) // an eager strategy
	}
	if calls != 0 {
		t.Errorf("%d calls to a venue that asked to be left alone for 40 s", calls)
	}
	s.run(30 * time.Second)
	before := s.arrived()
	s.order(buy, 1)
	s.run(10 * time.Second)
	if s.arrived() != before+1 || host.LaneHealth(s.live).Breaker != resilience.BreakerClosed {
		t.Errorf("%d orders after the time was over, breaker %v", s.arrived()-before, host.LaneHealth(s.live).Breaker)
	}
	s.holds(int64(s.arrived()))
}

// 13: the acceptance came between an attempt and its retry, and the retry was still sent.
func TestIncident13AnAcceptanceEndsTheRetries(t *testing.T) {
	story := func(t *testing.T, told bool) *stand {
		s := newStand(t, func(s *stand) {
			s.group.Venue.Dedupe = resilience.DedupeForever
			s.group.Venue.Facilities |= event.FacilityStream
			s.lane.Backoff = resilience.BackoffConfig{Jitter: resilience.JitterNone, Base: 2e9, Cap: 2e9, AttemptsMax: 5}
		})
		s.call = func(c *event.Call) fate { // the venue answers that it has done nothing, and lies
			if c.Kind == event.CallSubmit && s.calls(c.Kind) == 1 {
				return fate{deaf: true, status: 503, notProcessed: true}
			}
			return fate{}
		}
		s.reply = func(r *event.Reply) bool {
			switch {
			case r.Call != 0:
				return blind(r)
			case told && host.LaneHealth(s.live).CallsOut > 0: // the stream is slower than the answer, and faster than the retry
				s.later = append(s.later, delayed{s.now + 1e9, *r})
				return false
			}
			return told
		}
		s.order(rest, 2)
		s.run(15 * time.Second)
		return s
	}
	if s := story(t, false); s.calls(event.CallSubmit) < 2 {
		t.Errorf("without the stream's word %d attempts: there is no retry that could be ended", s.calls(event.CallSubmit))
	}
	s := story(t, true)
	if n := s.calls(event.CallSubmit); n != 1 {
		t.Errorf("%d attempts although the acceptance came after the first", n)
	}
	s.call, s.reply = nil, nil
	s.order(cancelAll, 0)
	s.run(10 * time.Second)
	if len(s.venue.Book().Open()) != 0 {
		t.Error("the order cannot be cancelled")
	}
	s.holds(0)
}

// 14: a fill arrived before the reply to the submit.
func TestIncident14AFillMayComeBeforeTheReply(t *testing.T) {
	s := newStand(t, func(s *stand) { s.group.Venue.Facilities |= event.FacilityStream })
	s.call = func(c *event.Call) fate {
		if c.Kind == event.CallSubmit {
			return fate{after: 3 * time.Second}
		}
		return fate{}
	}
	s.reply = func(r *event.Reply) bool { return r.Call != 0 || r.Kind == event.CallFills } // nothing accepts it before
	s.order(buy, 2)
	if books, _ := host.LivePosition(s.live, 0); books != 2 || s.told(event.EventFill) != 1 || host.LaneHealth(s.live).CallsOut == 0 {
		t.Fatalf("before the reply the agent holds %d of %d fills, %d calls are out", books, s.told(event.EventFill), host.LaneHealth(s.live).CallsOut)
	}
	s.order(closePosition, 0) // it is tradable at once
	s.run(20 * time.Second)
	if s.told(event.EventFill) != 2 || s.arrived() != 2 {
		t.Errorf("%d fills told, %d orders", s.told(event.EventFill), s.arrived())
	}
	s.holds(0)
}

// 15: a restart adopted an empty position; a fill was booked twice after a worker's restart.
func TestIncident15ARestartNeitherForgetsNorBooksTwice(t *testing.T) {
	s := newStand(t, nil)
	s.order(buy, 3)
	s.holds(3)
	s.stop()
	s.reply = func(r *event.Reply) bool {
		switch r.Kind {
		case event.CallPositions: // the account looks empty, and the list does not say that it is cut
			r.Positions, r.Complete = nil, false
		case event.CallFills: // and all fills come again, from the first
			r.Fills = nil
			for i := range s.venue.Book().Executions {
				e := &s.venue.Book().Executions[i]
				r.Fills = append(r.Fills, event.FillReport{Order: e.Order.ID, VenueOrder: e.Order.Name(), Instrument: e.Order.Instrument, Symbol: "X", Fill: e.Fill})
			}
		}
		return true
	}
	for range 3 {
		s.start()
		s.run(5 * time.Second)
		s.holds(3)
		s.stop()
	}
	s.reply = nil
	s.start()
	s.run(30 * time.Second)
	if s.told(event.EventFill) != 1 || s.arrived() != 1 || host.LaneHealth(s.live).Differ != "" {
		t.Errorf("%d fills told, %d orders, differs: %q", s.told(event.EventFill), s.arrived(), host.LaneHealth(s.live).Differ)
	}
	s.order(closePosition, 0)
	s.run(5 * time.Second)
	s.holds(0)
}

// 16: Knight Capital: old code on one of eight servers, no kill switch, 4 million orders in 45 minutes.
func TestIncident16RunawayCodeIsBoundedAndShutOff(t *testing.T) {
	s := newStand(t, nil)
	for range 20 { // 20 s at 30 orders a tick
		s.order(flood, 30)
	}
	orders := s.arrived()
	if most := 20 + 30*20/10 + 20; orders > most || orders < 20 {
		t.Errorf("%d orders in 30 s; 20 in 10 s are allowed", orders)
	}
	if worst := s.venue.Book().PositionWorst(0); worst > 50 {
		t.Errorf("a position of %d; 50 is the bound", worst)
	}
	codes := s.denied()
	if !slices.Contains(codes, abi.DenyRate) || !slices.Contains(codes, abi.DenyPosition) || len(codes)+orders != 600 {
		t.Errorf("%d orders and %d denials of 600 wishes", orders, len(codes))
	}
	if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeShutdown}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		s.order(flood, 30)
	}
	if !s.live.Flat() {
		t.Error("the kill switch did not flatten")
	}
	s.holds(0)

	s.stop()
	s.module = simulation.Strategies()["trader"] // other code under the same name
	err := s.tryStart()
	if err == nil || !strings.Contains(err.Error(), "none are kept") {
		t.Errorf("another module on the agent's history: %v", err)
	}
}
