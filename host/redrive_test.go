package host_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// refusing is a stand whose venue refuses the submits of one order, which is then a dead letter.
func refusing(t *testing.T, verb, n int64, before func(*stand)) (*stand, event.OrderID) {
	t.Helper()
	s := newStand(t, nil)
	if before != nil {
		before(s)
	}
	s.call = func(c *event.Call) fate {
		if c.Kind == event.CallSubmit {
			return fate{status: 422}
		}
		return fate{}
	}
	s.order(verb, n)
	s.call = nil
	for _, o := range host.LaneOrders(s.live) {
		if o.Life.State == resilience.StateRejected && o.Letter {
			return s, o.Order.ID
		}
	}
	t.Fatal("no order was rejected")
	return nil, event.OrderID{}
}

// redrive is a person's, of a letter that was written just now.
func (s *stand) redrive(id event.OrderID) (*host.Redrive, error) {
	r := &host.Redrive{Order: id, Time: s.now}
	return r, s.command(host.Command{Redrive: r, Letter: &event.LetterAct{ID: id.String(), Act: event.LetterRedriven, By: "test", Reason: "test"}})
}

func (s *stand) refuses(id event.OrderID, words string) {
	s.Helper()
	before := s.arrived()
	if _, err := s.redrive(id); err == nil || !strings.Contains(err.Error(), words) {
		s.Errorf("refused with %v, want %q", err, words)
	}
	s.run(3 * time.Second)
	if n := s.arrived(); n != before {
		s.Errorf("%d orders went out all the same", n-before)
	}
}

// acts are what persons did with letters, in the lane's journal.
func (s *stand) acts() (acts []event.LetterAct) {
	s.Helper()
	if err := host.FlushLive(s.live); err != nil {
		s.Fatal(err)
	}
	for e, err := range s.journal.Read("lane/exchange/main", 1) {
		if err != nil {
			s.Fatal(err)
		}
		if a, ok, err := event.ReadLetterAct(e.Body); e.Kind == journal.KindAudit && ok {
			if err != nil {
				s.Fatal(err)
			}
			acts = append(acts, a)
		}
	}
	return acts
}

func TestARejectedOrderIsRedrivenUnderANewId(t *testing.T) {
	s, old := refusing(t, buy, 3, nil)
	r, err := s.redrive(old)
	if err != nil || !r.Anew || r.NewID.IsZero() || r.NewID == old {
		t.Fatalf("%+v, %v", r, err)
	}
	s.run(3 * time.Second)
	s.holds(3)
	if acts := s.acts(); len(acts) != 1 || acts[0].ID != old.String() || acts[0].NewID != r.NewID.String() {
		t.Errorf("the journal has %+v", acts)
	}
	wished := 0
	s.turns(func(t *event.Turn) {
		if t.Event.Kind == event.KindRedrive && t.Event.Redrive.Redrives == old && len(t.Requests) == 1 && t.Requests[0].Order.ID == r.NewID {
			wished++
		}
	})
	if wished != 1 {
		t.Errorf("%d turns of the agent hold the wish", wished)
	}
	s.refuses(old, "redriven already, as "+r.NewID.String())
	s.restart() // and so it stays
	s.run(3 * time.Second)
	s.refuses(old, "redriven already, as "+r.NewID.String())
	s.holds(3)
}

