package host

import (
	"time"

	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/metrics"
	"github.com/agenthost/agenthost/host/tracing"
)

// observation tells metrics and traces what a live group does. It is told on the group's own goroutine, outside the
// turns, and answers nothing: it reads the clock where the group may not, and no decision can rest on it.
// All methods of a nil one do nothing.
type observation struct {
	account *metrics.Account
	trace   *trace           // nil tells none
	agents  []*metrics.Agent // by the group's numbers
	dropped []uint64         // by agent: events dropped as of its last turn
	round   time.Time
	turn    time.Time
	lag     time.Duration // of the coming round, below zero if it has no input
}

// observe begins to tell of a group that has recovered: what was done again does not count twice.
func observe(set *metrics.Set, exporter *tracing.Exporter, l *Live) *observation {
	if set == nil && exporter == nil {
		return nil
	}
	if set == nil {
		set = metrics.New(metrics.Config{}) // that nobody reads
	}
	o := &observation{lag: -1, account: set.Account(l.plan.Venue, l.plan.Account)}
	if exporter != nil {
		o.trace = &trace{exporter: exporter, names: metrics.Names{Venue: l.plan.Venue, Account: l.plan.Account}}
		for _, a := range l.agents {
			o.trace.agents = append(o.trace.agents, a.plan.Name)
		}
	}
	for _, a := range l.agents {
		o.agents = append(o.agents, set.Agent(metrics.Names{Agent: a.plan.Name, Venue: l.plan.Venue, Account: l.plan.Account}))
		o.dropped = append(o.dropped, a.input.droppedEver)
	}
	return o
}

func (o *observation) roundBegins() {
	if o != nil {
		o.round = time.Now()
		o.trace.roundBegins()
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
		o.trace.roundEnds(o.round)
	}
}

// turnsEnd: all turns of the round are taken, and the wait for the disk begins.
func (o *observation) turnsEnd() {
	if o != nil {
		o.trace.turnsEnd()
	}
}

func (o *observation) stepBegins() {
	if o != nil {
		o.trace.turnBegins()
	}
}

func (o *observation) stepEnds(l *Live, e *execution.Entry) {
	if o != nil {
		o.trace.stepEnds(l, e)
	}
}

func (o *observation) turnBegins() {
	if o != nil {
		o.turn = time.Now()
		o.trace.turnBegins()
	}
}

func (o *observation) turnEnds(a *Agent) {
	if o == nil {
		return
	}
	if a.turn.Verdict != event.VerdictNone {
		o.account.Tick(time.Since(o.turn))
	}
	o.trace.turnEnds(a)
	m := o.agents[a.index]
	m.Turn(&a.turn)
	if ever := a.input.droppedEver; ever != o.dropped[a.index] {
		m.Dropped(ever - min(ever, o.dropped[a.index]))
		o.dropped[a.index] = ever
	}
}

func (o *observation) checkpointed(w *writing) {
	if o == nil {
		return
	}
	var bytes int64
	for i := range w.infos {
		bytes += w.infos[i].Stored
	}
	o.account.Checkpoint(w.at, bytes)
}

func (o *observation) checkpointFailed() {
	if o != nil {
		o.account.CheckpointFailed()
	}
}

// called is told by the goroutine of each call.
func (o *observation) called(c *event.Call, r *event.Reply, took time.Duration) {
	if o != nil {
		o.account.Call(c, r, took)
		o.trace.called(c, r, took)
	}
}
