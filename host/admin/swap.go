package admin

import "context"

// Swapper is what of a Host changes which code trades, with which settings.
type Swapper interface {
	// Swap puts another module, or other parameters, into an agent between two of its ticks. It returns
	// when the new one has taken over, or is refused: the old one then goes on. A dry run admits, warms up
	// and compares, and changes nothing. ctx ends the preparation; what has taken over stays.
	Swap(ctx context.Context, agent string, s SwapOrder) (SwapReport, error)
	// Rollback puts back what an agent ran before its last swap. A *Refusal if there is nothing to go back
	// to.
	Rollback(ctx context.Context, agent string, a Act) (SwapReport, error)
	// Reload reads the configuration anew and plans what changes; all of it is applied, or nothing. A dry
	// run only plans.
	Reload(ctx context.Context, r ReloadOrder) (ReloadReport, error)
}

// SwapOrder says what an agent is to run from now on. Module and File are not both set; neither keeps the
// module, for other parameters.
type SwapOrder struct {
	Act
	// Module is the WebAssembly module's bytes (base64 in JSON).
	Module []byte `json:"module,omitempty"`
	// Name is what the module is called in messages; "" is "module", or the file's name.
	Name string `json:"name,omitempty"`
	// File is the module's path on the host's machine. It is read once.
	File string `json:"file,omitempty"`
	// Parameters are laid over those that the agent has.
	Parameters map[string]string `json:"parameters,omitempty"`
	// Shadow is over how many recorded ticks old and new are compared before; 0 is none.
	Shadow int `json:"shadow,omitempty"`
	// Probation is how many ticks the old one is kept warm for, to come back; 0 is none.
	Probation int `json:"probation,omitempty"`
	// OnSwap says what becomes of open orders: SwapKeep or SwapCancel; "" is what the agent says.
	OnSwap string `json:"on_swap,omitempty"`
	// Warmup is how the new one gets its state: WarmupLoad, WarmupReplay or WarmupFresh; "" is load where
	// both can, else replay.
	Warmup string `json:"warmup,omitempty"`
	// DryRun admits, warms up and compares, and changes nothing.
	DryRun bool `json:"dry_run,omitempty"`
}

// What becomes of open orders at a swap.
const (
	SwapKeep   = "keep"
	SwapCancel = "cancel"
)

// How a module that is swapped in gets its state.
const (
	// WarmupLoad: the old one's strategy_save, the new one's strategy_load.
	WarmupLoad = "load"
	// WarmupReplay: the journaled inputs again.
	WarmupReplay = "replay"
	// WarmupFresh: none; it begins anew.
	WarmupFresh = "fresh"
)

// States of a swap.
const (
	SwapRefused    = "refused"
	SwapShadowed   = "shadowed" // a dry run's end
	SwapProbation  = "probation"
	SwapDone       = "done"
	SwapRolledBack = "rolled_back"
)

// SwapReport is what became of a swap or a rollback.
type SwapReport struct {
	Agent      string `json:"agent"`
	FromSHA256 string `json:"from_sha256"`
	ToSHA256   string `json:"to_sha256"`
	// Sequence is the event's number, Position that of the journal's entry with the new settings; 0 where
	// nothing was changed.
	Sequence uint64 `json:"sequence,omitempty"`
	Position uint64 `json:"position,omitempty"`
	// Warmup is how the new one got its state, WarmupTicks how many ticks were done again for it.
	Warmup      string `json:"warmup,omitempty"`
	WarmupTicks int    `json:"warmup_ticks,omitempty"`
	// PauseNanoseconds is how long the agent took no turn.
	PauseNanoseconds int64       `json:"pause_ns"`
	Shadow           *SwapShadow `json:"shadow,omitempty"`
	// State is SwapRefused, SwapShadowed, SwapProbation, SwapDone or SwapRolledBack.
	State string `json:"state"`
	// Message says more for people, as why it was refused.
	Message string `json:"message,omitempty"`
}

// SwapShadow is what the new one would have done in the same ticks.
type SwapShadow struct {
	// Ticks is how many were compared.
	Ticks int `json:"ticks"`
	// Differing counts ticks whose orders differ; First is the event number of the first of them, 0 for
	// none.
	Differing int    `json:"differing"`
	First     uint64 `json:"first,omitempty"`
	// Rows are the first orders that differ.
	Rows []SwapDifference `json:"rows,omitempty"`
}

// SwapDifference is an order that only one of old and new wishes, or two that are not the same.
type SwapDifference struct {
	Sequence   uint64 `json:"sequence"`
	Time       int64  `json:"time"`
	Instrument string `json:"instrument,omitempty"`
	// Old and New are the orders in words, empty for none.
	Old string `json:"old,omitempty"`
	New string `json:"new,omitempty"`
	// Hypothetical: orders differed before, so the new one's own fills are not in its input.
	Hypothetical bool `json:"hypothetical"`
}

// SwapStatus is a swap that an agent is in the middle of.
type SwapStatus struct {
	// State is "admission", "warm_up", "shadow" or SwapProbation.
	State    string `json:"state"`
	ToSHA256 string `json:"to_sha256"`
	Since    int64  `json:"since"`
	// Done and Total count ticks of that state, where they are known.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
}

// ReloadOrder asks to read the configuration anew.
type ReloadOrder struct {
	Act
	// DryRun only plans.
	DryRun bool `json:"dry_run,omitempty"`
}

// ReloadReport is what a reload changes, or would change.
type ReloadReport struct {
	// Applied: the changes are in force. Never of a dry run.
	Applied bool           `json:"applied"`
	Changes []ReloadChange `json:"changes"`
	Message string         `json:"message,omitempty"`
}

// How a change of the configuration comes into force.
const (
	ReloadLive    = "live"
	ReloadRestart = "restart"
)

// ReloadChange is one setting that is other than what runs.
type ReloadChange struct {
	// Agent is whose it is, empty for the host's or an account's.
	Agent string `json:"agent,omitempty"`
	// What is the setting's path, such as "params.fast".
	What string `json:"what"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// How is ReloadLive or ReloadRestart.
	How string `json:"how"`
}

// validate checks what needs no agent.
func (s *SwapOrder) validate() error {
	switch {
	case len(s.Module) > 0 && s.File != "":
		return invalid("module and file are both given; give one")
	case len(s.Module) == 0 && s.File == "" && len(s.Parameters) == 0:
		return invalid("nothing is to change: give a module, a file or parameters")
	case s.Shadow < 0 || s.Probation < 0:
		return invalid("shadow %d, probation %d: write counts of ticks, 0 or above", s.Shadow, s.Probation)
	}
	if s.OnSwap != "" && s.OnSwap != SwapKeep && s.OnSwap != SwapCancel {
		return invalid("on_swap %q: write %s or %s", s.OnSwap, SwapKeep, SwapCancel)
	}
	switch s.Warmup {
	case "", WarmupLoad, WarmupReplay, WarmupFresh:
		return nil
	}
	return invalid("warmup %q: write %s, %s or %s", s.Warmup, WarmupLoad, WarmupReplay, WarmupFresh)
}
