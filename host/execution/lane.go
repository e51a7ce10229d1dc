package execution

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

// Lane carries the orders of one venue account. Used by one goroutine at a time.
type Lane struct {
	config *Config
	state
	entry Entry
	// now is the time of the step under way. blocked is when what is due and had to wait may go, 0 if only
	// a reply can help; it is made anew by every step.
	now, blocked int64
	touched      []*order
	scan         []*order   // those that a sweep goes over while it changes the list
	filling      event.Fill // the one that is being booked
	asked        int64      // when the call went out whose reply is taken in, 0 for a stream's news
	queue        []candidate
	waiting      []uint32
	doubt        []uint32 // Unknown orders by instrument
	sealed       [policies][]byte
	spare        []byte
	account0     []byte
}

// policies are the resilience policies whose states are journaled as bytes.
const (
	policyBreaker = iota
	policyBudget
	policyLimiter
	policyFair
	policies
)

// New returns a lane without history. c is validated, kept and only read.
func New(c Config) (*Lane, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	l := &Lane{config: &c}
	l.state.reset(&c)
	l.doubt = make([]uint32, len(c.Instruments))
	l.sealPolicies()
	l.account0 = l.appendAccount(nil)
	return l, nil
}

// Step takes one input in, decides, and changes the lane. The entry is valid until the next Step; its Input
// shares in's slices. The calls may be made once the entry is durable.
func (l *Lane) Step(in *Input) *Entry {
	e := &l.entry
	e.reset()
	e.Input = *in
	l.now = max(l.latest, in.Time)
	e.Input.Time = l.now
	in = &e.Input
	switch in.Kind {
	case InputRequest:
		l.request(in)
	case InputReply:
		l.reply(&in.Reply)
	case InputStart:
		l.start()
	case InputPermissions:
		l.permissions(in)
	case InputOperator:
		l.operate(&in.Act)
	}
	l.overdue()
	l.settle()
	l.forget()
	l.seal()
	if !e.Empty() {
		l.latest = l.now
	}
	return e
}

// passesMax bounds how often one step looks again; what is left then waits for the next.
const passesMax = 16

// settle does what is due until nothing more follows: a replace makes a cancel, a denied parent ends its
// children.
func (l *Lane) settle() {
	for range passesMax {
		before := len(l.entry.Facts)
		l.sweep()
		l.dispatch()
		if len(l.entry.Facts) == before {
			return
		}
	}
	l.blocked = l.now + 1
}

// Apply changes the lane by what a journaled entry says. On an error the lane must not be used further:
// journal and program do not belong together.
func (l *Lane) Apply(e *Entry) error {
	if e.Empty() {
		return nil
	}
	l.now = max(l.latest, e.Input.Time)
	for i := range e.Facts {
		if err := l.apply(e, &e.Facts[i]); err != nil {
			return fmt.Errorf("apply lane fact %d (kind %d): %w", i, e.Facts[i].Kind, err)
		}
	}
	l.latest = l.now
	l.blocked = l.now // what waits is found out by the next step
	return nil
}

// emit records a fact and lets it happen.
func (l *Lane) emit(f Fact) {
	l.entry.Facts = append(l.entry.Facts, f)
	if err := l.apply(&l.entry, &f); err != nil {
		panic(fmt.Sprintf("lane %s/%s: fact %d of its own: %v", l.config.Venue, l.config.Account, f.Kind, err))
	}
}

// touch marks an order whose plan changes in this step.
func (l *Lane) touch(o *order) *plan {
	if !o.touched {
		o.touched = true
		l.touched = append(l.touched, o)
	}
	return &o.plan
}

// seal records what the step changed without a fact for each change: plans, policies, the account.
func (l *Lane) seal() {
	for _, o := range l.touched {
		o.touched = false
		if l.byID[o.order.ID] != o {
			continue
		}
		w := wire.Walker{}
		o.plan.walk(&w)
		l.entry.Facts = append(l.entry.Facts, Fact{Kind: FactPlan, Order: o.order.ID, State: w.Buffer})
	}
	l.touched = l.touched[:0]
	l.sealPolicies()
	if l.spare = l.appendAccount(l.spare[:0]); !bytes.Equal(l.spare, l.account0) {
		l.account0, l.spare = l.spare, l.account0
		l.entry.Facts = append(l.entry.Facts, Fact{Kind: FactAccount, State: l.account0})
	}
}

func (l *Lane) sealPolicies() {
	for i := range l.sealed {
		if l.spare = l.appendPolicy(l.spare[:0], i); !bytes.Equal(l.spare, l.sealed[i]) {
			l.sealed[i], l.spare = l.spare, l.sealed[i]
			l.entry.Facts = append(l.entry.Facts, Fact{Kind: FactPolicy, Place: uint32(i), State: l.sealed[i]})
		}
	}
}

func (l *Lane) appendAccount(b []byte) []byte {
	w := wire.Walker{Buffer: b}
	l.account.walk(&w)
	return w.Buffer
}

// random draws the next number.
func (l *Lane) random() uint64 {
	l.account.counter++
	return mix(l.config.Seed, l.account.counter)
}

// Order tells where an order stands; false if the lane does not know the id.
func (l *Lane) Order(id event.OrderID) (OrderStatus, bool) {
	o := l.byID[id]
	if o == nil {
		return OrderStatus{}, false
	}
	return l.status(o), true
}

// Orders goes over all orders that the lane remembers: those not over, oldest first, then those that are.
func (l *Lane) Orders() iter.Seq[OrderStatus] {
	return func(yield func(OrderStatus) bool) {
		for _, orders := range [...][]*order{l.live, l.done} {
			for _, o := range orders {
				if !yield(l.status(o)) {
					return
				}
			}
		}
	}
}

func (l *Lane) status(o *order) OrderStatus {
	s := OrderStatus{
		Order: o.order, Life: o.life, VenueOrder: o.venueOrder, Replaces: o.plan.replaces, ReplacedBy: o.plan.successor, RedrivenAs: o.plan.redriven,
		Attempts: append([]event.LetterAttempt(nil), o.attempts...), Letter: o.letter, Next: l.due(o),
	}
	s.Order.State = event.OrderState(o.life.State)
	if o.life.State == resilience.StateDeadLetter {
		s.Order.State = event.StateUnknown
	}
	return s
}

// Position is what an agent holds of an instrument by the lane's books, in quantity units; Foreign what is
// nobody's here.
func (l *Lane) Position(agent, instrument uint32) int64 {
	return *l.position(instrument, agent)
}

// Foreign is the part of the account's position that is none of our agents'.
func (l *Lane) Foreign(instrument uint32) int64 { return l.foreign[instrument] }

// Told is the number of the last outcome of an agent, Taken the sequence and place of the last request.
func (l *Lane) Told(agent uint32) uint64 { return l.agents[agent].told }

// Taken is where the last request taken of an agent stood; false if there was none.
func (l *Lane) Taken(agent uint32) (sequence uint64, place uint32, ok bool) {
	a := &l.agents[agent]
	return a.sequence, a.place, a.taken
}
