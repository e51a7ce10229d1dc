package risk

import (
	"github.com/agenthost/agenthost/host/event"
)

// Book is what admission must know of the agent; the engine satisfies it.
type Book interface {
	// Position returns the signed quantity held and the last price, 0 where there is none yet.
	Position(instrument uint32) (quantity, mark int64)
	// Orders are the open orders, those admitted earlier in this tick included.
	Orders() []event.Order
	// Equity and MarginAvailable are money.
	Equity() int64
	MarginAvailable() int64
}

// Turn is what admission must know of the turn.
type Turn struct {
	Sequence     uint64
	Now          int64
	Permissions  event.Permission
	Capabilities event.Capabilities
	// Leverage is how many times its margin a position may be worth, as a fraction; 0 means One.
	Leverage int64
}

// Config says whose intents are judged.
type Config struct {
	// Run is the 8 bytes of the stream's genesis; Agent the agent's name, AgentIndex its place in
	// the host.
	Run         [8]byte
	Agent       string
	AgentIndex  uint32
	Instruments []event.Instrument
	Limits      Limits
}

// Admission judges and numbers one agent's intents. Used by one goroutine at a time.
type Admission struct {
	config   Config
	identity Identity
	rate     rate

	turn     Turn
	book     Book
	place    int // orders numbered in this turn
	adding   int // orders admitted in this turn that may add
	requests []event.Request
	denials  []event.Denial
}

// New returns the admission of one agent.
func New(c Config) *Admission {
	return &Admission{config: c, identity: NewIdentity(c.Run, c.Agent)}
}

// Begin starts a turn. Requests and denials are appended to the given slices.
func (a *Admission) Begin(t Turn, b Book, requests []event.Request, denials []event.Denial) {
	if t.Leverage == 0 {
		t.Leverage = event.One
	}
	a.turn, a.book, a.place, a.adding = t, b, 0, 0
	a.requests, a.denials = requests, denials
}

// Continue goes on in the same turn with other permissions: places are not given twice.
func (a *Admission) Continue(t Turn, requests []event.Request, denials []event.Denial) {
	place, adding := a.place, a.adding
	a.Begin(t, a.book, requests, denials)
	a.place, a.adding = place, adding
}

// Deny adds a denial that another rule of the turn decided.
func (a *Admission) Deny(d event.Denial) { a.denials = append(a.denials, d) }

// Results are what the turn's intents became so far.
func (a *Admission) Results() ([]event.Request, []event.Denial) { return a.requests, a.denials }

// Admit judges one intent. It returns the requests it made, which the caller folds into the agent's
// orders before the next intent is judged; none if it was denied.
func (a *Admission) Admit(in *event.Intent) []event.Request {
	before := len(a.requests)
	switch in.Kind {
	case event.IntentSubmit:
		a.submit(in)
	case event.IntentClose:
		a.close(in)
	case event.IntentCancel:
		a.cancel(in)
	case event.IntentCancelAll:
		a.cancelAll(in)
	case event.IntentReplace:
		a.replace(in)
	}
	return a.requests[before:]
}

// AppendState and ReadState carry what outlives a turn: the rate limiter.
func (a *Admission) AppendState(b []byte) []byte { return appendInt(b, a.rate.theoretical) }

// ReadState restores what AppendState wrote and returns the bytes after it.
func (a *Admission) ReadState(b []byte) ([]byte, error) { return readInt(b, &a.rate.theoretical) }

func (a *Admission) deny(o *event.Order, d denial) {
	a.denials = append(a.denials, event.Denial{
		Ref: o.Ref, Order: o.ID, Instrument: o.Instrument, Code: d.code, Found: d.found, Allowed: d.allowed,
	})
}

// denial is the rule that an intent broke, with what was found and what is allowed.
type denial struct {
	code           event.DenyCode
	found, allowed int64
}

var admitted = denial{}

func (a *Admission) number(o *event.Order) {
	o.ID = a.identity.Order(a.turn.Sequence, a.place)
	o.Agent, o.Created = a.config.AgentIndex, a.turn.Now
	a.place++
}

func (a *Admission) submit(in *event.Intent) {
	o := in.Order
	// A denied order takes its number too: the strategy's next order must not change its id because
	// a limit did.
	a.number(&o)
	if d := a.judge(in, &o); d != admitted {
		a.deny(&o, d)
		return
	}
	a.requests = append(a.requests, event.Request{Kind: event.RequestSubmit, Order: o})
}

func (a *Admission) judge(in *event.Intent, o *event.Order) denial {
	for _, rule := range [...]func(*event.Intent, *event.Order) denial{
		a.known, a.linked, a.shaped, a.priced, a.sized, a.timed, a.permitted, a.reducing, a.collared, a.bounded, a.paced,
	} {
		if d := rule(in, o); d != admitted {
			return d
		}
	}
	return admitted
}

// close turns a wish to close into a reduce-only market order for what is held and not yet being closed.
func (a *Admission) close(in *event.Intent) {
	o := in.Order
	a.number(&o)
	if d := a.closing(&o); d != admitted {
		a.deny(&o, d)
		return
	}
	a.requests = append(a.requests, event.Request{Kind: event.RequestSubmit, Order: o})
}

