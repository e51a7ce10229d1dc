package simulation

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/journal"
	"github.com/agenthost/agenthost/resilience"
)

// paperBooks are the books of a host that exists on paper only: one agent, one lane.
type paperBooks struct {
	orders   []HostOrder
	letters  []event.Letter
	position int64
	halted   string
	journal  *journal.Journal
}

func (b *paperBooks) Orders() iter.Seq[HostOrder] { return slices.Values(b.orders) }
func (b *paperBooks) Letters() []event.Letter     { return b.letters }
func (b *paperBooks) Position(uint32) int64       { return b.position }
func (b *paperBooks) Foreign(uint32) int64        { return 0 }
func (b *paperBooks) Halted() string              { return b.halted }
func (b *paperBooks) Agents() []string            { return []string{"agent/a"} }
func (b *paperBooks) Lane() string                { return "lane/exchange/a" }
func (b *paperBooks) Journal() *journal.Journal   { return b.journal }

// scene is a venue, a checker and books that agree: one order, filled.
type scene struct {
	disk    *Disk
	venue   *Venue
	checker *Checker
	books   paperBooks
	order   event.Order
	turn    event.Turn
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{disk: NewDisk(1, NewPower(), DiskFaults{}), venue: newTestVenue(1, func(c *VenueConfig) { c.Dedupe = resilience.DedupeNone })}
	s.checker = NewChecker(1, start, s.venue, Limits{
		OrderQuantityMax: []int64{10}, PositionMax: []int64{20}, OrderNotionalMax: 1000 * event.One,
		Budget: resilience.DefaultBudget(),
	})
	s.order = order(1, event.Buy, event.OrderMarket, 1, 0)
	s.turn = event.Turn{Event: event.Event{Kind: event.KindStart, Sequence: 1, Time: start}, Requests: []event.Request{{Kind: event.RequestSubmit, Order: s.order}}}
	ask(s.venue, call(event.CallSubmit, s.order))
	s.books.orders = []HostOrder{{ID: s.order.ID, State: resilience.StateFilled, Filled: 1, Reached: true}}
	s.books.position = 1
	return s
}

