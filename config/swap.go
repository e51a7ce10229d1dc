package config

// Swap says how an agent's strategy is changed while it trades.
type Swap struct {
	Source
	// Watch swaps when the strategy's file changes.
	Watch bool
	// OnSwap is "keep" or "cancel".
	OnSwap string
	// Shadow is over how many recorded turns old and new are compared before.
	Shadow int
	// Probation is for how many ticks the old module is kept warm; DenialsMax and LossMax (a fraction of
	// equity) bring it back in that time. 0 is off.
	Probation, DenialsMax int
	LossMax               int64
}

// DefaultSwap keeps the old module warm for a thousand ticks.
func DefaultSwap() Swap { return Swap{OnSwap: "keep", Probation: 1000} }

func swapBlock() *block[Swap] {
	return &block[Swap]{
		name: "swap", says: "How the strategy is changed while the agent trades (agenthost swap, a reload, or a changed file). In a live run only.",
		defaults: DefaultSwap, source: func(s *Swap) *Source { return &s.Source },
		fields: []field[Swap]{
			boolean("watch", func(s *Swap) *bool { return &s.Watch }, "Swap when the strategy's file changes. A module that is refused changes nothing, and an alert says why."),
			oneOf("on_swap", func(s *Swap) *string { return &s.OnSwap }, []string{"keep", "cancel"}, "What becomes of open orders that add when another strategy takes over: they stay, or are cancelled."),
			whole("shadow", func(s *Swap) *int { return &s.Shadow }, 0, 100_000_000, "Over how many of the last recorded turns old and new are compared before the new one takes over; 0 is none.").like("5000"),
			whole("probation", func(s *Swap) *int { return &s.Probation }, 0, 100_000_000, "For how many ticks the old module is kept warm. If the new one fails a tick in that time, the old one takes that tick over and stays; 0 is none.").like("1000"),
			whole("denials_max", func(s *Swap) *int { return &s.DenialsMax }, 0, 1<<30, "How many denied orders in its probation bring the old module back; 0 is off.").like("20"),
			fraction("loss_max", func(s *Swap) *int64 { return &s.LossMax }, 0, One, "Which loss of equity in its probation brings the old module back; 0 is off.").like(`"2%"`),
		},
	}
}
