package host

import (
	"context"
	"time"

	"github.com/agenthost/agenthost/host/event"
)

// TurnForBenchmark returns a function that takes the run's first agent through one turn with a bar at
// which nothing is traded.
func TurnForBenchmark(r *Run) func() {
	g := r.groups[0]
	a := g.agents[0]
	m, err := g.market.peek()
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	at := m.Time
	return func() {
		at += 60e9
		e := a.inbox.push(event.KindMarket, at)
		e.Bars = append(e.Bars, m.Bars...)
		e.Bars[0].OpenTime, e.Bars[0].CloseTime = at-60e9, at
		if _, err := a.takeTurn(ctx, a.inbox.pop()); err != nil {
			panic(err)
		}
	}
}

// StopAtBar calls stop when the run's first group is about to take its n-th bar.
func StopAtBar(r *Run, n int64, stop func()) {
	g := r.groups[0]
	plan := *g.plan // the pace is this run's alone
	plan.Pace = 1
	g.plan = &plan
	g.sleep = func(context.Context, time.Duration) {
		if int64(g.bars) == n {
			stop()
		}
	}
}

// Held is the position of the run's first agent.
func Held(r *Run, instrument int) int64 {
	return r.groups[0].agents[0].account.Positions()[instrument].Quantity
}
