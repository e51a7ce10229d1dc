package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/agenthost/agenthost/abi"
)

// desk is a host and a venue in small: it fills stop and limit orders on bars, knows contingent orders,
// and denies or fills in part when told to. It exists to hold the strategy to its promises; agenthost's
// own venue has tests of its own.
type desk struct {
	t      *testing.T
	writer *abi.Writer
	output *abi.OutputWriter

	time        int64
	sequence    uint64
	cash        int64 // In 1e-8.
	prices      []int64
	positions   []int64
	orders      []abi.OpenOrder
	parents     map[uint64]uint64 // Ref of the parent of each contingent order.
	opened      map[uint64]int64  // What each entry has filled.
	events      []abi.Event
	health      []abi.FeedFlag
	permissions abi.Permission

	denyEvery   int // Every so many submits are denied; 0 denies none.
	partial     bool
	submits     int
	intents     []abi.Intent // Of the last tick.
	trades      int
	seenDenials int
}

const (
	startCash = 1_000_000 * one
	allowed   = abi.PermissionAdd | abi.PermissionReduce | abi.PermissionCancel | abi.PermissionTick
)

// newDesk configures the strategy by its defaults, but for those given.
func newDesk(t *testing.T, instruments int, values map[string]int64) *desk {
	t.Helper()
	var w abi.ParamWriter
	for _, p := range description.Parameters {
		v := p.Default.Number
		if given, ok := values[p.Name]; ok {
			v = given
		}
		w.Integer(v) // The strategy reads numbers, whatever their type.
	}
	params, err := abi.ReadParams(w.Bytes())
	if err == nil {
		err = configure(&params)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{
		t: t, writer: abi.NewWriter(1 << 16), output: abi.NewOutputWriter(1 << 14), cash: startCash, permissions: allowed,
		parents: map[uint64]uint64{}, opened: map[uint64]int64{},
		positions: make([]int64, instruments), health: make([]abi.FeedFlag, instruments),
	}
	for range instruments {
		d.prices = append(d.prices, 10_000)
	}
	return d
}

// clone is a desk in the same place that shares nothing with this one.
func (d *desk) clone() *desk {
	c := *d
	c.writer, c.output = abi.NewWriter(1<<16), abi.NewOutputWriter(1<<14)
	c.prices, c.positions, c.orders = slices.Clone(d.prices), slices.Clone(d.positions), slices.Clone(d.orders)
	c.events, c.health = slices.Clone(d.events), slices.Clone(d.health)
	c.parents, c.opened = maps.Clone(d.parents), maps.Clone(d.opened)
	return &c
}

func (d *desk) equity() int64 {
	e := d.cash
	for i, p := range d.positions {
		e += p * d.prices[i] * (one / 100)
	}
	return e
}

// step lets one bar per instrument pass: orders fill on it, then the strategy sees it.
func (d *desk) step(bars []abi.Bar) {
	d.t.Helper()
	d.time += 86_400e9
	for i := range bars {
		b := &bars[i]
		b.Flags |= abi.BarClosed
		d.fillOn(b)
		d.prices[b.Instrument] = b.Close
	}
	d.tick(abi.TriggerMarket, bars)
}

func (d *desk) fillOn(b *abi.Bar) {
	for _, o := range slices.Clone(d.orders) {
		if o.Instrument != b.Instrument || o.State == abi.StateContingent {
			continue
		}
		if price, ok := hit(&o, b); ok {
			d.fill(o.Ref, price)
		}
	}
}

// hit tells at what price an order fills on a bar.
func hit(o *abi.OpenOrder, b *abi.Bar) (int64, bool) {
	buy := o.Side == abi.SideBuy
	switch {
	case o.Type == abi.OrderMarket:
		return b.Open, true
	case o.Type == abi.OrderStop && buy && b.High >= o.StopPrice:
		return max(b.Open, o.StopPrice), true
	case o.Type == abi.OrderStop && !buy && b.Low <= o.StopPrice:
		return min(b.Open, o.StopPrice), true
	case o.Type == abi.OrderLimit && buy && b.Low <= o.Price:
		return min(b.Open, o.Price), true
	case o.Type == abi.OrderLimit && !buy && b.High >= o.Price:
		return max(b.Open, o.Price), true
	}
	return 0, false
}

// fill fills an order, or half of an entry when fills are partial, and wakes or ends what hangs on it.
func (d *desk) fill(ref uint64, price int64) {
	n := slices.IndexFunc(d.orders, func(o abi.OpenOrder) bool { return o.Ref == ref })
	if n < 0 {
		return // Gone with another fill of this bar.
	}
	o := &d.orders[n]
	quantity := o.Remaining
	if d.parents[ref] != 0 {
		quantity = d.opened[d.parents[ref]]
	}
	if d.partial && roleOf(ref) == roleEntry && o.Filled == 0 && quantity > 1 {
		quantity /= 2
	}
	signed := quantity
	if o.Side == abi.SideSell {
		signed = -quantity
	}
	if o.Flags&abi.OrderReduceOnly != 0 && signed*d.positions[o.Instrument] >= 0 {
		d.t.Fatalf("reduce-only order %d of %d would add to %d", ref, signed, d.positions[o.Instrument])
	}
	d.positions[o.Instrument] += signed
	d.cash -= signed * price * (one / 100)
	d.trades++
	if roleOf(ref) == roleEntry {
		d.opened[ref] += quantity
	}
	o.Filled += quantity
	o.Remaining -= quantity
	d.events = append(d.events, abi.Event{Kind: abi.EventFill, Instrument: o.Instrument, Ref: ref, Side: o.Side, Quantity: quantity, Price: price})
	instrument, done := o.Instrument, o.Remaining <= 0 || d.parents[ref] != 0
	o.State = abi.StatePartial
	for i := range d.orders {
		if d.parents[d.orders[i].Ref] == ref {
			d.orders[i].State = abi.StateOpen
		}
	}
	if done {
		d.drop(ref)
	}
	if d.positions[instrument] == 0 {
		d.orders = slices.DeleteFunc(d.orders, func(o abi.OpenOrder) bool {
			return o.Instrument == instrument && o.Flags&abi.OrderReduceOnly != 0 && o.State == abi.StateOpen
		})
	}
}

func (d *desk) drop(ref uint64) {
	d.orders = slices.DeleteFunc(d.orders, func(o abi.OpenOrder) bool { return o.Ref == ref })
}

// tick shows the strategy what is, and carries out what it wishes.
func (d *desk) tick(trigger abi.Trigger, bars []abi.Bar) {
	d.t.Helper()
	d.sequence++
	w := d.writer
	w.Begin(&abi.Header{
		Trigger: trigger, Mode: abi.ModeFull, Sequence: d.sequence, Time: d.time, Permissions: d.permissions,
		VenueCapabilities: abi.CapabilityShort | abi.CapabilityStops,
	})
	w.Section(abi.SectionCurrencies)
	w.Currency(&abi.Currency{Decimals: 8})
	w.Section(abi.SectionInstruments)
	for i := range d.prices {
		w.Instrument(&abi.Instrument{
			ID: uint32(i), Status: abi.StatusTrading, PriceDecimals: 2, PriceTick: 5, QuantityLot: 1, QuantityMin: 1,
			Multiplier: one, MarginInitial: one,
		})
	}
	w.Section(abi.SectionBars)
	for i := range bars {
		w.Bar(&bars[i])
	}
	w.Section(abi.SectionFeedHealth)
	for i, flags := range d.health {
		w.FeedHealth(&abi.FeedHealth{Instrument: uint32(i), Flags: flags})
	}
	w.Section(abi.SectionAccount)
	w.Account(&abi.Account{Equity: d.equity(), MarginAvailable: d.equity()})
	w.Section(abi.SectionPositions)
	for i, p := range d.positions {
		if p != 0 {
			w.Position(&abi.Position{Instrument: uint32(i), Owner: abi.OwnerAgent, Quantity: p})
		}
	}
	w.Section(abi.SectionOpenOrders)
	for i := range d.orders {
		w.OpenOrder(&d.orders[i])
	}
	w.Section(abi.SectionEvents)
	for i := range d.events {
		w.Event(&d.events[i])
	}
	raw, err := w.Finish()
	if err != nil {
		d.t.Fatal(err)
	}
	d.events = d.events[:0]
	t, err := abi.ReadTick(raw)
	if err != nil {
		d.t.Fatal(err)
	}
	d.output.Reset()
	tick(&t, d.output)
	if d.intents, err = abi.ParseOutput(d.output.Bytes(), abi.OutputLimits{}, nil); err != nil {
		d.t.Fatal(err)
	}
	for i := range d.intents {
		d.carryOut(&d.intents[i])
	}
}

func (d *desk) carryOut(in *abi.Intent) {
	d.t.Helper()
	switch in.Kind {
	case abi.IntentSubmit:
		d.submit(&in.Submit)
	case abi.IntentCancel:
		d.find(in.Cancel.Ref)
		d.cancel(in.Cancel.Ref)
	case abi.IntentReplace:
		o := d.find(in.Replace.Ref)
		if in.Replace.Fields&abi.ReplaceStopPrice != 0 {
			o.StopPrice = in.Replace.StopPrice
		}
		if in.Replace.Fields&abi.ReplacePrice != 0 {
			o.Price = in.Replace.Price
		}
	case abi.IntentClose:
		p := d.positions[in.Close.Instrument]
		side, quantity := abi.SideSell, p
		if p < 0 {
			side, quantity = abi.SideBuy, -p
		}
		d.orders = append(d.orders, abi.OpenOrder{
			Ref: in.Close.Ref, Instrument: in.Close.Instrument, State: abi.StateOpen, Type: abi.OrderMarket, Side: side,
			Flags: abi.OrderReduceOnly, Quantity: quantity, Remaining: quantity,
		})
	}
}

func (d *desk) find(ref uint64) *abi.OpenOrder {
	d.t.Helper()
	for i := range d.orders {
		if d.orders[i].Ref == ref {
			return &d.orders[i]
		}
	}
	d.t.Fatalf("order %d is named and not there", ref)
	return nil
}

// cancel takes an order out; what hangs on it goes too, unless it has filled in part.
func (d *desk) cancel(ref uint64) {
	d.drop(ref)
	if d.opened[ref] != 0 {
		return
	}
	d.orders = slices.DeleteFunc(d.orders, func(o abi.OpenOrder) bool { return d.parents[o.Ref] == ref })
}

func (d *desk) submit(s *abi.Submit) {
	d.t.Helper()
	deny := func(code abi.DenyCode) {
		d.seenDenials++
		d.events = append(d.events, abi.Event{Kind: abi.EventDenied, Code: uint16(code), Instrument: s.Instrument, Ref: s.Ref})
	}
	d.submits++
	if d.denyEvery > 0 && d.submits%d.denyEvery == 0 {
		deny(abi.DenyRate)
		return
	}
	if s.StopPrice%5 != 0 || s.Price%5 != 0 || s.StopPrice < 0 || s.Price < 0 || s.Size < 0 || s.Size == 0 && s.ParentRef == 0 {
		d.t.Fatalf("order %+v", s)
	}
	state := abi.StateOpen
	if s.ParentRef != 0 {
		if !slices.ContainsFunc(d.orders, func(o abi.OpenOrder) bool { return o.Ref == s.ParentRef }) {
			deny(abi.DenyUnknownParent)
			return
		}
		state = abi.StateContingent
		d.parents[s.Ref] = s.ParentRef
	}
	if slices.ContainsFunc(d.orders, func(o abi.OpenOrder) bool { return o.Ref == s.Ref }) {
		d.t.Fatalf("ref %d is used twice", s.Ref)
	}
	d.orders = append(d.orders, abi.OpenOrder{
		Ref: s.Ref, ParentRef: s.ParentRef, Instrument: s.Instrument, State: state, Type: s.Type, Side: s.Side, Flags: s.Flags,
		Size: s.Size, Quantity: s.Size, Remaining: s.Size, Price: s.Price, StopPrice: s.StopPrice,
	})
}

// role returns the order of a role in an instrument, or nil.
func (d *desk) role(instrument uint32, r role) *abi.OpenOrder {
	for i := range d.orders {
		if o := &d.orders[i]; o.Instrument == instrument && roleOf(o.Ref) == r {
			return o
		}
	}
	return nil
}

// bars makes one bar of a random walk with a drift for each instrument.
func (d *desk) bars(r *rand.Rand, drift int64) []abi.Bar {
	bars := make([]abi.Bar, len(d.prices))
	for i := range bars {
		open := d.prices[i]
		closed := max(open+r.Int64N(401)-200+drift, 100)
		bars[i] = abi.Bar{
			Instrument: uint32(i), Open: open, Close: closed,
			High: max(open, closed) + r.Int64N(60), Low: max(min(open, closed)-r.Int64N(60), 1),
		}
	}
	return bars
}

// flat is a bar around a price.
func flat(instrument uint32, price int64) abi.Bar {
	return abi.Bar{Instrument: instrument, Open: price, High: price + 50, Low: price - 50, Close: price}
}