// check journals the turn and compares.
func (s *scene) check(t *testing.T) []Violation {
	t.Helper()
	j, err := journal.Open(s.disk.Open(), journal.Options{Inline: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.books.Lane(), "agent/a"} {
		stream, err := j.Acquire(name, "host", 0, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Wait(stream.Append(journal.KindTurn, 1, start, event.AppendTurn(nil, &s.turn))); err != nil {
			t.Fatal(err)
		}
	}
	s.books.journal = j
	s.checker.Check(&s.books)
	return s.checker.Violations()
}

func TestChecker(t *testing.T) {
	for _, c := range []struct {
		claim  string
		want   Invariant // 0: no violation
		change func(*scene)
	}{
		{"books that agree break nothing", 0, func(*scene) {}},
		{"an order that is at the venue twice", InvariantOnce, func(s *scene) {
			ask(s.venue, call(event.CallSubmit, s.order))
			s.books.position, s.books.orders[0].Filled = 2, 1
		}},
		{"an intent that the host forgot", InvariantNoneLost, func(s *scene) { s.books.orders = nil }},
		{"an order that rests here and is over there", InvariantNoneLost, func(s *scene) { s.books.orders[0].State = resilience.StateOpen }},
		{"an order that is over here and rests there", InvariantNoneLost, func(s *scene) {
			o := order(2, event.Buy, event.OrderLimit, 1, 9_000)
			ask(s.venue, call(event.CallSubmit, o))
			s.turn.Requests = append(s.turn.Requests, event.Request{Kind: event.RequestSubmit, Order: o})
			s.books.orders = append(s.books.orders, HostOrder{ID: o.ID, State: resilience.StateCancelled})
		}},
		{"an order at the venue that no journal knows", InvariantNoOrphan, func(s *scene) {
			ask(s.venue, call(event.CallSubmit, order(7, event.Buy, event.OrderLimit, 1, 9_000)))
		}},
		{"positions that differ", InvariantPositions, func(s *scene) { s.books.position = 2 }},
		{"positions that differ while the account is halted, after somebody else traded", 0, func(s *scene) {
			s.books.position, s.books.halted = 2, "positions differ"
			s.venue.injected[FaultForeign]++
		}},
		{"an account that is halted for nothing", InvariantLiveness, func(s *scene) { s.books.halted = "positions differ" }},
		{"a fill that was booked twice", InvariantPositions, func(s *scene) { s.books.orders[0].Filled = 2 }},
		{"a frame that was changed on the disk", InvariantJournal, func(s *scene) { s.disk.SetFaults(DiskFaults{}); s.turn.Fuel = -1 }},
		{"a dead letter of no order", InvariantPartition, func(s *scene) {
			s.books.letters = []event.Letter{{Kind: event.LetterOrder, ID: "nobody's"}}
		}},
		{"an order that is given up without a letter", InvariantPartition, func(s *scene) {
			s.books.orders[0].State, s.books.orders[0].Letter = resilience.StateDeadLetter, true
		}},
		{"an order that is still Unknown at the end", InvariantLiveness, func(s *scene) { s.books.orders[0].State = resilience.StateUnknown }},
		{"a failed tick that emitted an order", InvariantFailedTick, func(s *scene) { s.turn.Verdict = event.VerdictTrapped }},
		{"an order above its limit", InvariantRisk, func(s *scene) {
			big := order(3, event.Buy, event.OrderLimit, 11, 10_000)
			c := call(event.CallSubmit, big)
			s.checker.Released(&c, now)
		}},
		{"an order after the kill switch", InvariantKill, func(s *scene) {
			s.checker.Kill(now)
			c := call(event.CallSubmit, order(3, event.Buy, event.OrderLimit, 1, 10_000))
			s.checker.Released(&c, now+1)
		}},
		{"a close that what was wished after it has overtaken", InvariantReversal, func(s *scene) {
			opens, closes := order(3, event.Sell, event.OrderLimit, 1, 11_000), order(2, event.Sell, event.OrderMarket, 1, 0)
			closes.Flags = event.ReduceOnly
			for _, o := range [...]event.Order{opens, closes} {
				ask(s.venue, call(event.CallSubmit, o))
			}
			for _, o := range [...]event.Order{closes, opens} {
				s.turn.Requests = append(s.turn.Requests, event.Request{Kind: event.RequestSubmit, Order: o})
			}
		}},
		{"more retries than the budget", InvariantBudget, func(s *scene) {
			for i := range uint32(13) {
				c := call(event.CallSubmit, s.order)
				c.Attempt = 1 + i
				s.checker.Journaled(&c, now)
			}
		}},
	} {
		t.Run(c.claim, func(t *testing.T) {
			s := newScene(t)
			c.change(s)
			if s.turn.Fuel < 0 { // damage instead of a change of the turn
				s.turn.Fuel = 0
				s.check(t)
				f := &s.disk.stream(1).frames[0]
				f.Bytes[len(f.Bytes)/2] ^= 1
				s.checker.checkStreams(&s.books)
			} else {
				s.check(t)
			}
			found := s.checker.Violations()
			if c.want == 0 {
				if len(found) != 0 {
					t.Errorf("%v", found[0].String())
				}
				return
			}
			if !slices.ContainsFunc(found, func(v Violation) bool { return v.Invariant == c.want }) {
				t.Errorf("not found; only %v", found)
			}
			for i := range found {
				if text := found[i].String(); !strings.Contains(text, "seed 1") || !strings.Contains(text, "exchange/a") {
					t.Errorf("%s", text)
				}
			}
		})
	}
}

func TestSometimes(t *testing.T) {
	t.Run("a point that was never reached is missing, and a campaign adds up", func(t *testing.T) {
		var a, b Sometimes
		for i, p := range SometimesPoints() {
			if i%2 == 0 {
				a.Reach(p)
			} else if i > 1 {
				b.Reach(p)
			}
		}
		a.Add(&b)
		if m := a.Missing(); len(m) != 1 || m[0] != SometimesPoints()[1] {
			t.Errorf("%v", m)
		}
	})
	t.Run("a point that is not declared panics", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("it did not")
			}
		}()
		new(Sometimes).Reach("nowhere")
	})
}

func TestPlan(t *testing.T) {
	t.Run("a seed gives one plan, in one line; seeds differ; each can be run", func(t *testing.T) {
		seen := make(map[string]bool)
		for seed := range uint64(500) {
			p := NewPlan(seed)
			text := p.String()
			if text != NewPlan(seed).String() || strings.Contains(text, "\n") || seen[text] {
				t.Fatalf("%s", text)
			}
			seen[text] = true
			for i := range p.Market.Instruments {
				if err := p.Market.Instruments[i].Validate(); err != nil {
					t.Fatal(err)
				}
			}
			for _, g := range p.Groups {
				owners := make(map[int]int)
				for _, a := range g.Agents {
					if Strategies()[a.Strategy] == nil || len(a.Instruments) == 0 {
						t.Fatalf("%+v", a)
					}
					for _, i := range a.Instruments {
						if owners[i]++; owners[i] > 1 && !a.Shared {
							t.Fatalf("instrument %d has two owners and is not shared: %s", i, text)
						}
					}
				}
			}
			if !slices.IsSorted(p.Crashes) {
				t.Fatalf("%v", p.Crashes)
			}
		}
	})
}