// TestACrashBetweenTheActAndItsOrder: either neither is there afterwards or both.
func TestACrashBetweenTheActAndItsOrder(t *testing.T) {
	t.Run("before they are durable", func(t *testing.T) {
		var broken fault
		s := newStand(t, func(s *stand) { s.device = func(d journal.Device) journal.Device { return failing{d, &broken} } })
		s.call = func(c *event.Call) fate { return fate{status: map[bool]int{true: 422}[c.Kind == event.CallSubmit]} }
		s.order(buy, 3)
		s.call = nil
		var old event.OrderID
		for _, o := range host.LaneOrders(s.live) {
			old = o.Order.ID
		}
		broken.set(errors.New("disk I/O error"))
		if _, err := s.redrive(old); err == nil {
			t.Fatal("no error of a journal that cannot be written")
		}
		broken.set(nil)
		s.restart()
		s.run(3 * time.Second)
		s.holds(0)
		if n := s.arrived(); n != 0 || len(s.acts()) != 0 {
			t.Fatalf("%d orders arrived, acts %+v", n, s.acts())
		}
		if _, err := s.redrive(old); err != nil {
			t.Fatal(err)
		}
		s.run(3 * time.Second)
		s.holds(3)
	})
	t.Run("after, and before the order has gone out", func(t *testing.T) {
		s, old := refusing(t, buy, 3, func(s *stand) { // lookups have something to find
			s.order(buy, 1)
			s.order(closePosition, 0)
		})
		s.call = func(c *event.Call) fate { return fate{lost: c.Kind == event.CallSubmit} }
		first, err := s.redrive(old)
		if err != nil {
			t.Fatal(err)
		}
		s.restart()
		s.run(time.Minute)
		s.refuses(old, "redriven already")
		s.run(10 * time.Minute)
		s.call = nil
		second, err := s.redrive(first.NewID) // its absence is proved
		if err != nil || second.NewID == first.NewID {
			t.Fatalf("%+v, %v", second, err)
		}
		s.run(3 * time.Second)
		s.holds(3)
		s.restart()
		s.run(3 * time.Second)
		s.holds(3)
	})
}

func TestARedriveIsCheckedAsAnOrderOfNowIs(t *testing.T) {
	t.Run("position", func(t *testing.T) {
		s, id := refusing(t, buy, 20, nil)
		s.order(buy, 20)
		s.order(buy, 20)
		s.refuses(id, "found 60, allowed 50")
		s.order(closePosition, 0)
		if _, err := s.redrive(id); err != nil {
			t.Error(err)
		}
		s.run(3 * time.Second)
		s.holds(20)
	})
	t.Run("mode", func(t *testing.T) {
		s, id := refusing(t, buy, 3, nil)
		if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeObservation}); err != nil {
			t.Fatal(err)
		}
		s.refuses(id, "puppet is observation; orders that add are not")
		if err := s.command(host.Command{Agent: "puppet", Mode: event.ModeFull}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.redrive(id); err != nil {
			t.Error(err)
		}
		s.run(3 * time.Second)
		s.holds(3)
	})
	t.Run("a close takes no more than there is", func(t *testing.T) {
		s, id := refusing(t, closePosition, 0, func(s *stand) { s.order(buy, 9) })
		s.order(sell, 5)
		if _, err := s.redrive(id); err != nil {
			t.Fatal(err)
		}
		s.run(3 * time.Second)
		s.holds(0)
	})
	t.Run("and nothing where there is nothing", func(t *testing.T) {
		s, id := refusing(t, closePosition, 0, func(s *stand) { s.order(buy, 9) })
		s.order(closePosition, 0)
		s.refuses(id, "reduce")
		s.holds(0)
	})
	t.Run("age", func(t *testing.T) {
		s, id := refusing(t, buy, 3, nil)
		r := &host.Redrive{Order: id, Time: s.now - int64(2*time.Hour)}
		if err := s.command(host.Command{Redrive: r}); err == nil || !strings.Contains(err.Error(), "at most 1h0m0s is allowed") {
			t.Error(err)
		}
		r.AgeMax = 3 * time.Hour
		if err := s.command(host.Command{Redrive: r}); err != nil {
			t.Error(err)
		}
	})
}

// TestTheChecksOfARedriveAreTold: what a dry run shows.
func TestTheChecksOfARedriveAreTold(t *testing.T) {
	s, id := refusing(t, rest, 3, nil)
	r := &host.Redrive{Order: id, Time: s.now}
	host.CheckRedrive(s.live, r)
	text, err := json.Marshal(r.Checks)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"age"`, `"identity"`, `"mode"`, `"price"`, `at 99, the last price is 100, at most 5 % away from it`, `"position"`, `0 are held, at most 50`, `"risk"`, `"lease"`, `"breaker"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if n := s.arrived(); n != 0 {
		t.Errorf("%d orders arrived", n)
	}
}
