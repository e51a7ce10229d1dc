package host

import (
	"errors"
	"strconv"

	"github.com/agenthost/agenthost/abi"
	"github.com/agenthost/agenthost/host/event"
)

// pendingMax bounds the events kept for a strategy between two successful ticks; the oldest give way
// and are counted in the header.
const pendingMax = 4096

// pendingEvent is an event as the strategy will be told of it, with the words that go with it.
type pendingEvent struct {
	event         abi.Event
	trade, reason string
}

// input builds what a strategy is told in a tick out of the agent's books.
type input struct {
	writer  *abi.Writer
	header  abi.Header
	strings abi.StringTable
	// currencies and instruments do not change from tick to tick and are encoded once.
	currencies, instruments []byte
	currencyCount           int
	instrumentCount         int
	health                  []abi.FeedHealth
	lastTime                []int64
	pending                 []pendingEvent
	scratch                 scratch
	dropped                 uint64
	droppedEver             uint64 // for metrics: decides nothing
}

// scratch are the records that are built and copied into the tick, kept here because what is handed to
// the writer escapes.
type scratch struct {
	bar      abi.Bar
	balance  abi.Balance
	account  abi.Account
	position abi.Position
	order    abi.OpenOrder
}

func newInput(sizeMax int, a *Agent) *input {
	in := &input{writer: abi.NewWriter(sizeMax)}
	in.health = make([]abi.FeedHealth, len(a.plan.Instruments))
	in.lastTime = make([]int64, len(a.plan.Instruments))
	for i := range in.health {
		in.health[i] = abi.FeedHealth{Instrument: uint32(i), Age: -1, Interval: a.plan.Interval}
	}
	in.encodeStatic(a)
	return in
}

// encodeStatic encodes currencies and instruments. Called again only when a currency is new.
func (in *input) encodeStatic(a *Agent) {
	in.strings = abi.StringTable{}
	in.currencies, in.instruments = in.currencies[:0], in.instruments[:0]
	balances := a.account.Balances()
	for i := range balances {
		in.currencies = abi.AppendRecord(in.currencies, &abi.Currency{
			Name: in.strings.Add(balances[i].Currency), Decimals: event.MoneyDecimals,
		})
	}
	in.currencyCount = len(balances)
	index := func(code string) uint16 {
		for i := range balances {
			if balances[i].Currency == code {
				return uint16(i)
			}
		}
		return abi.NoCurrency
	}
	in.instrumentCount = len(a.plan.Instruments)
	for i := range a.plan.Instruments {
		v := &a.plan.Instruments[i]
		in.instruments = abi.AppendRecord(in.instruments, &abi.Instrument{
			ID: uint32(i), Kind: v.Kind, Status: abi.StatusTrading, Name: in.strings.Add(v.Name),
			Base: index(v.Base), Quote: index(v.Quote), Settle: index(v.Settle),
			PriceDecimals: v.PriceDecimals, QuantityDecimals: v.QuantityDecimals,
			PriceTick: v.Tick, QuantityLot: v.Lot, QuantityMin: v.QuantityMin, QuantityMax: v.QuantityMax,
			NotionalMin: v.NotionalMin, NotionalMax: a.plan.Risk.OrderNotionalMax, Multiplier: v.Multiplier,
			FeeMaker: v.FeeMaker, FeeTaker: v.FeeTaker, FeeFixed: a.plan.FeeFixed, MarginInitial: a.plan.Margin,
		})
	}
}

// observe takes in what an event says of the data's health.
func (in *input) observe(e *event.Event) {
	for i := range e.Bars {
		b := &e.Bars[i]
		in.lastTime[b.Instrument] = b.CloseTime
		if b.Interval != 0 {
			in.health[b.Instrument].Interval = b.Interval
		}
	}
	for i := range e.Notes {
		n := &e.Notes[i]
		h := &in.health[n.Instrument]
		h.Flags |= n.Flags
		h.Withheld += uint64(n.Withheld)
		if n.Flags&event.FeedGap != 0 {
			h.Gaps++
		}
	}
}

// tell keeps an event for the next tick. Until one succeeds, events stay.
func (in *input) tell(e pendingEvent) {
	if len(in.pending) == pendingMax {
		copy(in.pending, in.pending[1:])
		in.pending = in.pending[:pendingMax-1]
		in.dropped++
		in.droppedEver++
	}
	in.pending = append(in.pending, e)
}

