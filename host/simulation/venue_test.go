package simulation

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

const now = start

func testInstruments() []event.Instrument {
	return []event.Instrument{{
		Name: "X", Kind: event.Perpetual, Quote: "USD", Settle: "USD", PriceDecimals: 2, QuantityDecimals: 3,
		Tick: 1, Lot: 1, QuantityMin: 1, Multiplier: event.One,
	}}
}

func allFacilities() event.Facilities { return event.FacilityStream<<1 - 1 }

// newTestVenue is a venue with everything and a price of 100.00, changed by change.
func newTestVenue(seed uint64, change func(*VenueConfig)) *Venue {
	c := VenueConfig{
		Venue: "exchange", Account: "a", Currency: "USD", Instruments: testInstruments(), Dedupe: resilience.DedupeForever,
		Replays: true, LatencyMax: 20 * millisecond, SettleWindow: 10 * second, Facilities: allFacilities() &^ event.FacilityStream,
		Cash: 1000 * event.One,
	}
	if change != nil {
		change(&c)
	}
	v := NewVenue(seed, c, nil)
	v.Market(bars(now, 10_000, 10_000, 10_000))
	return v
}

func bars(at, low, high, last int64) *event.Market {
	return &event.Market{Time: at, Bars: []event.Bar{{Open: last, High: high, Low: low, Close: last, CloseTime: at}}}
}

func order(id byte, side event.Side, kind event.OrderType, quantity, price int64) event.Order {
	return event.Order{
		ID: event.OrderID{0xa6, 0xe7, 15: id}, Side: side, Type: kind, TIF: event.GTC, SizeKind: event.SizeUnits,
		Size: quantity, Price: price,
	}
}

var lastCall uint64

func call(kind event.CallKind, o event.Order) event.Call {
	lastCall++
	return event.Call{ID: lastCall, Kind: kind, Attempt: 1, Order: o, Deadline: now + 5*second}
}

// ask makes one call and returns all replies until an hour later.
func ask(v *Venue, c event.Call) []event.Reply {
	c.Deadline = v.now + 5*second
	v.Call(c, v.now)
	return wait(v)
}

// wait lets time pass as events come.
func wait(v *Venue) (all []event.Reply) {
	for at := v.Next(); at != 0; at = v.Next() {
		all = append(all, v.Advance(at)...)
	}
	return all
}

