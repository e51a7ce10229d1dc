package execution

import (
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/resilience"
)

const (
	stateFormat   = 1
	forgottenKept = 16384
	strangeKept   = 4096
)

// state is all that survives.
type state struct {
	latest   int64
	callLast uint64
	// activity counts what may change the account at the venue: changing calls, their ends, and fills.
	activity  uint64
	agents    []agent
	positions []int64 // by instrument, then agent
	foreign   []int64 // by instrument
	live      []*order
	done      []*order
	byID      map[event.OrderID]*order
	byVenue   map[string]*order
	calls     []call // by id
	forgotten ring[event.OrderID]
	strange   ring[string]
	alerts    []string // keys of those that last
	account   account
	breaker   *resilience.Breaker
	budget    resilience.Budget
	limiter   resilience.Limiter
	fair      resilience.Fair
	agentsN   int
}

func (s *state) reset(c *Config) {
	*s = state{
		agents:    make([]agent, len(c.Agents)),
		positions: make([]int64, len(c.Agents)*len(c.Instruments)),
		foreign:   make([]int64, len(c.Instruments)),
		byID:      make(map[event.OrderID]*order),
		byVenue:   make(map[string]*order),
		forgotten: newRing[event.OrderID](forgottenKept),
		strange:   newRing[string](strangeKept),
		breaker:   resilience.NewBreaker(&c.Breaker),
		budget:    resilience.NewBudget(&c.Budget, 0),
		limiter:   resilience.NewLimiter(&c.Limiter, 0),
		agentsN:   len(c.Agents),
	}
}

func (s *state) position(instrument, agent uint32) *int64 {
	return &s.positions[int(instrument)*s.agentsN+int(agent)]
}

// AppendState appends the lane's whole state, but for its configuration, to b: a checkpoint. The same
// history gives the same bytes.
func (l *Lane) AppendState(b []byte) []byte {
	w := wire{b: b}
	l.walkState(&w, &l.state)
	return w.b
}

// ReadState restores what AppendState wrote and returns the bytes after it. Agents and instruments must be
// as many as they were. On an error the lane is unchanged.
func (l *Lane) ReadState(b []byte) (rest []byte, err error) {
	var s state
	s.reset(l.config)
	w := wire{b: b, reading: true}
	l.walkState(&w, &s)
	if w.err == nil {
		w.err = s.index()
	}
	if w.err != nil {
		return nil, fmt.Errorf("read lane %s/%s: %w", l.config.Venue, l.config.Account, w.err)
	}
	l.state = s
	l.now, l.blocked = s.latest, s.latest
	l.touched = l.touched[:0]
	l.entry.reset()
	l.sealPolicies()
	l.entry.reset()
	l.account0 = l.appendAccount(l.account0[:0])
	return w.b, nil
}

func (l *Lane) walkState(w *wire, s *state) {
	w.version("lane", stateFormat)
	agents, instruments := len(s.agents), len(s.foreign)
	w.i64(&s.latest)
	w.u64(&s.callLast)
	w.u64(&s.activity)
	list(w, &s.agents, func(w *wire, a *agent) { a.walk(w) })
	list(w, &s.positions, (*wire).i64)
	list(w, &s.foreign, (*wire).i64)
	if w.err == nil && (len(s.agents) != agents || len(s.foreign) != instruments || len(s.positions) != agents*instruments) {
		w.fail(fmt.Errorf("%d agents, %d instruments were written; the configuration has %d and %d", len(s.agents), len(s.foreign), agents, instruments))
	}
	list(w, &s.live, walkOrderPointer)
	list(w, &s.done, walkOrderPointer)
	list(w, &s.calls, func(w *wire, c *call) { c.walk(w) })
	s.forgotten.walk(w, func(w *wire, id *event.OrderID) { w.id(id) })
	s.strange.walk(w, (*wire).text)
	list(w, &s.alerts, (*wire).text)
	s.account.walk(w)
	w.stated(s.breaker.AppendState, s.breaker.ReadState)
	w.stated(s.budget.AppendState, func(b []byte) ([]byte, error) { return s.budget.ReadState(&l.config.Budget, b) })
	w.stated(s.limiter.AppendState, func(b []byte) ([]byte, error) { return s.limiter.ReadState(&l.config.Limiter, b) })
	w.stated(s.fair.AppendState, s.fair.ReadState)
}

func walkOrderPointer(w *wire, o **order) {
	if w.reading {
		*o = new(order)
	}
	(*o).walk(w)
}

// index makes what can be derived, and refuses what the lane would trip over.
func (s *state) index() error {
	for _, orders := range [...][]*order{s.live, s.done} {
		for _, o := range orders {
			if int64(o.order.Instrument) >= int64(len(s.foreign)) || int64(o.order.Agent) >= int64(len(s.agents)) {
				return fmt.Errorf("order %s has instrument %d of %d, agent %d of %d", o.order.ID, o.order.Instrument, len(s.foreign), o.order.Agent, len(s.agents))
			}
			if s.byID[o.order.ID] != nil {
				return fmt.Errorf("order %s is there twice", o.order.ID)
			}
			s.byID[o.order.ID] = o
			if o.venueOrder != "" {
				s.byVenue[o.venueOrder] = o
			}
		}
	}
	if len(s.account.snapshot.positions) > len(s.foreign) || len(s.account.snapshot.differences) > len(s.foreign) {
		return errors.New("a snapshot of more instruments than there are")
	}
	return nil
}

func (l *Lane) appendPolicy(b []byte, which int) []byte {
	switch which {
	case policyBreaker:
		return l.breaker.AppendState(b)
	case policyBudget:
		return l.budget.AppendState(b)
	case policyLimiter:
		return l.limiter.AppendState(b)
	}
	return l.fair.AppendState(b)
}

func (l *Lane) readPolicy(b []byte, which uint32) error {
	var rest []byte
	var err error
	switch which {
	case policyBreaker:
		rest, err = l.breaker.ReadState(b)
	case policyBudget:
		rest, err = l.budget.ReadState(&l.config.Budget, b)
	case policyLimiter:
		rest, err = l.limiter.ReadState(&l.config.Limiter, b)
	case policyFair:
		rest, err = l.fair.ReadState(b)
	default:
		return fmt.Errorf("policy %d is not known", which)
	}
	if err == nil && len(rest) != 0 {
		err = fmt.Errorf("%d bytes after policy %d", len(rest), which)
	}
	return err
}

// ring remembers the last so many of something.
type ring[T comparable] struct {
	most  int
	items []T
	has   map[T]struct{}
}

func newRing[T comparable](most int) ring[T] { return ring[T]{most: most, has: map[T]struct{}{}} }

func (r *ring[T]) add(v T) {
	if _, ok := r.has[v]; ok {
		return
	}
	if len(r.items) == r.most {
		delete(r.has, r.items[0])
		r.items = append(r.items[:0], r.items[1:]...)
	}
	r.items = append(r.items, v)
	r.has[v] = struct{}{}
}

func (r *ring[T]) knows(v T) bool {
	_, ok := r.has[v]
	return ok
}

func (r *ring[T]) walk(w *wire, element func(*wire, *T)) {
	list(w, &r.items, element)
	if w.reading {
		for _, v := range r.items {
			r.has[v] = struct{}{}
		}
	}
}
