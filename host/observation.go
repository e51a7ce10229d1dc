package host

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/metrics"
)

// observation tells metrics what a live group does. It is told on the group's own goroutine, outside the
// turns, and answers nothing: it reads the clock where the group may not, and no decision can rest on it.
// All methods of a nil one do nothing.
type observation struct {
	account *metrics.Account
	agents  []*metrics.Agent // by the group's numbers
	dropped []uint64         // by agent: events dropped as of its last turn
	round   time.Time
	turn    time.Time
	lag     time.Duration // of the coming round, below zero if it has no input
}

// observe begins to tell of a group that has recovered: what was done again does not count twice.
func observe(set *metrics.Set, l *Live) *observation {
	if set == nil {
		return nil
	}
	o := &observation{lag: -1, account: set.Account(l.plan.Venue, l.plan.Account)}
	for _, a := range l.agents {
		o.agents = append(o.agents, set.Agent(metrics.Names{Agent: a.plan.Name, Venue: l.plan.Venue, Account: l.plan.Account}))
		o.dropped = append(o.dropped, a.input.droppedEver)
	}
	return o
}

func (o *observation) roundBegins() {
	if o != nil {
		o.round = time.Now()
	}
}

// waited is how long the oldest input of the coming round did.
func (o *observation) waited(ns int64) {
	if o != nil {
		o.lag = max(0, time.Duration(ns))
	}
}

func (o *observation) roundEnds() {
	if o != nil {
		o.account.Round(time.Since(o.round), o.lag)
		o.lag = -1
	}
}

func (o *observation) turnBegins() {
	if o != nil {
		o.turn = time.Now()
	}
}

func (o *observation) turnEnds(a *Agent) {
	if o == nil {
		return
	}
	if a.turn.Verdict != event.VerdictNone {
		o.account.Tick(time.Since(o.turn))
	}
	m := o.agents[a.index]
	m.Turn(&a.turn)
	if ever := a.input.droppedEver; ever != o.dropped[a.index] {
		m.Dropped(ever - min(ever, o.dropped[a.index]))
		o.dropped[a.index] = ever
	}
}

// called is told by the goroutine of each call.
func (o *observation) called(c *event.Call, r *event.Reply, took time.Duration) {
	if o != nil {
		o.account.Call(c, r, took)
	}
}
