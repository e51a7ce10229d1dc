package host

import (
	"context"
	"slices"
	"time"

	"github.com/agenthost/agenthost/config"
	"github.com/agenthost/agenthost/host/admin"
	"github.com/agenthost/agenthost/host/event"
	"github.com/agenthost/agenthost/host/execution"
	"github.com/agenthost/agenthost/host/feed"
	"github.com/agenthost/agenthost/resilience"
)

// LaneHealth is how a live group's lane is doing.
func LaneHealth(l *Live) execution.Health { return l.lane.Health(l.now) }

// LaneOrders are all orders that a live group's lane knows.
func LaneOrders(l *Live) []execution.OrderStatus { return slices.Collect(l.lane.Orders()) }

// LivePosition is what an agent of a live group holds by its own books, and by the lane's.
func LivePosition(l *Live, agent int) (books, lane int64) {
	return l.agents[agent].account.Positions()[0].Quantity, l.lane.Position(uint32(agent), 0)
}

// LiveMode is an agent's mode.
func LiveMode(l *Live, agent int) event.Mode { return l.agents[agent].mode }

// FlushLive makes durable what a live group has done: what nobody waits for may still be on its way.
func FlushLive(l *Live) error { return l.journal.Flush(l.streams...) }

// JudgeForBenchmark returns a function that takes a bar in and judges what the agents rest on.
func JudgeForBenchmark(l *Live, m *event.Market) func() error {
	return func() error {
		l.now += m.Bars[0].Interval
		m.Time, m.Bars[0].CloseTime = l.now, l.now
		for i, w := range l.watches {
			w.bars(l.agents[i], m, l.local[i])
		}
		return l.judge()
	}
}

// LiveFeedConfig is what a feed of type live is opened with.
func LiveFeedConfig(f *config.Feed) feed.LiveConfig { return (&livePlanner{}).source(f) }

// ConditionsOf are the conditions on an agent's own money and its strategy.
func ConditionsOf(m *config.Modes, live bool) []resilience.ModeRule {
	return conditionsOf(m, time.Minute, live)
}

// CheckRedrive makes the checks of a redrive and changes nothing.
func CheckRedrive(l *Live, r *Redrive) { l.checkRedrive(r) }

// LiveState is the hash of all that decides what an agent does next.
func LiveState(l *Live, agent int) string { return l.agents[agent].stateHash() }

// LiveStates are a group's states in the order of its streams.
func LiveStates(l *Live) (states []string) {
	all := l.States()
	for _, s := range l.streams {
		states = append(states, all[s.Name()])
	}
	return states
}

// Compared is how many entries of an agent's past were made again at the last opening.
func Compared(l *Live, agent int) uint64 { return l.agents[agent].ledger.compared }

// Turns are an agent's turns so far.
func Turns(l *Live, agent int) uint64 { return l.agents[agent].sequence }

// PrepareSwapReport is PrepareSwap, with what a person would be shown.
func PrepareSwapReport(l *Live, agent string, o SwapRequest) (LiveInput, admin.SwapReport, error) {
	ch, err := l.prepareSwap(context.Background(), agent, o)
	if err != nil {
		return LiveInput{}, admin.SwapReport{}, err
	}
	return LiveInput{Command: &Command{Agent: agent, swap: ch.ready}}, ch.report, nil
}

// SwapLimits puts other position limits into an agent, as a reload does.
func SwapLimits(l *Live, agent string, positionMax []int64) error {
	ch := &change{group: direct{l}, log: l.log, stage: func(string, string, [32]byte) {}, agent: agent, by: "test", why: "a test"}
	if err := ch.look(context.Background()); err != nil {
		return err
	}
	plan := *ch.before
	plan.Risk.PositionMax = positionMax
	ch.plan = &plan
	if err := ch.prepare(context.Background()); err != nil {
		return err
	}
	_, err := l.Round(context.Background(), []LiveInput{{Command: &Command{Agent: agent, swap: ch.ready}}}, l.now)
	return err
}

// LoseStream makes an agent's stream accept nothing any more, as a disk that is full does.
func LoseStream(l *Live, agent int, err error) { l.agents[agent].ledger.stream.Abandon(err) }

// ModuleBefore is the module that a rollback of an agent behind its probation goes back to.
func ModuleBefore(l *Live, agent string) (sha [32]byte, err error) {
	ch := &change{group: direct{l}, log: l.log, agent: agent}
	if err := ch.look(context.Background()); err != nil || ch.previous == 0 {
		return sha, err
	}
	plan, err := ch.planBefore(context.Background())
	if err != nil {
		return sha, err
	}
	return plan.Module.SHA256(), nil
}
