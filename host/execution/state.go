package execution

import (
	"errors"
	"fmt"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/wire"
	"github.com/agenthost/agenthost/resilience"
)

const (
	stateFormat   = 2 // has feeRests
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
	// feeRests are the parts of units that fees in a base currency took off positions too early: as positions, the
	// foreign part's behind the agents'.
	feeRests  []int64
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
		feeRests:  make([]int64, (len(c.Agents)+1)*len(c.Instruments)),
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
	w := wire.Walker{Buffer: b}
	l.walkState(&w, &l.state)
	return w.Buffer
}

// ReadState restores what AppendState wrote and returns the bytes after it. Agents and instruments that came to
// the configuration since stand behind those that were written; none may be missing. On an error the lane is unchanged.
func (l *Lane) ReadState(b []byte) (rest []byte, err error) {
	var s state
	s.reset(l.config)
	w := wire.Walker{Buffer: b, Reading: true}
	l.walkState(&w, &s)
	if w.Err == nil {
		w.Err = s.index()
	}
	if w.Err != nil {
		return nil, fmt.Errorf("read lane %s/%s: %w", l.config.Venue, l.config.Account, w.Err)
	}
	l.state = s
	l.now, l.blocked = s.latest, s.latest
	l.touched = l.touched[:0]
	l.entry.reset()
	l.sealPolicies()
	l.entry.reset()
	l.account0 = l.appendAccount(l.account0[:0])
	return w.Buffer, nil
}

// CheckState finds out whether ReadState would take what AppendState wrote, of a lane of so many agents and instruments.
func CheckState(b []byte, agents, instruments int) error {
	l := &Lane{config: &Config{Agents: make([]AgentConfig, agents), Instruments: make([]event.Instrument, instruments)}}
	rest, err := l.ReadState(b)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes are left over", len(rest))
	}
	return err
}

func (l *Lane) walkState(w *wire.Walker, s *state) {
	format := w.Formats("lane", 1, stateFormat)
	agents, instruments := len(s.agents), len(s.foreign)
	w.Int64(&s.latest)
	w.Uint64(&s.callLast)
	w.Uint64(&s.activity)
	wire.List(w, &s.agents, func(w *wire.Walker, a *agent) { a.walk(w) })
	wire.List(w, &s.positions, (*wire.Walker).Int64)
	wire.List(w, &s.foreign, (*wire.Walker).Int64)
	if format >= 2 {
		wire.List(w, &s.feeRests, (*wire.Walker).Int64)
	} else {
		s.feeRests = make([]int64, (len(s.agents)+1)*len(s.foreign))
	}
	if w.Reading && w.Err == nil && !s.grow(agents, instruments) {
		w.Fail(fmt.Errorf("%d agents, %d instruments, %d positions, %d rests of fees were written; the configuration has %d agents and %d instruments",
			len(s.agents), len(s.foreign), len(s.positions), len(s.feeRests), agents, instruments))
	}
	wire.List(w, &s.live, walkOrderPointer)
	wire.List(w, &s.done, walkOrderPointer)
	wire.List(w, &s.calls, func(w *wire.Walker, c *call) { c.walk(w) })
	s.forgotten.walk(w, func(w *wire.Walker, id *event.OrderID) { w.Fixed(id[:]) })
	s.strange.walk(w, (*wire.Walker).Text)
	wire.List(w, &s.alerts, (*wire.Walker).Text)
	s.account.walk(w)
	w.Stated(s.breaker.AppendState, s.breaker.ReadState)
	w.Stated(s.budget.AppendState, func(b []byte) ([]byte, error) { return s.budget.ReadState(&l.config.Budget, b) })
	w.Stated(s.limiter.AppendState, func(b []byte) ([]byte, error) { return s.limiter.ReadState(&l.config.Limiter, b) })
	w.Stated(s.fair.AppendState, s.fair.ReadState)
}

// grow makes room for agents and instruments that are new: numbers are never given twice, and new ones come last. Without
// it an account whose journal was pruned could not take on any.
func (s *state) grow(agents, instruments int) bool {
	wrote, known := len(s.agents), len(s.foreign)
	if wrote > agents || known > instruments || len(s.positions) != wrote*known || len(s.feeRests) != (wrote+1)*known {
		return false
	}
	positions, rests := make([]int64, agents*instruments), make([]int64, (agents+1)*instruments)
	for i := range s.foreign {
		copy(positions[i*agents:], s.positions[i*wrote:(i+1)*wrote])
		old := s.feeRests[i*(wrote+1) : (i+1)*(wrote+1)]
		copy(rests[i*(agents+1):], old[:wrote])
		rests[i*(agents+1)+agents] = old[wrote] // the foreign part's stays behind the agents'
	}
	s.positions, s.feeRests = positions, rests
	s.agents = append(s.agents, make([]agent, agents-wrote)...)
	s.foreign = append(s.foreign, make([]int64, instruments-known)...)
	return true
}

func walkOrderPointer(w *wire.Walker, o **order) {
	if w.Reading {
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

func (r *ring[T]) walk(w *wire.Walker, element func(*wire.Walker, *T)) {
	wire.List(w, &r.items, element)
	if w.Reading {
		for _, v := range r.items {
			r.has[v] = struct{}{}
		}
	}
}
