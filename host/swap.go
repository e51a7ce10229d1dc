package host

// swapFacts say how a module, or other settings, took the place of what was before. With the journal
// they are all it takes to make the new strategy's state again.
type swapFacts struct {
	// Warmup is how the new instance came to its state; one of the Warmup words.
	Warmup string `json:"warmup"`
	// From is the last turn that the new instance was not ticked in, before it took over: after it, it was
	// given the saved state, or began; the ticks from there to the swap it ran beside the old one.
	From uint64 `json:"from,omitempty"`
	// Probation is for how many ticks the old module is kept warm. DenialsMax is how many denials in it
	// bring the old one back, LossMax which loss as a fraction of the equity at the swap; 0 is no bound.
	Probation  int   `json:"probation,omitempty"`
	DenialsMax int   `json:"denials_max,omitempty"`
	LossMax    int64 `json:"loss_max,omitempty"`
	// OnSwap is "keep" or "cancel": what becomes of the open orders that add.
	OnSwap string `json:"on_swap,omitempty"`
	// By and Why are a person's, or the host's own.
	By  string `json:"by"`
	Why string `json:"why"`
}

// The Warmup words.
const (
	WarmupLoad   = "load"   // the new one loads what the old one saved
	WarmupReplay = "replay" // the new one is ticked with every tick's input from the agent's start on
	WarmupFresh  = "fresh"  // the new one begins as if there had been nothing
	WarmupKept   = "kept"   // the instance goes on: only settings around it change
	WarmupBack   = "back"   // the one before comes back out of its probation
)
