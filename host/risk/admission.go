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

// Siblings is what a Book may offer too: the other agents of its account.
type Siblings interface {
	// Siblings are their open orders on the same instrument of the account. The slice is valid until
	// the next call.
	Siblings(instrument uint32) []event.Order
}

// Replacing is what a Book may offer too: replaces on their way. Until they are answered, the larger
// quantity and the worse price count.
type Replacing interface {
	// Replacing is what an order would be made to; 0 leaves a field as it is.
	Replacing(id event.OrderID) (size, price, stopPrice int64)
}

// Converter is what a Book may offer too, where not all instruments are traded in the account's currency.
type Converter interface {
	// InCurrency turns an instrument's money into the account's; false where it has no rate.
	InCurrency(instrument uint32, money int64) (int64, bool)
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
	config    Config
	identity  Identity
	rate      rate // of orders that may add
	closeRate rate // of orders that only reduce

	turn      Turn
	book      Book
	siblings  Siblings // these three may be nil
	replacing Replacing
	converter Converter
	place     int // orders numbered in this turn
	adding    int // orders admitted in this turn that may add
	requests  []event.Request
	denials   []event.Denial
	sides     []sides     // of exposure, by instrument
	judged    event.Order // the order at hand
}

// New returns the admission of one agent.
func New(c Config) *Admission {
	return &Admission{config: c, identity: NewIdentity(c.Run, c.Agent)}
}

// Renumber makes ids from another run from here on: the journal was restored from a backup, and the ids that
// would come next may have been used.
func (a *Admission) Renumber(run [8]byte) {
	a.config.Run = run
	a.identity = NewIdentity(run, a.config.Agent)
}

// Begin starts a turn. Requests and denials are appended to the given slices.
func (a *Admission) Begin(t Turn, b Book, requests []event.Request, denials []event.Denial) {
	if t.Leverage == 0 {
		t.Leverage = event.One
	}
	a.turn, a.book, a.place, a.adding = t, b, 0, 0
	a.siblings, _ = b.(Siblings)
	a.replacing, _ = b.(Replacing)
	a.converter, _ = b.(Converter)
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

// AppendState and ReadState carry what outlives a turn: the rate limiters.
func (a *Admission) AppendState(b []byte) []byte {
	return appendInt(appendInt(b, a.rate.theoretical), a.closeRate.theoretical)
}

// ReadState restores what AppendState wrote and returns the bytes after it.
func (a *Admission) ReadState(b []byte) ([]byte, error) {
	b, err := readInt(b, &a.rate.theoretical)
	if err != nil {
		return nil, err
	}
	return readInt(b, &a.closeRate.theoretical)
}

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
	if o.ID = a.identity.Order(a.turn.Sequence, a.place); !o.Redrives.IsZero() {
		o.ID = a.identity.Redriven(o.Redrives, a.turn.Sequence)
	}
	o.Agent, o.Created = a.config.AgentIndex, a.turn.Now
	a.place++
}

func (a *Admission) submit(in *event.Intent) {
	o := &a.judged
	*o = in.Order
	// A denied order takes its number too: the strategy's next order must not change its id because
	// a limit did.
	a.number(o)
	if d := a.judge(in, o); d != admitted {
		a.deny(o, d)
		return
	}
	a.requests = append(a.requests, event.Request{Kind: event.RequestSubmit, Order: *o})
}

func (a *Admission) judge(in *event.Intent, o *event.Order) denial {
	for _, rule := range [...]func(*event.Intent, *event.Order) denial{
		a.known, a.linked, a.shaped, a.priced, a.sized, a.timed, a.permitted, a.settled, a.reducing,
		a.collared, a.crossing, a.bounded, a.exposed, a.paced,
	} {
		if d := rule(in, o); d != admitted {
			return d
		}
	}
	return admitted
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
	a.cancelOrder(in, o)
}

func (a *Admission) cancelOrder(in *event.Intent, o *event.Order) {
	if a.turn.Permissions&event.PermitCancel == 0 {
		a.deny(o, denial{code: event.DenyMode, found: int64(event.PermitCancel), allowed: int64(a.turn.Permissions)})
		return
	}
	if o.State != event.StateCancelPending { // a second wish asks for nothing new
		q := event.Request{Kind: event.RequestCancel, Order: *o}
		q.Order.Flags |= in.Order.Flags & event.ByHost
		a.requests = append(a.requests, q)
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
			a.cancelOrder(in, o)
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
	for _, rule := range [...]func(*event.Intent, *event.Order) denial{
		a.priced, a.sized, a.timed, a.permitted, a.settled, a.reducing, a.collared, a.crossing, a.bounded, a.exposed,
	} {
		if d := rule(&judged, o); d != admitted {
			return d
		}
	}
	return admitted
}