func TestVenue(t *testing.T) {
	t.Run("a market order is filled at the last price, a limit when it is crossed", func(t *testing.T) {
		v := newTestVenue(1, nil)
		r := ask(v, call(event.CallSubmit, order(1, event.Buy, event.OrderMarket, 7, 0)))
		if len(r) != 1 || r[0].Happening.Cause != resilience.CauseNone || r[0].Orders[0].ID != order(1, event.Buy, 0, 0, 0).ID {
			t.Fatalf("%+v", r)
		}
		ask(v, call(event.CallSubmit, order(2, event.Sell, event.OrderLimit, 3, 10_100)))
		if v.Book().Own[0]+v.Book().newest(order(1, 0, 0, 0, 0).ID).Quantity-v.Book().Orders[0].Filled != 7 || len(v.Book().Open()) == 0 {
			t.Errorf("position %d, open %d", v.Book().Own[0], len(v.Book().Open()))
		}
		for i := range int64(20) { // parts may take several bars
			v.Market(bars(v.now+second*(i+1), 9_900, 10_200, 10_150))
		}
		if v.Book().Own[0] != 4 || len(v.Book().Open()) != 0 {
			t.Errorf("position %d, open %d", v.Book().Own[0], len(v.Book().Open()))
		}
		var sold int64
		for _, e := range v.Book().Executions {
			if e.Order.Number == 2 {
				sold += e.Fill.Quantity
				if e.Fill.Price != 10_100 || e.Fill.Flags&event.FillMaker == 0 {
					t.Errorf("%+v", e.Fill)
				}
			}
		}
		if sold != 3 {
			t.Errorf("sold %d", sold)
		}
	})
	t.Run("cancel, replace and lookup find the order, and say what is so", func(t *testing.T) {
		v := newTestVenue(1, nil)
		o := order(1, event.Buy, event.OrderLimit, 5, 9_000)
		ask(v, call(event.CallSubmit, o))
		change := o
		change.Size, change.Price = 8, 9_100
		if r := ask(v, call(event.CallReplace, change)); r[0].Orders[0].Price != 9_100 || r[0].Orders[0].Quantity != 8 {
			t.Errorf("%+v", r)
		}
		if r := ask(v, call(event.CallLookup, o)); r[0].Orders[0].State != event.ReportOpen || !r[0].SearchedOpen || !r[0].SearchedPast {
			t.Errorf("%+v", r)
		}
		if r := ask(v, call(event.CallCancel, o)); r[0].Orders[0].State != event.ReportCancelled {
			t.Errorf("%+v", r)
		}
		if r := ask(v, call(event.CallCancel, o)); r[0].Happening.Number != 409 {
			t.Errorf("%+v", r)
		}
		if r := ask(v, call(event.CallLookup, order(9, 0, 0, 0, 0))); !r[0].NotFound {
			t.Errorf("%+v", r)
		}
		if r := ask(v, call(event.CallCancel, order(9, 0, 0, 0, 0))); r[0].Happening.Number != 404 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("lists are whole, and fills go on after the cursor", func(t *testing.T) {
		v := newTestVenue(1, func(c *VenueConfig) { c.Page = 2 })
		for i := range byte(5) {
			ask(v, call(event.CallSubmit, order(i, event.Buy, event.OrderMarket, 1, 0)))
		}
		ask(v, call(event.CallSubmit, order(9, event.Buy, event.OrderLimit, 5, 9_000)))
		r := ask(v, call(event.CallOpenOrders, event.Order{}))
		if !r[0].Complete || len(r[0].Orders) != 1 {
			t.Errorf("%+v", r)
		}
		if r = ask(v, call(event.CallPositions, event.Order{})); !r[0].Complete || r[0].Positions[0].Quantity != 5 {
			t.Errorf("%+v", r)
		}
		if r = ask(v, call(event.CallBalances, event.Order{})); r[0].Balances[0].Total != v.Book().Cash {
			t.Errorf("%+v", r)
		}
		c, n := call(event.CallFills, event.Order{}), 0
		for complete := false; !complete; {
			r = ask(v, c)
			n += len(r[0].Fills)
			c.Cursor, complete = r[0].Cursor, r[0].Complete
		}
		if n != 5 {
			t.Errorf("%d fills", n)
		}
	})
	t.Run("one id is one order as far as the venue dedupes", func(t *testing.T) {
		for _, c := range []struct {
			dedupe resilience.Dedupe
			later  int64
			kind   event.OrderType
			want   int
		}{
			{resilience.DedupeNone, 0, event.OrderLimit, 2},
			{resilience.DedupeOpen, 0, event.OrderLimit, 1},
			{resilience.DedupeOpen, 0, event.OrderMarket, 2},
			{resilience.DedupeWindow, 0, event.OrderMarket, 1},
			{resilience.DedupeWindow, 50 * second, event.OrderMarket, 2},
			{resilience.DedupeForever, 50 * second, event.OrderMarket, 1},
		} {
			v := newTestVenue(1, func(v *VenueConfig) { v.Dedupe, v.DedupeWindow = c.dedupe, 30*second })
			o := order(1, event.Buy, c.kind, 1, 9_000)
			ask(v, call(event.CallSubmit, o))
			v.Advance(v.now + c.later)
			ask(v, call(event.CallSubmit, o))
			if got := len(v.Book().ByID(o.ID)); got != c.want {
				t.Errorf("%s after %d: %d orders, want %d", c.dedupe, c.later, got, c.want)
			}
		}
	})
	t.Run("an enforced expiry refuses what arrives after it", func(t *testing.T) {
		v := newTestVenue(1, func(c *VenueConfig) { c.Expires = true })
		o := order(1, event.Buy, event.OrderMarket, 1, 0)
		o.ValidUntil = v.now
		if r := ask(v, call(event.CallSubmit, o)); r[0].Happening.Number != 400 || len(v.Book().Orders) != 0 {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a hangup loses what is on its way to the host, not what is on its way to the venue", func(t *testing.T) {
		v := newTestVenue(1, nil)
		v.Call(call(event.CallSubmit, order(1, event.Buy, event.OrderMarket, 1, 0)), v.now)
		v.Hangup()
		if r := wait(v); len(r) != 0 || len(v.Book().Orders) != 1 {
			t.Errorf("%d replies, %d orders", len(r), len(v.Book().Orders))
		}
	})
	t.Run("a stream tells orders and fills unasked", func(t *testing.T) {
		v := newTestVenue(1, func(c *VenueConfig) { c.Facilities |= event.FacilityStream })
		fills, orders := 0, 0
		for _, r := range ask(v, call(event.CallSubmit, order(1, event.Buy, event.OrderMarket, 4, 0))) {
			if r.Call == 0 {
				fills, orders = fills+len(r.Fills), orders+len(r.Orders)
			}
		}
		if fills == 0 || orders == 0 {
			t.Errorf("%d fills, %d orders", fills, orders)
		}
	})
}

func TestFaultsAreInjected(t *testing.T) {
	t.Run("every fault can be drawn, and each call has at least one reply by its deadline", func(t *testing.T) {
		for f := range faultEnd {
			v := newTestVenue(uint64(f), func(c *VenueConfig) {
				c.Rates[f] = Million / 3
				c.Facilities |= event.FacilityStream
				c.SettleWindow = 60 * second
			})
			for i := range byte(200) {
				o := order(i, event.Buy, event.OrderMarket, 1, 0)
				kind := event.CallKind(1 + i%8)
				if kind != event.CallSubmit {
					o = order(i-i%8, event.Buy, event.OrderLimit, 1, 9_000)
				}
				c := call(kind, o)
				c.Deadline = v.now + 5*second
				v.Call(c, v.now)
				answered := 0
				for v.Next() != 0 && v.Next() <= c.Deadline {
					for _, r := range v.Advance(v.Next()) {
						if r.Call == c.ID {
							answered++
						}
					}
				}
				if answered == 0 {
					t.Errorf("%s: a %s was not answered", f, kind)
				}
				v.Market(bars(v.now+second, 10_000, 10_000, 10_000))
			}
			if v.Injected()[f.String()] == 0 {
				t.Errorf("%s never happened", f)
			}
		}
	})
	t.Run("what happened before a byte left never arrives; what is Unknown may have", func(t *testing.T) {
		for seed := range uint64(300) {
			v := newTestVenue(seed, func(c *VenueConfig) {
				for f := range FaultOutage {
					c.Rates[f] = Million / 12
				}
			})
			r := ask(v, call(event.CallSubmit, order(1, event.Buy, event.OrderLimit, 1, 9_000)))
			f := resilience.Classify(r[0].Happening, nil)
			there := len(v.Book().ByID(order(1, 0, 0, 0, 0).ID)) > 0
			rejected := there && v.Book().Orders[0].State == event.ReportRejected
			switch {
			case r[0].Happening.Cause == resilience.CauseNone:
				if !there || rejected {
					t.Errorf("seed %d: accepted and not there", seed)
				}
			case f.Proof == resilience.ProofNotSent && there:
				t.Errorf("seed %d: %+v proves not sent, and it is there", seed, r[0].Happening)
			case f.Proof == resilience.ProofRejected && there && !rejected:
				t.Errorf("seed %d: %+v proves rejected, and it is there", seed, r[0].Happening)
			}
		}
	})
	t.Run("a calm venue answers everything", func(t *testing.T) {
		v := newTestVenue(5, func(c *VenueConfig) {
			for f := range faultEnd {
				c.Rates[f] = Million / 2
			}
		})
		v.Calm()
		for i := range byte(50) {
			r := ask(v, call(event.CallSubmit, order(i, event.Buy, event.OrderMarket, 1, 0)))
			if len(r) != 1 || r[0].Happening.Cause != resilience.CauseNone {
				t.Fatalf("%+v", r)
			}
		}
	})
}

// session is a run of a venue under faults, as text.
func session(seed uint64) string {
	var b bytes.Buffer
	c := VenueConfig{
		Venue: "exchange", Account: "a", Currency: "USD", Instruments: testInstruments(), LatencyMax: second,
		SettleWindow: 5 * second, Facilities: allFacilities(), RatePerSecond: 5,
	}
	for f := range faultEnd {
		c.Rates[f] = Million / 10
	}
	v := NewVenue(seed, c, NewTrace(&b, start))
	for i := range int64(40) {
		v.Market(bars(now+i*second, 10_000-i, 10_000+i, 10_000))
		for n := range byte(3) {
			v.Call(event.Call{ID: uint64(i)*3 + uint64(n), Kind: event.CallKind(1 + (byte(i)+n)%8), Order: order(byte(i), event.Buy, event.OrderLimit, 3, 10_000)}, now+i*second)
		}
		for _, r := range v.Advance(now + i*second + second/2) {
			fmt.Fprintf(&b, "%+v\n", r)
		}
	}
	return b.String()
}

func TestVenueIsDeterministic(t *testing.T) {
	t.Run("a seed gives the same session to the byte, another seed another", func(t *testing.T) {
		first, again := session(1), session(1)
		if first != again {
			t.Error("one seed, two sessions")
		}
		if first == session(2) {
			t.Error("two seeds, one session")
		}
	})
}