// succeeded forgets what the strategy has now been told.
func (in *input) succeeded() {
	in.pending, in.dropped = in.pending[:0], 0
	for i := range in.health {
		in.health[i].Flags = 0
	}
}

// encodeFitting builds the tick's bytes. Where they do not fit, the oldest events give way, as they do
// beyond pendingMax. The error is an *abi.ErrInputTooLarge if the rest does not fit either.
func (in *input) encodeFitting(a *Agent, trigger abi.Trigger, timer uint64, budget int64) ([]byte, error) {
	for {
		b, err := in.encode(a, trigger, timer, budget)
		if err == nil || !in.giveWay(err) {
			return b, err
		}
	}
}

// giveWay makes room for a tick that did not fit, if there is any to make.
func (in *input) giveWay(err error) bool {
	var large *abi.ErrInputTooLarge
	if !errors.As(err, &large) || len(in.pending) == 0 {
		return false
	}
	in.forget(large.Size - large.Max)
	return true
}

// forget drops the oldest events until they have freed so many bytes, one at least.
func (in *input) forget(bytes int) {
	n := 0
	for n < len(in.pending) && (n == 0 || bytes > 0) {
		p := &in.pending[n]
		bytes -= int(abi.RecordSize[abi.Event]()) + len(p.trade) + len(p.reason)
		n++
	}
	in.pending = in.pending[:copy(in.pending, in.pending[n:])]
	in.dropped += uint64(n)
	in.droppedEver += uint64(n)
}

// encode builds the tick's bytes, valid until the next call. The error is an *abi.ErrInputTooLarge.
func (in *input) encode(a *Agent, trigger abi.Trigger, timer uint64, budget int64) ([]byte, error) {
	if len(a.account.Balances()) != in.currencyCount {
		in.encodeStatic(a)
	}
	e := &a.turn.Event
	h := &in.header
	h.Trigger, h.Mode = trigger, a.mode
	h.Sequence, h.Time, h.Received = e.Sequence, e.Time, e.Received
	h.Permissions, h.Fuel = permissions(a.mode), uint64(budget)
	h.Seed = mix(a.plan.Seed ^ mix(e.Sequence))
	h.EventsDropped, h.VenueCapabilities, h.Timer = in.dropped, a.plan.Capabilities, timer
	h.Flags = abi.TickReconciled
	if a.swapped {
		h.Flags |= abi.TickSwapped
	}
	w := in.writer
	w.Begin(h)
	w.Strings(in.strings.Bytes())
	w.Raw(abi.SectionCurrencies, abi.RecordSize[abi.Currency](), uint32(in.currencyCount), in.currencies)
	w.Raw(abi.SectionInstruments, abi.RecordSize[abi.Instrument](), uint32(in.instrumentCount), in.instruments)
	in.encodeMarket(e)
	in.encodeBooks(a)
	in.encodeEvents()
	return w.Finish()
}

func (in *input) encodeMarket(e *event.Event) {
	w := in.writer
	w.Section(abi.SectionBars)
	if e.Kind == event.KindMarket {
		for i := range e.Bars {
			b := &e.Bars[i]
			in.scratch.bar = abi.Bar{
				Instrument: b.Instrument, Flags: b.Flags, Interval: b.Interval, OpenTime: b.OpenTime, CloseTime: b.CloseTime,
				Open: b.Open, High: b.High, Low: b.Low, Close: b.Close, Volume: b.Volume,
			}
			w.Bar(&in.scratch.bar)
		}
	}
	w.Section(abi.SectionFeedHealth)
	for i := range in.health {
		h := &in.health[i]
		if in.lastTime[i] != 0 {
			h.Age = e.Time - in.lastTime[i]
		}
		w.FeedHealth(h)
	}
}