func (a *Admission) closing(o *event.Order) denial {
	if d := a.known(nil, o); d != admitted {
		return d
	}
	held, _ := a.book.Position(o.Instrument)
	free := abs(held) - a.beingClosed(o.Instrument)
	if held == 0 || free <= 0 {
		return denial{code: event.DenyNothingToClose, found: abs(held) - free, allowed: abs(held)}
	}
	quantity, d := closeQuantity(o, abs(held))
	if d != admitted {
		return d
	}
	instrument := &a.config.Instruments[o.Instrument]
	quantity = min(quantity, free)
	if instrument.QuantityMax != 0 { // a position may be more than one order can close
		quantity = min(quantity, instrument.QuantityMax)
	}
	quantity -= quantity % instrument.Lot
	if quantity == 0 || quantity < instrument.QuantityMin {
		return denial{code: event.DenyDust, found: quantity, allowed: max(instrument.QuantityMin, instrument.Lot)}
	}
	o.Side = event.Sell
	if held < 0 {
		o.Side = event.Buy
	}
	o.Type, o.TIF, o.SizeKind, o.Size = event.OrderMarket, event.GTC, event.SizeUnits, quantity
	o.Flags |= event.ReduceOnly | event.Closing
	if a.turn.Permissions&event.PermitReduce == 0 {
		return denial{code: event.DenyMode, found: int64(event.PermitReduce), allowed: int64(a.turn.Permissions)}
	}
	return a.timed(nil, o)
}

func closeQuantity(o *event.Order, held int64) (int64, denial) {
	switch o.SizeKind {
	case event.SizeUnits:
		return o.Size, admitted
	case event.SizeFraction:
		if o.Size <= 0 || o.Size > event.One {
			return 0, denial{code: event.DenySize, found: o.Size, allowed: event.One}
		}
		q, _ := event.MulDiv(held, o.Size, event.One, event.Down)
		return q, admitted
	}
	return 0, denial{code: event.DenyUnsupported, found: int64(o.SizeKind), allowed: int64(event.SizeFraction)}
}

// beingClosed is what live and Unknown closes of an instrument may still take away. A protective stop
// is no close: it waits for its price, and the venue cuts it to what is left.
func (a *Admission) beingClosed(instrument uint32) int64 {
	var sum int64
	for i := range a.book.Orders() {
		o := &a.book.Orders()[i]
		if o.Instrument == instrument && o.Flags&event.Closing != 0 {
			sum += o.Size - o.Filled
		}
	}
	return sum
}

func (a *Admission) find(in *event.Intent) *event.Order {
	orders := a.book.Orders()
	for i := range orders {
		o := &orders[i]
		if !in.TargetID.IsZero() && o.ID == in.TargetID || in.TargetID.IsZero() && in.TargetRef != 0 && o.Ref == in.TargetRef {
			return o
		}
	}
	return nil
}

func (a *Admission) cancel(in *event.Intent) {
	o := a.find(in)
	if o == nil {
		a.deny(&event.Order{Ref: in.TargetRef, ID: in.TargetID, Instrument: event.EveryInstrument},
			denial{code: event.DenyUnknownOrder, allowed: int64(len(a.book.Orders()))})
		return
	}
	a.cancelOrder(o)
}

func (a *Admission) cancelOrder(o *event.Order) {
	if a.turn.Permissions&event.PermitCancel == 0 {
		a.deny(o, denial{code: event.DenyMode, found: int64(event.PermitCancel), allowed: int64(a.turn.Permissions)})
		return
	}
	if o.State != event.StateCancelPending { // a second wish asks for nothing new
		a.requests = append(a.requests, event.Request{Kind: event.RequestCancel, Order: *o})
	}
}

func (a *Admission) cancelAll(in *event.Intent) {
	if in.Order.Instrument != event.EveryInstrument && int(in.Order.Instrument) >= len(a.config.Instruments) {
		a.deny(&in.Order, denial{code: event.DenyUnknownInstrument, found: int64(in.Order.Instrument), allowed: int64(len(a.config.Instruments))})
		return
	}
	orders := a.book.Orders()
	for i := range orders {
		o := &orders[i]
		wanted := in.Order.Instrument == event.EveryInstrument || o.Instrument == in.Order.Instrument
		if wanted && (in.Order.Side == 0 || o.Side == in.Order.Side) {
			a.cancelOrder(o)
		}
	}
}

// replace judges the order as it would stand afterwards by the rules of a new one.
func (a *Admission) replace(in *event.Intent) {
	old := a.find(in)
	if old == nil {
		a.deny(&event.Order{Ref: in.TargetRef, ID: in.TargetID, Instrument: event.EveryInstrument},
			denial{code: event.DenyUnknownOrder, allowed: int64(len(a.book.Orders()))})
		return
	}
	o := *old
	if d := a.replaced(in, &o); d != admitted {
		a.deny(&o, d)
		return
	}
	a.requests = append(a.requests, event.Request{Kind: event.RequestReplace, Order: o})
}

func (a *Admission) replaced(in *event.Intent, o *event.Order) denial {
	if a.turn.Capabilities&event.NativeReplace == 0 {
		return denial{code: event.DenyUnsupported, found: int64(event.NativeReplace), allowed: int64(a.turn.Capabilities)}
	}
	if in.Fields&event.ReplacePrice != 0 {
		o.Price = in.Order.Price
	}
	if in.Fields&event.ReplaceStopPrice != 0 {
		o.StopPrice = in.Order.StopPrice
	}
	if in.Fields&event.ReplaceQuantity != 0 {
		o.Size, o.SizeKind = in.Order.Size, event.SizeUnits
		if o.Size <= o.Filled {
			return denial{code: event.DenySize, found: o.Size, allowed: o.Filled}
		}
	}
	o.ValidUntil = in.Order.ValidUntil
	judged := event.Intent{Order: *o}
	for _, rule := range [...]func(*event.Intent, *event.Order) denial{a.priced, a.sized, a.timed, a.permitted, a.reducing, a.collared, a.bounded} {
		if d := rule(&judged, o); d != admitted {
			return d
		}
	}
	return admitted
}
