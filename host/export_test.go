package host

import (
	"context"

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
