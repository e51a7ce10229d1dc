package config

import "time"

// Checkpoints say when a live host keeps its state, so that the next start need not take the whole journal
// again. Only starts become shorter or longer by it.
type Checkpoints struct {
	Source
	// Every is the longest time between two checkpoints of an account, Turns the most turns of its agents; 0 is no
	// bound. Without any of the four there are no checkpoints.
	Every time.Duration
	Turns uint64
	// OnOrders and OnPositions make one after each change.
	OnOrders, OnPositions bool
	// Keep is how many are kept of each account.
	Keep int
}

// DefaultCheckpoints bound what a start takes again to half a minute, or 10,000 turns.
func DefaultCheckpoints() Checkpoints {
	return Checkpoints{Every: 30 * time.Second, Turns: 10_000, Keep: 3}
}

func checkpointsBlock() *block[Checkpoints] {
	return &block[Checkpoints]{
		name: "checkpoints", says: "When a live host keeps its state, so that the next start need not take the whole journal again.",
		defaults: DefaultCheckpoints, source: func(c *Checkpoints) *Source { return &c.Source },
		fields: []field[Checkpoints]{
			duration("every", func(c *Checkpoints) *time.Duration { return &c.Every }, 0,
				"The longest time between two checkpoints of an account; 0s is no bound.", "30s").outside(),
			whole("turns", func(c *Checkpoints) *uint64 { return &c.Turns }, 0, maxInt64,
				"The most turns of an account's agents between two; 0 is no bound.").outside(),
			boolean("on_orders", func(c *Checkpoints) *bool { return &c.OnOrders },
				"Make one whenever orders have changed.").outside(),
			boolean("on_positions", func(c *Checkpoints) *bool { return &c.OnPositions },
				"Make one whenever positions have changed.").outside(),
			whole("keep", func(c *Checkpoints) *int { return &c.Keep }, 1, 1000,
				"How many are kept of each account: a damaged one is passed over for one before it.").outside(),
		},
	}
}
