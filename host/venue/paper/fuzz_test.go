package paper

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// tape turns fuzzed bytes into choices; at its end every choice is the first.
type tape struct{ b []byte }

func (p *tape) pick(n int) int64 {
	if len(p.b) == 0 {
		return 0
	}
	v := int64(p.b[0]) % int64(n)
	p.b = p.b[1:]
	return v
}

func (p *tape) flag() bool { return p.pick(2) == 1 }

func oneOf[T any](p *tape, list ...T) T { return list[p.pick(len(list))] }

func (p *tape) config() Config {
	fine := event.Instrument{Name: "fine", Kind: event.Perpetual, PriceDecimals: 5, QuantityDecimals: 6, Tick: 1, Lot: 7, Multiplier: event.One / 3}
	return Config{
		Cash: oneOf(p, 10_000*event.One, int64(777_777_777)), Commission: oneOf[int64](p, 0, 123_457, -100_000),
		FeeFixed: oneOf[int64](p, 0, event.One), Spread: oneOf[int64](p, 0, 1_234_567), Margin: oneOf[int64](p, 0, event.One/7),
		TradeOnClose: p.flag(), ExclusiveOrders: p.flag(), FinalizeTrades: p.flag(),
		SlippageVolume: oneOf[int64](p, 0, event.One/3), Instruments: []event.Instrument{share2, fine},
	}
}

func (p *tape) price() int64 {
	return oneOf[int64](p, 9_000, 9_900, 10_000, 10_100, 12_000) + p.pick(50)
}

func (p *tape) order(orders byte) event.Order {
	o := event.Order{
		Agent: uint32(p.pick(2)), Instrument: uint32(p.pick(2)), Side: oneOf(p, event.Buy, event.Sell),
		TIF:  oneOf(p, event.GTC, event.GTC, event.IOC, event.FOK, event.DAY),
		Size: (p.pick(200) + 1) * 7, SizeKind: event.SizeUnits, Flags: oneOf(p, 0, 0, event.ReduceOnly, event.PostOnly, event.Closing|event.ReduceOnly),
	}
	switch p.pick(4) {
	case 1:
		o.Size, o.SizeKind = oneOf[int64](p, event.One, event.One/3), event.SizeFraction
	case 2:
		o.Size, o.SizeKind = (p.pick(200)+1)*event.One, event.SizeNotional
	}
	if p.flag() {
		o.Price = p.price()
	}
	if p.flag() {
		o.StopPrice = p.price()
	}
	if orders > 0 && p.pick(3) == 0 {
		o.Parent = orderID(byte(p.pick(int(orders))) + 1)
		o.Size = oneOf(p, 0, o.Size)
	}
	return o
}

func (p *tape) bars() []event.Bar {
	var bars []event.Bar
	for i := uint32(0); i < 2; i++ {
		if p.pick(4) != 0 {
			b := event.Bar{Instrument: i, Open: p.price(), Close: p.price(), Volume: p.pick(200) * 10}
			b.High, b.Low = max(b.Open, b.Close)+p.pick(100), min(b.Open, b.Close)-p.pick(100)
			bars = append(bars, b)
		}
	}
	return bars
}

// twin holds the account against one that is born again from its state before each step.
func (d *desk) twin(step func(*Venue) []event.Outcome) {
	d.t.Helper()
	other := reborn(d.t, d.v)
	have, want := step(other), step(d.v)
	if fmt.Sprint(have) != fmt.Sprint(want) || !bytes.Equal(other.AppendState(nil), d.v.AppendState(nil)) {
		d.t.Fatalf("born again it says\n%v\nnot\n%v", have, want)
	}
	d.took(want)
}

// noOpening: an order that only reduces, or a child, never opens anything.
func (d *desk) noOpening() {
	d.t.Helper()
	for i := range d.outs {
		o := &d.outs[i]
		if o.Kind != event.EventFill || o.Fill.Closes != 0 {
			continue
		}
		if order, ok := d.v.Lookup(o.Order); !ok || order.Flags&event.ReduceOnly != 0 || !order.Parent.IsZero() {
			d.t.Fatalf("%s opened a trade: %s", o.Order, words(o))
		}
	}
}

func FuzzRequests(f *testing.F) {
	f.Add([]byte("a market, an order, a market"))
	for seed := byte(0); seed < 40; seed++ {
		b, x := make([]byte, 1500), uint32(seed)*2_654_435_761+1
		for i := range b {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			b[i] = byte(x >> 8)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &tape{b: b}
		d := newDesk(t, p.config())
		d.step = 5 * time.Hour
		for len(p.b) > 0 && d.orders < 250 {
			p.step(d)
		}
		d.noOpening()
	})
}

func (p *tape) step(d *desk) {
	var q event.Request
	switch p.pick(8) {
	case 0, 1, 2:
		bars := p.bars()
		d.now += int64(d.step)
		for i := range bars {
			bars[i].OpenTime, bars[i].CloseTime = d.now-int64(d.step), d.now
			d.control.marks[bars[i].Instrument] = bars[i].Close
		}
		d.twin(func(v *Venue) []event.Outcome { return v.Market(&event.Market{Time: d.now, Bars: bars}, nil) })
		return
	case 3:
		if p.pick(20) == 0 {
			d.twin(func(v *Venue) []event.Outcome { return v.Finalize(d.now, nil) })
		}
		return
	case 4:
		q = event.Request{Kind: event.RequestCancel, Order: event.Order{ID: orderID(byte(p.pick(int(d.orders) + 1))), Agent: uint32(p.pick(2))}}
	case 5:
		o := p.order(0)
		q = event.Request{Kind: event.RequestReplace, Order: event.Order{ID: orderID(byte(p.pick(int(d.orders) + 1))), Agent: o.Agent, Size: o.Size, SizeKind: o.SizeKind, Price: o.Price, StopPrice: o.StopPrice}}
	default:
		o := p.order(d.orders)
		d.orders++
		o.ID, o.Type = orderID(d.orders), typeOf(&o)
		q = event.Request{Kind: event.RequestSubmit, Order: o}
	}
	d.twin(func(v *Venue) []event.Outcome { return v.Handle(&q, d.now, nil) })
}

func FuzzReadState(f *testing.F) {
	config := busy(f).v.config
	f.Add(busy(f).v.AppendState(nil))
	f.Add(account(f, config).AppendState(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := account(t, config)
		if err := v.ReadState(b); err != nil {
			if !errors.Is(err, ErrState) {
				t.Fatalf("error %v is no ErrState", err)
			}
			return
		}
		if !bytes.Equal(v.AppendState(nil), b) {
			t.Fatal("what was read is written differently")
		}
		for _, o := range v.OpenOrders(nil) {
			v.Lookup(o.ID)
		}
		v.Fills(0, nil)
		v.Balances(v.Balances(nil)[:0])
		for i := range int64(3) {
			m := event.Market{Time: i << 50, Bars: []event.Bar{{Open: 90_00 + i*20_00, High: 150_00, Low: 1_00, Close: 100_00, Volume: 10}, {Instrument: 1, Open: 50_00, High: 50_00, Low: 50_00, Close: 50_00, Volume: 100}}}
			v.Market(&m, nil)
		}
		v.config.FinalizeTrades = true
		v.Finalize(4<<50, nil)
		v.AppendState(nil)
	})
}