func (in *input) encodeBooks(a *Agent) {
	w, acc := in.writer, a.account
	w.Section(abi.SectionBalances)
	for i, b := range acc.Balances() {
		locked := int64(0)
		if i == 0 {
			locked = min(acc.MarginUsed(), max(0, b.Total))
		}
		in.scratch.balance = abi.Balance{Currency: uint16(i), Total: b.Total, Free: b.Total - locked, Locked: locked}
		w.Balance(&in.scratch.balance)
	}
	flags := abi.AccountReconciled
	if acc.Estimated() {
		flags |= abi.AccountEstimated
	}
	w.Section(abi.SectionAccount)
	in.scratch.account = abi.Account{
		Flags: flags, Equity: acc.Equity(), Peak: acc.Peak(), Drawdown: acc.Drawdown(), DayPnL: acc.DayPnL(),
		Capital: acc.Capital(), MarginUsed: acc.MarginUsed(), MarginAvailable: acc.MarginAvailable(),
		Realised: acc.Realised(), Fees: acc.Fees(), AsOf: acc.AsOf(),
	}
	w.Account(&in.scratch.account)
	w.Section(abi.SectionPositions)
	positions := acc.Positions()
	for i := range positions {
		p := &positions[i]
		if p.Quantity == 0 {
			continue
		}
		in.scratch.position = abi.Position{
			Instrument: uint32(i), Owner: abi.OwnerAgent, Quantity: p.Quantity,
			AveragePrice: p.AveragePrice(&a.plan.Instruments[i]), MarkPrice: p.Mark,
			Realised: p.Realised, Unrealised: p.Unrealised, OpenTime: p.OpenTime,
		}
		w.Position(&in.scratch.position)
	}
	w.Section(abi.SectionOpenOrders)
	orders := a.orders.All()
	for i := range orders {
		in.encodeOrder(a, i)
	}
}

func (in *input) encodeOrder(a *Agent, i int) {
	o := &a.orders.All()[i]
	r := &in.scratch.order
	*r = abi.OpenOrder{
		ID: abi.ClientOrderID(o.ID), Ref: o.Ref, Instrument: o.Instrument, State: o.State, Type: o.Type, Side: o.Side,
		TimeInForce: o.TIF, Flags: abi.OrderFlag(o.Flags & (event.PostOnly | event.ReduceOnly)), SizeKind: o.SizeKind,
		Size: o.Size, Quantity: o.Quantity(), Filled: o.Filled, Remaining: max(0, o.Quantity()-o.Filled),
		Price: o.Price, StopPrice: o.StopPrice, AveragePrice: a.orders.AveragePrice(i), CreateTime: o.Created, ExpireTime: o.ExpireTime,
		Tag: in.writer.String(o.Tag),
	}
	if parent := a.orders.ByID(o.Parent); parent != nil {
		r.ParentRef = parent.Ref
	}
	in.writer.OpenOrder(r)
}

func (in *input) encodeEvents() {
	w := in.writer
	w.Section(abi.SectionEvents)
	for i := range in.pending {
		p := &in.pending[i]
		p.event.TradeID, p.event.Text = w.String(p.trade), w.String(p.reason)
		w.Event(&p.event)
	}
}

// outcomeEvent turns an outcome into what the strategy is told. order is the order after it, or nil.
func (in *input) outcomeEvent(a *Agent, o *event.Outcome, order *event.Order) pendingEvent {
	p := pendingEvent{reason: o.Reason, event: abi.Event{
		Kind: o.Kind, Code: o.Code, Instrument: o.Instrument, ID: abi.ClientOrderID(o.Order), Ref: o.Ref, Time: o.Time,
		Currency: abi.NoCurrency, Amount: o.Amount, Found: o.Found, Allowed: o.Allowed,
		Quantity: o.Size, Price: o.Price,
	}}
	if order != nil {
		p.event.Ref, p.event.Side = order.Ref, order.Side
		p.event.Filled = order.Filled
		if order.State.Final() {
			p.event.Flags |= abi.EventFinal
		} else {
			p.event.Remaining = max(0, order.Quantity()-order.Filled)
		}
	}
	currency := o.Currency
	if o.Kind == event.EventFill || o.Kind == event.EventLiquidation {
		f := &o.Fill
		currency = f.FeeCurrency
		p.event.Side, p.event.Quantity, p.event.Price, p.event.Fee = f.Side, f.Quantity, f.Price, f.Fee
		if f.Flags&event.FillMaker != 0 {
			p.event.Flags |= abi.EventMaker
		}
		p.event.Time = f.Time
		p.trade = f.VenueTrade
		if p.trade == "" {
			p.trade = strconv.FormatUint(f.TradeID, 10)
		}
	}
	for i, b := range a.account.Balances() {
		if b.Currency == currency {
			p.event.Currency = uint16(i)
		}
	}
	return p
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): it spreads close numbers far apart.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
